//! How long to wait before an attempt: a random part of a time that doubles, so that callers who failed together do not
//! come back together (full jitter, <https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>).

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(25);

/// The waits of one call.
#[derive(Debug)]
pub(crate) struct Backoff {
    most: Duration,
}

impl Backoff {
    pub(crate) fn new() -> Self {
        Self { most: FIRST }
    }

    /// The next wait: from nothing to 25 ms, then to twice as much each time.
    pub(crate) fn next_delay(&mut self) -> Duration {
        let share = f64::from(uuid::Uuid::new_v4().as_u64_pair().1 as u32) / f64::from(u32::MAX);
        let delay = self.most.mul_f64(share);
        self.most *= 2;
        delay
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_spread_over_a_time_that_doubles() {
        for (position, most) in [(0, 25), (1, 50), (2, 100)] {
            let waits = (0..300).map(|_| {
                let mut backoff = Backoff::new();
                (0..=position).fold(Duration::ZERO, |_, _| backoff.next_delay())
            });
            let (short, long): (Vec<_>, Vec<_>) = waits.partition(|it| *it < Duration::from_millis(most) / 2);
            assert!(short.len() > 50 && long.len() > 50, "{} and {}", short.len(), long.len());
            assert!(long.iter().all(|it| *it <= Duration::from_millis(most)));
        }
    }
}
