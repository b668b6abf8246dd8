//! An issuer to test against: keys that sign, and the three paths that a verifier asks, on a port of its own. It knows
//! nothing of `mesh`, so that tests inside the crate use it too.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use ring::rand::SystemRandom;
use ring::signature::{self, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RsaKeyPair};
use serde_json::{Value, json};
use url::Url;

/// What a test waits at most for something that should happen at once.
pub(crate) const PATIENCE: Duration = Duration::from_secs(45);

pub(crate) enum Signer {
    Ed25519(Ed25519KeyPair),
    P256(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

impl Signer {
    pub(crate) fn ed25519(seed: u8) -> Self {
        Self::Ed25519(Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap())
    }

    pub(crate) fn p256() -> Self {
        let (kind, random) = (&signature::ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(kind, &random).unwrap();
        Self::P256(EcdsaKeyPair::from_pkcs8(kind, pkcs8.as_ref(), &random).unwrap())
    }

    /// Generating one takes seconds: this one is only ever used here.
    pub(crate) fn rsa() -> Self {
        Self::Rsa(RsaKeyPair::from_pkcs8(include_bytes!("rsa2048.pk8")).unwrap())
    }

    pub(crate) fn algorithm(&self) -> &'static str {
        match self {
            Self::Ed25519(_) => "EdDSA",
            Self::P256(_) => "ES256",
            Self::Rsa(_) => "RS256",
        }
    }

    pub(crate) fn public(&self) -> Vec<u8> {
        match self {
            Self::Ed25519(pair) => pair.public_key().as_ref().to_vec(),
            Self::P256(pair) => pair.public_key().as_ref().to_vec(),
            Self::Rsa(pair) => pair.public_key().as_ref().to_vec(),
        }
    }

    pub(crate) fn jwk(&self, kid: &str) -> Value {
        let public = self.public();
        match self {
            Self::Ed25519(_) => {
                json!({ "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": kid, "x": encoded(public) })
            }
            Self::P256(_) => {
                let (x, y) = (encoded(&public[1..33]), encoded(&public[33..]));
                json!({ "kty": "EC", "crv": "P-256", "use": "sig", "kid": kid, "x": x, "y": y })
            }
            Self::Rsa(pair) => {
                let parts = signature::RsaPublicKeyComponents::<Vec<u8>>::from(pair.public_key());
                json!({ "kty": "RSA", "alg": "RS256", "kid": kid, "n": encoded(parts.n), "e": encoded(parts.e) })
            }
        }
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
            Self::P256(pair) => pair.sign(&random, message).unwrap().as_ref().to_vec(),
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&signature::RSA_PKCS1_SHA256, &random, message, &mut signature).unwrap();
                signature
            }
        }
    }

    /// A token of exactly these texts, well formed or not.
    pub(crate) fn seal(&self, header: &str, claims: &str) -> String {
        let message = format!("{}.{}", encoded(header), encoded(claims));
        let signature = encoded(self.sign(message.as_bytes()));
        format!("{message}.{signature}")
    }

    pub(crate) fn token(&self, header: &Value, claims: &Value) -> String {
        self.seal(&header.to_string(), &claims.to_string())
    }
}

pub(crate) fn encoded(bytes: impl AsRef<[u8]>) -> String {
    BASE64.encode(bytes)
}

pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

pub(crate) fn header(kid: &str) -> Value {
    json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": kid })
}

/// What our authenticator puts into a token that begins at `at`.
pub(crate) fn claims(session: &str, at: u64) -> Value {
    json!({
        "iss": "switchboard", "aud": "switchboard", "sub": "01890000-0000-7000-8000-000000000001", "sid": session,
        "roles": ["user"], "iat": at, "nbf": at, "exp": at + 600, "jti": "t1",
    })
}

/// `value` with one entry changed.
pub(crate) fn with(mut value: Value, name: &str, entry: impl Into<Value>) -> Value {
    value[name] = entry.into();
    value
}

pub(crate) fn without(mut value: Value, name: &str) -> Value {
    value.as_object_mut().unwrap().remove(name);
    value
}

/// What an issuer answers; tests change it as they go.
#[derive(Default)]
pub(crate) struct Answers {
    pub(crate) is_away: bool,
    pub(crate) keys: Vec<Value>,
    pub(crate) revoked: Vec<(String, String)>,
    /// At most so many revocations in one answer; 0 means all.
    pub(crate) page: usize,
    pub(crate) api_keys: HashMap<String, Value>,
}

#[derive(Default)]
pub(crate) struct Asked {
    pub(crate) keys: AtomicUsize,
    pub(crate) revocations: AtomicUsize,
    pub(crate) api_keys: AtomicUsize,
    /// The cursors that came back.
    pub(crate) cursors: Mutex<HashSet<String>>,
}

#[derive(Clone)]
pub(crate) struct Issuer {
    pub(crate) base: Url,
    pub(crate) asked: Arc<Asked>,
    answers: Arc<Mutex<Answers>>,
}

impl Issuer {
    pub(crate) async fn start(keys: Vec<Value>) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let answers = Arc::new(Mutex::new(Answers { keys, ..Answers::default() }));
        let issuer = Self { base, asked: Arc::default(), answers };
        tokio::spawn(axum::serve(listener, issuer.router()).into_future());
        issuer
    }

    pub(crate) fn router(&self) -> Router {
        Router::new()
            .route("/jwks", get(jwks))
            .route("/revocations", get(revocations))
            .route("/api-keys", post(api_keys))
            .with_state(self.clone())
    }

    pub(crate) fn answers(&self) -> MutexGuard<'_, Answers> {
        self.answers.lock().unwrap()
    }

    pub(crate) fn url(&self, path: &str) -> Url {
        self.base.join(path).unwrap()
    }

    pub(crate) fn revoke(&self, session: &str, until: u64) {
        let until = humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_secs(until)).to_string();
        self.answers().revoked.push((session.to_owned(), until));
    }
}

type Answer = Result<Json<Value>, StatusCode>;

async fn jwks(State(issuer): State<Issuer>) -> Answer {
    issuer.asked.keys.fetch_add(1, SeqCst);
    let answers = issuer.answers();
    if answers.is_away { Err(StatusCode::SERVICE_UNAVAILABLE) } else { Ok(Json(json!({ "keys": answers.keys }))) }
}

/// Cursors are positions in the list.
async fn revocations(State(issuer): State<Issuer>, Query(query): Query<HashMap<String, String>>) -> Answer {
    issuer.asked.revocations.fetch_add(1, SeqCst);
    issuer.asked.cursors.lock().unwrap().extend(query.get("since").cloned());
    let answers = issuer.answers();
    if answers.is_away {
        return Err(StatusCode::SERVICE_UNAVAILABLE);
    }
    let since = query.get("since").map_or(0, |it| it.parse().unwrap());
    let page = if answers.page == 0 { usize::MAX } else { answers.page };
    let page: Vec<_> = answers.revoked.iter().skip(since).take(page).collect();
    let (cursor, more) = ((since + page.len()).to_string(), since + page.len() < answers.revoked.len());
    let revoked: Vec<_> = page.iter().map(|(session, until)| json!({ "session": session, "until": until })).collect();
    Ok(Json(json!({ "revoked": revoked, "cursor": cursor, "more": more })))
}

async fn api_keys(State(issuer): State<Issuer>, Json(question): Json<Value>) -> Answer {
    issuer.asked.api_keys.fetch_add(1, SeqCst);
    let answers = issuer.answers();
    if answers.is_away {
        return Err(StatusCode::SERVICE_UNAVAILABLE);
    }
    let holder = question["key"].as_str().and_then(|key| answers.api_keys.get(key));
    holder.cloned().map(Json).ok_or(StatusCode::UNAUTHORIZED)
}
