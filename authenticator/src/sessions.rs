//! The table of sessions. A session is a family of refresh tokens, and holds until it is ended or expires; when it ends
//! before its access tokens do, the doors learn of it from the revocations.

use chrono::{DateTime, Utc};
use mesh::Error;
use mesh::db::Tx;
use secrecy::SecretString;
use serde::Serialize;
use sqlx::FromRow;
use uuid::Uuid;

use crate::caller::Caller;
use crate::door::Door;
use crate::secrets::digest;
use crate::users::User;
use crate::{refresh, revocations};

/// A session as its caller gets it: what the answer to a sign-in or a refresh is made of.
pub(crate) struct Granted {
    pub(crate) user: User,
    pub(crate) session: String,
    pub(crate) refresh: SecretString,
    pub(crate) expires_at: DateTime<Utc>,
    pub(crate) is_browser: bool,
}

/// What users are shown of a session of theirs.
#[derive(Debug, FromRow, Serialize)]
pub(crate) struct Session {
    pub(crate) id: String,
    device: String,
    address: String,
    browser: bool,
    created_at: DateTime<Utc>,
    /// Of the last sign-in or refresh.
    last_seen_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
}

/// Live sessions of one user: enough for all devices of a person, and for a script that never signs out to harm nobody.
const MOST: i64 = 100;

/// Adds a session of `user`, whose row the transaction holds; where there are too many, the oldest ends.
pub(crate) async fn begin(
    door: &Door,
    tx: &mut Tx,
    user: User,
    caller: &Caller,
    is_browser: bool,
) -> Result<Granted, Error> {
    let (id, now) = (Uuid::now_v7(), door.now());
    make_room(door, tx, &user.id, now).await?;
    let token = refresh::token(&door.secrets, &id, 0)?;
    let expires_at = now + door.config.session_lifetime;
    let query = tx.query(BEGIN).bind(id.to_string()).bind(user.id.clone()).bind(digest(&token)).bind(now);
    let query = query.bind(caller.device.clone()).bind(caller.address.to_string());
    query.bind(is_browser).bind(expires_at).execute().await?;
    Ok(Granted { user, session: id.to_string(), refresh: token, expires_at, is_browser })
}

/// The user, if this session of theirs is live and they are active.
pub(crate) async fn user_of(door: &Door, session: &str, user: &str) -> Result<Option<User>, Error> {
    let query = door.db.query(USER_OF).bind(session.to_owned()).bind(user.to_owned()).bind(door.now());
    query.fetch_optional().await
}

/// The live sessions of a user, newest first.
pub(crate) async fn list(door: &Door, user: &str) -> Result<Vec<Session>, Error> {
    door.db.query(LIST).bind(user.to_owned()).bind(door.now()).fetch_all().await
}

/// Ends the live sessions of `user`, whose row the transaction holds, all but `except`, and tells the doors. How many
/// those were.
pub(crate) async fn end_all(
    door: &Door,
    tx: &mut Tx,
    user: &str,
    except: Option<&str>,
    because: &str,
) -> Result<u64, Error> {
    let now = door.now();
    let query = tx.query(END_ALL).bind(user.to_owned()).bind(now).bind(because.to_owned());
    let ended = query.bind(except.unwrap_or_default().to_owned()).execute().await?;
    revocations::add_ended(door, tx, user, now).await?;
    Ok(ended)
}

/// Ends the oldest live sessions of `user` beyond those beside which there is room for one more.
async fn make_room(door: &Door, tx: &mut Tx, user: &str, now: DateTime<Utc>) -> Result<(), Error> {
    let query = tx.query(END_OLDEST).bind(user.to_owned()).bind(now).bind("too many sessions").bind(MOST - 1);
    if query.execute().await? > 0 {
        revocations::add_ended(door, tx, user, now).await?;
    }
    Ok(())
}

/// Ends one session of `user` and tells the doors; `false` where there is none, or it had ended before.
pub(crate) async fn end(door: &Door, tx: &mut Tx, user: &str, session: &str, because: &str) -> Result<bool, Error> {
    let now = door.now();
    let query = tx.query(END).bind(session.to_owned()).bind(user.to_owned()).bind(now).bind(because.to_owned());
    if query.execute().await? == 0 {
        return Ok(false);
    }
    revocations::add(door, tx, session).await?;
    Ok(true)
}

const BEGIN: &str = "
    INSERT INTO sessions (id, user_id, number, current_hash, rotated_at, device, address, browser, created_at,
        last_seen_at, expires_at)
    VALUES ($1, $2, 0, $3, $4, $5, $6, $7, $4, $4, $8)";

const USER_OF: &str = "
    SELECT u.id, u.email, u.first_name, u.last_name, u.role, u.active
    FROM sessions s JOIN users u ON u.id = s.user_id
    WHERE s.id = $1 AND u.id = $2 AND s.ended_at IS NULL AND s.expires_at > $3 AND u.active";

const LIST: &str = "
    SELECT id, device, address, browser, created_at, last_seen_at, expires_at FROM sessions
    WHERE user_id = $1 AND ended_at IS NULL AND expires_at > $2 ORDER BY created_at DESC, id DESC LIMIT 100";

const END_ALL: &str = "
    UPDATE sessions SET ended_at = $2, ended_because = $3
    WHERE user_id = $1 AND ended_at IS NULL AND expires_at > $2 AND id <> $4";

const END_OLDEST: &str = "
    UPDATE sessions SET ended_at = $2, ended_because = $3
    WHERE user_id = $1 AND ended_at IS NULL AND expires_at > $2 AND id NOT IN (
        SELECT id FROM sessions WHERE user_id = $1 AND ended_at IS NULL AND expires_at > $2
        ORDER BY created_at DESC, id DESC LIMIT $4)";

const END: &str = "
    UPDATE sessions SET ended_at = $3, ended_because = $4 WHERE id = $1 AND user_id = $2 AND ended_at IS NULL";
