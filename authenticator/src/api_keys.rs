//! Keys for machines: `sbk_<id>_<secret>`, shown once and kept as a hash. A key has roles of its own, and at every use
//! no more of them than its owner has by then; it is no session, and cannot change the account that it belongs to.

mod check;

use axum::extract::{Path, State};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use chrono::{DateTime, TimeDelta, Utc};
use http::StatusCode;
use mesh::db::Tx;
use mesh::{Code, Error, body};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::FromRow;
use uuid::Uuid;

use crate::audit::{self, Audit};
use crate::confirm;
use crate::door::Door;
use crate::line::Line;
use crate::me::MOST;
use crate::secrets::{digest, random};
use crate::signed_in::SignedIn;
use crate::users::{self, USER};

pub(crate) use check::verify;

/// What every key begins with.
pub(crate) const PREFIX: &str = "sbk_";
/// A key that has an end has it within so long.
const LONGEST: TimeDelta = TimeDelta::days(3_653);
/// Keys that one user may have at a time.
const MOST_KEYS: i64 = 50;

pub(crate) fn router() -> Router<Door> {
    Router::new()
        .route("/v1/me/api-keys", get(list).post(create))
        .route("/v1/me/api-keys/{id}", delete(revoke))
        .route("/v1/api-keys/verify", post(check::answer))
}

/// What its owner is told of a key later on.
#[derive(Debug, Serialize)]
struct ApiKey {
    id: String,
    name: String,
    roles: Vec<String>,
    created_at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<DateTime<Utc>>,
}

#[derive(FromRow)]
struct Row {
    id: String,
    name: String,
    roles: String,
    created_at: DateTime<Utc>,
    last_used_at: Option<DateTime<Utc>>,
    expires_at: Option<DateTime<Utc>>,
}

#[derive(FromRow)]
struct Id {
    id: String,
}

#[derive(FromRow)]
struct Count {
    count: i64,
}

async fn list(State(door): State<Door>, caller: SignedIn) -> Result<Json<Value>, Error> {
    caller.session()?;
    let rows: Vec<Row> = door.db.query(LIST).bind(caller.user.id).fetch_all().await?;
    let keys: Vec<ApiKey> = rows.into_iter().map(ApiKey::from).collect();
    Ok(Json(json!({ "api_keys": keys })))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewKey {
    name: Line<1, 100>,
    /// `user` alone when missing: as little as possible.
    roles: Option<Vec<String>>,
    expires_at: Option<DateTime<Utc>>,
}

async fn create(
    State(door): State<Door>,
    caller: SignedIn,
    body::Json(new): body::Json<NewKey, MOST>,
) -> Result<(StatusCode, Json<Value>), Error> {
    caller.session()?;
    let (owner, now) = (caller.user.id.as_str(), door.now());
    if new.expires_at.is_some_and(|at| at <= now || at > now + LONGEST) {
        return Err(Error::field("expires_at", "must lie ahead, by ten years at most"));
    }
    let secret = random()?;
    let mut tx = door.db.begin().await?;
    let held = users::hold(&mut tx, owner).await?.ok_or_else(confirm::gone)?;
    let roles = granted(new.roles, &held.user.roles())?;
    let Count { count } = tx.query(COUNT).bind(owner.to_owned()).fetch_one().await?;
    if count >= MOST_KEYS {
        let detail = format!("there are {MOST_KEYS} keys already: revoke one first");
        return Err(Error::new(Code::FailedPrecondition, detail).with_status(StatusCode::CONFLICT));
    }
    let (name, expires_at) = (new.name.into_string(), new.expires_at);
    let key = ApiKey { id: Uuid::now_v7().to_string(), name, roles, created_at: now, last_used_at: None, expires_at };
    let query = tx.query(INSERT).bind(key.id.clone()).bind(owner.to_owned()).bind(key.name.clone());
    let query = query.bind(digest(&secret)).bind(key.roles.join(" "));
    query.bind(now).bind(key.expires_at).execute().await?;
    audit::record(&door.outbox, &mut tx, Some(owner), Some(owner), Audit::ApiKeyCreated { key: &key.id }).await?;
    tx.commit().await?;
    let mut shown = serde_json::to_value(&key).map_err(Error::internal)?;
    shown["key"] = json!(format!("{PREFIX}{}_{}", key.id, secret.expose_secret()));
    Ok((StatusCode::CREATED, Json(shown)))
}

/// The roles asked for, each once, if the owner has them.
fn granted(asked: Option<Vec<String>>, owned: &[String]) -> Result<Vec<String>, Error> {
    let mut roles = asked.unwrap_or_else(|| vec![USER.to_owned()]);
    roles.sort_unstable();
    roles.dedup();
    if roles.is_empty() || roles.iter().any(|role| !owned.contains(role)) {
        return Err(Error::field("roles", format!("must be among your own: {}", owned.join(", "))));
    }
    Ok(roles)
}

async fn revoke(State(door): State<Door>, caller: SignedIn, Path(key): Path<String>) -> Result<Json<Value>, Error> {
    caller.session()?;
    let owner = caller.user.id.as_str();
    let unknown = || Error::not_found("there is no such key");
    let key = users::id(&key).ok_or_else(unknown)?;
    let mut tx = door.db.begin().await?;
    let query = tx.query(REVOKE).bind(key.clone()).bind(owner.to_owned()).bind(door.now());
    if query.execute().await? == 0 {
        return Err(unknown());
    }
    audit::record(&door.outbox, &mut tx, Some(owner), Some(owner), Audit::ApiKeyRevoked { key: &key }).await?;
    tx.commit().await?;
    Ok(Json(json!({})))
}

/// Revokes every key of `owner`.
pub(crate) async fn revoke_all(door: &Door, tx: &mut Tx, owner: &str) -> Result<(), Error> {
    let query = tx.query(REVOKE_ALL).bind(owner.to_owned()).bind(door.now());
    let revoked: Vec<Id> = query.fetch_all().await?;
    for Id { id } in revoked {
        audit::record(&door.outbox, tx, None, Some(owner), Audit::ApiKeyRevoked { key: &id }).await?;
    }
    Ok(())
}

impl From<Row> for ApiKey {
    fn from(row: Row) -> Self {
        let Row { id, name, roles, created_at, last_used_at, expires_at } = row;
        Self { id, name, roles: words(&roles), created_at, last_used_at, expires_at }
    }
}

/// Roles as they stand in a row.
fn words(roles: &str) -> Vec<String> {
    roles.split_whitespace().map(str::to_owned).collect()
}

const LIST: &str = "
    SELECT id, name, roles, created_at, last_used_at, expires_at FROM api_keys
    WHERE user_id = $1 AND revoked_at IS NULL ORDER BY id";

const COUNT: &str = "SELECT COUNT(*) AS count FROM api_keys WHERE user_id = $1 AND revoked_at IS NULL";

const INSERT: &str = "
    INSERT INTO api_keys (id, user_id, name, secret_hash, roles, created_at, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7)";

const REVOKE: &str = "UPDATE api_keys SET revoked_at = $3 WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL";

const REVOKE_ALL: &str = "
    UPDATE api_keys SET revoked_at = $2 WHERE user_id = $1 AND revoked_at IS NULL RETURNING id";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_gets_no_role_that_its_owner_lacks() {
        let roles = |asked: Option<&[&str]>, owned: &[&str]| {
            let asked = asked.map(|asked| asked.iter().copied().map(str::to_owned).collect());
            granted(asked, &owned.iter().copied().map(str::to_owned).collect::<Vec<_>>()).ok()
        };
        assert_eq!(roles(None, &["user", "admin"]).unwrap(), ["user"]);
        assert_eq!(roles(Some(&["user", "admin", "user"]), &["user", "admin"]).unwrap(), ["admin", "user"]);
        for asked in [&["admin"][..], &["root"], &[], &["user", "admin"], &["user admin"]] {
            assert_eq!(roles(Some(asked), &["user"]), None, "{asked:?}");
        }
    }
}
