//! The small HTTP client of the commands: one request, one answer in memory, with a deadline. Connections are kept
//! between requests of the same client.

use std::time::Duration;

use anyhow::{Context, anyhow};
use bytes::Bytes;
use http::{HeaderValue, Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use secrecy::{ExposeSecret, SecretString};

/// Answers are health reports and pages of entries.
const MAX_ANSWER: usize = 64 << 20;

/// Clones share their connections.
#[derive(Clone)]
pub(crate) struct Http {
    client: Client<HttpConnector, Full<Bytes>>,
    deadline: Duration,
    authorization: Option<HeaderValue>,
}

impl Http {
    pub(crate) fn new(deadline: Duration) -> Self {
        Self { client: Client::builder(TokioExecutor::new()).build_http(), deadline, authorization: None }
    }

    /// The same client for whoever the access token was given to.
    pub(crate) fn signed_in(self, token: &SecretString) -> anyhow::Result<Self> {
        let mut value: HeaderValue = format!("Bearer {}", token.expose_secret()).parse()?;
        value.set_sensitive(true);
        Ok(Self { authorization: Some(value), ..self })
    }

    pub(crate) async fn get(&self, url: &str) -> anyhow::Result<(StatusCode, Bytes)> {
        self.send(Method::GET, url, Bytes::new()).await
    }

    pub(crate) async fn post(&self, url: &str, body: &serde_json::Value) -> anyhow::Result<(StatusCode, Bytes)> {
        self.send(Method::POST, url, body.to_string().into()).await
    }

    /// With this body, which is JSON.
    pub(crate) async fn send(&self, method: Method, url: &str, body: Bytes) -> anyhow::Result<(StatusCode, Bytes)> {
        let mut request = Request::builder().method(method).uri(url).header(header::CONTENT_TYPE, "application/json");
        if let Some(authorization) = &self.authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        let request = request.body(Full::new(body)).with_context(|| format!("'{url}' is not a URL"))?;
        let answer = async {
            let response = self.client.request(request).await?;
            let status = response.status();
            let body =
                Limited::new(response.into_body(), MAX_ANSWER).collect().await.map_err(|error| anyhow!(error))?;
            Ok::<_, anyhow::Error>((status, body.to_bytes()))
        };
        let answered = tokio::time::timeout(self.deadline, answer).await;
        answered.with_context(|| format!("{url} did not answer within {} ms", self.deadline.as_millis()))?
    }
}
