//! When an instance is left alone: after some failures in a row it is ejected for a while, then half-open, when one call
//! at a time goes there to see whether it is back. The state alone: time and chance come from outside.

use std::time::Duration;

use tokio::time::Instant;

/// Failures in a row that eject.
const FAILURES: u32 = 5;
/// How long the first ejection lasts; each one that follows on a failed probe lasts twice as long, up to the most.
const LEAST: Duration = Duration::from_secs(1);
const MOST: Duration = Duration::from_secs(30);
/// A probe that says nothing for so long, such as a stream, keeps nobody else from looking.
const LOOK: Duration = Duration::from_secs(30);
/// Due for so long, it is looked for by any call, also by one that had better not: no other seems to come.
const OVERDUE: Duration = Duration::from_secs(30);

#[derive(Debug)]
pub(super) enum Breaker {
    Closed {
        failures: u32,
        /// When it came back, if it was ever out.
        since: Option<Instant>,
    },
    Ejected {
        since: Instant,
        until: Instant,
        times: u32,
    },
    /// One call is on its way to see.
    HalfOpen {
        since: Instant,
        asked: Instant,
        times: u32,
    },
}

/// As the metric `instances` tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    InUse,
    HalfOpen,
    Ejected,
}

/// What a result has changed.
#[derive(Debug, PartialEq)]
pub(super) enum Change {
    Ejected {
        rest: Duration,
        /// Whether it was out already: a probe has failed.
        is_again: bool,
    },
    Recovered,
}

impl Breaker {
    pub(super) fn new() -> Self {
        Self::Closed { failures: 0, since: None }
    }

    pub(super) fn is_closed(&self) -> bool {
        matches!(self, Self::Closed { .. })
    }

    /// Whether its rest is over and nobody is looking yet, or somebody has been for too long.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        match self {
            Self::Closed { .. } => false,
            Self::Ejected { until, .. } => *until <= now,
            Self::HalfOpen { asked, .. } => *asked + LOOK <= now,
        }
    }

    /// Whether it has been due for so long that any call may look.
    pub(super) fn is_overdue(&self, now: Instant) -> bool {
        match self {
            Self::Closed { .. } => false,
            Self::Ejected { until, .. } => *until + OVERDUE <= now,
            Self::HalfOpen { asked, .. } => *asked + LOOK + OVERDUE <= now,
        }
    }

    /// The next call is the probe; `false` when somebody else's is.
    pub(super) fn probe(&mut self, now: Instant) -> bool {
        match *self {
            Self::Ejected { since, times, .. } | Self::HalfOpen { since, times, .. } if self.is_due(now) => {
                *self = Self::HalfOpen { since, asked: now, times };
                true
            }
            Self::Closed { .. } | Self::Ejected { .. } | Self::HalfOpen { .. } => false,
        }
    }

    /// An answer to a call that began at `began`. One from before the ejection says nothing of how it is now.
    pub(super) fn succeeded(&mut self, began: Instant, now: Instant) -> Option<Change> {
        if let Self::Closed { failures, .. } = self {
            *failures = 0;
        }
        self.spoke(began, now)
    }

    /// An answer that has begun, or is an error: it is there again, but failures before it are not forgotten.
    pub(super) fn spoke(&mut self, began: Instant, now: Instant) -> Option<Change> {
        match self {
            Self::Closed { .. } => None,
            Self::Ejected { since, .. } | Self::HalfOpen { since, .. } if began < *since => None,
            Self::Ejected { .. } | Self::HalfOpen { .. } => {
                *self = Self::Closed { failures: 0, since: Some(now) };
                Some(Change::Recovered)
            }
        }
    }

    /// A call that began at `began` has failed. One from before the instance came back, or from before the probe, says
    /// nothing of how it is now. `jitter`, from 0 to 1, takes up to a quarter off the rest, so that doors do not all look
    /// at once.
    pub(super) fn failed(&mut self, began: Instant, is_probe: bool, now: Instant, jitter: f64) -> Option<Change> {
        let times = match self {
            Self::Closed { since: Some(since), .. } if began < *since => return None,
            Self::Closed { failures, .. } => {
                *failures += 1;
                (*failures >= FAILURES).then_some(0)?
            }
            Self::HalfOpen { times, asked, .. } if is_probe && began >= *asked => *times + 1,
            Self::Ejected { .. } | Self::HalfOpen { .. } => return None,
        };
        let rest = LEAST.saturating_mul(1 << times.min(16)).min(MOST).mul_f64(1.0 - jitter / 4.0);
        *self = Self::Ejected { since: now, until: now + rest, times };
        Some(Change::Ejected { rest, is_again: times > 0 })
    }

    /// A call that ended without saying anything: if it was the probe, the next one is.
    pub(super) fn excused(&mut self, began: Instant, is_probe: bool, now: Instant) {
        if let Self::HalfOpen { since, asked, times } = *self
            && is_probe
            && began >= asked
        {
            *self = Self::Ejected { since, until: now, times };
        }
    }

    pub(super) fn state(&self) -> State {
        match self {
            Self::Closed { .. } => State::InUse,
            Self::HalfOpen { .. } => State::HalfOpen,
            Self::Ejected { .. } => State::Ejected,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ejected(now: Instant) -> Breaker {
        let mut breaker = Breaker::new();
        for _ in 1..FAILURES {
            assert_eq!(breaker.failed(now, false, now, 0.0), None);
        }
        assert_eq!(breaker.failed(now, false, now, 0.0), Some(Change::Ejected { rest: LEAST, is_again: false }));
        breaker
    }

    #[tokio::test(start_paused = true)]
    async fn failures_in_a_row_eject_and_an_answer_between_them_does_not_let_them() {
        let now = Instant::now();
        let mut breaker = Breaker::new();
        for _ in 0..3 * FAILURES {
            assert_eq!(breaker.failed(now, false, now, 0.0), None);
            assert_eq!(breaker.failed(now, false, now, 0.0), None);
            assert_eq!(breaker.succeeded(now, now), None);
        }
        assert!(!ejected(now).is_closed());
    }

    #[tokio::test(start_paused = true)]
    async fn after_its_rest_one_probe_at_a_time_goes_and_an_answer_closes() {
        let start = Instant::now();
        let mut breaker = ejected(start);
        assert!(!breaker.is_due(start) && !breaker.probe(start), "it rests");
        let later = start + LEAST;
        assert!(breaker.is_due(later) && breaker.probe(later));
        assert!(!breaker.is_due(later) && !breaker.probe(later), "one at a time");
        assert_eq!(breaker.succeeded(later, later), Some(Change::Recovered));
        assert!(breaker.is_closed());
    }

    #[tokio::test(start_paused = true)]
    async fn each_failed_probe_doubles_the_rest_up_to_the_most() {
        let mut now = Instant::now();
        let mut breaker = ejected(now);
        let mut rests = Vec::new();
        for _ in 0..40 {
            now += MOST;
            assert!(breaker.probe(now));
            let Some(Change::Ejected { rest, is_again: true }) = breaker.failed(now, true, now, 0.0) else { panic!() };
            rests.push(rest.as_secs());
        }
        assert_eq!((&rests[..5], rests[39]), ([2, 4, 8, 16, 30].as_slice(), 30));
    }

    #[tokio::test(start_paused = true)]
    async fn jitter_only_shortens_and_by_a_quarter_at_most() {
        let now = Instant::now();
        let mut breaker = Breaker::new();
        let changes: Vec<_> = (0..FAILURES).filter_map(|_| breaker.failed(now, false, now, 1.0)).collect();
        assert_eq!(changes, [Change::Ejected { rest: LEAST * 3 / 4, is_again: false }]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_began_before_the_ejection_neither_closes_nor_lengthens_it() {
        let start = Instant::now();
        let now = start + Duration::from_millis(1);
        let mut breaker = ejected(now);
        assert_eq!(breaker.succeeded(start, now), None);
        assert_eq!(breaker.failed(now, false, now, 0.0), None);
        assert!(breaker.probe(now + LEAST));
        assert_eq!(breaker.failed(now + LEAST, false, now + LEAST, 0.0), None, "only the probe's failure counts");
        assert_eq!(breaker.succeeded(now, now), Some(Change::Recovered), "one that was let through all the same");
    }

    #[tokio::test(start_paused = true)]
    async fn a_probe_that_says_nothing_leaves_its_place_to_the_next_call() {
        let now = Instant::now() + LEAST;
        let mut breaker = ejected(now - LEAST);
        assert!(breaker.probe(now));
        breaker.excused(now, false, now);
        assert!(!breaker.is_due(now), "not the probe's");
        breaker.excused(now, true, now);
        assert!(breaker.probe(now));
    }

    #[tokio::test(start_paused = true)]
    async fn a_probe_without_end_is_followed_by_another_and_says_nothing_any_more() {
        let first = Instant::now() + LEAST;
        let mut breaker = ejected(first - LEAST);
        assert!(breaker.probe(first));
        let second = first + LOOK;
        assert!(!breaker.is_due(second - LEAST) && breaker.is_due(second) && breaker.probe(second));
        assert!(!breaker.probe(second), "one at a time");
        assert_eq!(breaker.failed(first, true, second, 0.0), None);
        breaker.excused(first, true, second);
        assert!(!breaker.is_due(second), "the second still looks");
        assert_eq!(breaker.succeeded(first, second), Some(Change::Recovered), "unless it is an answer after all");
    }

    #[tokio::test(start_paused = true)]
    async fn failures_of_calls_from_before_the_return_do_not_eject_again() {
        let start = Instant::now();
        let later = start + LEAST;
        let mut breaker = ejected(start);
        assert!(breaker.probe(later) && breaker.succeeded(later, later + LEAST).is_some());
        for _ in 0..3 * FAILURES {
            assert_eq!(breaker.failed(later, false, later + MOST, 0.0), None);
        }
        let after = later + LEAST;
        let ejects = (0..FAILURES).any(|_| breaker.failed(after, false, after, 0.0).is_some());
        assert!(ejects, "those that began after it do");
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_only_begins_or_is_an_error_lets_back_in_and_forgets_no_failure() {
        let now = Instant::now();
        let mut breaker = Breaker::new();
        for _ in 1..FAILURES {
            assert_eq!(breaker.failed(now, false, now, 0.0), None);
            assert_eq!(breaker.spoke(now, now), None);
        }
        assert!(breaker.failed(now, false, now, 0.0).is_some());
        let later = now + LEAST;
        assert!(breaker.probe(later));
        assert_eq!(breaker.spoke(later, later), Some(Change::Recovered));
    }
}
