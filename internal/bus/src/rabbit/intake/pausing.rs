//! The pause of a consumer whose service is away: nothing is handed out, one message at a time asks whether it is back,
//! and what is held for too long goes back to the queue.

use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{InHand, Intake};
use crate::attempts;
use crate::rabbit::disposal::to_queue;

/// Whether messages are handed out.
pub(super) enum Pace {
    Flowing,
    /// The service is away; the next probe is due then.
    Paused(Instant),
    /// One message is with the handler to see whether the service is back.
    Probing,
}

impl Intake {
    pub(super) fn paused(&mut self, reason: &str, after: Option<Duration>, probe: bool) {
        match self.pace {
            // Another call that was under way when the pause began: the probe decides.
            Pace::Paused(_) | Pace::Probing if !probe => return,
            Pace::Flowing => {
                tracing::warn!(queue = self.queue, "paused, nothing is lost: {reason}");
                self.share.paused(true);
            }
            Pace::Paused(_) | Pace::Probing => {}
        }
        self.pace = Pace::Paused(Instant::now() + attempts::pause(&mut self.backoff, after));
    }

    pub(super) fn resumed(&mut self) {
        if !matches!(self.pace, Pace::Flowing) {
            tracing::info!(queue = self.queue, "no longer paused");
            self.share.paused(false);
        }
        self.pace = Pace::Flowing;
        self.backoff.reset();
    }

    pub(super) fn next_probe(&self) -> Option<Instant> {
        match self.pace {
            Pace::Paused(due) if !self.waiting.is_empty() => Some(due),
            Pace::Flowing | Pace::Paused(_) | Pace::Probing => None,
        }
    }

    pub(super) fn probe(&mut self) {
        if let Some(one) = self.waiting.pop_front() {
            self.pace = Pace::Probing;
            self.call(vec![one], true);
        }
    }

    pub(super) fn next_expiry(&self) -> Option<Instant> {
        match self.pace {
            Pace::Flowing => None,
            Pace::Paused(_) | Pace::Probing => self.waiting.iter().map(|it| it.since + self.hold).min(),
        }
    }

    /// Puts everything that waits at the end of its own queue: a copy is not counted as given out again, and the queue
    /// gives it a new term.
    pub(super) fn hand_back(&mut self, shutdown: &CancellationToken) {
        tracing::info!(queue = self.queue, messages = self.waiting.len(), "handed back to the queue");
        for InHand { raw, .. } in std::mem::take(&mut self.waiting) {
            let copy = to_queue(self.queue.clone(), &raw);
            self.copy(raw, copy, shutdown);
        }
    }
}
