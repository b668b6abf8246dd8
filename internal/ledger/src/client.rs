//! Requests to the install under test, as somebody who is signed in. One request, one answer in memory, with a deadline;
//! what to do about a failure is for whoever asks.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use anyhow::{Context, anyhow, ensure};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{ConfigBuilderExt, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as Pool;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::ClientConfig;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

/// Answers are pages of entries.
const MAX_ANSWER: usize = 64 << 20;
/// Longer than any row of the default table gives its service but for slow ones.
const PATIENCE: Duration = Duration::from_secs(10);
const CONNECTING: Duration = Duration::from_secs(2);

/// Who the run signs in as: reading users and the audit needs an admin.
#[derive(Clone)]
pub struct Credentials {
    pub email: String,
    pub password: SecretString,
}

/// Clones share connections and the token.
#[derive(Clone)]
pub(crate) struct Client {
    base: String,
    pool: Pool<HttpsConnector<HttpConnector>, Full<Bytes>>,
    credentials: Credentials,
    token: Arc<RwLock<Option<HeaderValue>>>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn json(&self) -> anyhow::Result<Value> {
        serde_json::from_slice(&self.body).context("the answer is not JSON")
    }

    /// The sentence of problem details, or what else came instead.
    pub(crate) fn told(&self) -> String {
        let problem: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        let text = || String::from_utf8_lossy(&self.body[..self.body.len().min(200)]).into_owned();
        problem["detail"].as_str().map_or_else(text, str::to_owned)
    }
}

impl Client {
    /// `url` is where the broker is, such as `http://127.0.0.1:8080`. With https it needs a certificate of a public authority.
    pub(crate) fn new(url: &str, credentials: Credentials) -> Self {
        Self::trusting(ClientConfig::builder().with_webpki_roots().with_no_client_auth(), url, credentials)
    }

    fn trusting(tls: ClientConfig, url: &str, credentials: Credentials) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.set_connect_timeout(Some(CONNECTING));
        tcp.set_nodelay(true);
        tcp.enforce_http(false); // it only connects, for https too
        let connector = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1();
        let pool = Pool::builder(TokioExecutor::new()).build(connector.wrap_connector(tcp));
        Self { base: url.trim_end_matches('/').to_owned(), pool, credentials, token: Arc::default() }
    }

    /// Gets a new token; the old one is used until it is there.
    pub(crate) async fn sign_in(&self) -> anyhow::Result<()> {
        let Credentials { email, password } = &self.credentials;
        let body = json!({ "email": email, "password": password.expose_secret() });
        let answer = self.send(Method::POST, "/v1/sessions", &[], body.to_string()).await?;
        ensure!(answer.status.is_success(), "the sign-in of {email} is answered {}: {}", answer.status, answer.told());
        let body = answer.json()?;
        let token = body["access_token"].as_str().context("the answer to the sign-in holds no access token")?;
        let mut value: HeaderValue = format!("Bearer {token}").parse()?;
        value.set_sensitive(true);
        *self.token.write().unwrap_or_else(PoisonError::into_inner) = Some(value);
        Ok(())
    }

    /// A page, whatever its status.
    pub(crate) async fn get(&self, path: &str) -> anyhow::Result<Answer> {
        self.send(Method::GET, path, &[], String::new()).await
    }

    /// What a page holds that has to be there; signs in again where the token is over.
    pub(crate) async fn page(&self, path: &str) -> anyhow::Result<Value> {
        let mut answer = self.get(path).await?;
        if answer.status == StatusCode::UNAUTHORIZED {
            self.sign_in().await?;
            answer = self.get(path).await?;
        }
        ensure!(answer.status.is_success(), "GET {path} is answered {}: {}", answer.status, answer.told());
        answer.json()
    }

    /// `path` may be a whole URL of another server, which is not sent the token.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> anyhow::Result<Answer> {
        let url = if path.starts_with('/') { format!("{}{path}", self.base) } else { path.to_owned() };
        let mut request = Request::builder().method(method).uri(&url).header(header::CONTENT_TYPE, "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let (Some(token), true) =
            (&*self.token.read().unwrap_or_else(PoisonError::into_inner), path.starts_with('/'))
        {
            request = request.header(header::AUTHORIZATION, token);
        }
        let request = request.body(Full::from(body)).with_context(|| format!("'{url}' is not a URL"))?;
        let answering = async {
            let (parts, body) = self.pool.request(request).await?.into_parts();
            let body = Limited::new(body, MAX_ANSWER).collect().await.map_err(|error| anyhow!(error))?.to_bytes();
            Ok::<_, anyhow::Error>(Answer { status: parts.status, headers: parts.headers, body })
        };
        let answered = tokio::time::timeout(PATIENCE, answering).await;
        answered.with_context(|| format!("{url} did not answer within {} s", PATIENCE.as_secs()))?
    }
}

#[cfg(test)]
mod tests;
