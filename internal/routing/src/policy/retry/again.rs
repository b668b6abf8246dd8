//! Whether a call that failed is made once more, and after which wait. Whoever asks has made sure that it is safe to.

use std::time::Duration;

use mesh::{Error, NotSent};
use tokio::time::Instant;

use super::{Backoff, Budget};
use crate::trail::Trail;

/// Attempts of one call, the first and a hedge included.
const ATTEMPTS: usize = 3;

/// What one call may still do.
pub(crate) struct Again<'a> {
    budget: &'a Budget,
    backoff: Backoff,
    deadline: Instant,
}

impl<'a> Again<'a> {
    pub(crate) fn new(budget: &'a Budget, deadline: Instant) -> Self {
        Self { budget, backoff: Backoff::new(), deadline }
    }

    /// The wait before the next attempt, which is taken from the budget; `None` where this error is the answer.
    /// `failed` is the trail of the attempt that it ended.
    pub(crate) fn after(&mut self, error: &Error, failed: &Trail) -> Option<Duration> {
        let is_passing = error.is_unavailable() && error.not_sent() != Some(NotSent::Unroutable);
        if !is_passing || failed.count() >= ATTEMPTS {
            return None;
        }
        let has_others = failed.attempt().is_some_and(|attempt| attempt.has_others);
        // What a service asks for is meant for itself: another instance need not wait for it. And all who were told
        // the same do not come back at the same moment.
        let hint = error.retry_after.filter(|_| !has_others).unwrap_or_default();
        let wait = hint.checked_add(self.backoff.next_delay())?;
        let in_time = Instant::now().checked_add(wait).is_some_and(|then| then < self.deadline);
        (in_time && self.budget.withdraw()).then_some(wait)
    }

    /// Whether a second attempt may be made beside the one of this trail, which is taken from the budget.
    pub(crate) fn beside(&self, running: &Trail) -> bool {
        let has_others = running.attempt().is_some_and(|attempt| attempt.has_others);
        has_others && running.count() < ATTEMPTS && self.budget.withdraw()
    }
}
