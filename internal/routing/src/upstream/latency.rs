//! How long an instance takes, as a moving average that jumps to peaks and forgets with time: an instance that turns
//! slow is known at the first slow answer, one that nobody asks looks better by and by and is tried again. The algorithm
//! is Finagle's "peak EWMA", which Linkerd took over (twitter/finagle, `loadbalancer/PeakEwma.scala`), with its figures.

use std::time::Duration;

use tokio::time::Instant;

/// After so long a sample counts for a third (1/e).
const DECAY: Duration = Duration::from_secs(10);
/// What is forgotten does not fall below this, so that calls in flight count among idle instances too.
const LEAST: f64 = 0.000_1;

/// Nothing, until the first answer.
#[derive(Debug, Default)]
pub(super) struct Latency(Option<Measured>);

#[derive(Debug)]
struct Measured {
    seconds: f64,
    at: Instant,
}

impl Latency {
    /// In seconds, if there was an answer yet.
    pub(super) fn estimate(&self, now: Instant) -> Option<f64> {
        self.0.as_ref().map(|it| (it.seconds * it.weight(now)).max(LEAST))
    }

    pub(super) fn observe(&mut self, took: Duration, now: Instant) {
        let took = took.as_secs_f64();
        let seconds = match (&self.0, self.estimate(now)) {
            (Some(last), Some(old)) if took <= old => old + took * (1.0 - last.weight(now)),
            _ => took,
        };
        self.0 = Some(Measured { seconds, at: now });
    }

    /// An error came, which says nothing of how long an answer takes: what is known stays, and is not
    /// forgotten either, as an instance that fails quickly must not look better and better.
    pub(super) fn keep(&mut self, now: Instant) {
        if let Some(measured) = &mut self.0 {
            measured.at = now;
        }
    }

    /// A call that was given up after so long: it would have taken longer.
    pub(super) fn at_least(&mut self, waited: Duration, now: Instant) {
        if self.estimate(now).is_none_or(|old| waited.as_secs_f64() > old) {
            self.observe(waited, now);
        }
    }
}

impl Measured {
    fn weight(&self, now: Instant) -> f64 {
        (-now.saturating_duration_since(self.at).as_secs_f64() / DECAY.as_secs_f64()).exp()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAST: Duration = Duration::from_millis(5);
    const SLOW: Duration = Duration::from_secs(1);

    #[track_caller]
    fn assert_about(latency: &Latency, now: Instant, seconds: f64) {
        let estimate = latency.estimate(now).unwrap();
        assert!((estimate - seconds).abs() < seconds / 10.0, "{estimate}, not about {seconds}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_peak_counts_at_once_and_is_forgotten_slowly() {
        let start = Instant::now();
        let mut latency = Latency::default();
        latency.observe(FAST, start);
        assert_about(&latency, start, 0.005);
        latency.observe(SLOW, start);
        assert_about(&latency, start, 1.0);
        let later = start + Duration::from_millis(100);
        latency.observe(FAST, later);
        assert!(latency.estimate(later).unwrap() > 0.9, "one fast answer does not make it fast");
        assert!(latency.estimate(start + 6 * DECAY).unwrap() < 0.01);
    }

    #[tokio::test(start_paused = true)]
    async fn steady_answers_make_a_steady_estimate() {
        let mut now = Instant::now();
        let mut latency = Latency::default();
        for _ in 0..1_000 {
            now += Duration::from_millis(20);
            latency.observe(FAST, now);
        }
        assert_about(&latency, now, 0.005);
    }

    #[tokio::test(start_paused = true)]
    async fn quick_errors_make_nobody_faster() {
        let mut now = Instant::now();
        let mut latency = Latency::default();
        latency.keep(now);
        assert!(latency.estimate(now).is_none());
        latency.observe(SLOW, now);
        for _ in 0..1_000 {
            now += Duration::from_millis(100);
            latency.keep(now);
        }
        assert_about(&latency, now, 1.0);
        assert!(latency.estimate(now + 6 * DECAY).unwrap() < 0.01, "it is tried again");
    }

    #[tokio::test(start_paused = true)]
    async fn giving_up_early_makes_nobody_faster() {
        let now = Instant::now();
        let mut latency = Latency::default();
        latency.observe(SLOW, now);
        latency.at_least(FAST, now);
        assert_about(&latency, now, 1.0);
        latency.at_least(2 * SLOW, now);
        assert_about(&latency, now, 2.0);
    }
}
