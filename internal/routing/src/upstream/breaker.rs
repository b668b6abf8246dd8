//! When an instance is left alone: after some failures in a row it is ejected for a while, then half-open, when one call
//! at a time goes there to see whether it is back. The state alone: time and chance come from outside.

use std::time::Duration;

use tokio::time::Instant;

/// Failures in a row that eject.
const FAILURES: u32 = 5;
/// How long the first ejection lasts; each one that follows on a failed probe lasts twice as long, up to the most.
const LEAST: Duration = Duration::from_secs(1);
const MOST: Duration = Duration::from_secs(30);

#[derive(Debug)]
pub(super) enum Breaker {
    Closed {
        failures: u32,
    },
    Ejected {
        since: Instant,
        until: Instant,
        times: u32,
    },
    /// One call is on its way to see.
    HalfOpen {
        since: Instant,
        times: u32,
    },
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
        Self::Closed { failures: 0 }
    }

    pub(super) fn is_closed(&self) -> bool {
        matches!(self, Self::Closed { .. })
    }

    /// Whether its rest is over and nobody is looking yet.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        matches!(self, Self::Ejected { until, .. } if *until <= now)
    }

    /// The next call is the probe; `false` when somebody else's is.
    pub(super) fn probe(&mut self, now: Instant) -> bool {
        match *self {
            Self::Ejected { since, until, times } if until <= now => {
                *self = Self::HalfOpen { since, times };
                true
            }
            Self::Closed { .. } | Self::Ejected { .. } | Self::HalfOpen { .. } => false,
        }
    }

    /// An answer to a call that began at `began`. One from before the ejection says nothing of how it is now.
    pub(super) fn succeeded(&mut self, began: Instant) -> Option<Change> {
        match self {
            Self::Closed { failures } => {
                *failures = 0;
                None
            }
            Self::Ejected { since, .. } | Self::HalfOpen { since, .. } if began < *since => None,
            Self::Ejected { .. } | Self::HalfOpen { .. } => {
                *self = Self::new();
                Some(Change::Recovered)
            }
        }
    }

    /// `jitter`, from 0 to 1, takes up to a quarter off the rest, so that doors do not all look at once.
    pub(super) fn failed(&mut self, is_probe: bool, now: Instant, jitter: f64) -> Option<Change> {
        let times = match self {
            Self::Closed { failures } => {
                *failures += 1;
                (*failures >= FAILURES).then_some(0)?
            }
            Self::HalfOpen { times, .. } if is_probe => *times + 1,
            Self::Ejected { .. } | Self::HalfOpen { .. } => return None,
        };
        let rest = LEAST.saturating_mul(1 << times.min(16)).min(MOST).mul_f64(1.0 - jitter / 4.0);
        *self = Self::Ejected { since: now, until: now + rest, times };
        Some(Change::Ejected { rest, is_again: times > 0 })
    }

    /// A call that ended without saying anything: if it was the probe, the next one is.
    pub(super) fn excused(&mut self, is_probe: bool, now: Instant) {
        if let (Self::HalfOpen { since, times }, true) = (&self, is_probe) {
            *self = Self::Ejected { since: *since, until: now, times: *times };
        }
    }

    /// As the metric `instance_state` tells it.
    pub(super) fn number(&self) -> f64 {
        match self {
            Self::Closed { .. } => 0.0,
            Self::HalfOpen { .. } => 1.0,
            Self::Ejected { .. } => 2.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ejected(now: Instant) -> Breaker {
        let mut breaker = Breaker::new();
        for _ in 1..FAILURES {
            assert_eq!(breaker.failed(false, now, 0.0), None);
        }
        assert_eq!(breaker.failed(false, now, 0.0), Some(Change::Ejected { rest: LEAST, is_again: false }));
        breaker
    }

    #[tokio::test(start_paused = true)]
    async fn failures_in_a_row_eject_and_an_answer_between_them_does_not_let_them() {
        let now = Instant::now();
        let mut breaker = Breaker::new();
        for _ in 0..3 * FAILURES {
            assert_eq!(breaker.failed(false, now, 0.0), None);
            assert_eq!(breaker.failed(false, now, 0.0), None);
            assert_eq!(breaker.succeeded(now), None);
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
        assert_eq!(breaker.succeeded(later), Some(Change::Recovered));
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
            let Some(Change::Ejected { rest, is_again: true }) = breaker.failed(true, now, 0.0) else { panic!() };
            rests.push(rest.as_secs());
        }
        assert_eq!((&rests[..5], rests[39]), ([2, 4, 8, 16, 30].as_slice(), 30));
    }

    #[tokio::test(start_paused = true)]
    async fn jitter_only_shortens_and_by_a_quarter_at_most() {
        let now = Instant::now();
        let mut breaker = Breaker::new();
        let changes: Vec<_> = (0..FAILURES).filter_map(|_| breaker.failed(false, now, 1.0)).collect();
        assert_eq!(changes, [Change::Ejected { rest: LEAST * 3 / 4, is_again: false }]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_began_before_the_ejection_neither_closes_nor_lengthens_it() {
        let start = Instant::now();
        let now = start + Duration::from_millis(1);
        let mut breaker = ejected(now);
        assert_eq!(breaker.succeeded(start), None);
        assert_eq!(breaker.failed(false, now, 0.0), None);
        assert!(breaker.probe(now + LEAST));
        assert_eq!(breaker.failed(false, now + LEAST, 0.0), None, "only the probe's failure counts");
        assert_eq!(breaker.succeeded(now), Some(Change::Recovered), "one that was let through all the same");
    }

    #[tokio::test(start_paused = true)]
    async fn a_probe_that_says_nothing_leaves_its_place_to_the_next_call() {
        let now = Instant::now() + LEAST;
        let mut breaker = ejected(now - LEAST);
        assert!(breaker.probe(now));
        breaker.excused(false, now);
        assert!(!breaker.is_due(now), "not the probe's");
        breaker.excused(true, now);
        assert!(breaker.probe(now));
    }
}
