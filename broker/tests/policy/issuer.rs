//! An authenticator to test against: it signs tokens, tells keys, revocations and API keys, and answers every other
//! request with what it was sent.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use futures::StreamExt;
use http::{HeaderMap, Method, StatusCode, Uri};
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde_json::{Value, json};

/// The one API key, a user's.
pub(crate) const API_KEY: &str = "sbk_of-a-machine";

#[derive(Clone)]
pub(crate) struct Issuer {
    pub(crate) address: SocketAddr,
    revoked: Arc<Mutex<Revoked>>,
}

#[derive(Default)]
struct Revoked {
    sessions: Vec<String>,
    is_silent: bool,
}

/// What a token says, in short.
pub(crate) struct Token<'a> {
    pub(crate) subject: &'a str,
    pub(crate) session: &'a str,
    pub(crate) roles: &'a [&'a str],
    /// Seconds from now.
    pub(crate) expires: i64,
}

impl Default for Token<'_> {
    fn default() -> Self {
        Self { subject: "u-1", session: "s-1", roles: &["user"], expires: 600 }
    }
}

impl Token<'_> {
    pub(crate) fn signed(&self) -> String {
        self.signed_by(1)
    }

    pub(crate) fn signed_by(&self, seed: u8) -> String {
        let now = chrono::Utc::now().timestamp();
        let header = json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": "k1" });
        let claims = json!({
            "iss": "switchboard", "aud": "switchboard", "sub": self.subject, "sid": self.session, "roles": self.roles,
            "iat": now, "nbf": now - 900, "exp": now + self.expires, "jti": "t-1"
        });
        let message = format!("{}.{}", BASE64.encode(header.to_string()), BASE64.encode(claims.to_string()));
        format!("{message}.{}", BASE64.encode(pair(seed).sign(message.as_bytes())))
    }
}

fn pair(seed: u8) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap()
}

impl Issuer {
    pub(crate) async fn start() -> Self {
        let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = Self { address: socket.local_addr().unwrap(), revoked: Arc::default() };
        let router = Router::new()
            .route("/.well-known/jwks.json", get(jwks))
            .route("/v1/revocations", get(revocations))
            .route("/v1/api-keys/verify", post(api_keys))
            .route("/endless", get(endless))
            .route("/refused", get(refused))
            .route("/ended", post(ended))
            .fallback(echo)
            .with_state(issuer.clone());
        tokio::spawn(async move { axum::serve(socket, router).await });
        issuer
    }

    pub(crate) fn revoke(&self, session: &str) {
        self.revoked.lock().unwrap().sessions.push(session.to_owned());
    }

    /// Revocations are not told any more, or again.
    pub(crate) fn set_silent(&self, is_silent: bool) {
        self.revoked.lock().unwrap().is_silent = is_silent;
    }
}

async fn jwks() -> Json<Value> {
    let x = BASE64.encode(pair(1).public_key());
    Json(json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": "k1", "x": x }] }))
}

#[derive(serde::Deserialize)]
struct Since {
    #[serde(default)]
    since: Option<String>,
}

async fn revocations(State(issuer): State<Issuer>, Query(asked): Query<Since>) -> Response {
    let revoked = issuer.revoked.lock().unwrap();
    if revoked.is_silent {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let since = asked.since.map_or(0, |text| text.parse().unwrap());
    let until = (chrono::Utc::now() + chrono::TimeDelta::hours(1)).to_rfc3339();
    let new = revoked.sessions[since..].iter().map(|session| json!({ "session": session, "until": until }));
    let new: Vec<_> = new.collect();
    Json(json!({ "revoked": new, "cursor": revoked.sessions.len().to_string() })).into_response()
}

async fn api_keys(Json(question): Json<Value>) -> Response {
    if question["key"] == API_KEY {
        return Json(json!({ "subject": "u-machine", "roles": ["user"] })).into_response();
    }
    StatusCode::UNAUTHORIZED.into_response()
}

/// A body that goes on for as long as somebody reads it.
async fn endless() -> Body {
    let first = futures::stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(b"first\n"))]);
    Body::from_stream(first.chain(futures::stream::pending()))
}

async fn refused() -> mesh::Error {
    mesh::Error::new(mesh::Code::PermissionDenied, "not with an API key")
        .with_challenge(mesh::identity::INSUFFICIENT_SCOPE)
}

/// Takes the cookie of a session back that has ended.
async fn ended() -> mesh::Error {
    let cookie = http::HeaderValue::from_static("one=; Max-Age=0");
    mesh::Error::new(mesh::Code::Unauthenticated, "the session has ended").with_cookies([cookie])
}

async fn echo(method: Method, uri: Uri, headers: HeaderMap, body: String) -> Response {
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers: serde_json::Map<String, Value> =
        headers.iter().map(|(name, value)| (name.to_string(), Value::String(text(value)))).collect();
    let seen = json!({ "method": method.as_str(), "uri": uri.to_string(), "headers": headers, "body": body });
    ([("set-cookie", "one=1; HttpOnly"), ("x-other", "1")], Json(seen)).into_response()
}
