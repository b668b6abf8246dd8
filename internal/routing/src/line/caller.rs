//! What services are told of a caller, in headers that nobody outside can set: who it is, with which roles, and from
//! where.

use std::net::IpAddr;

use http::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use mesh::{Error, Identity};
use secrecy::{ExposeSecret, SecretString};

const USER_ID: HeaderName = HeaderName::from_static("x-user-id");
const USER_ROLES: HeaderName = HeaderName::from_static("x-user-roles");
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The headers of this caller; the token only for services that verify it again.
pub(super) fn headers(
    identity: Option<&Identity>,
    token: Option<&SecretString>,
    origin: Option<IpAddr>,
) -> Result<HeaderMap, Error> {
    let value = |text: &str| HeaderValue::from_str(text).map_err(Error::internal);
    let mut headers = HeaderMap::new();
    if let Some(identity) = identity {
        headers.insert(USER_ID, value(&identity.subject)?);
        headers.insert(USER_ROLES, value(&identity.roles.join(","))?);
    }
    if let Some(token) = token {
        let mut bearer = value(&format!("Bearer {}", token.expose_secret()))?;
        bearer.set_sensitive(true);
        headers.insert(AUTHORIZATION, bearer);
    }
    if let Some(origin) = origin {
        headers.insert(FORWARDED_FOR, value(&origin.to_string())?);
    }
    Ok(headers)
}
