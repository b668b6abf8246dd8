//! Operations as operators see them: how far each is, what came of it, and the word to stop.

use axum::Json;
use axum::extract::{Path, State};
use chrono::{DateTime, Utc};
use http::{StatusCode, Uri};
use mesh::{Code, Error};
use serde::Serialize;
use sqlx::FromRow;
use url::form_urlencoded;

use crate::admin::Admin;
use crate::audit::{self, Audit};
use crate::door::Door;
use crate::{letters, pages};

/// Operations in a list, and the most that may be asked for.
const PAGE: (i64, i64) = (50, 200);
/// Letters that failed or were skipped, of which the reason is told.
const MOST_TOLD: i64 = 100;

#[derive(Debug, Serialize, FromRow)]
pub(super) struct Operation {
    id: String,
    kind: String,
    state: String,
    total: i64,
    done: i64,
    failed: i64,
    skipped: i64,
    /// Letters a second, at most.
    rate: Option<i64>,
    force: bool,
    who: String,
    created_at: DateTime<Utc>,
    started_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
    /// Why the last letter failed, or what is waited for.
    error: Option<String>,
}

#[derive(Debug, Serialize, FromRow)]
struct Told {
    letter: String,
    state: String,
    detail: String,
}

#[derive(Debug, Serialize)]
pub(super) struct Shown {
    #[serde(flatten)]
    operation: Operation,
    /// The first letters that failed or were skipped, each with its reason.
    letters: Vec<Told>,
}

#[derive(Debug, Serialize)]
pub(super) struct Page {
    operations: Vec<Operation>,
    /// Missing on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

pub(super) async fn list(State(door): State<Door>, _: Admin, uri: Uri) -> Result<Json<Page>, Error> {
    let (limit, before) = asked(uri.query().unwrap_or_default())?;
    // One more than asked for tells whether there is another page.
    let mut operations: Vec<Operation> = door.db.query(LIST).bind(before).bind(limit + 1).fetch_all().await?;
    let is_last = operations.len() as i64 <= limit;
    operations.truncate(limit.unsigned_abs() as usize);
    let next_cursor = operations.last().filter(|_| !is_last).map(|operation| operation.id.clone());
    Ok(Json(Page { operations, next_cursor }))
}

fn asked(query: &str) -> Result<(i64, String), Error> {
    let (mut limit, mut before) = (PAGE.0, String::new());
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match &*name {
            "limit" => limit = pages::limit(&value, PAGE.1)?,
            "cursor" => before = pages::cursor(&value)?,
            _ => return Err(Error::field(name, "no such field: there are limit, cursor")),
        }
    }
    Ok((limit, before))
}

pub(super) async fn show(State(door): State<Door>, _: Admin, Path(id): Path<String>) -> Result<Json<Shown>, Error> {
    let id = letters::id(&id).ok_or_else(no_such_operation)?;
    let operation = find(&door, &id).await?;
    let letters = door.db.query(TOLD).bind(id).bind(MOST_TOLD).fetch_all().await?;
    Ok(Json(Shown { operation, letters }))
}

pub(super) async fn find(door: &Door, id: &str) -> Result<Operation, Error> {
    door.db.query(FIND).bind(id.to_owned()).fetch_optional().await?.ok_or_else(no_such_operation)
}

/// Stops it before its next letters; those in hand are finished. What was stopped stays so.
pub(super) async fn stop(
    State(door): State<Door>,
    admin: Admin,
    Path(id): Path<String>,
) -> Result<Json<Operation>, Error> {
    let id = letters::id(&id).ok_or_else(no_such_operation)?;
    let mut tx = door.db.begin().await?;
    let stopped = tx.query(STOP).bind(Utc::now()).bind(id.clone()).execute().await? == 1;
    if stopped {
        audit::record(&door.outbox, &mut tx, &admin.subject, &Audit::Stopped { operation: &id }).await?;
        tx.commit().await?;
    }
    let operation = find(&door, &id).await?;
    match operation.state.as_str() {
        "stopped" => Ok(Json(operation)),
        state => {
            let detail = format!("there is nothing left to stop: it is {state}");
            Err(Error::new(Code::FailedPrecondition, detail).with_status(StatusCode::CONFLICT))
        }
    }
}

fn no_such_operation() -> Error {
    Error::not_found("no such operation: it may have ended long ago")
}

const LIST: &str = "
    SELECT id, kind, state, total, done, failed, skipped, rate, force, who, created_at, started_at, ended_at, error
    FROM operations WHERE $1 = '' OR id < $1 ORDER BY id DESC LIMIT $2";

const FIND: &str = "
    SELECT id, kind, state, total, done, failed, skipped, rate, force, who, created_at, started_at, ended_at, error
    FROM operations WHERE id = $1";

const TOLD: &str = "
    SELECT letter, state, detail FROM operation_letters WHERE operation = $1 AND detail IS NOT NULL
    ORDER BY number LIMIT $2";

const STOP: &str =
    "UPDATE operations SET state = 'stopped', error = NULL, ended_at = $1 WHERE id = $2 AND state = 'running'";
