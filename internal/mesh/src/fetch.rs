//! The few requests that this process makes for itself, to issuers and to RabbitMQ: short, bounded and without following
//! anybody elsewhere.

use std::time::Duration;

use anyhow::Context;
use bytes::Bytes;
use http::request::Builder;
use http::{HeaderValue, Request, StatusCode, header};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use url::Url;

/// For one request, from connecting to the last byte of the answer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(2);
const MAX_ANSWER: usize = 1024 * 1024;

/// An answer that is longer than any that is waited for.
#[derive(Debug, thiserror::Error)]
#[error("the answer of {url} has more than {MAX_ANSWER} bytes")]
pub struct TooLong {
    url: Url,
}

/// A client with its connections; clones share them.
#[derive(Clone)]
pub struct Fetch {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

impl Fetch {
    /// Trusts the roots of webpki.
    pub fn new() -> anyhow::Result<Self> {
        let ring = rustls::crypto::ring::default_provider();
        let builder = HttpsConnectorBuilder::new().with_provider_and_webpki_roots(ring)?;
        let connector = builder.https_or_http().enable_http1().build();
        let client = Client::builder(TokioExecutor::new()).pool_timer(TokioTimer::new()).build(connector);
        Ok(Self { client })
    }

    /// The body of a 200.
    pub(crate) async fn get(&self, url: &Url) -> anyhow::Result<Bytes> {
        let (status, body) = self.exchange(Request::get(url.as_str()), url, Bytes::new()).await?;
        anyhow::ensure!(status == StatusCode::OK, "{url} answered {status}");
        Ok(body)
    }

    /// Any answer, to somebody who says who it is. `TooLong` is among the errors.
    pub async fn get_as(&self, authorization: &HeaderValue, url: &Url) -> anyhow::Result<(StatusCode, Bytes)> {
        let request = Request::get(url.as_str()).header(header::AUTHORIZATION, authorization);
        self.exchange(request, url, Bytes::new()).await
    }

    pub(crate) async fn post(&self, url: &Url, json: Vec<u8>) -> anyhow::Result<(StatusCode, Bytes)> {
        let request = Request::post(url.as_str()).header(header::CONTENT_TYPE, "application/json");
        self.exchange(request, url, json.into()).await
    }

    async fn exchange(&self, request: Builder, url: &Url, body: Bytes) -> anyhow::Result<(StatusCode, Bytes)> {
        let timed = tokio::time::timeout(PATIENCE, self.request(request, url, body)).await;
        timed.with_context(|| format!("{url} did not answer within {} s", PATIENCE.as_secs()))?
    }

    async fn request(&self, request: Builder, url: &Url, body: Bytes) -> anyhow::Result<(StatusCode, Bytes)> {
        let request = request.header(header::ACCEPT, "application/json").body(Full::new(body))?;
        let response = self.client.request(request).await;
        let response = response.with_context(|| format!("{url} cannot be reached"))?;
        let status = response.status();
        let body = Limited::new(response.into_body(), MAX_ANSWER).collect().await;
        let body = body.map_err(|error| match error.is::<LengthLimitError>() {
            true => TooLong { url: url.clone() }.into(),
            false => anyhow::anyhow!("the answer of {url} broke off: {error}"),
        })?;
        Ok((status, body.to_bytes()))
    }
}
