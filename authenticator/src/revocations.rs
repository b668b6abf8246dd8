//! `GET /v1/revocations?since=CURSOR`: sessions that ended before their access tokens did, for the doors. A cursor is a
//! place in the order of transactions, not of times: PostgreSQL's stays behind the oldest transaction that still runs, so
//! that one which commits late is not missed; SQLite writes one after the other. What is told twice does no harm.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use chrono::{DateTime, Utc};
use http::Uri;
use mesh::Error;
use mesh::db::Tx;
use serde::Serialize;
use sqlx::FromRow;

use crate::config::LONGEST_ACCESS;
use crate::door::Door;
use crate::tokens::LEEWAY;
use crate::users;

/// So many fit into a mebibyte, which is what a door reads.
const PAGE: i64 = 5_000;

pub(crate) fn router() -> Router<Door> {
    Router::new().route("/v1/revocations", get(list))
}

#[derive(Debug, Serialize)]
struct Page {
    revoked: Vec<Revoked>,
    cursor: String,
    /// There is a next page, to be asked for at once.
    more: bool,
}

#[derive(Debug, Serialize)]
struct Revoked {
    session: String,
    /// No access token of it is accepted after this anyway.
    until: DateTime<Utc>,
}

#[derive(FromRow)]
struct Row {
    session_id: String,
    position: i64,
    until: DateTime<Utc>,
}

#[derive(FromRow)]
struct Horizon {
    /// All below is committed or never will be.
    position: i64,
    /// Nothing has come so far yet.
    next: i64,
}

/// What was read up to here: everything below `position`, and of that position the sessions up to `session`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Cursor {
    position: i64,
    session: String,
}

impl Cursor {
    fn parse(text: &str) -> Option<Self> {
        let (position, session) = text.split_once('.').unwrap_or((text, ""));
        // Also because PostgreSQL takes no NUL.
        let session = if session.is_empty() { String::new() } else { users::id(session)? };
        Some(Self { position: position.parse().ok()?, session })
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.session.as_str() {
            "" => write!(f, "{}", self.position),
            session => write!(f, "{}.{session}", self.position),
        }
    }
}

/// Tells the doors that `session` has ended.
pub(crate) async fn add(door: &Door, tx: &mut Tx, session: &str) -> Result<(), Error> {
    tx.query(ADD).bind(session.to_owned()).bind(until(door)).execute().await.map(drop)
}

/// Tells the doors of those sessions of `user` that ended at `ended_at`.
pub(crate) async fn add_ended(door: &Door, tx: &mut Tx, user: &str, ended_at: DateTime<Utc>) -> Result<(), Error> {
    let query = tx.query(ADD_ENDED).bind(user.to_owned()).bind(ended_at).bind(until(door));
    query.execute().await.map(drop)
}

/// When no token that was given so far is accepted any more, however long they lived when it was.
fn until(door: &Door) -> DateTime<Utc> {
    door.now() + LONGEST_ACCESS + LEEWAY * 2
}

async fn list(State(door): State<Door>, uri: Uri) -> Result<Json<Page>, Error> {
    let query = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let since = match query.into_iter().find(|(name, _)| name == "since") {
        Some((_, text)) => {
            Cursor::parse(&text).ok_or_else(|| Error::field("since", "is no cursor of ours: leave it out"))?
        }
        None => Cursor::default(),
    };
    page(&door, since, PAGE).await.map(Json)
}

async fn page(door: &Door, since: Cursor, most: i64) -> Result<Page, Error> {
    // Before the rows: what commits in between is told now and once more.
    let horizon: Horizon = door.db.query_either(HORIZON_POSTGRES, HORIZON_SQLITE).fetch_one().await?;
    // From a database that was replaced by an older one: everything again.
    let since = if since.position > horizon.next { Cursor::default() } else { since };
    let query = door.db.query(LIST).bind(since.position).bind(since.session).bind(door.now()).bind(most);
    let rows: Vec<Row> = query.fetch_all().await?;
    let more = rows.len() as i64 >= most;
    let cursor = match rows.last() {
        Some(last) if more => Cursor { position: last.position, session: last.session_id.clone() },
        _ => Cursor { position: horizon.position, session: String::new() },
    };
    let revoked = rows.into_iter().map(|row| Revoked { session: row.session_id, until: row.until }).collect();
    Ok(Page { revoked, cursor: cursor.to_string(), more })
}

const ADD: &str = "INSERT INTO revocations (session_id, until) VALUES ($1, $2) ON CONFLICT (session_id) DO NOTHING";

const ADD_ENDED: &str = "
    INSERT INTO revocations (session_id, until) SELECT id, $3 FROM sessions WHERE user_id = $1 AND ended_at = $2
    ON CONFLICT (session_id) DO NOTHING";

const LIST: &str = "
    SELECT session_id, position, until FROM revocations
    WHERE (position, session_id) > ($1, $2) AND until > $3 ORDER BY position, session_id LIMIT $4";

const HORIZON_POSTGRES: &str = "
    SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS position,
        pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS next";

/// Numbers are never given twice, also where all rows were deleted.
const HORIZON_SQLITE: &str = "
    SELECT seq + 1 AS position, seq + 1 AS next
    FROM (SELECT COALESCE(MAX(seq), 0) AS seq FROM sqlite_sequence WHERE name = 'revocations')";

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// One page of at most so many, with the next cursor.
    pub(crate) async fn some(door: &Door, since: &str, most: i64) -> (Vec<String>, String) {
        let page = page(door, Cursor::parse(since).unwrap(), most).await.unwrap();
        (page.revoked.into_iter().map(|it| it.session).collect(), page.cursor)
    }

    #[test]
    fn a_cursor_survives_its_text() {
        for cursor in ["0", "17", "17.0190c0de-0000-7000-8000-000000000000"] {
            assert_eq!(Cursor::parse(cursor).unwrap().to_string(), cursor);
        }
        for wrong in ["", "x", ".x", "1x", "1.x", "1.\0"] {
            assert_eq!(Cursor::parse(wrong), None);
        }
    }
}
