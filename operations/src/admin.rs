//! Who calls, as an argument of a handler: an administrator, by a token that is verified here once more. Headers such as
//! x-user-id are for services that cannot do that, and are not believed.

use std::time::Duration;

use axum::extract::{FromRef, FromRequestParts};
use http::request::Parts;
use mesh::identity::{BEARER, INSUFFICIENT_SCOPE, Verifier, bearer};
use mesh::{Code, Error};
use tokio::time::Instant;

const ROLE: &str = "admin";
/// How long keys may be waited for that are not here yet.
const PATIENCE: Duration = Duration::from_secs(2);

/// Somebody who may look and act here.
#[derive(Debug, Clone)]
pub(crate) struct Admin {
    pub(crate) subject: String,
}

impl<S> FromRequestParts<S> for Admin
where
    S: Send + Sync,
    Verifier: FromRef<S>,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let token = bearer(&parts.headers)?.ok_or_else(needs_somebody)?;
        let access = Verifier::from_ref(state).verify(&token, Instant::now() + PATIENCE).await?;
        if !access.identity.has_role(ROLE) {
            return Err(needs_role());
        }
        // The role may have been taken away a moment ago, so it counts only while revocations are heard of.
        if !access.is_revocation_fresh() {
            let detail = "whether this token still holds cannot be told: the authenticator does not answer";
            return Err(Error::unavailable(detail).with_retry_after(PATIENCE));
        }
        Ok(Self { subject: access.identity.subject })
    }
}

fn needs_somebody() -> Error {
    let detail = "sign in first, and send the access token as a bearer token";
    Error::new(Code::Unauthenticated, detail).with_challenge(BEARER)
}

fn needs_role() -> Error {
    Error::new(Code::PermissionDenied, format!("this needs the role {ROLE}")).with_challenge(INSUFFICIENT_SCOPE)
}
