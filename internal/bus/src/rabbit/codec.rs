//! Events as AMQP messages and back: CloudEvents attributes as headers, the body as it is. What a copy of a message
//! keeps, and what it must not, is decided here as well.

use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, Utc};
use lapin::BasicProperties;
use lapin::message::Delivery as Raw;
use lapin::types::{AMQPValue, FieldTable, ShortString};
use mesh::{Identity, TraceContext};

use super::apply::{short, table, text};
use crate::event::{self, is_key};
use crate::{DeadLetter, Event};

const PERSISTENT: u8 = 2;

const ID: &str = "cloudEvents:id";
const TYPE: &str = "cloudEvents:type";
const SOURCE: &str = "cloudEvents:source";
const TIME: &str = "cloudEvents:time";
const SUBJECT: &str = "cloudEvents:subject";
/// JSON; questions carry it too.
pub(super) const IDENTITY: &str = "x-identity";

/// The number of this attempt; 1 where it is missing.
const ATTEMPT: &str = "x-attempt";
/// That a copy was in somebody's hand before; the server forgets it.
const SEEN: &str = "x-seen";
const DEAD_REASON: &str = "x-dead-reason";
const DEAD_QUEUE: &str = "x-dead-queue";
const DIED_AT: &str = "x-died-at";
/// How often a quorum queue gave the message out before and did not see it acknowledged.
const DELIVERY_COUNT: &str = "x-delivery-count";
/// What RabbitMQ notes when it moves a message by itself.
const DEATH: &str = "x-death";

/// The properties under which `event` is published: persistent, and without an expiration, which would lose it.
pub(super) fn properties(event: &Event) -> Result<BasicProperties, mesh::Error> {
    let mut headers = table([
        (ID, text(&event.id)),
        (TYPE, text(&event.kind)),
        (SOURCE, text(&event.source)),
        (TIME, time(event.time)),
        (mesh::trace::HEADER, text(&event.trace.to_string())),
    ]);
    if let Some(subject) = &event.subject {
        headers.insert(SUBJECT.into(), text(subject));
    }
    if let Some(identity) = &event.identity {
        headers.insert(IDENTITY.into(), text(&event::identity_text(identity)));
    }
    Ok(BasicProperties::default()
        .with_message_id(short(&event.id)?)
        .with_content_type("application/json".into())
        .with_delivery_mode(PERSISTENT)
        .with_timestamp(u64::try_from(event.time.timestamp()).unwrap_or_default())
        .with_headers(headers))
}

/// The same for one that somebody had before.
pub(super) fn requeued(event: &Event) -> Result<BasicProperties, mesh::Error> {
    let properties = properties(event)?;
    let mut headers = properties.headers().clone().unwrap_or_default();
    headers.insert(SEEN.into(), AMQPValue::Boolean(true));
    Ok(properties.with_headers(headers))
}

fn time(time: DateTime<Utc>) -> AMQPValue {
    text(&time.to_rfc3339_opts(SecondsFormat::Millis, true))
}

fn moment(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).ok().map(|time| time.with_timezone(&Utc))
}

/// The event in a message, or why there is none to be found.
pub(super) fn event(raw: &Raw) -> Result<Event, String> {
    let missing = |name: &str| format!("unreadable: it has no {name}");
    let id = id(raw).ok_or_else(|| missing("id"))?;
    let kind = header(raw, TYPE).ok_or_else(|| missing(TYPE))?;
    if !is_key(&kind) {
        return Err(format!("unreadable: {TYPE} is not words joined by dots"));
    }
    let source = header(raw, SOURCE).ok_or_else(|| missing(SOURCE))?;
    let time = header(raw, TIME).ok_or_else(|| missing(TIME))?;
    let time = moment(&time).ok_or_else(|| format!("unreadable: {TIME} is not a time"))?;
    Ok(Event {
        id,
        kind,
        source,
        subject: header(raw, SUBJECT),
        time,
        trace: trace(raw),
        identity: identity(raw)?,
        body: Bytes::copy_from_slice(&raw.data),
    })
}

/// Who caused it; an error where that cannot be read.
pub(super) fn identity(raw: &Raw) -> Result<Option<Identity>, String> {
    match headers(raw).and_then(|it| it.inner().get(IDENTITY)) {
        Some(value) => event::identity(&string(value).unwrap_or_default()).map(Some),
        None => Ok(None),
    }
}

/// What can be made out of a dead letter, which may have died of being unreadable.
pub(super) fn event_at_best(raw: &Raw) -> Event {
    event(raw).unwrap_or_else(|_| Event {
        id: id(raw).unwrap_or_default(),
        kind: header(raw, TYPE).unwrap_or_default(),
        source: header(raw, SOURCE).unwrap_or_default(),
        subject: header(raw, SUBJECT),
        time: raw.properties.timestamp().and_then(seconds).unwrap_or_else(Utc::now),
        trace: trace(raw),
        identity: identity(raw).unwrap_or_default(),
        body: Bytes::copy_from_slice(&raw.data),
    })
}

fn seconds(timestamp: u64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(i64::try_from(timestamp).ok()?, 0)
}

fn id(raw: &Raw) -> Option<String> {
    let id = raw.properties.message_id().as_ref().map(ShortString::to_string).or_else(|| header(raw, ID));
    id.filter(|id| !id.is_empty())
}

fn trace(raw: &Raw) -> TraceContext {
    let header = header(raw, mesh::trace::HEADER);
    // The event keeps the context that it was published in; whoever handles it goes one step further.
    header.and_then(|text| text.parse().ok()).unwrap_or_default()
}

pub(super) fn attempt(raw: &Raw) -> u32 {
    number(raw, ATTEMPT).and_then(|it| u32::try_from(it).ok()).unwrap_or(1).max(1)
}

pub(super) fn delivery_count(raw: &Raw) -> i64 {
    number(raw, DELIVERY_COUNT).unwrap_or(0)
}

pub(super) fn was_seen(raw: &Raw) -> bool {
    raw.redelivered || delivery_count(raw) > 0 || headers(raw).is_some_and(|it| it.contains_key(SEEN))
}

/// Why a message is dead: as this bus noted it, or as RabbitMQ did when it gave up by itself.
pub(super) fn dead_letter(raw: &Raw) -> DeadLetter {
    let attempts = attempt(raw);
    if let Some(reason) = header(raw, DEAD_REASON) {
        let at = header(raw, DIED_AT).and_then(|text| moment(&text));
        return DeadLetter { reason, queue: header(raw, DEAD_QUEUE).unwrap_or_default(), attempts, at };
    }
    let Death { reason, queue, at } = last_death(raw).unwrap_or_default();
    let reason = match reason.as_str() {
        "delivery_limit" => "its consumer ended too often with it in hand".to_owned(),
        "" => "unknown".to_owned(),
        other => format!("RabbitMQ: {other}"),
    };
    DeadLetter { reason, queue: queue.trim_end_matches(".suspect").to_owned(), attempts, at }
}

/// What RabbitMQ wrote when it moved a message by itself.
#[derive(Default)]
struct Death {
    reason: String,
    queue: String,
    at: Option<DateTime<Utc>>,
}

/// The newest entry comes first; the waits on rungs are in the list too.
fn last_death(raw: &Raw) -> Option<Death> {
    let deaths = headers(raw)?.inner().get(DEATH)?.as_array()?;
    let tables = deaths.as_slice().iter().filter_map(AMQPValue::as_field_table);
    let mut deaths = tables.map(|it| {
        let field = |name: &str| it.inner().get(name).and_then(string).unwrap_or_default();
        let at = it.inner().get("time").and_then(AMQPValue::as_timestamp).and_then(seconds);
        Death { reason: field("reason"), queue: field("queue"), at }
    });
    deaths.find(|death| death.reason != "expired")
}

/// Properties for a copy of a message under the same id, for its next attempt.
pub(super) fn retried(raw: &Raw) -> BasicProperties {
    copied(raw, [(ATTEMPT, AMQPValue::LongInt(attempt(raw).saturating_add(1).min(i32::MAX as u32) as i32))])
}

/// The same for one that only changes its place.
pub(super) fn moved(raw: &Raw) -> BasicProperties {
    copied(raw, [])
}

/// The same for one that is given up, or was before.
pub(super) fn died(raw: &Raw, dead: &DeadLetter) -> BasicProperties {
    let attempts = AMQPValue::LongInt(dead.attempts.min(i32::MAX as u32) as i32);
    let reason = text(shortened(&dead.reason));
    let died = [(DEAD_REASON, reason), (DEAD_QUEUE, text(&dead.queue)), (ATTEMPT, attempts)];
    let properties = copied(raw, died);
    let Some(at) = dead.at else { return properties };
    let mut headers = properties.headers().clone().unwrap_or_default();
    headers.insert(DIED_AT.into(), time(at));
    properties.with_headers(headers)
}

/// Headers are limited to a frame; the whole reason is in the log.
fn shortened(reason: &str) -> &str {
    &reason[..reason.floor_char_boundary(1_000)]
}

fn copied<const N: usize>(raw: &Raw, changes: [(&str, AMQPValue); N]) -> BasicProperties {
    let mut headers = FieldTable::default();
    for (name, value) in headers_of(raw).filter(|(name, _)| stays(name.as_str())) {
        headers.insert(name.clone(), value.clone());
    }
    headers.insert(SEEN.into(), AMQPValue::Boolean(true));
    for (name, value) in changes {
        headers.insert(name.into(), value);
    }
    // What is left out: an expiration would lose it, and a user id has to be one's own.
    let from = &raw.properties;
    let mut to = BasicProperties::default().with_delivery_mode(PERSISTENT).with_headers(headers);
    for (value, set) in [
        (from.message_id(), BasicProperties::with_message_id as fn(_, _) -> _),
        (from.content_type(), BasicProperties::with_content_type),
        (from.content_encoding(), BasicProperties::with_content_encoding),
        (from.correlation_id(), BasicProperties::with_correlation_id),
        (from.kind(), BasicProperties::with_type),
        (from.app_id(), BasicProperties::with_app_id),
    ] {
        if let Some(value) = value {
            to = set(to, value.clone());
        }
    }
    match from.timestamp() {
        Some(timestamp) => to.with_timestamp(*timestamp),
        None => to,
    }
}

/// What RabbitMQ wrote is left behind: brokers before 4.0.1 drop a message that carries `x-death` as going in circles,
/// and `CC` would send the copy to further queues.
fn stays(name: &str) -> bool {
    let servers = ["x-death", "x-first-death-", "x-last-death-", "x-delivery-count", "x-acquired-count"];
    !servers.iter().any(|it| name.starts_with(it)) && !matches!(name, "CC" | "BCC")
}

fn headers(raw: &Raw) -> Option<&FieldTable> {
    raw.properties.headers().as_ref()
}

fn headers_of(raw: &Raw) -> impl Iterator<Item = (&ShortString, &AMQPValue)> {
    headers(raw).into_iter().flat_map(|it| it.inner().iter())
}

pub(super) fn header(raw: &Raw, name: &str) -> Option<String> {
    string(headers(raw)?.inner().get(name)?)
}

fn string(value: &AMQPValue) -> Option<String> {
    match value {
        AMQPValue::LongString(it) => std::str::from_utf8(it.as_bytes()).ok().map(str::to_owned),
        AMQPValue::ShortString(it) => Some(it.to_string()),
        _ => None,
    }
}

/// Other clients choose other widths for the same number.
pub(super) fn number(raw: &Raw, name: &str) -> Option<i64> {
    match headers(raw)?.inner().get(name)? {
        AMQPValue::ShortShortInt(it) => Some((*it).into()),
        AMQPValue::ShortShortUInt(it) => Some((*it).into()),
        AMQPValue::ShortInt(it) => Some((*it).into()),
        AMQPValue::ShortUInt(it) => Some((*it).into()),
        AMQPValue::LongInt(it) => Some((*it).into()),
        AMQPValue::LongUInt(it) => Some((*it).into()),
        AMQPValue::LongLongInt(it) => Some(*it),
        _ => None,
    }
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;
