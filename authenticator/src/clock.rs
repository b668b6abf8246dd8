//! The time by which tokens and sessions live. It is the system's own; a test can move it.

#[cfg(test)]
use std::sync::atomic::{AtomicI64, Ordering};
#[cfg(test)]
use std::sync::{Arc, OnceLock};

use chrono::{DateTime, Utc};

/// Clones are moved together.
#[derive(Debug, Clone, Default)]
pub(crate) struct Clock {
    #[cfg(test)]
    ahead_ms: Arc<AtomicI64>,
    /// Where it was stopped.
    #[cfg(test)]
    stopped_at: Arc<OnceLock<DateTime<Utc>>>,
}

impl Clock {
    pub(crate) fn now(&self) -> DateTime<Utc> {
        #[cfg(test)]
        return self.stopped_at.get().copied().unwrap_or_else(Utc::now)
            + chrono::TimeDelta::milliseconds(self.ahead_ms.load(Ordering::Relaxed));
        #[cfg(not(test))]
        Utc::now()
    }

    /// Lets no time pass any more but by `advance`, for what a slow machine must not outlast.
    #[cfg(test)]
    pub(crate) fn stop(&self) {
        self.stopped_at.get_or_init(Utc::now);
    }

    /// Moves it, backwards where `by` is negative.
    #[cfg(test)]
    pub(crate) fn advance(&self, by: chrono::TimeDelta) {
        self.ahead_ms.fetch_add(by.num_milliseconds(), Ordering::Relaxed);
    }
}
