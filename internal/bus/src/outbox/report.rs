//! What the log is told of an outbox, at a slow pace: the same trouble may be met with every page.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

/// Until the same is said again.
const PACE: Duration = Duration::from_secs(3_600);
/// Kinds that are remembered; with more of them some are said more often.
const MOST_KINDS: usize = 1_000;

pub(super) struct Report {
    service: &'static str,
    waiting: Option<Instant>,
    unrouted: HashMap<String, Instant>,
}

impl Report {
    pub(super) fn new(service: &'static str) -> Self {
        Self { service, waiting: None, unrouted: HashMap::new() }
    }

    /// Some events are not taken by the bus.
    pub(super) fn waiting(&mut self, reason: &str) {
        if self.waiting.is_none_or(|said| said.elapsed() >= PACE) {
            self.waiting = Some(Instant::now());
            tracing::warn!(service = self.service, "events wait in the outbox: {reason}");
        }
    }

    /// Nothing waits any more.
    pub(super) fn flowing(&mut self) {
        if self.waiting.take().is_some() {
            tracing::info!(service = self.service, "events leave the outbox again");
        }
    }

    /// No queue takes events of these kinds.
    pub(super) fn unrouted(&mut self, kinds: Vec<String>) {
        for kind in kinds {
            if self.is_news(&kind) {
                tracing::info!(service = self.service, "no queue takes '{kind}'; such events wait for one");
            }
        }
    }

    fn is_news(&mut self, kind: &str) -> bool {
        if self.unrouted.get(kind).is_some_and(|said| said.elapsed() < PACE) {
            return false;
        }
        if self.unrouted.len() >= MOST_KINDS {
            self.unrouted.clear();
        }
        self.unrouted.insert(kind.to_owned(), Instant::now());
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_kind_is_said_once_an_hour() {
        let mut report = Report::new("test");
        assert!(report.is_news("a") && report.is_news("b") && !report.is_news("a"));
        tokio::time::advance(PACE).await;
        assert!(report.is_news("a") && !report.is_news("a"));
        (0..2 * MOST_KINDS).for_each(|number| assert!(report.is_news(&number.to_string())));
        assert!(report.unrouted.len() <= MOST_KINDS);
    }
}
