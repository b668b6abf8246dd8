//! A call under an `Idempotency-Key` that is answered at once: whoever repeats it is given the answer again. It goes on
//! when its caller has gone, so that the answer is there for the repetition.

use std::sync::Arc;
use std::time::Duration;

use bus::dedupe::Fingerprint;
use chrono::{TimeDelta, Utc};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use mesh::shutdown::Backoff;
use mesh::{Code, Error, TraceContext};
use routing::policy::{Admitted, Preference};
use routing::{Argument, Reply, Row};
use tokio::sync::oneshot;
use tokio::time::Instant;
use tracing::Instrument;

use super::Calls;
use super::begin::{Begun, How, Mine, New};
use super::ended::{Ended, is_final};
use super::rows::{Call, Rows};
use crate::carry::Asked;

const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// How long after its deadline a call is thought to be in hand: what it takes to write down what became of it.
const MARGIN: TimeDelta = TimeDelta::seconds(5);
/// How long an answer waits until it is kept.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long after its deadline it is still written: where the rows were away meanwhile, nobody else could make the call.
const GIVE_UP: Duration = Duration::from_secs(60);
/// The pauses between two tries to write it, from the one to the other.
pub(super) const AGAIN: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(1));

/// A call with what is told beside its answer.
type Answered = (Result<Reply, Error>, HeaderMap);

pub(crate) async fn once(
    calls: &Calls,
    row: &Arc<Row>,
    admitted: Admitted,
    asked: Asked<'_>,
    notes: &mut HeaderMap,
) -> Result<Reply, Error> {
    let print = calls.rows()?.fingerprint(&row.route, asked.argument.clone())?;
    let Asked { argument, deadline, .. } = asked;
    let effect_id = admitted.effect_id().map(str::to_owned);
    let claim = Claim { calls: calls.clone(), row: Arc::clone(row), effect_id, print, deadline };
    let once = Once { claim, admitted, argument };
    let (answer, answered) = oneshot::channel();
    // From the claim on in a task of its own: a claim without anybody who makes the call would block its key.
    let carried = TraceContext::current_or_new().scope(once.carry(answer)).in_current_span();
    let calls = calls.clone();
    let overdue = calls.clone();
    calls.inner.tasks.spawn(async move {
        tokio::select! {
            () = carried => {}
            () = overdue.overdue() => tracing::warn!("left a call under a key in hand at the end of the grace period"),
        }
    });
    let stopped = |_| Error::unavailable("the call ended without an answer: repeat it under the same Idempotency-Key");
    let (reply, told) = answered.await.map_err(stopped)?;
    notes.extend(told);
    reply
}

/// One call under a key.
struct Once {
    claim: Claim,
    admitted: Admitted,
    argument: Argument,
}

struct Claim {
    calls: Calls,
    row: Arc<Row>,
    effect_id: Option<String>,
    print: Fingerprint,
    deadline: Instant,
}

impl Once {
    async fn carry(self, answer: oneshot::Sender<Answered>) {
        let Some((begun, answer)) = self.claim.made(answer).await else { return };
        let mut notes = HeaderMap::new();
        let found = match begun {
            Ok(Begun::Mine(mine)) => return self.make(mine, answer).await,
            Ok(Begun::Known(call)) => known(&call, &mut notes),
            Ok(Begun::InFlight) => Err(in_flight()),
            Ok(Begun::Conflict) => Err(conflict()),
            Err(error) => Err(error),
        };
        // Whoever asked may have gone.
        let _ = answer.send((found, notes));
    }

    /// Makes the call. The answer waits for its place in the rows, so that a repetition of what was answered finds it
    /// there; not for long, as it is true all the same.
    async fn make(self, mine: Mine, answer: oneshot::Sender<Answered>) {
        let Self { claim, admitted, argument } = self;
        let Claim { calls, row, deadline, .. } = claim;
        let Ok(rows) = calls.rows() else { return };
        let mut notes = HeaderMap::new();
        let reply = admitted.call(&row, argument, deadline, &mut notes).await;
        let mut kept = std::pin::pin!(keep(rows, &mine, end(&row, &reply), deadline + GIVE_UP));
        let is_kept = tokio::time::timeout(PATIENCE, &mut kept).await.is_ok();
        let _ = answer.send((reply, notes));
        if !is_kept {
            kept.await;
        }
    }
}

impl Claim {
    /// Nothing where the claim comes too late: then the answer has gone.
    async fn made(
        &self,
        answer: oneshot::Sender<Answered>,
    ) -> Option<(Result<Begun, Error>, oneshot::Sender<Answered>)> {
        let rows = match self.calls.rows() {
            Ok(rows) => rows,
            Err(error) => return Some((Err(error), answer)),
        };
        let how = now(self.deadline);
        let new = New { effect_id: self.effect_id.as_deref(), route: &self.row.route, print: &self.print, how };
        let mut claim = std::pin::pin!(rows.begin(&new));
        if let Ok(begun) = tokio::time::timeout_at(self.deadline, &mut claim).await {
            return Some((begun, answer));
        }
        let _ = answer.send((Err(late()), HeaderMap::new()));
        // Nobody makes the call: whoever repeats it need not wait for its end.
        if let Ok(Begun::Mine(mine)) = claim.await {
            keep(rows, &mine, None, self.deadline).await;
        }
        None
    }
}

fn now<'a>(deadline: Instant) -> How<'a> {
    let left = deadline.saturating_duration_since(Instant::now());
    How::Now { until: Utc::now() + TimeDelta::from_std(left).unwrap_or(TimeDelta::hours(1)) + MARGIN }
}

/// What is there already under the key.
fn known(call: &Call, notes: &mut HeaderMap) -> Result<Reply, Error> {
    replayed(notes);
    // It was asked for to be answered later the first time: there is no answer to wait for but that one.
    if call.is_over() { call.answer() } else { super::later::accepted(call, Preference::default(), notes) }
}

/// Writes what came of a call until it is written, somebody else has taken the call over, or it is too late.
async fn keep(rows: &Rows, mine: &Mine, end: Option<Ended>, until: Instant) {
    let mut backoff = Backoff::new(AGAIN.0, AGAIN.1);
    loop {
        let written = match &end {
            Some(ended) => rows.end(mine, ended, 1).await.map(drop),
            None => rows.leave_open(mine).await,
        };
        let Err(error) = written else { return };
        if Instant::now() >= until {
            // Whoever repeats the call makes it again, with the same effect id.
            return error.log("the answer to a call under a key could not be kept");
        }
        tracing::debug!("the answer to a call under a key could not be kept yet: {error}");
        tokio::time::sleep(backoff.next_delay()).await;
    }
}

pub(super) fn late() -> Error {
    Error::deadline("what this broker keeps of calls did not answer in time: repeat the call under the same key")
}

/// What is kept of the answer: nothing where it may hold a password or a token, or would be another one the next time.
fn end(row: &Row, reply: &Result<Reply, Error>) -> Option<Ended> {
    match reply {
        _ if row.has_credentials => None,
        Ok(reply) => Ended::of(&row.route, reply),
        Err(error) => is_final(error).then(|| Ended::failed(error)),
    }
}

/// Tells that the answer is that of an earlier call.
pub(super) fn replayed(notes: &mut HeaderMap) {
    metrics::counter!("calls_replayed_total").increment(1);
    notes.insert(REPLAYED, HeaderValue::from_static("true"));
}

pub(super) fn in_flight() -> Error {
    metrics::counter!("calls_conflicts_total", "reason" => "in_flight").increment(1);
    let detail = "the call under this Idempotency-Key is still being made: repeat it in a moment";
    Error::new(Code::Aborted, detail).with_retry_after(Duration::from_secs(1))
}

pub(super) fn conflict() -> Error {
    metrics::counter!("calls_conflicts_total", "reason" => "other_call").increment(1);
    Error::field("Idempotency-Key", "was used for a call with another body: use a new one for each call")
        .with_status(StatusCode::UNPROCESSABLE_ENTITY)
}
