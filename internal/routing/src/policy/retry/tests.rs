//! The layer alone, with paused time, over a line whose attempts go by a script.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use mesh::{Code, NotSent};
use serde_json::Map;
use tower::util::service_fn;

use super::*;
use crate::call::Argument;
use crate::policy::Guards;
use crate::table::Line;

const LEFT: Duration = Duration::from_secs(4);
const SECOND: Duration = Duration::from_secs(1);
/// The longest of all backoffs together.
const BACKOFF: Duration = Duration::from_millis(80);

/// What one attempt comes to.
#[derive(Clone)]
struct Step {
    after: Duration,
    failure: Option<Code>,
    hint: Option<Duration>,
    not_sent: Option<NotSent>,
    has_others: bool,
}

const OK: Step = Step { after: Duration::ZERO, failure: None, hint: None, not_sent: None, has_others: false };
const AWAY: Step = Step { failure: Some(Code::Unavailable), ..OK };
const HUNG: Step = Step { after: Duration::from_secs(3_600), has_others: true, ..OK };

/// What became of a call.
struct Seen {
    outcome: Result<usize, Error>,
    took: Duration,
    calls: Vec<Call>,
    trail: Trail,
    /// Attempts that were dropped before their end.
    dropped: usize,
}

fn guard() -> Arc<Guard> {
    let line = Line::Rpc { service: "s".into(), method: "m".into() };
    Guards::default().of(&line, &crate::table::Table::default())
}

fn spend(guard: &Guard) {
    while guard.budget.withdraw() {}
}

struct Running(Arc<AtomicUsize>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A call of its caller's with four seconds left, as the row says.
async fn run(safe: Safe, key: Option<&str>, guard: Arc<Guard>, steps: &[Step]) -> Seen {
    let call = Call::new(Argument::Object(Map::new()), Instant::now() + LEFT);
    let call = Call { key: key.map(str::to_owned), is_keyed: key.is_some(), ..call };
    run_call(call, safe, guard, steps).await
}

/// A row that gives its calls four seconds.
fn route() -> Arc<Route> {
    let text = "version = 1\n[[route]]\non = \"GET /r\"\ncall = \"rpc s m\"\ntimeout = \"4s\"\n";
    Arc::clone(&crate::table::parse("t", text, |_| None).unwrap().routes[0])
}

/// A call over a line that does one step for each attempt; the reply is the attempt's number.
async fn run_call(call: Call, safe: Safe, guard: Arc<Guard>, steps: &[Step]) -> Seen {
    let (calls, running, ended) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicUsize::new(0)), Arc::default());
    let (noted, finished): (_, Arc<AtomicUsize>) = (Arc::clone(&calls), Arc::clone(&ended));
    let (steps, inside) = (steps.to_vec(), Arc::clone(&running));
    let line = service_fn(move |call: Call| {
        let number = call.trail.number();
        let step = steps.get(number - 1).cloned().unwrap_or(AWAY);
        noted.lock().unwrap().push(call.clone());
        inside.fetch_add(1, Ordering::Relaxed);
        let (running, finished) = (Running(Arc::clone(&inside)), Arc::clone(&finished));
        async move {
            let _running = running;
            call.trail.chose(([127, 0, 0, u8::try_from(number).unwrap()], 1).into(), step.has_others);
            sleep(step.after).await;
            finished.fetch_add(1, Ordering::Relaxed);
            let Some(code) = step.failure else { return Ok(Reply::json(number.to_string())) };
            let mut error = Error::new(code, "failed");
            error.retry_after = step.hint;
            Err(match step.not_sent {
                Some(why) => error.with_nothing_sent(why),
                None => error,
            })
        }
    });
    let (trail, began) = (call.trail.clone(), Instant::now());
    let terms = Terms::new(&route(), safe, true, guard);
    let outcome = Retry::new(Arc::new(terms), line).oneshot(call).await.map(|reply| match reply {
        Reply::Json { body, .. } => std::str::from_utf8(&body).unwrap().parse().unwrap(),
        other => panic!("{other:?}"),
    });
    assert_eq!(running.load(Ordering::Relaxed), 0, "an attempt outlived its call");
    let calls = std::mem::take(&mut *calls.lock().unwrap());
    let dropped = calls.len() - ended.load(Ordering::Relaxed);
    Seen { outcome, took: began.elapsed(), calls, trail, dropped }
}

fn idempotent() -> Safe {
    Safe::Known { is_idempotent: true }
}

fn unsafe_alone() -> Safe {
    Safe::Known { is_idempotent: false }
}

#[tokio::test(start_paused = true)]
async fn only_what_is_safe_is_made_again() {
    let cases = [
        (idempotent(), None, 2),
        (unsafe_alone(), Some("k"), 2),
        (unsafe_alone(), None, 1),
        (Safe::Never, Some("k"), 1),
    ];
    for (position, (safe, key, attempts)) in cases.into_iter().enumerate() {
        let seen = run(safe, key, guard(), &[AWAY, OK]).await;
        assert_eq!((seen.calls.len(), seen.trail.count()), (attempts, attempts), "case {position}");
        assert_eq!(seen.outcome.is_ok(), attempts == 2, "case {position}");
        assert!(seen.took <= BACKOFF, "{:?}", seen.took);
    }
}

#[tokio::test(start_paused = true)]
async fn only_a_service_that_is_not_available_is_called_again() {
    for number in 1..=16 {
        let code = Code::from_number(number);
        let seen = run(idempotent(), None, guard(), &[Step { failure: Some(code), ..OK }, OK]).await;
        assert_eq!(seen.calls.len() > 1, code == Code::Unavailable, "{code:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn there_are_three_attempts_at_most_and_the_last_error_is_the_answer() {
    let seen = run(idempotent(), None, guard(), &[AWAY, AWAY, AWAY, OK]).await;
    assert_eq!((seen.outcome.unwrap_err().code, seen.calls.len()), (Code::Unavailable, 3));
    assert!(seen.took <= BACKOFF, "{:?}", seen.took);
}

#[tokio::test(start_paused = true)]
async fn an_attempt_is_the_same_call_in_a_span_of_its_own() {
    let seen = run(unsafe_alone(), Some("k"), guard(), &[AWAY, OK]).await;
    let [first, second] = &seen.calls[..] else { panic!("{} attempts", seen.calls.len()) };
    assert_eq!((first.id, &first.key, first.deadline), (second.id, &second.key, second.deadline));
    assert_eq!(first.trace.trace_id(), second.trace.trace_id());
    assert_ne!(first.trace, second.trace);
    assert_eq!((first.trail.number(), second.trail.number()), (1, 2));
    assert_eq!(seen.trail.attempts()[0].failure, Some(Code::Unavailable));
}

#[tokio::test(start_paused = true)]
async fn without_a_budget_the_error_is_the_answer() {
    let guard = guard();
    spend(&guard);
    let seen = run(idempotent(), None, Arc::clone(&guard), &[AWAY, OK]).await;
    assert_eq!((seen.outcome.is_err(), seen.calls.len()), (true, 1));
    // Each call adds a fifth of an attempt.
    for _ in 0..4 {
        run(unsafe_alone(), None, Arc::clone(&guard), &[OK]).await.outcome.unwrap();
    }
    assert!(run(idempotent(), None, Arc::clone(&guard), &[AWAY, OK]).await.outcome.is_ok());
}

#[tokio::test(start_paused = true)]
async fn the_services_hint_is_waited_for_where_there_is_no_other_instance() {
    let hinting = |has_others, hint| Step { hint: Some(hint), has_others, ..AWAY };
    let alone = run(idempotent(), None, guard(), &[hinting(false, SECOND), OK]).await;
    assert!(alone.outcome.is_ok() && (SECOND..=SECOND + BACKOFF).contains(&alone.took), "{:?}", alone.took);
    let elsewhere = run(idempotent(), None, guard(), &[hinting(true, SECOND), OK]).await;
    assert!(elsewhere.outcome.is_ok() && elsewhere.took <= BACKOFF, "{:?}", elsewhere.took);
    let too_long = run(idempotent(), None, guard(), &[hinting(false, LEFT), OK]).await;
    assert_eq!((too_long.outcome.unwrap_err().retry_after, too_long.took), (Some(LEFT), Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_started_that_the_deadline_would_meet_waiting() {
    let late = Step { after: LEFT, ..AWAY };
    let seen = run(idempotent(), None, guard(), &[late, OK]).await;
    assert_eq!((seen.outcome.is_err(), seen.calls.len(), seen.took), (true, 1, LEFT));
}

#[tokio::test(start_paused = true)]
async fn an_instance_that_hangs_is_accompanied_by_another_after_half_of_the_time() {
    let seen = run(idempotent(), None, guard(), &[HUNG, Step { after: SECOND, ..OK }]).await;
    assert_eq!((seen.outcome.unwrap(), seen.took), (2, LEFT / 2 + SECOND));
    assert_eq!((seen.calls.len(), seen.dropped), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn one_that_is_slow_and_answers_first_wins() {
    let slow = Step { after: LEFT / 2 + SECOND, has_others: true, ..OK };
    let seen = run(idempotent(), None, guard(), &[slow, HUNG]).await;
    assert_eq!((seen.outcome.unwrap(), seen.took), (1, LEFT / 2 + SECOND));
    assert_eq!((seen.calls.len(), seen.dropped), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn of_two_the_one_that_fails_waits_for_the_other() {
    let slow = Step { after: LEFT / 2 + SECOND, has_others: true, ..OK };
    let seen = run(idempotent(), None, guard(), &[slow.clone(), AWAY]).await;
    assert_eq!((seen.outcome.unwrap(), seen.calls.len(), seen.dropped), (1, 2, 0));
    let failing = Step { failure: Some(Code::Unavailable), ..slow };
    let seen = run(idempotent(), None, guard(), &[failing, AWAY, OK]).await;
    assert_eq!((seen.outcome.unwrap(), seen.calls.len()), (3, 3));
}

#[tokio::test(start_paused = true)]
async fn of_two_a_success_is_preferred_to_any_error_that_comes_first() {
    let slow = Step { after: LEFT / 2 + SECOND, has_others: true, ..OK };
    let conflict = Step { failure: Some(Code::Aborted), ..OK };
    let seen = run(idempotent(), None, guard(), &[slow, conflict.clone()]).await;
    assert_eq!((seen.outcome.unwrap(), seen.took, seen.dropped), (1, LEFT / 2 + SECOND, 0));
    // Where the other does not come either, the error is told before the time is over.
    let seen = run(idempotent(), None, guard(), &[HUNG, conflict]).await;
    assert_eq!((seen.outcome.unwrap_err().code, seen.took), (Code::Aborted, LEFT - IN_HAND));
}

#[tokio::test(start_paused = true)]
async fn a_caller_in_a_hurry_is_not_accompanied_before_half_of_the_rows_time() {
    let usual = Step { after: LEFT / 4, has_others: true, ..OK };
    for (left, calls) in [(LEFT / 2, 1), (LEFT * 3 / 8, 1), (LEFT * 3 / 4, 1)] {
        let call = Call::new(Argument::Object(Map::new()), Instant::now() + left);
        let seen = run_call(call, idempotent(), guard(), &[usual.clone(), OK]).await;
        assert_eq!((seen.outcome.unwrap(), seen.calls.len()), (1, calls), "{left:?}");
    }
    let call = Call::new(Argument::Object(Map::new()), Instant::now() + LEFT * 3 / 4);
    let seen = run_call(call, idempotent(), guard(), &[HUNG, OK]).await;
    assert_eq!((seen.outcome.unwrap(), seen.took), (2, LEFT / 2));
}

#[tokio::test(start_paused = true)]
async fn a_key_that_its_caller_did_not_give_makes_nothing_safe_and_stays_alone() {
    let kept = || {
        let call = Call::new(Argument::Object(Map::new()), Instant::now() + LEFT);
        Call { key: Some("its own id".to_owned()), ..call }
    };
    let seen = run_call(kept(), unsafe_alone(), guard(), &[AWAY, OK]).await;
    assert_eq!((seen.outcome.is_err(), seen.calls.len()), (true, 1));
    let seen = run_call(kept(), idempotent(), guard(), &[AWAY, OK]).await;
    assert_eq!((seen.outcome.unwrap(), seen.calls.len()), (2, 2));
    let slow = Step { after: LEFT - SECOND, has_others: true, ..OK };
    let seen = run_call(kept(), idempotent(), guard(), &[slow, OK]).await;
    assert_eq!((seen.outcome.unwrap(), seen.calls.len()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn what_nobody_would_take_is_not_made_again() {
    for (not_sent, calls) in [(Some(NotSent::Unroutable), 1), (Some(NotSent::NotReached), 2), (None, 2)] {
        let seen = run(idempotent(), None, guard(), &[Step { not_sent, ..AWAY }, OK]).await;
        assert_eq!(seen.calls.len(), calls, "{not_sent:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_accompanies_what_has_no_other_instance_no_budget_or_only_a_key() {
    let slow = Step { after: LEFT - SECOND, has_others: true, ..OK };
    let alone = Step { has_others: false, ..slow.clone() };
    let spent = guard();
    spend(&spent);
    let cases = [(idempotent(), None, guard(), alone), (idempotent(), None, spent, slow.clone())];
    let keyed = [(unsafe_alone(), Some("k"), guard(), slow.clone()), (idempotent(), Some("k"), guard(), slow)];
    let cases = cases.into_iter().chain(keyed);
    for (safe, key, guard, step) in cases {
        let seen = run(safe, key, guard, &[step, OK]).await;
        assert_eq!((seen.outcome.unwrap(), seen.calls.len(), seen.took), (1, 1, LEFT - SECOND));
    }
}
