//! How long an instance takes, as a moving average that jumps to peaks and forgets with time: an instance that turns
//! slow is known at the first slow answer, one that nobody asks looks better by and by and is tried again. The algorithm
//! is Finagle's "peak EWMA", which Linkerd took over (twitter/finagle, `loadbalancer/PeakEwma.scala`), with its figures.

use std::time::Duration;

use tokio::time::Instant;

/// After so long a sample counts for a third (1/e).
const DECAY: Duration = Duration::from_secs(10);
/// What an instance takes while nothing is known of it or its neighbours.
const UNKNOWN: Duration = Duration::from_millis(30);
/// What is forgotten does not fall below this, so that calls in flight count among idle instances too.
const LEAST: f64 = 0.000_1;

#[derive(Debug)]
pub(super) struct Latency {
    seconds: f64,
    at: Instant,
    is_measured: bool,
}

impl Latency {
    /// A guess, until something is measured; such as what its neighbours take.
    pub(super) fn guessed(seconds: Option<f64>, now: Instant) -> Self {
        Self { seconds: seconds.unwrap_or(UNKNOWN.as_secs_f64()), at: now, is_measured: false }
    }

    /// In seconds.
    pub(super) fn estimate(&self, now: Instant) -> f64 {
        (self.seconds * self.weight(now)).max(LEAST)
    }

    pub(super) fn measured(&self, now: Instant) -> Option<f64> {
        self.is_measured.then(|| self.estimate(now))
    }

    pub(super) fn observe(&mut self, took: Duration, now: Instant) {
        let (took, old, weight) = (took.as_secs_f64(), self.estimate(now), self.weight(now));
        let seconds = if took > old || !self.is_measured { took } else { old + took * (1.0 - weight) };
        *self = Self { seconds: seconds.max(LEAST), at: now, is_measured: true };
    }

    /// A call that was given up after so long: it would have taken longer.
    pub(super) fn at_least(&mut self, waited: Duration, now: Instant) {
        if waited.as_secs_f64() > self.estimate(now) {
            self.observe(waited, now);
        }
    }

    fn weight(&self, now: Instant) -> f64 {
        (-now.saturating_duration_since(self.at).as_secs_f64() / DECAY.as_secs_f64()).exp()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAST: Duration = Duration::from_millis(5);
    const SLOW: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn a_peak_counts_at_once_and_is_forgotten_slowly() {
        let start = Instant::now();
        let mut latency = Latency::guessed(None, start);
        latency.observe(FAST, start);
        assert!((latency.estimate(start) - 0.005).abs() < 1e-6, "what is measured takes the place of the guess");
        latency.observe(SLOW, start);
        assert!((latency.estimate(start) - 1.0).abs() < 1e-6);
        latency.observe(FAST, start + Duration::from_millis(100));
        assert!(latency.estimate(start + Duration::from_millis(100)) > 0.9, "one fast answer does not make it fast");
        assert!(latency.estimate(start + 6 * DECAY) < 0.01);
    }

    #[tokio::test(start_paused = true)]
    async fn steady_answers_make_a_steady_estimate() {
        let mut now = Instant::now();
        let mut latency = Latency::guessed(None, now);
        for _ in 0..1_000 {
            now += Duration::from_millis(20);
            latency.observe(FAST, now);
        }
        assert!((latency.estimate(now) - 0.005).abs() < 0.000_5, "{}", latency.estimate(now));
    }

    #[tokio::test(start_paused = true)]
    async fn giving_up_early_makes_nobody_faster() {
        let now = Instant::now();
        let mut latency = Latency::guessed(None, now);
        latency.observe(SLOW, now);
        latency.at_least(FAST, now);
        assert!((latency.estimate(now) - 1.0).abs() < 1e-6);
        latency.at_least(2 * SLOW, now);
        assert!((latency.estimate(now) - 2.0).abs() < 1e-6);
    }
}
