//! An edited copy of a letter: a new event with an id of its own, as another content under the old id would be taken for
//! a mistake. The letter and its copy know each other, and what was asked for is done as a whole or not at all.

use axum::Json;
use axum::extract::{Path, State};
use bus::event::is_key;
use chrono::Utc;
use http::StatusCode;
use mesh::{Code, Error, body};
use serde::Deserialize;
use serde_json::value::RawValue;
use sqlx::FromRow;
use uuid::Uuid;

use super::find::{Shown, no_such_letter, shown};
use crate::admin::Admin;
use crate::audit::{self, Audit};
use crate::door::Door;

/// What comes in, in bytes: a body as large as one may be, and what is around it.
const MOST: usize = bus::MAX_BODY + (64 << 10);
/// Who tells of an edited event that came from nobody.
const SOURCE: &str = "/operations";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Edited {
    /// JSON, kept as it was written.
    body: Box<RawValue>,
    /// The event's kind, where that is to be another one.
    kind: Option<String>,
    /// Also where the letter may have been sent already.
    #[serde(default)]
    force: bool,
}

#[derive(FromRow)]
struct Original {
    state: String,
    event_id: String,
    kind: String,
    source: String,
    subject: Option<String>,
    reason: String,
    operation: Option<String>,
}

impl Original {
    /// Whether a copy can take its place.
    fn check(&self, force: bool) -> Result<(), Error> {
        let detail = match (self.state.as_str(), &self.operation) {
            // Stopped or killed with the letter in hand: both it and its copy would have an effect.
            ("dead", Some(operation)) if !force => {
                format!("operation {operation} may have sent it already: replay it as it is, or edit it with force")
            }
            ("dead", _) => return Ok(()),
            (state, _) => format!("only dead letters can be edited: this one is {state}"),
        };
        Err(Error::new(Code::FailedPrecondition, detail).with_status(StatusCode::CONFLICT))
    }
}

pub(super) async fn edit(
    State(door): State<Door>,
    admin: Admin,
    Path(id): Path<String>,
    body::Json(edited): body::Json<Edited, MOST>,
) -> Result<(StatusCode, Json<Shown>), Error> {
    let id = super::id(&id).ok_or_else(no_such_letter)?;
    let new = copied(&door, &admin, &id, &edited).await?;
    Ok((StatusCode::CREATED, Json(shown(&door, &new).await?)))
}

/// The id of the copy.
async fn copied(door: &Door, admin: &Admin, id: &str, edited: &Edited) -> Result<String, Error> {
    let (new, event_id, now) = (Uuid::now_v7().to_string(), Uuid::now_v7().to_string(), Utc::now());
    let body = edited.body.get().as_bytes();
    if body.len() > bus::MAX_BODY {
        return Err(Error::field("body", format!("must have at most {} bytes", bus::MAX_BODY)));
    }
    let mut tx = door.db.begin().await?;
    let original = tx.query_either(HOLD_POSTGRES, HOLD_SQLITE).bind(id.to_owned());
    let original: Original = original.fetch_optional().await?.ok_or_else(no_such_letter)?;
    original.check(edited.force)?;
    let kind = edited.kind.clone().unwrap_or(original.kind);
    if !is_key(&kind) {
        return Err(Error::field(
            "kind",
            "must be words of letters, digits, - and _ joined by dots, 255 bytes at most",
        ));
    }
    let source = if original.source.is_empty() { SOURCE.to_owned() } else { original.source };
    let text = super::search_text(&event_id, original.subject.as_deref(), &original.reason, body);
    let content = super::content(&kind, body);
    let copy = tx.query(COPY).bind(new.clone()).bind(event_id.clone()).bind(kind).bind(source).bind(now);
    copy.bind(text).bind(body.to_vec()).bind(id.to_owned()).bind(content).execute().await?;
    tx.query(REPLACED).bind(new.clone()).bind(now).bind(id.to_owned()).execute().await?;
    let what = Audit::Edited { letter: id, event: &original.event_id, copy: &new, new_event: &event_id };
    audit::record(&door.outbox, &mut tx, &admin.subject, &what).await?;
    tx.commit().await?;
    Ok(new)
}

const HOLD_POSTGRES: &str = "
    SELECT state, event_id, kind, source, subject, reason, operation FROM letters WHERE id = $1 FOR UPDATE";

const HOLD_SQLITE: &str = "
    SELECT state, event_id, kind, source, subject, reason, operation FROM letters WHERE id = $1";

/// Its id is new, so that nothing can have come of it before now.
const COPY: &str = "
    INSERT INTO letters (id, event_id, queue, service, kind, source, subject, time, accepted_at, trace, identity,
        attempts, cause, readable, reason, died_at, deaths, state, changed_at, search_text, body, replaces,
        content)
    SELECT $1, $2, queue, service, $3, $4, subject, time, $5, trace, identity, attempts, cause, TRUE, reason, died_at,
        deaths, 'dead', $5, $6, $7, id, $9
    FROM letters WHERE id = $8";

const REPLACED: &str = "UPDATE letters SET state = 'replaced', replaced_by = $1, changed_at = $2 WHERE id = $3";
