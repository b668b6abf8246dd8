//! Links for who lost a password. No mail is sent here: an admin makes a token, hands it over by other ways, and it sets
//! a new password once, within an hour. Only its hash is kept, and a new one takes the place of those before it.

use axum::extract::{Path, State};
use axum::routing::post;
use axum::{Json, Router};
use bus::Outbox;
use chrono::{DateTime, TimeDelta, Utc};
use http::StatusCode;
use mesh::db::Tx;
use mesh::{Error, body};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use sqlx::FromRow;

use crate::audit::{self, Audit};
use crate::confirm::{self, Claimed};
use crate::door::Door;
use crate::me::{MOST, check_beside};
use crate::new_password::NewPassword;
use crate::secrets::{digest, random};
use crate::signed_in::SignedIn;
use crate::{api_keys, sessions, users};

const LIFETIME: TimeDelta = TimeDelta::hours(1);

pub(crate) fn router() -> Router<Door> {
    Router::new().route("/v1/users/{id}/reset-link", post(create)).route("/v1/password-resets", post(redeem))
}

/// A token on its way to whom it was made for.
pub(crate) struct ResetLink {
    pub(crate) token: SecretString,
    pub(crate) expires_at: DateTime<Utc>,
}

#[derive(FromRow)]
struct Owner {
    user_id: String,
}

/// Who can set anybody's password can be anybody: not for machines.
async fn create(
    State(door): State<Door>,
    caller: SignedIn,
    Path(user): Path<String>,
) -> Result<(StatusCode, Json<Value>), Error> {
    caller.require_admin()?;
    caller.session()?;
    let user = users::id(&user).ok_or_else(confirm::gone)?;
    let mut tx = door.db.begin().await?;
    caller.require_among(&users::hold_admins(&mut tx, &user).await?)?;
    let link = make(&door.outbox, &mut tx, Some(&caller.user.id), &user, door.now()).await?;
    tx.commit().await?;
    let shown = json!({ "token": link.token.expose_secret(), "expires_at": link.expires_at });
    Ok((StatusCode::CREATED, Json(shown)))
}

/// A link for `user`, the only one from now on.
pub(crate) async fn make(
    outbox: &Outbox,
    tx: &mut Tx,
    actor: Option<&str>,
    user: &str,
    now: DateTime<Utc>,
) -> Result<ResetLink, Error> {
    users::hold(tx, user).await?.ok_or_else(confirm::gone)?;
    withdraw(tx, user).await?;
    let link = ResetLink { token: random()?, expires_at: now + LIFETIME };
    let hash = digest(&link.token);
    let query = tx.query(INSERT).bind(hash).bind(user.to_owned()).bind(actor.map(str::to_owned));
    query.bind(now).bind(link.expires_at).execute().await?;
    audit::record(outbox, tx, actor, Some(user), Audit::ResetLinkMade).await?;
    Ok(link)
}

/// Makes links that were not used yet useless.
pub(crate) async fn withdraw(tx: &mut Tx, user: &str) -> Result<(), Error> {
    tx.query(WITHDRAW).bind(user.to_owned()).execute().await.map(drop)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reset {
    token: Claimed,
    new_password: NewPassword,
}

async fn redeem(State(door): State<Door>, body::Json(reset): body::Json<Reset, MOST>) -> Result<Json<Value>, Error> {
    let (hash, now) = (digest(reset.token.secret()), door.now());
    let owner: Option<Owner> = door.db.query(OWNER).bind(hash.clone()).bind(now).fetch_optional().await?;
    let id = owner.ok_or_else(useless)?.user_id;
    let account = door.users().find(&id).await?.ok_or_else(useless)?;
    check_beside(&reset.new_password, &account.user.email)?;
    let password_hash = door.passwords.hash(reset.new_password.secret().clone()).await?;
    let mut tx = door.db.begin().await?;
    users::hold(&mut tx, &id).await?.ok_or_else(useless)?;
    if tx.query(USE).bind(hash).bind(now).execute().await? == 0 {
        return Err(useless());
    }
    users::set_password(&mut tx, &id, &password_hash, now).await?;
    sessions::end_all(&door, &mut tx, &id, None, "password_reset").await?;
    // Whoever had the account may have made keys of it.
    api_keys::revoke_all(&door, &mut tx, &id).await?;
    audit::record(&door.outbox, &mut tx, None, Some(&id), Audit::ResetLinkUsed).await?;
    tx.commit().await?;
    Ok(Json(json!({})))
}

/// The same words for one that never was, was used or has expired.
fn useless() -> Error {
    Error::field("token", "does not hold (any more): ask an admin for a new one")
}

const INSERT: &str = "
    INSERT INTO reset_links (token_hash, user_id, made_by, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)";

const WITHDRAW: &str = "DELETE FROM reset_links WHERE user_id = $1 AND used_at IS NULL";

/// What an admin made does not outlive the right to make it.
const OWNER: &str = "
    SELECT user_id FROM reset_links
    WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2
        AND (made_by IS NULL OR made_by IN (SELECT id FROM users WHERE role = 'admin' AND active))";

const USE: &str = "
    UPDATE reset_links SET used_at = $2
    WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2
        AND (made_by IS NULL OR made_by IN (SELECT id FROM users WHERE role = 'admin' AND active))";
