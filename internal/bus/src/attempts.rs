//! What follows an attempt, the same on every engine: which rung a failed message waits on, when it is given up, and
//! a handler that may panic or miscount without harm to the consumer.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt;
use mesh::shutdown::Backoff;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::consume::{Delivery, Handler, Outcome};

/// The longest that a paused subscription waits before it probes again, whatever the service asked for.
pub(crate) const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// What comes after an attempt that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// Another attempt after this wait, one of the rungs.
    Wait(Duration),
    Dead,
}

/// `attempt` failed, out of `attempts`: its own rung, or the first later one that waits for at least `after`, or the
/// last one.
pub(crate) fn after_failure(attempt: u32, attempts: u32, rungs: &[Duration], after: Option<Duration>) -> Next {
    let Some(last) = rungs.last() else { return Next::Dead };
    if attempt >= attempts {
        return Next::Dead;
    }
    let own = (attempt.max(1) as usize - 1).min(rungs.len() - 1);
    let enough = |wait: &&Duration| **wait >= after.unwrap_or_default();
    Next::Wait(*rungs[own..].iter().find(enough).unwrap_or(last))
}

/// What is added to a wait: up to a tenth of it, drawn anew each time, so that what failed together does not come back
/// together.
pub(crate) fn jitter(wait: Duration) -> Duration {
    wait * (Uuid::new_v4().as_u64_pair().1 % 100) as u32 / 1_000
}

/// Calls `handler` and answers exactly one outcome for each delivery: a panic or a wrong number of outcomes is `Retry`
/// for all of them, as nobody knows what became of which.
pub(crate) async fn handled(handler: &Handler, deliveries: Vec<Delivery>) -> Vec<Outcome> {
    let count = deliveries.len();
    let trace = deliveries.first().filter(|_| count == 1).map(|delivery| delivery.event.trace);
    let work = AssertUnwindSafe(async { handler(deliveries).await }).catch_unwind();
    let answered = match trace {
        Some(trace) => trace.scope(work).await,
        None => work.await,
    };
    let reason = match answered {
        Ok(outcomes) if outcomes.len() == count => return outcomes,
        Ok(outcomes) => format!("the consumer answered {} outcomes for {count} deliveries", outcomes.len()),
        Err(_) => "the consumer panicked".to_owned(),
    };
    tracing::error!("{reason}");
    vec![Outcome::Retry { reason, after: None }; count]
}

/// The same for as long as `given_up` is not cancelled: of what was not answered by then nobody knows what became, and
/// all of it comes again.
pub(crate) async fn handled_until(
    given_up: &CancellationToken,
    handler: &Handler,
    deliveries: Vec<Delivery>,
) -> Vec<Outcome> {
    let count = deliveries.len();
    let unknown = || Outcome::Unavailable { reason: "it did not answer in time".to_owned(), after: None };
    let answered = given_up.run_until_cancelled(handled(handler, deliveries)).await;
    answered.unwrap_or_else(|| vec![unknown(); count])
}

/// Finds the message whose own fault looks like an outage, such as one that makes its service fail: its probe failed and
/// the very next one, of another message, succeeded. After `STRIKES` times its next failed probe counts as an attempt.
/// In an outage no probe succeeds, so none is ever counted, however long it lasts; and where a service answers only
/// now and then, a strike is never more likely than a success.
#[derive(Debug, Default)]
pub(crate) struct Blame {
    last_failed: Option<String>,
    strikes: HashMap<String, u32>,
}

const STRIKES: u32 = 5;
/// Messages that are under suspicion; those that succeeded later in a batch are only forgotten with all others.
const MOST_BLAMED: usize = 1_000;

impl Blame {
    /// Takes in the outcome of the probe with this event, and turns it into `Retry` where it is to be counted.
    pub(crate) fn probed(&mut self, id: &str, outcome: &mut Outcome) {
        let Outcome::Unavailable { reason, after } = outcome else { return self.succeeded(id) };
        if self.strikes.get(id).is_some_and(|strikes| *strikes >= STRIKES) {
            let reason = format!("fails alone, while others succeed: {reason}");
            *outcome = Outcome::Retry { reason, after: *after };
            self.strikes.remove(id);
            self.last_failed = None;
        } else {
            self.last_failed = Some(id.to_owned());
        }
    }

    fn succeeded(&mut self, id: &str) {
        self.strikes.remove(id);
        let Some(blamed) = self.last_failed.take().filter(|blamed| blamed != id) else { return };
        if self.strikes.len() >= MOST_BLAMED {
            self.strikes.clear();
        }
        *self.strikes.entry(blamed).or_default() += 1;
    }
}

/// Counts an outcome of a delivery from `queue`.
pub(crate) fn count(queue: &str, outcome: &Outcome) {
    let outcome = match outcome {
        Outcome::Done => "done",
        Outcome::Retry { .. } => "retry",
        Outcome::Reject { .. } => "reject",
        Outcome::Unavailable { .. } => "unavailable",
    };
    metrics::counter!("bus_deliveries_total", "queue" => queue.to_owned(), "outcome" => outcome).increment(1);
}

/// The delays between the probes of a paused subscription: 200 ms doubled up to 5 s.
pub(crate) fn probe_backoff() -> Backoff {
    Backoff::new(Duration::from_millis(200), Duration::from_secs(5))
}

/// How long to wait before the next probe: the service's own wish is a floor, up to a limit.
pub(crate) fn pause(backoff: &mut Backoff, after: Option<Duration>) -> Duration {
    backoff.next_delay().max(after.unwrap_or_default().min(LONGEST_PAUSE))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::Event;

    fn secs(all: &[u64]) -> Vec<Duration> {
        all.iter().map(|it| Duration::from_secs(*it)).collect()
    }

    #[test]
    fn each_attempt_has_its_rung_and_a_longer_wish_takes_a_later_one() {
        let rungs = secs(&[1, 5, 30]);
        let wait = |it| Next::Wait(Duration::from_secs(it));
        let cases = [
            (1, None, wait(1)),
            (2, None, wait(5)),
            (3, None, wait(30)),
            (6, None, wait(30)),
            (7, None, Next::Dead),
            (1, Some(1), wait(1)),
            (1, Some(2), wait(5)),
            (1, Some(60), wait(30)),
            (3, Some(1), wait(30)),
            (7, Some(1), Next::Dead),
        ];
        for (attempt, after, next) in cases {
            let found = after_failure(attempt, 7, &rungs, after.map(Duration::from_secs));
            assert_eq!(found, next, "attempt {attempt}, after {after:?}");
        }
        assert_eq!(after_failure(1, 7, &[], None), Next::Dead, "without rungs there is nowhere to wait");
    }

    #[test]
    fn what_failed_together_is_spread_over_a_tenth_of_its_wait() {
        let wait = Duration::from_secs(10);
        let drawn: std::collections::BTreeSet<_> = (0..1_000).map(|_| jitter(wait)).collect();
        assert!(drawn.len() > 50, "only {} different ones", drawn.len());
        assert!(drawn.first().is_some_and(|least| *least < wait / 100), "{:?}", drawn.first());
        assert!(drawn.last().is_some_and(|most| *most > wait / 11 && *most < wait / 10), "{:?}", drawn.last());
    }

    fn probed(blame: &mut Blame, id: &str, is_away: bool) -> bool {
        let away = Outcome::Unavailable { reason: "away".to_owned(), after: None };
        let mut outcome = if is_away { away } else { Outcome::Done };
        blame.probed(id, &mut outcome);
        matches!(outcome, Outcome::Retry { .. })
    }

    #[test]
    fn only_what_fails_alone_again_and_again_while_others_succeed_is_counted() {
        let mut blame = Blame::default();
        for _ in 0..STRIKES {
            assert!(!probed(&mut blame, "poison", true));
            assert!(!probed(&mut blame, "innocent", false));
        }
        assert!(probed(&mut blame, "poison", true), "counted");
        assert!(!probed(&mut blame, "poison", true), "and then from the beginning");
    }

    #[test]
    fn an_outage_of_any_length_counts_nothing() {
        let mut blame = Blame::default();
        for number in 0..10_000 {
            assert!(!probed(&mut blame, ["a", "b", "c"][number % 3], true));
        }
        assert!(!probed(&mut blame, "a", false));
        for _ in 0..100 {
            assert!(!probed(&mut blame, "a", true), "it fails, and then it succeeds itself");
            assert!(!probed(&mut blame, "a", false));
        }
    }

    fn delivery() -> Delivery {
        Delivery { event: Event::new("a", "/test", "{}"), attempt: 1, redelivered: false, dead: None }
    }

    #[tokio::test]
    async fn a_panic_or_a_miscount_is_a_failed_attempt_of_every_delivery() {
        let panics: Handler = Arc::new(|_| Box::pin(async { panic!("broken") }));
        let panics_at_once: Handler = Arc::new(|_| panic!("broken"));
        let miscounts: Handler = Arc::new(|_| Box::pin(async { vec![Outcome::Done] }));
        for handler in [panics, panics_at_once, miscounts] {
            let outcomes = handled(&handler, vec![delivery(), delivery()]).await;
            assert_eq!(outcomes.len(), 2);
            assert!(outcomes.iter().all(|it| matches!(it, Outcome::Retry { .. })), "{outcomes:?}");
        }
    }

    #[test]
    fn the_services_wish_is_a_floor_up_to_half_a_minute() {
        let mut backoff = probe_backoff();
        assert!(pause(&mut backoff, None) <= Duration::from_millis(200));
        assert_eq!(pause(&mut backoff, Some(Duration::from_secs(9))), Duration::from_secs(9));
        assert_eq!(pause(&mut backoff, Some(Duration::from_secs(900))), LONGEST_PAUSE);
    }
}
