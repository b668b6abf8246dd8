//! Signing in as the user that a loopback installation is seeded with, for what has to be asked by somebody.

use std::net::SocketAddr;

use anyhow::{Context, ensure};
use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use serde_json::{Value, json};

use crate::load;

pub(crate) const PATH: &str = "/v1/sessions";

const EMAIL: &str = "admin@example.com";
const PASSWORD: &str = "password123";

/// A request to sign in.
pub(crate) fn attempt(email: &str, password: &str) -> anyhow::Result<Request<Full<Bytes>>> {
    load::post(PATH, Bytes::from(json!({ "email": email, "password": password }).to_string()))
}

/// An access token; it is good for ten minutes.
pub(crate) async fn token(broker: SocketAddr) -> anyhow::Result<String> {
    let request = attempt(EMAIL, PASSWORD)?;
    let answer = load::over_connection(broker, async |sender| load::ask(sender, request).await).await?;
    ensure!(answer.status().is_success(), "{EMAIL} cannot sign in: {PATH} answered {}", answer.status());
    let body: Value = serde_json::from_slice(answer.body())?;
    let token = body.get("access_token").and_then(Value::as_str).context("a sign-in without an access token")?;
    Ok(token.to_owned())
}
