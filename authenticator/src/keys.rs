//! The keys that sign access tokens (Ed25519). A new one is published before it signs and an old one after it has, so
//! that no door ever meets a token whose key it could not know: `GET /.well-known/jwks.json` lists all that verify.

mod file;
mod rows;
mod stored;

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use http::header::CACHE_CONTROL;
use mesh::identity;
use ring::signature::{Ed25519KeyPair, KeyPair};
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use serde::Serialize;
use serde_json::{Value, json};

use crate::door::Door;

pub(crate) use stored::{Store, rotate};

/// Doors fetch keys every five minutes; by then, and a minute later, all of them know a new one.
const OVERLAP: Duration = Duration::from_secs(6 * 60);
/// How much longer than its tokens an old key verifies: clocks differ, and other instances look for new keys only now
/// and then.
const AFTERWARDS: Duration = Duration::from_secs(60);

pub(crate) fn router() -> Router<Door> {
    Router::new().route("/.well-known/jwks.json", get(jwks))
}

/// What a key is made from.
#[derive(Debug, Clone)]
pub(crate) struct Seed {
    pub(crate) kid: String,
    /// 32 bytes in base64url.
    pub(crate) secret: SecretString,
    pub(crate) created_at: DateTime<Utc>,
}

pub(crate) struct Key {
    pub(crate) kid: String,
    pub(crate) public: identity::Key,
    pair: Ed25519KeyPair,
    created_at: DateTime<Utc>,
}

impl Key {
    fn new(seed: &Seed) -> anyhow::Result<Self> {
        let secret = SecretSlice::from(BASE64_URL_SAFE_NO_PAD.decode(seed.secret.expose_secret())?);
        let pair = Ed25519KeyPair::from_seed_unchecked(secret.expose_secret());
        let pair = pair.map_err(|_| anyhow::anyhow!("the key {} is not 32 bytes in base64url", seed.kid))?;
        let public = identity::Key::Ed25519(pair.public_key().as_ref().to_vec());
        Ok(Self { kid: seed.kid.clone(), public, pair, created_at: seed.created_at })
    }

    /// A JWT of this type (RFC 7515, compact form).
    pub(crate) fn sign(&self, kind: &str, claims: &impl Serialize) -> serde_json::Result<SecretString> {
        let part = |json: Vec<u8>| BASE64_URL_SAFE_NO_PAD.encode(json);
        let header = json!({ "alg": "EdDSA", "typ": kind, "kid": self.kid });
        let signed = format!("{}.{}", part(serde_json::to_vec(&header)?), part(serde_json::to_vec(claims)?));
        let signature = part(self.pair.sign(signed.as_bytes()).as_ref().to_vec());
        Ok(SecretString::from(format!("{signed}.{signature}")))
    }

    fn jwk(&self) -> Value {
        let x = BASE64_URL_SAFE_NO_PAD.encode(self.pair.public_key());
        json!({ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": self.kid, "x": x })
    }
}

/// Clones share the keys.
#[derive(Clone)]
pub(crate) struct Keys {
    keys: Arc<RwLock<Arc<Vec<Key>>>>,
    /// For how long the tokens of a key live.
    lifetime: Duration,
    /// Given by the environment: in the order in which they sign, whenever they were made.
    are_given: bool,
}

impl Keys {
    pub(crate) fn new(seeds: &[Seed], lifetime: Duration, are_given: bool) -> anyhow::Result<Self> {
        let keys = made(seeds)?;
        Ok(Self { keys: Arc::new(RwLock::new(Arc::new(keys))), lifetime, are_given })
    }

    /// Takes over what was stored since.
    pub(crate) fn replace(&self, seeds: &[Seed]) -> anyhow::Result<()> {
        let keys = made(seeds)?;
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
        Ok(())
    }

    pub(crate) fn all(&self) -> Arc<Vec<Key>> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Does `work` with the key that signs now; there is always one.
    pub(crate) fn signing<T>(&self, now: DateTime<Utc>, work: impl FnOnce(&Key) -> T) -> Option<T> {
        let keys = self.all();
        let newest = keys.iter().rposition(|key| !self.are_given && key.created_at + OVERLAP <= now);
        keys.get(newest.unwrap_or(0)).map(work)
    }

    /// Those by which tokens are accepted at `now`.
    fn verifying(&self, now: DateTime<Utc>) -> Vec<Value> {
        let keys = self.all();
        let is_over =
            |at: usize| !self.are_given && is_over(keys.iter().map(|key| key.created_at), at, self.lifetime, now);
        keys.iter().enumerate().filter(|(at, _)| !is_over(*at)).map(|(_, key)| key.jwk()).collect()
    }

    /// Does `work` with the key of this name, if tokens are still accepted by it.
    pub(crate) fn named<T>(&self, kid: &str, now: DateTime<Utc>, work: impl FnOnce(&Key) -> T) -> Option<T> {
        let keys = self.all();
        let at = keys.iter().position(|key| key.kid == kid)?;
        let is_over = !self.are_given && is_over(keys.iter().map(|key| key.created_at), at, self.lifetime, now);
        (!is_over).then(|| work(&keys[at]))
    }
}

/// Whether the last token that the key at this place signed has expired by `now`.
fn is_over(
    mut created: impl Iterator<Item = DateTime<Utc>>,
    at: usize,
    lifetime: Duration,
    now: DateTime<Utc>,
) -> bool {
    created.nth(at + 1).is_some_and(|successor| successor + OVERLAP + lifetime + AFTERWARDS <= now)
}

fn made(seeds: &[Seed]) -> anyhow::Result<Vec<Key>> {
    seeds.iter().map(Key::new).collect()
}

async fn jwks(State(door): State<Door>) -> impl IntoResponse {
    ([(CACHE_CONTROL, "public, max-age=60")], Json(json!({ "keys": door.keys.verifying(door.now()) })))
}
