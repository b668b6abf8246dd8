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
use crate::sign_in::{self, Credentials, Who};

/// Longer than a sign-in waits for a core, and than a row of the table does.
const PATIENCE: Duration = Duration::from_secs(15);

pub(crate) struct Operator {
    broker: String,
    credentials: Credentials,
    signed_in: Mutex<Http>,
}

/// What came of a call.
pub(crate) enum Answered {
    Done(Value),
    /// What was asked may be answered later.
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

    /// Errors: nobody answers, or what answers is no mesh.
    pub(crate) async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> anyhow::Result<Answered> {
        let body = body.map(|body| Bytes::from(body.to_string())).unwrap_or_default();
        let (status, answer) = match self.send(&method, path, &body).await? {
            (StatusCode::UNAUTHORIZED, _) => {
                let again = signed_in(&self.credentials, &self.broker).await?;
                *self.signed_in.lock().unwrap_or_else(PoisonError::into_inner) = again;
                self.send(&method, path, &body).await?
            }
            answered => answered,
        };
        let said = || format!("{method} {path} answers {status}: {}", sign_in::reason(&answer));
        match status {
            status if status.is_success() => {
                let answer = serde_json::from_slice(&answer);
                Ok(Answered::Done(answer.with_context(|| format!("{method} {path} is not answered in JSON"))?))
            }
            StatusCode::FORBIDDEN => bail!("{}; sign in as an admin with --email", said()),
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => Ok(Answered::Away(said())),
            _ => Ok(Answered::Refused(said())),
        }
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
