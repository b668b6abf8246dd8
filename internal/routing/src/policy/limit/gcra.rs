//! Who conforms to a rate: the generic cell rate algorithm (ITU-T I.371, annex A) as virtual scheduling. Its whole state
//! is one moment, so a caller costs a number, and there is no window at whose edge twice as many get in.

use std::time::Duration;

use super::Outcome;
use crate::table::Limit;

/// So many calls at once, and after them one for each interval.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rate {
    calls: u128,
    /// In nanoseconds.
    per: u128,
}

/// The theoretical arrival time: when all calls will be free again. In parts of a nanosecond, as many of them as the
/// rate has calls, so that no interval has to be rounded.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Arrival(u128);

impl Rate {
    pub(super) fn of(limit: &Limit) -> Self {
        Self { calls: u128::from(limit.calls), per: limit.per.as_nanos() }
    }

    /// The state after one more call at `now`, counted from any fixed moment, and what came of it. A call that is
    /// refused changes nothing.
    pub(super) fn take(self, state: Arrival, now: Duration) -> (Arrival, Outcome) {
        let (interval, burst) = (self.per, self.per * self.calls);
        let now = now.as_nanos() * self.calls;
        let busy = state.0.saturating_sub(now);
        if busy + interval > burst {
            let next_in = self.time(busy + interval - burst);
            return (state, Outcome { is_let_in: false, left: 0, full_in: self.time(busy), next_in });
        }
        let busy = busy + interval;
        let left = u32::try_from((burst - busy) / interval).unwrap_or(u32::MAX);
        let next_in = self.time((busy + interval).saturating_sub(burst));
        (Arrival(now + busy), Outcome { is_let_in: true, left, full_in: self.time(busy), next_in })
    }

    /// Rounded up: whoever waits for so long has waited enough.
    fn time(self, parts: u128) -> Duration {
        Duration::from_nanos(u64::try_from(parts.div_ceil(self.calls)).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::table::LimitScope;

    fn rate(calls: u32, seconds: u64) -> Rate {
        Rate::of(&Limit { calls, per: Duration::from_secs(seconds), scope: LimitScope::Caller })
    }

    #[test]
    fn a_burst_is_let_in_and_then_one_for_each_interval() {
        // At so many milliseconds; whether it is let in, how many are left, and when all are free and the next one is.
        let cases = [
            (0, true, 1, 500, 0),
            (0, true, 0, 1_000, 500),
            (0, false, 0, 1_000, 500),
            (499, false, 0, 501, 1),
            (500, true, 0, 1_000, 500),
            (999, false, 0, 501, 1),
            (1_250, true, 0, 750, 250),
            (10_000, true, 1, 500, 0),
        ];
        let mut state = Arrival::default();
        for (at, is_let_in, left, full_in, next_in) in cases {
            let (next, outcome) = rate(2, 1).take(state, Duration::from_millis(at));
            let expected = Outcome {
                is_let_in,
                left,
                full_in: Duration::from_millis(full_in),
                next_in: Duration::from_millis(next_in),
            };
            assert_eq!(outcome, expected, "at {at}");
            state = next;
        }
    }

    #[test]
    fn rates_that_do_not_divide_lose_no_call() {
        for (calls, seconds) in [(7, 60), (3, 1), (999_983, 3600), (1_000_000, 1), (1, 3600)] {
            let (rate, mut state) = (rate(calls, seconds), Arrival::default());
            for left in (0..calls).rev() {
                let (next, outcome) = rate.take(state, Duration::from_secs(1));
                assert_eq!((outcome.is_let_in, outcome.left), (true, left));
                state = next;
            }
            let (_, refused) = rate.take(state, Duration::from_secs(1));
            assert!(!refused.is_let_in);
            assert!(rate.take(state, Duration::from_secs(1) + refused.next_in).1.is_let_in);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        /// In no window more than N + rate · t; and whoever is refused had used up just that.
        #[test]
        fn a_rate_is_kept_and_given(
            calls in 1u32..40,
            seconds in prop::sample::select(vec![1u64, 60, 3600]),
            steps in prop::collection::vec(0.0f64..3.0, 1..200),
        ) {
            let (rate, mut state, mut now) = (rate(calls, seconds), Arrival::default(), Duration::ZERO);
            let per = Duration::from_secs(seconds).as_nanos();
            let mut let_in: Vec<Duration> = Vec::new();
            for step in steps {
                // About one interval, often none at all.
                let interval = Duration::from_secs(seconds) / calls;
                now += interval.mul_f64((step - 1.0).max(0.0));
                let (next, outcome) = rate.take(state, now);
                state = next;
                // With this call: (count - N) · per ≤ t · N for every window that it would end.
                let fits = |from: usize| {
                    let window = (now - let_in.get(from).copied().unwrap_or(now)).as_nanos();
                    let count = (let_in.len() - from) as u128 + 1;
                    count.saturating_sub(u128::from(calls)) * per <= window * u128::from(calls)
                };
                let conforms = (0..=let_in.len()).all(fits);
                prop_assert_eq!(outcome.is_let_in, conforms);
                if outcome.is_let_in {
                    let_in.push(now);
                }
            }
        }
    }
}
