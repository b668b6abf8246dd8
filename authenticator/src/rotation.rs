//! A refresh token is good once. Shown again within half a minute it gets the same successor (two tabs, a lost answer);
//! shown later, somebody else has a copy of it, and the whole session ends. What we did not make changes nothing.

use chrono::{DateTime, TimeDelta, Utc};
use mesh::Error;
use mesh::db::Tx;
use secrecy::SecretString;
use sqlx::FromRow;
use uuid::Uuid;

use crate::audit::{self, Audit};
use crate::caller::Caller;
use crate::door::Door;
use crate::refresh::{self, Shown};
use crate::secrets::digest;
use crate::sessions::{self, Granted};
use crate::users::User;

/// How long the token before the current one still leads to it.
const GRACE: TimeDelta = TimeDelta::seconds(30);

#[derive(FromRow)]
struct Family {
    #[sqlx(flatten)]
    user: User,
    number: i64,
    current_hash: String,
    previous_hash: Option<String>,
    rotated_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    browser: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// It is the current one: here is the next.
    Next,
    /// It was the current one a moment ago: here is what the other one got.
    Same,
    /// It is genuine and old.
    Reused,
    /// It is not ours, or not to be used like this.
    Refused,
}

impl Family {
    /// Known hashes come first: they also tell tokens that were made with an earlier secret.
    fn judge(&self, shown: &Shown, hash: &str, is_genuine: bool, now: DateTime<Utc>) -> Verdict {
        let is_previous = self.previous_hash.as_deref() == Some(hash);
        if self.current_hash == hash {
            return Verdict::Next;
        }
        if is_previous && now - self.rotated_at <= GRACE {
            return Verdict::Same;
        }
        if is_previous || (is_genuine && i64::from(shown.number) < self.number) {
            return Verdict::Reused;
        }
        Verdict::Refused
    }
}

/// The session with its next token; none where the one shown does not hold.
pub(crate) async fn rotate(
    door: &Door,
    token: &SecretString,
    is_cookie: bool,
    caller: &Caller,
) -> Result<Option<Granted>, Error> {
    let Some(shown) = Shown::parse(token) else { return Ok(None) };
    let is_genuine = shown.is_genuine(&door.secrets)?;
    let (now, session) = (door.now(), shown.session);
    let mut tx = door.db.begin().await?;
    let Some(family) = find(&mut tx, &session, now).await? else { return Ok(None) };
    let hash = digest(token);
    // A cookie's token must not become one that scripts see, nor the other way round.
    let verdict =
        if family.browser == is_cookie { family.judge(&shown, &hash, is_genuine, now) } else { Verdict::Refused };
    let number = match verdict {
        Verdict::Next => family.number + 1,
        Verdict::Same => family.number,
        Verdict::Reused => return end_reused(door, tx, &session, &family.user).await,
        Verdict::Refused => return Ok(None),
    };
    let number = u32::try_from(number).map_err(Error::internal)?;
    let next = refresh::token(&door.secrets, &session, number)?;
    if verdict == Verdict::Next {
        let query = tx.query(ADVANCE).bind(session.to_string()).bind(i64::from(number)).bind(digest(&next)).bind(hash);
        query.bind(now).bind(caller.address.to_string()).execute().await?;
        tx.commit().await?;
    } else if digest(&next) != family.current_hash {
        return Ok(None);
    }
    let Family { user, expires_at, browser, .. } = family;
    Ok(Some(Granted { user, session: session.to_string(), refresh: next, expires_at, is_browser: browser }))
}

async fn end_reused(door: &Door, mut tx: Tx, session: &Uuid, user: &User) -> Result<Option<Granted>, Error> {
    let session = session.to_string();
    tracing::warn!(session, "an old refresh token was shown again: the session is ended");
    sessions::end(door, &mut tx, &user.id, &session, "an old refresh token was shown again").await?;
    audit::record(&door.outbox, &mut tx, None, Some(&user.id), Audit::SessionReuse { session: &session }).await?;
    tx.commit().await?;
    Ok(None)
}

/// Whose session a refresh token belongs to, whichever of the family it is: enough to end it.
pub(crate) async fn owner(door: &Door, tx: &mut Tx, token: &SecretString) -> Result<Option<(User, String)>, Error> {
    let Some(shown) = Shown::parse(token) else { return Ok(None) };
    let Some(family) = find(tx, &shown.session, door.now()).await? else { return Ok(None) };
    let hash = digest(token);
    let is_known = family.current_hash == hash || family.previous_hash.as_ref() == Some(&hash);
    let is_ours = is_known || shown.is_genuine(&door.secrets)?;
    Ok(is_ours.then(|| (family.user, shown.session.to_string())))
}

/// A live session, which nobody else changes until the transaction ends.
async fn find(tx: &mut Tx, session: &Uuid, now: DateTime<Utc>) -> Result<Option<Family>, Error> {
    tx.query_either(HOLD, FIND).bind(session.to_string()).bind(now).fetch_optional().await
}

const FIND: &str = "
    SELECT u.id, u.email, u.first_name, u.last_name, u.role, u.active,
        s.number, s.current_hash, s.previous_hash, s.rotated_at, s.expires_at, s.browser
    FROM sessions s JOIN users u ON u.id = s.user_id
    WHERE s.id = $1 AND s.ended_at IS NULL AND s.expires_at > $2 AND u.active";

const HOLD: &str = "
    SELECT u.id, u.email, u.first_name, u.last_name, u.role, u.active,
        s.number, s.current_hash, s.previous_hash, s.rotated_at, s.expires_at, s.browser
    FROM sessions s JOIN users u ON u.id = s.user_id
    WHERE s.id = $1 AND s.ended_at IS NULL AND s.expires_at > $2 AND u.active FOR UPDATE OF s";

const ADVANCE: &str = "
    UPDATE sessions SET number = $2, current_hash = $3, previous_hash = $4, rotated_at = $5, last_seen_at = $5,
        address = $6
    WHERE id = $1";
