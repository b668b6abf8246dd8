//! Deleting one's account: a single transaction leaves an anonymous row, ends the sessions and tells everybody else by
//! `user.deleted`, on which other services purge what they have. The e-mail is free afterwards.

use axum::Json;
use axum::extract::State;
use bus::Event;
use http::StatusCode;
use mesh::db::Tx;
use mesh::{Code, Error, body};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::audit::{self, Audit};
use crate::confirm::{self, Claimed, confirm};
use crate::door::Door;
use crate::me::MOST;
use crate::sessions;
use crate::signed_in::SignedIn;
use crate::users;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Deletion {
    password: Claimed,
}

pub(crate) async fn delete(
    State(door): State<Door>,
    caller: SignedIn,
    body::Json(deletion): body::Json<Deletion, MOST>,
) -> Result<Json<Value>, Error> {
    caller.session()?;
    let id = caller.user.id.as_str();
    let account = confirm(&door, id, &deletion.password, "password").await?;
    let mut tx = door.db.begin().await?;
    let admins = users::hold_admins(&mut tx, id).await?;
    confirm::still(users::hold(&mut tx, id).await?, &account)?;
    check_not_last(&admins, id)?;
    users::anonymise(&mut tx, id, door.now()).await?;
    sessions::end_all(&door, &mut tx, id, None, "deleted").await?;
    forget(&mut tx, id).await?;
    let body = json!({ "id": id }).to_string();
    let event = Event { subject: Some(id.to_owned()), ..Event::new("user.deleted", audit::SOURCE, body) };
    door.outbox.add(&mut tx, &event).await?;
    audit::record(&door.outbox, &mut tx, Some(id), Some(id), Audit::Deleted).await?;
    tx.commit().await?;
    Ok(Json(json!({})))
}

/// Somebody has to be left who can make others admins.
pub(crate) fn check_not_last(admins: &[String], user: &str) -> Result<(), Error> {
    if admins != [user] {
        return Ok(());
    }
    let detail = "this is the last active admin: make somebody else an admin first";
    Err(Error::new(Code::FailedPrecondition, detail).with_status(StatusCode::CONFLICT))
}

/// Sessions stay as rows, as revocations name them, but not where and on what they were.
async fn forget(tx: &mut Tx, user: &str) -> Result<(), Error> {
    for statement in FORGET {
        tx.query(statement).bind(user.to_owned()).execute().await?;
    }
    Ok(())
}

const FORGET: [&str; 5] = [
    "UPDATE sessions SET device = '', address = '' WHERE user_id = $1",
    "DELETE FROM addresses WHERE user_id = $1",
    "DELETE FROM api_keys WHERE user_id = $1",
    "DELETE FROM reset_links WHERE user_id = $1",
    "DELETE FROM known_addresses WHERE user_id = $1",
];
