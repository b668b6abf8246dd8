//! The pause of a subscription whose service is away: one message at a time asks whether it is back.

use std::time::Duration;

use mesh::shutdown::Backoff;
use tokio::time::Instant;

use crate::attempts::{pause, probe_backoff};

pub(super) struct Pause {
    backoff: Backoff,
    until: Instant,
    probing: bool,
    began: Instant,
}

impl Pause {
    pub(super) fn begin(queue: &str, reason: &str, floor: Duration) -> Self {
        tracing::warn!(queue, "paused, and no attempt is counted, until the service is back: {reason}");
        let began = Instant::now();
        Self { backoff: probe_backoff(), until: began, probing: false, began }.again(floor)
    }

    /// Waits once more, at least for `floor`.
    pub(super) fn again(mut self, floor: Duration) -> Self {
        self.until = Instant::now() + pause(&mut self.backoff, Some(floor));
        self.probing = false;
        self
    }

    pub(super) fn may_probe(&self) -> bool {
        self.next_probe().is_some_and(|at| at <= Instant::now())
    }

    /// `None` while a probe is on its way.
    pub(super) fn next_probe(&self) -> Option<Instant> {
        (!self.probing).then_some(self.until)
    }

    pub(super) fn probe(&mut self) {
        self.probing = true;
    }

    pub(super) fn end(self, queue: &str) {
        tracing::info!(queue, "goes on after a pause of {} ms", self.began.elapsed().as_millis());
    }
}
