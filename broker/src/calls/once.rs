//! A call under an `Idempotency-Key` that is answered at once: whoever repeats it is given the answer again. It goes on
//! when its caller has gone, so that the answer is there for the repetition.

use std::sync::Arc;
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use mesh::{Code, Error, TraceContext};
use routing::policy::{Admitted, Preference};
use routing::{Argument, Reply, Row};
use tokio::time::Instant;

use super::Calls;
use super::begin::{Begun, How, Mine, New};
use super::ended::{Ended, is_final};
use crate::carry::Asked;

const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// How long after its deadline a call is thought to be in hand: what it takes to write down what became of it.
const MARGIN: TimeDelta = TimeDelta::seconds(5);

/// A call with what is told beside its answer.
type Answered = (Result<Reply, Error>, HeaderMap);

pub(crate) async fn once(
    calls: &Calls,
    row: &Arc<Row>,
    admitted: Admitted,
    asked: Asked<'_>,
    notes: &mut HeaderMap,
) -> Result<Reply, Error> {
    let rows = calls.rows()?;
    let print = rows.fingerprint(&row.route, asked.argument.clone())?;
    let new = New { effect_id: admitted.effect_id(), route: &row.route, print: &print, how: now(asked.deadline) };
    match rows.begin(&new).await? {
        Begun::Mine(mine) => {
            let made = made(calls.clone(), mine, Arc::clone(row), admitted, asked.argument, asked.deadline);
            let made = TraceContext::current_or_new().scope(made);
            let (reply, told) = calls.inner.tasks.spawn(made).await.map_err(Error::internal)?;
            notes.extend(told);
            reply
        }
        Begun::Known(call) => {
            replayed(notes);
            // It was asked for to be answered later the first time: there is no answer to wait for but that one.
            if call.is_over() { call.answer() } else { super::later::accepted(&call, Preference::default(), notes) }
        }
        Begun::InFlight => Err(in_flight()),
        Begun::Conflict => Err(conflict()),
    }
}

fn now<'a>(deadline: Instant) -> How<'a> {
    let left = deadline.saturating_duration_since(Instant::now());
    How::Now { until: Utc::now() + TimeDelta::from_std(left).unwrap_or(TimeDelta::hours(1)) + MARGIN }
}

async fn made(
    calls: Calls,
    mine: Mine,
    row: Arc<Row>,
    admitted: Admitted,
    argument: Argument,
    deadline: Instant,
) -> Answered {
    let mut notes = HeaderMap::new();
    let reply = admitted.call(&row, argument, deadline, &mut notes).await;
    let end = end(&row, &reply);
    if let Err(error) = calls.keep(&mine, end).await {
        // The answer is true all the same. Who repeats the call makes it again, with the same effect id.
        error.log("the answer to a call under a key could not be kept");
    }
    (reply, notes)
}

/// What is kept of the answer: nothing where it may hold a password or a token, or would be another one the next time.
fn end(row: &Row, reply: &Result<Reply, Error>) -> Option<Ended> {
    match reply {
        _ if row.has_credentials => None,
        Ok(reply) => Ended::of(&row.route, reply),
        Err(error) => is_final(error).then(|| Ended::failed(error)),
    }
}

impl Calls {
    async fn keep(&self, mine: &Mine, end: Option<Ended>) -> Result<(), Error> {
        let rows = self.rows()?;
        match end {
            Some(ended) => rows.end(mine, &ended, 1).await.map(drop),
            None => rows.leave_open(mine).await,
        }
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
