//! What a handler's outcomes mean for its messages: gone, again after a wait, among the dead letters, or given back.

use std::time::Duration;

use super::batch::Settled;
use super::queues::Queue;
use super::store::now;
use crate::Outcome;
use crate::attempts::{Next, after_failure, jitter};

/// A message that was in hand this often without an outcome is dead: its process ended each time.
pub(super) const MOST_DELIVERIES: u32 = 20;

/// How long a dead letter that fails again waits where there are no rungs.
const DEAD_END: Duration = Duration::from_secs(60);

/// How the failures of one subscription's messages are answered.
pub(super) struct Ladder {
    pub(super) rungs: Vec<Duration>,
    pub(super) attempts: u32,
    /// The name of the queue, and the id of the one for its dead letters.
    pub(super) origin: String,
    pub(super) dead: i64,
    /// Dead letters that are consumed stay where they are until they are done.
    pub(super) is_dead_end: bool,
}

impl Ladder {
    pub(super) fn new(rungs: &[Duration], attempts: u32, queue: &Queue, dead: &Queue) -> Self {
        let is_dead_end = queue.id == dead.id;
        Self { rungs: rungs.to_vec(), attempts, origin: queue.name.clone(), dead: dead.id, is_dead_end }
    }

    /// What becomes of a message at its `attempt`, counted from 1.
    pub(super) fn settle(&self, attempt: u32, outcome: &Outcome) -> Settled {
        match outcome {
            Outcome::Done => Settled::Done,
            Outcome::Unavailable { .. } => Settled::Back,
            Outcome::Reject { reason } => self.bury(attempt, reason),
            Outcome::Retry { reason, after } => match after_failure(attempt, self.attempts, &self.rungs, None) {
                // As long as the service asks for, up to the last rung: it parks no message for a year.
                Next::Wait(rung) => {
                    let asked = after.unwrap_or_default().min(self.rungs.last().copied().unwrap_or(rung));
                    later(attempt + 1, rung.max(asked))
                }
                Next::Dead => self.bury(attempt, reason),
            },
        }
    }

    pub(super) fn bury(&self, attempt: u32, reason: &str) -> Settled {
        if self.is_dead_end {
            return later(attempt, self.rungs.last().copied().unwrap_or(DEAD_END));
        }
        metrics::counter!("bus_dead_letters_total", "queue" => self.origin.clone()).increment(1);
        let (queue, origin) = (self.dead, self.origin.clone());
        Settled::Dead { queue, reason: reason.to_owned(), origin, attempts: attempt, at: now() }
    }
}

fn later(attempt: u32, wait: Duration) -> Settled {
    let wait = (wait + jitter(wait)).as_millis();
    Settled::Later { attempt, due: now().saturating_add(i64::try_from(wait).unwrap_or(i64::MAX)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ladder(is_dead_end: bool) -> Ladder {
        let rungs = vec![Duration::from_secs(1), Duration::from_secs(60)];
        Ladder { rungs, attempts: 4, origin: "v1.logger.write".to_owned(), dead: 9, is_dead_end }
    }

    fn failed(after: Option<u64>) -> Outcome {
        Outcome::Retry { reason: "busy".to_owned(), after: after.map(Duration::from_secs) }
    }

    #[test]
    fn each_attempt_waits_on_its_rung_and_the_last_rung_serves_the_rest() {
        for (attempt, after, seconds) in
            [(1, None, 1), (2, None, 60), (3, None, 60), (1, Some(10), 10), (2, Some(10), 60), (1, Some(u64::MAX), 60)]
        {
            let before = now();
            let Settled::Later { attempt: next, due } = ladder(false).settle(attempt, &failed(after)) else { panic!() };
            let wait = due - before;
            assert_eq!(next, attempt + 1);
            assert!((seconds * 1000..=seconds * 1100 + 1000).contains(&wait), "attempt {attempt} waits {wait} ms");
        }
    }

    #[test]
    fn the_last_attempt_and_a_rejection_are_buried_with_their_reason() {
        for (outcome, attempt) in [(failed(None), 4), (Outcome::Reject { reason: "busy".to_owned() }, 1)] {
            let before = now();
            let settled = ladder(false).settle(attempt, &outcome);
            let Settled::Dead { queue, reason, origin, attempts, at } = settled else { panic!("{settled:?}") };
            assert_eq!((queue, reason.as_str(), origin.as_str(), attempts), (9, "busy", "v1.logger.write", attempt));
            assert!((before..=now()).contains(&at));
        }
    }

    #[test]
    fn a_dead_letter_that_fails_again_stays_where_it_is() {
        for outcome in [failed(None), Outcome::Reject { reason: "unreadable".to_owned() }] {
            assert!(matches!(ladder(true).settle(4, &outcome), Settled::Later { attempt: 4, .. }));
        }
    }
}
