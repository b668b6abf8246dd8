//! `POST /v1/authenticate {"email","password"}` → `{"user": {id, email, first_name, last_name, active}}`. Tokens and
//! sessions are not its business; the caller learns who it is, or that it is nobody.

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use mesh::{Code, Error, body};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::door::Door;
use crate::users::User;

const MOST_BYTES: usize = 16 << 10;
/// RFC 5321, as RFC 3696's erratum 1690 counts it.
const LONGEST_EMAIL: usize = 254;
/// bcrypt reads no further.
const LONGEST_PASSWORD: usize = 72;

pub(crate) fn router() -> Router<Door> {
    Router::new().route("/v1/authenticate", post(authenticate))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Credentials {
    email: Email,
    password: Password,
}

#[derive(Debug, Serialize)]
struct SignedIn {
    user: User,
}

async fn authenticate(
    State(door): State<Door>,
    body::Json(credentials): body::Json<Credentials, MOST_BYTES>,
) -> Result<Json<SignedIn>, Error> {
    let turn = door.passwords.turn()?;
    let account = door.users().find_by_email(&credentials.email.0).await?;
    let (user, hash) = account.map(|account| (account.user, account.password_hash)).unzip();
    // An inactive user costs its hash as well, and an unknown one that of nobody.
    let is_right = turn.verify(credentials.password.0, hash).await?;
    let user = user.filter(|user| is_right && user.active);
    let result = if user.is_some() { "accepted" } else { "refused" };
    metrics::counter!("sign_ins_total", "result" => result).increment(1);
    user.map(|user| Json(SignedIn { user })).ok_or_else(refused)
}

/// The same words whatever was wrong.
fn refused() -> Error {
    Error::new(Code::Unauthenticated, "wrong e-mail or password")
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
        if email.len() > LONGEST_EMAIL {
            return Err(format!("must have at most {LONGEST_EMAIL} bytes"));
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
        if length > LONGEST_PASSWORD {
            return Err(format!("must have at most {LONGEST_PASSWORD} bytes"));
        }
        if has_nul {
            return Err("must not contain a NUL character".to_owned());
        }
        Ok(password)
    }
}
