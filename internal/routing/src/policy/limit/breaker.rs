//! Whether the store is asked: not for a while after it has failed a few times in a row, then by one call as a probe,
//! so that an outage costs the others no time.

use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

use super::locked;

/// One or two are a busy moment.
const FAILURES: u32 = 3;
const PAUSE: Duration = Duration::from_secs(1);

#[derive(Default)]
pub(super) struct Breaker {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    failures: u32,
    /// While it is open: from when on somebody may try.
    probe_at: Option<Instant>,
}

impl Breaker {
    pub(super) fn is_open(&self) -> bool {
        locked(&self.state).probe_at.is_some_and(|at| Instant::now() < at)
    }

    /// Whether the caller may ask now. It may be cut off before it tells of the outcome, so the next probe is set first.
    pub(super) fn admits(&self) -> bool {
        let (mut state, now) = (locked(&self.state), Instant::now());
        match state.probe_at {
            Some(at) if now < at => false,
            Some(_) => {
                state.probe_at = Some(now + PAUSE);
                true
            }
            None => true,
        }
    }

    /// Whether this ended an outage.
    pub(super) fn succeeded(&self) -> bool {
        std::mem::take(&mut *locked(&self.state)).probe_at.is_some()
    }

    /// Whether this began an outage.
    pub(super) fn failed(&self) -> bool {
        let mut state = locked(&self.state);
        state.failures = state.failures.saturating_add(1);
        if state.failures < FAILURES {
            return false;
        }
        state.probe_at.replace(Instant::now() + PAUSE).is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_opens_after_failures_in_a_row_and_lets_one_probe_at_a_time() {
        let breaker = Breaker::default();
        assert!(!breaker.failed() && !breaker.failed());
        assert!(!breaker.succeeded());
        assert!(!breaker.failed() && !breaker.failed());
        assert!(breaker.admits() && !breaker.is_open());
        assert!(breaker.failed());
        assert!(breaker.is_open() && !breaker.admits());

        tokio::time::advance(PAUSE).await;
        assert!(!breaker.is_open() && breaker.admits() && !breaker.admits());
        assert!(!breaker.failed());
        assert!(!breaker.admits());

        tokio::time::advance(PAUSE).await;
        assert!(breaker.admits() && breaker.succeeded());
        assert!(breaker.admits() && breaker.admits() && !breaker.is_open());
    }
}
