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
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use secrecy::{ExposeSecret, SecretString};

use crate::door::Door;

pub(crate) use stored::{Store, rotate};

/// Doors fetch keys every five minutes; by then, and a minute later, all of them know a new one.
const OVERLAP: Duration = Duration::from_secs(6 * 60);
/// How much longer than its tokens an old key verifies: clocks differ, and other instances look for new keys only now
/// and then.
const AFTERWARDS: Duration = Duration::from_secs(60);
/// PKCS #8 for an Ed25519 key, up to its 32 bytes (RFC 8410, section 7).
const PKCS8: [u8; 16] = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];

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
    pub(crate) encoding: EncodingKey,
    pub(crate) decoding: DecodingKey,
    jwk: Jwk,
    created_at: DateTime<Utc>,
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
    fn verifying(&self, now: DateTime<Utc>) -> Vec<Jwk> {
        let keys = self.all();
        let is_over =
            |at: usize| !self.are_given && is_over(keys.iter().map(|key| key.created_at), at, self.lifetime, now);
        keys.iter().enumerate().filter(|(at, _)| !is_over(*at)).map(|(_, key)| key.jwk.clone()).collect()
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
    seeds.iter().map(made_one).collect()
}

fn made_one(seed: &Seed) -> anyhow::Result<Key> {
    let mut der = PKCS8.to_vec();
    BASE64_URL_SAFE_NO_PAD.decode_vec(seed.secret.expose_secret(), &mut der)?;
    let encoding = EncodingKey::from_ed_der(&der);
    let mut jwk = Jwk::from_encoding_key(&encoding, Algorithm::EdDSA)?;
    jwk.common.key_id = Some(seed.kid.clone());
    jwk.common.public_key_use = Some(PublicKeyUse::Signature);
    let decoding = DecodingKey::from_jwk(&jwk)?;
    Ok(Key { kid: seed.kid.clone(), encoding, decoding, jwk, created_at: seed.created_at })
}

async fn jwks(State(door): State<Door>) -> impl IntoResponse {
    ([(CACHE_CONTROL, "public, max-age=60")], Json(JwkSet { keys: door.keys.verifying(door.now()) }))
}
