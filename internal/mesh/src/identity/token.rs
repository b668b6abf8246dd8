//! A token taken apart (RFC 7515, compact form) with nothing believed yet. Strict: one way to write each part, no
//! header that would have us fetch or use a key that the token brings along.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::json;
use super::keys::{Key, MAX_KEY_ID};
use super::refused;
use crate::error::Error;

const MAX_BYTES: usize = 8 * 1024;

/// Headers that bring a key, point at one, or change what was signed.
const FORBIDDEN: [&str; 9] = ["jku", "jwk", "x5u", "x5c", "crit", "b64", "enc", "zip", "cty"];

/// What a text says that claims to be a token: for who has the key to check it with.
pub struct Token<'a> {
    signed: &'a [u8],
    signature: Vec<u8>,
    algorithm: String,
    pub key_id: String,
    kind: Option<String>,
    /// Not to be believed before `is_signed_by`.
    pub claims: Map<String, Value>,
}

impl<'a> Token<'a> {
    /// Errors: 401, also for one that is longer than any token.
    pub fn parse(text: &'a str) -> Result<Self, Error> {
        if text.len() > MAX_BYTES {
            return Err(refused("longer than any token"));
        }
        let [header, claims, signature] = parts(text).ok_or_else(|| refused("not three parts"))?;
        let signed = &text.as_bytes()[..header.len() + 1 + claims.len()];
        let mut header = json::object(&decoded(header)?).map_err(|error| refused(format!("header: {error}")))?;
        if let Some(name) = FORBIDDEN.iter().find(|name| header.contains_key(**name)) {
            return Err(refused(format!("header {name} is not taken")));
        }
        let key_id = taken(&mut header, "kid")?.filter(|id| (1..=MAX_KEY_ID).contains(&id.len()));
        Ok(Self {
            signed,
            signature: decoded(signature)?,
            algorithm: taken(&mut header, "alg")?.ok_or_else(|| refused("no alg"))?,
            key_id: key_id.ok_or_else(|| refused("no kid that could be one"))?,
            kind: taken(&mut header, "typ")?,
            claims: json::object(&decoded(claims)?).map_err(|error| refused(format!("claims: {error}")))?,
        })
    }

    pub fn is_signed_by(&self, key: &Key) -> bool {
        self.algorithm == key.algorithm() && key.has_signed(self.signed, &self.signature)
    }

    /// Ours say that they are access tokens (RFC 9068); others may say so, `JWT` or nothing.
    pub fn is_access_token(&self, own: bool) -> bool {
        match self.kind.as_deref() {
            kind if own => kind == Some("at+jwt"),
            None => true,
            Some(kind) => ["jwt", "at+jwt", "application/at+jwt"].iter().any(|it| kind.eq_ignore_ascii_case(it)),
        }
    }
}

fn parts(text: &str) -> Option<[&str; 3]> {
    let mut parts = text.split('.');
    let three = [parts.next()?, parts.next()?, parts.next()?];
    parts.next().is_none().then_some(three)
}

fn decoded(part: &str) -> Result<Vec<u8>, Error> {
    BASE64_URL_SAFE_NO_PAD.decode(part).map_err(|error| refused(format!("base64: {error}")))
}

fn taken(header: &mut Map<String, Value>, name: &str) -> Result<Option<String>, Error> {
    match header.remove(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(refused(format!("header {name} is no string"))),
    }
}
