//! Somebody who operates the mesh by commands: signed in over the broker, and again where a command goes on for longer
//! than a token is good for.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use bytes::Bytes;
use http::{Method, StatusCode};
use mesh::Env;
use serde_json::Value;

use crate::client::Http;
use crate::columns::line;
use crate::sign_in::{self, Credentials, Who};

/// Longer than a sign-in waits for a core, and than the row of the table does that has the longest deadline.
const PATIENCE: Duration = Duration::from_secs(35);

pub(crate) struct Operator {
    broker: String,
    credentials: Credentials,
    signed_in: Mutex<Http>,
}

/// What came of a call.
pub(crate) enum Answered {
    Done(Value),
    /// What was asked may be answered later, and may have been done.
    Away(String),
    Refused(String),
}

impl Answered {
    pub(crate) fn done(self) -> anyhow::Result<Value> {
        match self {
            Self::Done(answer) => Ok(answer),
            Self::Away(reason) | Self::Refused(reason) => Err(anyhow!(reason)),
        }
    }
}

impl Operator {
    pub(crate) async fn sign_in(who: &Who, env: &Env) -> anyhow::Result<Self> {
        let (broker, credentials) = (sign_in::broker(env)?, who.credentials().await?);
        let signed_in = Mutex::new(signed_in(&credentials, &broker).await?);
        Ok(Self { broker, credentials, signed_in })
    }

    pub(crate) async fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.call(Method::GET, path, None).await?.done()
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.call(Method::POST, path, Some(body)).await?.done()
    }

    pub(crate) async fn delete(&self, path: &str) -> anyhow::Result<Value> {
        self.call(Method::DELETE, path, None).await?.done()
    }

    /// Errors: it is not for this user, or what answers is no mesh.
    pub(crate) async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> anyhow::Result<Answered> {
        let body = body.map(|body| Bytes::from(body.to_string())).unwrap_or_default();
        let (status, answer) = match self.sent(&method, path, &body).await {
            Ok(answered) => answered,
            Err(answered) => return Ok(answered),
        };
        // A reason may hold what others wrote.
        let said = || format!("{method} {path} answers {status}: {}", line(&sign_in::reason(&answer)));
        match status {
            status if status.is_success() => {
                let answer = serde_json::from_slice(&answer);
                Ok(Answered::Done(answer.with_context(|| format!("{method} {path} is not answered in JSON"))?))
            }
            StatusCode::FORBIDDEN => bail!("{}; sign in as an admin with --email", said()),
            status if status.is_server_error() => Ok(Answered::Away(said())),
            _ => Ok(Answered::Refused(said())),
        }
    }

    /// Signed in once more where the token is over; no oftener, as passwords that are refused shut an account.
    async fn sent(&self, method: &Method, path: &str, body: &Bytes) -> Result<(StatusCode, Bytes), Answered> {
        let away = |error: anyhow::Error| Answered::Away(format!("{error:#}"));
        let answered = self.send(method, path, body).await.map_err(away)?;
        if answered.0 != StatusCode::UNAUTHORIZED {
            return Ok(answered);
        }
        let again = signed_in(&self.credentials, &self.broker).await;
        let again = again.map_err(|error| Answered::Refused(format!("{error:#}")))?;
        *self.signed_in.lock().unwrap_or_else(PoisonError::into_inner) = again;
        self.send(method, path, body).await.map_err(away)
    }

    async fn send(&self, method: &Method, path: &str, body: &Bytes) -> anyhow::Result<(StatusCode, Bytes)> {
        let http = self.signed_in.lock().unwrap_or_else(PoisonError::into_inner).clone();
        http.send(method.clone(), &format!("{}{path}", self.broker), body.clone()).await
    }
}

async fn signed_in(credentials: &Credentials, broker: &str) -> anyhow::Result<Http> {
    let http = Http::new(PATIENCE);
    let token = credentials.token(&http, broker).await?;
    http.signed_in(&token)
}
