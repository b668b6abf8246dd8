//! Access tokens: JWTs (RFC 9068) signed with Ed25519, which say for ten minutes who somebody is. The key
//! is found by its name among our own; nothing else in a token's header has a say in how it is verified.

use chrono::{DateTime, TimeDelta, Utc};
use mesh::Error;
use mesh::identity::Token;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::door::Door;

const TYPE: &str = "at+jwt";
/// By how much clocks may differ.
pub(crate) const LEEWAY: TimeDelta = TimeDelta::seconds(30);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claims {
    pub(crate) iss: String,
    pub(crate) aud: String,
    /// The user's id.
    pub(crate) sub: String,
    /// The session's id.
    pub(crate) sid: String,
    pub(crate) roles: Vec<String>,
    pub(crate) iat: i64,
    pub(crate) nbf: i64,
    pub(crate) exp: i64,
    pub(crate) jti: String,
}

/// A new token with the seconds that it holds; it ends with its session.
pub(crate) fn issue(
    door: &Door,
    user: &str,
    roles: Vec<String>,
    session: &str,
    session_ends: DateTime<Utc>,
) -> Result<(SecretString, i64), Error> {
    let (now, config) = (door.now(), &door.config);
    let expires = session_ends.min(now + config.access_lifetime);
    let claims = Claims {
        iss: config.issuer.clone(),
        aud: config.audience.clone(),
        sub: user.to_owned(),
        sid: session.to_owned(),
        roles,
        iat: now.timestamp(),
        nbf: now.timestamp(),
        exp: expires.timestamp(),
        jti: Uuid::new_v4().to_string(),
    };
    let signed = door.keys.signing(now, |key| key.sign(TYPE, &claims));
    let token = signed.ok_or_else(|| Error::internal("no key signs"))?.map_err(Error::internal)?;
    Ok((token, claims.exp - claims.iat))
}

/// What a token of ours says, if it is one and holds now.
pub(crate) fn verify(door: &Door, token: &SecretString) -> Option<Claims> {
    let token = Token::parse(token.expose_secret()).ok().filter(|token| token.is_access_token(true))?;
    let (now, config) = (door.now(), &door.config);
    if !door.keys.named(&token.key_id, now, |key| token.is_signed_by(&key.public))? {
        return None;
    }
    let claims: Claims = serde_json::from_value(token.claims.into()).ok()?;
    let is_for_us = claims.iss == config.issuer && claims.aud == config.audience;
    let (now, leeway) = (now.timestamp(), LEEWAY.num_seconds());
    let begins = claims.nbf.max(claims.iat);
    (is_for_us && begins <= now + leeway && now < claims.exp + leeway).then_some(claims)
}
