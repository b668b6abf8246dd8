//! Letters found by what they have in common, the latest first, and one of them with all that is known of it.

use axum::Json;
use axum::extract::{Path, State};
use chrono::{DateTime, Utc};
use http::Uri;
use mesh::{Error, Identity, TraceContext};
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use sqlx::FromRow;
use url::form_urlencoded;

use super::Filter;
use crate::admin::Admin;
use crate::door::Door;
use crate::pages;

/// Letters on a page, and the most that may be asked for.
const PAGE: (i64, i64) = (50, 200);
/// Groups that are told of, the largest ones.
const MOST_GROUPS: i64 = 500;

/// What a list tells of a letter.
#[derive(Debug, Serialize, FromRow)]
pub(super) struct Letter {
    pub(super) id: String,
    pub(super) event_id: String,
    service: String,
    queue: String,
    kind: String,
    source: String,
    subject: Option<String>,
    /// Of the event.
    time: DateTime<Utc>,
    trace: String,
    attempts: i64,
    reason: String,
    cause: String,
    died_at: DateTime<Utc>,
    deaths: i64,
    state: String,
    changed_at: DateTime<Utc>,
    operation: Option<String>,
    pub(super) replaces: Option<String>,
    replaced_by: Option<String>,
    /// Of the body, in bytes.
    size: i64,
}

#[derive(Debug, Serialize, FromRow)]
struct Group {
    queue: String,
    kind: String,
    cause: String,
    count: i64,
    first: DateTime<Utc>,
    last: DateTime<Utc>,
}

/// What a list leaves out.
#[derive(FromRow)]
struct Inside {
    identity: Option<String>,
    readable: bool,
    body: Vec<u8>,
}

#[derive(Debug, Serialize)]
pub(super) struct Page {
    letters: Vec<Letter>,
    /// Missing on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

#[derive(Debug, PartialEq, Eq)]
struct Asked {
    filter: Filter,
    limit: i64,
    /// The last letter of the page before.
    before: String,
}

impl Asked {
    fn of(uri: &Uri, has_pages: bool) -> Result<Self, Error> {
        let mut asked = Self { filter: Filter::default(), limit: PAGE.0, before: String::new() };
        let query = uri.query().unwrap_or_default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "limit" if has_pages => asked.limit = pages::limit(&value, PAGE.1)?,
                "cursor" if has_pages => asked.before = pages::cursor(&value)?,
                _ if asked.filter.set(&name, &value)? => {}
                _ => return Err(Error::field(name, unknown(has_pages))),
            }
        }
        asked.filter.check("")?;
        Ok(asked)
    }
}

fn unknown(has_pages: bool) -> String {
    let pages = if has_pages { ", limit, cursor" } else { "" };
    format!("no such field: there are service, queue, kind, cause, state, since, until, text{pages}")
}

pub(super) async fn list(State(door): State<Door>, _: Admin, uri: Uri) -> Result<Json<Page>, Error> {
    let asked = Asked::of(&uri, true)?;
    // One more than asked for tells whether there is another page.
    let query = asked.filter.bind(door.db.query(LIST)).bind(asked.before).bind(asked.limit + 1);
    let mut letters: Vec<Letter> = query.fetch_all().await?;
    let is_last = letters.len() as i64 <= asked.limit;
    letters.truncate(asked.limit.unsigned_abs() as usize);
    let next_cursor = letters.last().filter(|_| !is_last).map(|letter| letter.id.clone());
    Ok(Json(Page { letters, next_cursor }))
}

pub(super) async fn groups(State(door): State<Door>, _: Admin, uri: Uri) -> Result<Json<Value>, Error> {
    let asked = Asked::of(&uri, false)?;
    let query = asked.filter.bind(door.db.query(GROUPS)).bind(MOST_GROUPS + 1);
    let mut groups: Vec<Group> = query.fetch_all().await?;
    let has_more = groups.len() as i64 > MOST_GROUPS;
    groups.truncate(MOST_GROUPS.unsigned_abs() as usize);
    Ok(Json(json!({ "groups": groups, "more": has_more })))
}

/// A letter as it lies there.
#[derive(Debug, Serialize)]
pub(super) struct Shown {
    #[serde(flatten)]
    letter: Letter,
    trace_id: Option<String>,
    identity: Option<Identity>,
    /// Whether it can be replayed without being edited.
    readable: bool,
    headers: Value,
    /// JSON as it is; text where it is none, and what it can be read as where it is not even that.
    body: Box<RawValue>,
    is_json: bool,
}

pub(super) async fn show(State(door): State<Door>, _: Admin, Path(id): Path<String>) -> Result<Json<Shown>, Error> {
    Ok(Json(shown(&door, &id).await?))
}

pub(super) async fn shown(door: &Door, id: &str) -> Result<Shown, Error> {
    let id = super::id(id).ok_or_else(no_such_letter)?;
    let letter = door.db.query(SHOW).bind(id.clone()).fetch_optional::<Letter>().await?.ok_or_else(no_such_letter)?;
    // Purged in between, it is as if it had been so before.
    let inside = door.db.query(INSIDE).bind(id).fetch_optional::<Inside>().await?.ok_or_else(no_such_letter)?;
    let identity = inside.identity.as_deref().and_then(|text| serde_json::from_str(text).ok());
    let (body, is_json) = readable(&inside.body)?;
    let trace_id = letter.trace.parse::<TraceContext>().ok().map(|trace| trace.trace_id());
    let headers = headers(&letter);
    Ok(Shown { letter, trace_id, identity, readable: inside.readable, headers, body, is_json })
}

/// The attributes under the names that they have on the bus.
fn headers(letter: &Letter) -> Value {
    json!({
        "cloudEvents:id": letter.event_id,
        "cloudEvents:type": letter.kind,
        "cloudEvents:source": letter.source,
        "cloudEvents:subject": letter.subject,
        "cloudEvents:time": letter.time,
        "traceparent": letter.trace,
    })
}

fn readable(body: &[u8]) -> Result<(Box<RawValue>, bool), Error> {
    if let Ok(json) = serde_json::from_slice::<Box<RawValue>>(body) {
        return Ok((json, true));
    }
    let text = serde_json::value::to_raw_value(&String::from_utf8_lossy(body)).map_err(Error::internal)?;
    Ok((text, false))
}

pub(super) fn no_such_letter() -> Error {
    Error::not_found("no such dead letter: it may have been purged")
}

const LIST: &str = r"
    SELECT id, event_id, service, queue, kind, source, subject, time, trace, attempts, reason, cause, died_at, deaths,
        state, changed_at, operation, replaces, replaced_by, CAST(length(body) AS BIGINT) AS size
    FROM letters
    WHERE ($1 = '' OR service = $1) AND ($2 = '' OR queue = $2) AND ($3 = '' OR kind = $3) AND ($4 = '' OR cause = $4)
        AND ($5 = '' OR state = $5) AND died_at >= $6 AND died_at < $7
        AND ($8 = '%%' OR search_text LIKE $8 ESCAPE '\') AND ($9 = '' OR id < $9)
    ORDER BY id DESC LIMIT $10";

const GROUPS: &str = r"
    SELECT queue, kind, cause, COUNT(*) AS count, MIN(died_at) AS first, MAX(died_at) AS last FROM letters
    WHERE ($1 = '' OR service = $1) AND ($2 = '' OR queue = $2) AND ($3 = '' OR kind = $3) AND ($4 = '' OR cause = $4)
        AND ($5 = '' OR state = $5) AND died_at >= $6 AND died_at < $7
        AND ($8 = '%%' OR search_text LIKE $8 ESCAPE '\')
    GROUP BY queue, kind, cause ORDER BY 4 DESC, 6 DESC LIMIT $9";

const SHOW: &str = "
    SELECT id, event_id, service, queue, kind, source, subject, time, trace, attempts, reason, cause, died_at, deaths,
        state, changed_at, operation, replaces, replaced_by, CAST(length(body) AS BIGINT) AS size
    FROM letters WHERE id = $1";

const INSIDE: &str = "SELECT identity, readable, body FROM letters WHERE id = $1";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_read_word_by_word_and_a_mistake_names_its_field() {
        let asked = |query: &str, has_pages| Asked::of(&format!("/x?{query}").parse().unwrap(), has_pages);
        let read = asked("kind=log.INFO&state=dead&limit=7&text=a%20b", true).unwrap();
        let filter = Filter { kind: Some("log.INFO".to_owned()), text: Some("a b".to_owned()), ..read.filter.clone() };
        assert_eq!((read.limit, &read.filter), (7, &filter));
        for (query, field) in [("limit=0", "limit"), ("limit=201", "limit"), ("cursor=x", "cursor"), ("page=2", "page")]
        {
            assert_eq!(asked(query, true).unwrap_err().fields[0].field, field, "{query}");
        }
        assert_eq!(asked("limit=1", false).unwrap_err().fields[0].field, "limit", "groups have no pages");
    }

    #[test]
    fn a_body_is_shown_as_what_it_is() {
        let shown = |body: &[u8]| {
            let (body, is_json) = readable(body).unwrap();
            (body.get().to_owned(), is_json)
        };
        assert_eq!(shown(br#"{"n": 12345678901234567890123}"#), (r#"{"n": 12345678901234567890123}"#.to_owned(), true));
        assert_eq!(shown(b"neither"), (r#""neither""#.to_owned(), false));
        assert_eq!(shown(b"\xff"), ("\"\u{fffd}\"".to_owned(), false));
    }
}
