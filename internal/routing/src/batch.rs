//! Many events in one call: their bodies become the entries of a list, the reply says for each what became of it. One
//! bad event fails alone, whether its own text is wrong or the service refuses the whole call because of it.

use std::time::Duration;

use bus::{Delivery, Event, Outcome};
use futures::future::BoxFuture;
use mesh::{Code, Error};
use serde_json::{Map, Value};
use tokio::time::Instant;

use crate::call::{Argument, Call, Reply};
use crate::line::Ready;
use crate::routing::Row;
use crate::table::{Arg, Batch};

/// Carries events over a row's line and tells for each what became of it, in order.
pub async fn deliver(row: &Row, deliveries: Vec<Delivery>) -> Vec<Outcome> {
    let events: Vec<Event> = deliveries.into_iter().map(|delivery| delivery.event).collect();
    // One deadline for all of it, however often a call is taken apart: whoever waits for these must not wait for ever.
    let deadline = Instant::now() + row.route.timeout;
    match &row.route.batch {
        Some(batch) => Together { row, batch, events: &events, deadline }.deliver().await,
        None => futures::future::join_all(events.iter().map(|event| alone(row, event, deadline))).await,
    }
}

/// One event, one call.
async fn alone(row: &Row, event: &Event, deadline: Instant) -> Outcome {
    let argument = match argument(row, event) {
        Ok(argument) => argument,
        Err(error) => return Outcome::Reject { reason: error.detail },
    };
    let key = Some(event.id.clone());
    let identity = event.identity.clone();
    let call =
        Call { trace: event.trace, identity, key, is_keyed: true, ..Call::new(Argument::Object(argument), deadline) };
    outcome(carried(row, call).await.map(drop))
}

/// Events that share one call, as long as each of them can be read.
struct Together<'a> {
    row: &'a Row,
    batch: &'a Batch,
    events: &'a [Event],
    deadline: Instant,
}

type Entries = Vec<(usize, Map<String, Value>)>;

impl Together<'_> {
    async fn deliver(&self) -> Vec<Outcome> {
        let mut outcomes: Vec<Option<Outcome>> = vec![None; self.events.len()];
        let mut entries = Vec::with_capacity(self.events.len());
        for (position, event) in self.events.iter().enumerate() {
            match entry(self.row, self.batch, event) {
                Ok(entry) => entries.push((position, entry)),
                Err(error) => outcomes[position] = Some(Outcome::Reject { reason: error.detail }),
            }
        }
        for (position, outcome) in self.send(entries).await {
            outcomes[position] = Some(outcome);
        }
        let missing = || Outcome::Retry { reason: "the service gave no result for it".to_owned(), after: None };
        outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(missing)).collect()
    }

    /// Sends the entries; where the service refuses the call as a whole, halves find out who is to blame.
    fn send(&self, mut entries: Entries) -> BoxFuture<'_, Vec<(usize, Outcome)>> {
        Box::pin(async move {
            let Some((first, _)) = entries.first() else { return Vec::new() };
            let answered = self.call(&self.events[*first], &entries).await;
            let positions = entries.iter().map(|(position, _)| *position);
            match answered.and_then(|reply| results(self.batch, reply, entries.len())) {
                Ok(results) => positions.zip(results).collect(),
                Err(error) if entries.len() > 1 && !is_away(error.code) => {
                    let rest = entries.split_off(entries.len() / 2);
                    let mut outcomes = self.send(entries).await;
                    outcomes.extend(self.send(rest).await);
                    outcomes
                }
                Err(error) => {
                    let outcome = outcome(Err(error));
                    positions.map(|position| (position, outcome.clone())).collect()
                }
            }
        })
    }

    async fn call(&self, first: &Event, entries: &Entries) -> Result<Reply, Error> {
        let list = entries.iter().map(|(_, entry)| Value::Object(entry.clone())).collect();
        let argument = Argument::Object(Map::from_iter([(self.batch.into.clone(), Value::Array(list))]));
        // A batch has no id of its own: each entry carries its event's.
        let call = Call { trace: first.trace, ..Call::new(argument, self.deadline) };
        carried(self.row, call).await
    }
}

/// The call in its trace, counted as one that was answered.
async fn carried(row: &Row, call: Call) -> Result<Reply, Error> {
    let (trace, began) = (call.trace, Instant::now());
    let answered = trace.scope(row.call(call)).await;
    row.observe(began.elapsed(), answered.as_ref().err());
    answered
}

/// Whether this says that the service is away or too slow for anything, rather than that these events are at fault.
fn is_away(code: Code) -> bool {
    matches!(code, Code::Unavailable | Code::ResourceExhausted | Code::DeadlineExceeded | Code::Cancelled)
}

/// The event's body with the row's changes. A constant that is there already was set by the row that published it, as
/// that one lets no caller send it; another value in its place is refused.
fn argument(row: &Row, event: &Event) -> Result<Map<String, Value>, Error> {
    let mut argument = crate::argument::parse(&event.body)?;
    let args = &row.route.args;
    argument.retain(|field, value| !matches!(args.get(field), Some(Arg::Constant(constant)) if constant == value));
    crate::argument::apply(&mut argument, args)?;
    Ok(argument)
}

fn entry(row: &Row, batch: &Batch, event: &Event) -> Result<Map<String, Value>, Error> {
    let mut entry = argument(row, event)?;
    if let Some(id) = &batch.id {
        entry.insert(id.clone(), Value::String(event.id.clone()));
    }
    if let Some(time) = &batch.time {
        let text = event.time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
        entry.entry(time.clone()).or_insert(Value::String(text));
    }
    if let Ready::Grpc(line) = &row.line {
        line.check_entry(&batch.into, &entry)?;
    }
    Ok(entry)
}

/// One outcome for each entry, out of the reply's list of `{code, message}`.
fn results(batch: &Batch, reply: Reply, entries: usize) -> Result<Vec<Outcome>, Error> {
    let Some(field) = &batch.results else { return Ok(vec![Outcome::Done; entries]) };
    let Reply::Json { body, .. } = reply else { return Err(Error::internal("a batch was answered by a stream")) };
    let mut body: Value = serde_json::from_slice(&body).map_err(Error::internal)?;
    let list = body.get_mut(field).map(Value::take);
    let Some(Value::Array(list)) = list.filter(|list| list.as_array().is_some_and(|list| list.len() == entries)) else {
        return Err(Error::internal(format!("'{field}' of the reply does not have one result for each entry")));
    };
    Ok(list.iter().map(result).collect())
}

fn result(result: &Value) -> Outcome {
    let code = result.get("code").and_then(Value::as_i64).unwrap_or(0);
    if code == 0 {
        return Outcome::Done;
    }
    let message = result.get("message").and_then(Value::as_str).unwrap_or("refused without a reason");
    outcome(Err(Error::new(Code::from_number(i32::try_from(code).unwrap_or(2)), message)))
}

fn outcome(answered: Result<(), Error>) -> Outcome {
    let Err(error) = answered else { return Outcome::Done };
    let after = error.retry_after;
    match error.code {
        code if is_away(code) => {
            error.log("an event could not be delivered: the service is away");
            Outcome::Unavailable { reason: error.detail, after: after.or(Some(Duration::from_secs(1))) }
        }
        _ if error.is_transient() => {
            error.log("an event could not be delivered");
            Outcome::Retry { reason: error.detail, after }
        }
        _ => Outcome::Reject { reason: error.detail },
    }
}
