//! Access tokens: JWTs (RFC 9068) signed with Ed25519, which say for ten minutes who somebody is. The key
//! is found by its name among our own; nothing else in a token's header has a say in how it is verified.

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, Header, Validation, decode, decode_header, encode};
use mesh::Error;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::door::Door;

const TYPE: &str = "at+jwt";
/// By how much clocks may differ.
pub(crate) const LEEWAY: TimeDelta = TimeDelta::seconds(30);
/// Ours have a few hundred bytes.
const LONGEST: usize = 8 << 10;

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
    let signed = door.keys.signing(now, |key| {
        let header = Header { typ: Some(TYPE.to_owned()), kid: Some(key.kid.clone()), ..Header::new(Algorithm::EdDSA) };
        encode(&header, &claims, &key.encoding)
    });
    let token = signed.ok_or_else(|| Error::internal("no key signs"))?.map_err(Error::internal)?;
    Ok((SecretString::from(token), claims.exp - claims.iat))
}

/// What a token of ours says, if it is one and holds now.
pub(crate) fn verify(door: &Door, token: &SecretString) -> Option<Claims> {
    let (token, now) = (token.expose_secret(), door.now());
    let header = decode_header(token).ok().filter(|_| token.len() <= LONGEST)?;
    let is_ours = header.typ.as_deref() == Some(TYPE) && header.alg == Algorithm::EdDSA;
    let chooses_key = header.jku.is_some() || header.jwk.is_some() || header.x5u.is_some() || header.x5c.is_some();
    if !is_ours || chooses_key || header.crit.is_some() {
        return None;
    }
    let claims = door.keys.named(&header.kid?, now, |key| decode::<Claims>(token, &key.decoding, &validation(door)));
    let claims = claims?.ok()?.claims;
    let (now, leeway) = (now.timestamp(), LEEWAY.num_seconds());
    (claims.nbf <= now + leeway && now < claims.exp + leeway).then_some(claims)
}

/// Times are compared with the service's own clock instead.
fn validation(door: &Door) -> Validation {
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_issuer(&[&door.config.issuer]);
    validation.set_audience(&[&door.config.audience]);
    validation.set_required_spec_claims(&["iss", "aud", "sub"]);
    validation.validate_exp = false;
    validation
}
