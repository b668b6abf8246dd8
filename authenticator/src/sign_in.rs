//! `POST /v1/sessions {"email","password"}` begins a session; with `"browser": true` its refresh token is a cookie. Who
//! is refused learns nothing but that: the same words in the same time, whatever was wrong.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use http::HeaderMap;
use mesh::identity::BEARER;
use mesh::{Code, Error, body};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::attempt::Attempt;
use crate::audit::{self, Audit};
use crate::caller::Caller;
use crate::door::Door;
use crate::passwords::Turn;
use crate::sessions::{self, Granted};
use crate::users::{self, Account};
use crate::{cookies, email, grant, new_password};

const MOST_BYTES: usize = 16 << 10;

pub(crate) fn router() -> Router<Door> {
    Router::new().route("/v1/sessions", post(sign_in))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Credentials {
    email: Email,
    password: Password,
    #[serde(default)]
    browser: bool,
}

async fn sign_in(
    State(door): State<Door>,
    caller: Caller,
    headers: HeaderMap,
    body::Json(credentials): body::Json<Credentials, MOST_BYTES>,
) -> Result<Response, Error> {
    let Credentials { email, password, browser } = credentials;
    if browser {
        cookies::check_origin(&headers, &door.config.origins)?;
    }
    let turn = door.passwords.turn()?;
    let attempt = Attempt::begin(&door, &email.0, &caller).await?;
    let granted = compare(&door, &attempt, turn, (email, password), &caller, browser).await;
    let result = match &granted {
        Ok(Some(_)) => "accepted",
        Ok(None) => "refused",
        Err(_) => "failed",
    };
    metrics::counter!("sign_ins_total", "result" => result).increment(1);
    match granted {
        Ok(Some(granted)) => grant::answer(&door, &granted),
        Ok(None) => Err(Error::new(Code::Unauthenticated, "wrong e-mail or password").with_challenge(BEARER)),
        Err(error) => {
            attempt.take_back(&door).await;
            Err(error)
        }
    }
}

/// A new session; none where e-mail and password are not those of an active user.
async fn compare(
    door: &Door,
    attempt: &Attempt,
    turn: Turn,
    (email, password): (Email, Password),
    caller: &Caller,
    browser: bool,
) -> Result<Option<Granted>, Error> {
    let account = door.users().find_by_email(&email.0).await?;
    // An inactive user costs its hash as well, and an unknown one that of nobody.
    let (hash, is_active) = account.as_ref().map(|it| (it.password_hash.clone(), it.user.active)).unzip();
    let checked = turn.check(password.0, hash, is_active.unwrap_or_default()).await?;
    if let Some(account) = account.as_ref().filter(|_| checked.is_right)
        && let Some(granted) = accept(door, account, checked.renewed, attempt, caller, browser).await?
    {
        return Ok(Some(granted));
    }
    refuse(door, account.as_ref()).await?;
    Ok(None)
}

/// A new session; none where the account changed while its password was compared.
async fn accept(
    door: &Door,
    account: &Account,
    renewed: Option<SecretString>,
    attempt: &Attempt,
    caller: &Caller,
    browser: bool,
) -> Result<Option<Granted>, Error> {
    let id = &account.user.id;
    let mut tx = door.db.begin().await?;
    let is_same = |now: &Account| now.password_hash.expose_secret() == account.password_hash.expose_secret();
    let held = users::hold(&mut tx, id).await?.filter(|now| now.user.active && is_same(now));
    let Some(Account { user, .. }) = held else { return Ok(None) };
    if let Some(hash) = renewed {
        users::set_password(&mut tx, id, &hash, door.now()).await?;
    }
    if door.config.one_session {
        sessions::end_all(door, &mut tx, id, None, "signed in anew").await?;
    }
    let granted = sessions::begin(door, &mut tx, user, caller, browser).await?;
    attempt.succeeded(&mut tx, id).await?;
    let what = Audit::SignedIn { session: &granted.session };
    audit::record(&door.outbox, &mut tx, Some(id), Some(id), what).await?;
    tx.commit().await?;
    Ok(Some(granted))
}

/// The failure is counted already.
async fn refuse(door: &Door, account: Option<&Account>) -> Result<(), Error> {
    let mut tx = door.db.begin().await?;
    let subject = account.map(|account| account.user.id.as_str());
    audit::record(&door.outbox, &mut tx, None, subject, Audit::SignInFailed).await?;
    tx.commit().await
}

#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct Email(String);

impl TryFrom<String> for Email {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let email = text.trim();
        if email.is_empty() {
            return Err("must not be empty".to_owned());
        }
        if email.len() > email::LONGEST {
            return Err(format!("must have at most {} bytes", email::LONGEST));
        }
        if email.chars().any(char::is_control) {
            return Err("must not contain control characters".to_owned());
        }
        Ok(Self(email.to_owned()))
    }
}

#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct Password(SecretString);

impl TryFrom<String> for Password {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (length, has_nul) = (text.len(), text.contains('\0'));
        let password = Self(SecretString::from(text));
        if length == 0 {
            return Err("must not be empty".to_owned());
        }
        if length > new_password::LONGEST {
            return Err(format!("must have at most {} bytes", new_password::LONGEST));
        }
        if has_nul {
            return Err("must not contain a NUL character".to_owned());
        }
        Ok(password)
    }
}
