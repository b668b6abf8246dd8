//! The table of sessions. A session is a family of refresh tokens, and holds until it is ended or expires; when it ends
//! before its access tokens do, the doors learn of it from the revocations.

use chrono::{DateTime, Utc};
use mesh::Error;
use mesh::db::Tx;
use sqlx::FromRow;

use crate::door::Door;
use crate::tokens;
use crate::users::{self, User};

const LIVE_OF: (&str, &str) = (
    "SELECT id FROM sessions WHERE user_id = $1 AND id <> $2 AND ended_at IS NULL ORDER BY id FOR UPDATE",
    "SELECT id FROM sessions WHERE user_id = $1 AND id <> $2 AND ended_at IS NULL ORDER BY id",
);
const END: &str = "UPDATE sessions SET ended_at = $2, ended_because = $3 WHERE id = $1 AND ended_at IS NULL";
const REVOKE: &str =
    "INSERT INTO revocations (session_id, at, until) VALUES ($1, $2, $3) ON CONFLICT (session_id) DO NOTHING";
const USER_OF: &str = "SELECT u.id, u.email, u.first_name, u.last_name, u.role, u.active, u.password_hash \
     FROM sessions s JOIN users u ON u.id = s.user_id \
     WHERE s.id = $1 AND u.id = $2 AND s.ended_at IS NULL AND s.expires_at > $3 AND u.active";

#[derive(FromRow)]
struct Id {
    id: String,
}

/// The user, if this session of theirs is live and they are active.
pub(crate) async fn user_of(door: &Door, session: &str, user: &str) -> Result<Option<User>, Error> {
    let query = door.db.query(USER_OF).bind(session.to_owned()).bind(user.to_owned()).bind(door.now());
    let row: Option<users::Row> = query.fetch_optional().await?;
    Ok(row.map(|row| users::Account::from(row).user))
}

/// Ends the live sessions of `user`, all but `except`, and tells the doors. How many those were.
pub(crate) async fn end_all(
    door: &Door,
    tx: &mut Tx,
    user: &str,
    except: Option<&str>,
    because: &str,
) -> Result<u64, Error> {
    let query = tx.query_either(LIVE_OF.0, LIVE_OF.1).bind(user.to_owned());
    let live: Vec<Id> = query.bind(except.unwrap_or_default().to_owned()).fetch_all().await?;
    let mut ended = 0;
    for Id { id } in live {
        ended += u64::from(end(door, tx, &id, because).await?);
    }
    Ok(ended)
}

/// Ends one session and tells the doors; `false` where it had ended before.
pub(crate) async fn end(door: &Door, tx: &mut Tx, session: &str, because: &str) -> Result<bool, Error> {
    let now = door.now();
    let query = tx.query(END).bind(session.to_owned()).bind(now).bind(because.to_owned());
    if query.execute().await? == 0 {
        return Ok(false);
    }
    revoke(tx, session, now, now + door.config.access_lifetime + tokens::LEEWAY * 2).await?;
    Ok(true)
}

/// No access token of the session is accepted after `until` anyway.
async fn revoke(tx: &mut Tx, session: &str, at: DateTime<Utc>, until: DateTime<Utc>) -> Result<(), Error> {
    tx.query(REVOKE).bind(session.to_owned()).bind(at).bind(until).execute().await.map(drop)
}
