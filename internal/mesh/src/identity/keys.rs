//! The public keys of an issuer (RFC 7517) and what one of them signed. Which algorithm is right follows from the key
//! alone: a token only gets to agree.

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::Context;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::signature::{self, RsaPublicKeyComponents, UnparsedPublicKey};
use serde::Deserialize;

/// More keys than any issuer publishes.
const MOST_KEYS: usize = 100;
/// Key ids are short; longer ones are somebody's experiment.
pub(super) const MAX_KEY_ID: usize = 255;

/// A public key, with the one algorithm that it is for.
#[derive(Debug, PartialEq, Eq)]
pub enum Key {
    /// 32 bytes.
    Ed25519(Vec<u8>),
    /// An uncompressed point.
    P256(Vec<u8>),
    Rsa {
        n: Vec<u8>,
        e: Vec<u8>,
    },
}

/// The keys by their ids.
pub(super) type KeySet = HashMap<String, Arc<Key>>;

#[derive(Deserialize)]
struct Published {
    keys: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct Jwk {
    kid: String,
    kty: String,
    #[serde(rename = "use")]
    purpose: Option<String>,
    alg: Option<String>,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
    n: Option<String>,
    e: Option<String>,
}

/// The usable keys of a JWK set; keys of other kinds or for other uses are passed over, as RFC 7517 asks for.
pub(super) fn read(published: &[u8], ed25519_only: bool) -> anyhow::Result<KeySet> {
    let published: Published = serde_json::from_slice(published).context("not a JWK set")?;
    let mut keys = KeySet::new();
    for jwk in published.keys.into_iter().take(MOST_KEYS) {
        let Ok(jwk) = serde_json::from_value::<Jwk>(jwk) else { continue };
        let Some(key) = jwk.key().filter(|key| !ed25519_only || matches!(key, Key::Ed25519(_))) else { continue };
        if (1..=MAX_KEY_ID).contains(&jwk.kid.len()) {
            keys.entry(jwk.kid).or_insert_with(|| Arc::new(key));
        }
    }
    Ok(keys)
}

impl Jwk {
    fn key(&self) -> Option<Key> {
        let key = match (self.kty.as_str(), self.crv.as_deref()) {
            ("OKP", Some("Ed25519")) => Key::Ed25519(bytes(self.x.as_deref(), 32)?),
            ("EC", Some("P-256")) => Key::P256(point(self.x.as_deref(), self.y.as_deref())?),
            ("RSA", None) => Key::Rsa { n: number(self.n.as_deref())?, e: number(self.e.as_deref())? },
            _ => return None,
        };
        let is_for_signatures = self.purpose.as_deref().is_none_or(|it| it == "sig");
        let is_right_algorithm = self.alg.as_deref().is_none_or(|it| it == key.algorithm());
        (is_for_signatures && is_right_algorithm).then_some(key)
    }
}

fn number(text: Option<&str>) -> Option<Vec<u8>> {
    BASE64_URL_SAFE_NO_PAD.decode(text?).ok()
}

fn bytes(text: Option<&str>, length: usize) -> Option<Vec<u8>> {
    number(text).filter(|bytes| bytes.len() == length)
}

fn point(x: Option<&str>, y: Option<&str>) -> Option<Vec<u8>> {
    Some([vec![4], bytes(x, 32)?, bytes(y, 32)?].concat())
}

impl Key {
    /// The one `alg` that its tokens may carry.
    pub(super) fn algorithm(&self) -> &'static str {
        match self {
            Self::Ed25519(_) => "EdDSA",
            Self::P256(_) => "ES256",
            Self::Rsa { .. } => "RS256",
        }
    }

    /// RSA keys under 2048 bits verify nothing.
    pub(super) fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        let verified = match self {
            Self::Ed25519(key) => UnparsedPublicKey::new(&signature::ED25519, key).verify(message, signature),
            Self::P256(point) => {
                UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, point).verify(message, signature)
            }
            Self::Rsa { n, e } => {
                RsaPublicKeyComponents { n, e }.verify(&signature::RSA_PKCS1_2048_8192_SHA256, message, signature)
            }
        };
        verified.is_ok()
    }
}
