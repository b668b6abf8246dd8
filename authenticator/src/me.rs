//! One's own account: `GET` and `PATCH /v1/me`, a new password, another e-mail. What changes how somebody signs in needs
//! a session and the password; names may be changed by a machine, too.

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use mesh::{Error, body};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::audit::{self, Audit};
use crate::confirm::{self, Claimed, confirm};
use crate::deletion;
use crate::door::Door;
use crate::email::Email;
use crate::line::Name;
use crate::new_password::NewPassword;
use crate::probes::Probe;
use crate::signed_in::SignedIn;
use crate::users::{self, User};
use crate::{register, reset_links, sessions};

/// Of a body, in bytes.
pub(crate) const MOST: usize = 16 << 10;

pub(crate) fn router() -> Router<Door> {
    Router::new()
        .route("/v1/me", get(show).patch(change).delete(deletion::delete))
        // For callers who cannot give a DELETE a body, such as the broker.
        .route("/v1/me/deletion", post(deletion::delete))
        .route("/v1/me/password", post(change_password))
        .route("/v1/me/email", post(change_email))
}

async fn show(caller: SignedIn) -> Json<User> {
    Json(caller.user)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Changes {
    first_name: Option<Name>,
    last_name: Option<Name>,
}

async fn change(
    State(door): State<Door>,
    caller: SignedIn,
    body::Json(changes): body::Json<Changes, MOST>,
) -> Result<Json<User>, Error> {
    let mut tx = door.db.begin().await?;
    let mut user = users::hold(&mut tx, &caller.user.id).await?.ok_or_else(confirm::gone)?.user;
    user.first_name = changes.first_name.map_or(user.first_name, Name::into_string);
    user.last_name = changes.last_name.map_or(user.last_name, Name::into_string);
    users::update(&mut tx, &user, door.now()).await?;
    tx.commit().await?;
    Ok(Json(user))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PasswordChange {
    current_password: Claimed,
    new_password: NewPassword,
}

async fn change_password(
    State(door): State<Door>,
    caller: SignedIn,
    body::Json(change): body::Json<PasswordChange, MOST>,
) -> Result<Json<Value>, Error> {
    let (session, id) = (caller.session()?, caller.user.id.as_str());
    let PasswordChange { current_password, new_password } = change;
    if current_password.is(new_password.secret()) {
        return Err(Error::field("new_password", "is the current one: choose another"));
    }
    let account = confirm(&door, id, &current_password, "current_password").await?;
    check_beside(&new_password, &account.user.email)?;
    let hash = door.passwords.hash(new_password.secret().clone()).await?;
    let mut tx = door.db.begin().await?;
    confirm::still(users::hold(&mut tx, id).await?, &account)?;
    users::set_password(&mut tx, id, &hash, door.now()).await?;
    reset_links::withdraw(&mut tx, id).await?;
    let ended = sessions::end_all(&door, &mut tx, id, Some(session), "password_changed").await?;
    audit::record(&door.outbox, &mut tx, Some(id), Some(id), Audit::PasswordChanged).await?;
    tx.commit().await?;
    Ok(Json(json!({ "sessions_ended": ended })))
}

/// The e-mail of an account is one that once was taken as such, or the development user's.
pub(crate) fn check_beside(password: &NewPassword, email: &str) -> Result<(), Error> {
    let Ok(email) = Email::try_from(email.to_owned()) else { return Ok(()) };
    password.check_beside(&email).map_err(|mistake| Error::field("new_password", mistake))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct EmailChange {
    password: Claimed,
    email: Email,
}

async fn change_email(
    State(door): State<Door>,
    caller: SignedIn,
    body::Json(change): body::Json<EmailChange, MOST>,
) -> Result<Json<User>, Error> {
    caller.session()?;
    let id = caller.user.id.as_str();
    let counted = Probe::Email(id).count(&door).await?;
    let changed = set_email(&door, id, &change).await;
    if !matches!(changed, Ok(None)) {
        counted.take_back(&door.db).await;
    }
    changed?.map(Json).ok_or_else(register::taken)
}

/// None where somebody else has it.
async fn set_email(door: &Door, id: &str, change: &EmailChange) -> Result<Option<User>, Error> {
    let account = confirm(door, id, &change.password, "password").await?;
    let mut tx = door.db.begin().await?;
    let mut user = confirm::still(users::hold(&mut tx, id).await?, &account)?.user;
    user.email = change.email.as_str().to_owned();
    if !users::update(&mut tx, &user, door.now()).await? {
        return Ok(None);
    }
    audit::record(&door.outbox, &mut tx, Some(id), Some(id), Audit::EmailChanged).await?;
    tx.commit().await?;
    Ok(Some(user))
}
