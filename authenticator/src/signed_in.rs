//! Who calls, as an argument of a handler: the bearer's token is verified here again, against our own keys and rows.
//! Headers such as x-user-id are for services that cannot do that, and are not believed.

use axum::extract::FromRequestParts;
use http::header::AUTHORIZATION;
use http::request::Parts;
use mesh::identity::{BEARER, INSUFFICIENT_SCOPE, INVALID_TOKEN};
use mesh::{Code, Error};
use secrecy::{ExposeSecret, SecretString};

use crate::door::Door;
use crate::users::{ADMIN, User};
use crate::{api_keys, sessions, tokens};

/// A caller who was verified, and is active.
#[derive(Debug, Clone)]
pub(crate) struct SignedIn {
    pub(crate) user: User,
    /// API keys have none.
    pub(crate) session: Option<String>,
    /// The user's, or fewer where it is an API key.
    pub(crate) roles: Vec<String>,
}

impl SignedIn {
    /// The session's id, which an API key lacks: what concerns the account itself is not for machines.
    pub(crate) fn session(&self) -> Result<&str, Error> {
        self.session.as_deref().ok_or_else(|| {
            Error::new(Code::PermissionDenied, "an API key cannot do this: sign in with e-mail and password")
                .with_challenge(INSUFFICIENT_SCOPE)
        })
    }

    pub(crate) fn require_admin(&self) -> Result<(), Error> {
        if self.roles.iter().any(|role| role == ADMIN) {
            return Ok(());
        }
        Err(no_admin())
    }

    /// Once more where the rows of all admins are held: whose role was taken a moment ago does no more as one.
    pub(crate) fn require_among(&self, admins: &[String]) -> Result<(), Error> {
        if admins.contains(&self.user.id) { Ok(()) } else { Err(no_admin()) }
    }
}

impl FromRequestParts<Door> for SignedIn {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, door: &Door) -> Result<Self, Error> {
        let token = bearer(parts)?.ok_or_else(|| {
            Error::new(Code::Unauthenticated, "sign in first, and send the access token as a bearer token")
                .with_challenge(BEARER)
        })?;
        verified(door, &token).await?.ok_or_else(bad_token)
    }
}

/// The token in the Authorization header, if there is such a header.
pub(crate) fn bearer(parts: &Parts) -> Result<Option<SecretString>, Error> {
    let mut headers = parts.headers.get_all(AUTHORIZATION).iter();
    let Some(header) = headers.next() else { return Ok(None) };
    let (scheme, token) = header.to_str().ok().and_then(|text| text.split_once(' ')).ok_or_else(bad_token)?;
    if !scheme.eq_ignore_ascii_case("bearer") || headers.next().is_some() {
        return Err(bad_token());
    }
    Ok(Some(SecretString::from(token.trim())))
}

/// Whose token it is; nobody's where it does not hold (any more).
pub(crate) async fn verified(door: &Door, token: &SecretString) -> Result<Option<SignedIn>, Error> {
    if token.expose_secret().starts_with(api_keys::PREFIX) {
        let owner = api_keys::verify(door, token).await?;
        return Ok(owner.map(|(user, roles)| SignedIn { user, session: None, roles }));
    }
    let Some(claims) = tokens::verify(door, token) else { return Ok(None) };
    let user = sessions::user_of(door, &claims.sid, &claims.sub).await?;
    Ok(user.map(|user| SignedIn { roles: user.roles(), user, session: Some(claims.sid) }))
}

fn no_admin() -> Error {
    Error::new(Code::PermissionDenied, "this needs the role admin").with_challenge(INSUFFICIENT_SCOPE)
}

fn bad_token() -> Error {
    Error::new(Code::Unauthenticated, "the access token does not hold (any more): sign in, or refresh the session")
        .with_challenge(INVALID_TOKEN)
}
