//! Whether a key holds, for this service's own doors and for those of the mesh, which ask
//! `POST /v1/api-keys/verify {"key"}`.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, TimeDelta, Utc};
use mesh::identity::INVALID_TOKEN;
use mesh::{Code, Error, body};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use sqlx::FromRow;

use super::{PREFIX, words};
use crate::confirm::Claimed;
use crate::door::Door;
use crate::me::MOST;
use crate::secrets::digest;
use crate::users::{self, User};

/// A use is noted no more often than this: most uses write nothing.
const NOTED: TimeDelta = TimeDelta::minutes(1);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    key: Claimed,
}

#[derive(FromRow)]
struct Row {
    #[sqlx(flatten)]
    user: User,
    key_id: String,
    secret_hash: String,
    key_roles: String,
    last_used_at: Option<DateTime<Utc>>,
}

pub(super) async fn answer(
    State(door): State<Door>,
    body::Json(question): body::Json<Question, MOST>,
) -> Result<Json<Value>, Error> {
    let Some((user, roles)) = verify(&door, question.key.secret()).await? else {
        let error = Error::new(Code::Unauthenticated, "the API key does not hold (any more)");
        return Err(error.with_challenge(INVALID_TOKEN));
    };
    Ok(Json(json!({ "subject": user.id, "roles": roles })))
}

/// The key's owner and the roles that the key has, if it is one that holds.
pub(crate) async fn verify(door: &Door, key: &SecretString) -> Result<Option<(User, Vec<String>)>, Error> {
    let Some((id, secret)) = key.expose_secret().strip_prefix(PREFIX).and_then(|rest| rest.split_once('_')) else {
        return Ok(None);
    };
    let (Some(id), now) = (users::id(id), door.now()) else { return Ok(None) };
    let row: Option<Row> = door.db.query(FIND).bind(id).bind(now).fetch_optional().await?;
    let Some(row) = row.filter(|row| row.secret_hash == digest(&SecretString::from(secret))) else { return Ok(None) };
    if row.last_used_at.is_none_or(|at| at <= now - NOTED) {
        let noting = door.db.query(NOTE).bind(row.key_id).bind(now).bind(now - NOTED);
        // A key that holds is not refused because nothing can be written just now.
        if let Err(error) = noting.execute().await {
            tracing::warn!("the use of an API key was not noted: {}", error.causes());
        }
    }
    let owned = row.user.roles();
    let roles = words(&row.key_roles).into_iter().filter(|role| owned.contains(role)).collect();
    Ok(Some((row.user, roles)))
}

const FIND: &str = "
    SELECT u.id, u.email, u.first_name, u.last_name, u.role, u.active,
        k.id AS key_id, k.secret_hash, k.roles AS key_roles, k.last_used_at
    FROM api_keys k JOIN users u ON u.id = k.user_id
    WHERE k.id = $1 AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > $2)
        AND u.active AND u.deleted_at IS NULL";

const NOTE: &str = "
    UPDATE api_keys SET last_used_at = $2 WHERE id = $1 AND (last_used_at IS NULL OR last_used_at <= $3)";
