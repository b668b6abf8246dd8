//! A small HTTP client for the tests: whole answers, and answers that come line by line.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, header};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client as Pool;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

use super::PATIENCE;

/// Speaks to one address.
#[derive(Clone)]
pub(crate) struct Client {
    base: String,
    pool: Pool<HttpConnector, Full<Bytes>>,
    authorization: Option<HeaderValue>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error} in the answer {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The body, after making sure of the status.
    #[track_caller]
    pub(crate) fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        self.json()
    }

    /// Whatever kind of success it is.
    #[track_caller]
    pub(crate) fn done(&self) -> &Self {
        assert!((200..300).contains(&self.status), "{self:?}");
        self
    }

    /// The body of an error in its one shape, after making sure of the status.
    #[track_caller]
    pub(crate) fn problem(&self, status: u16) -> Value {
        let body = self.expect(status);
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        assert_eq!(body["status"], status, "{body}");
        for member in ["type", "title", "detail", "code", "trace_id"] {
            assert!(body[member].as_str().is_some_and(|text| !text.is_empty()), "no {member} in {body}");
        }
        body
    }
}

impl Client {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self {
            base: format!("http://{address}"),
            pool: Pool::builder(TokioExecutor::new()).build_http(),
            authorization: None,
        }
    }

    /// The same at another address.
    pub(crate) fn at(&self, address: SocketAddr) -> Self {
        Self { base: format!("http://{address}"), ..self.clone() }
    }

    /// The same without a token.
    pub(crate) fn stranger(&self) -> Self {
        Self { authorization: None, ..self.clone() }
    }

    /// The same with this token: an access token or an API key.
    pub(crate) fn bearing(&self, token: &str) -> Self {
        Self { authorization: Some(format!("Bearer {token}").parse().unwrap()), ..self.clone() }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(self.url(path)), "").await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Request::post(self.url(path)).header(header::CONTENT_TYPE, "application/json"), body.to_string())
            .await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::PUT, path), body.to_string()).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::PATCH, path), body.to_string()).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, path), "").await
    }

    pub(crate) async fn delete_with(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::DELETE, path), body.to_string()).await
    }

    /// As curl sends it without `-H`: the type says form, and means nothing; here there is none at all.
    pub(crate) async fn post_bytes(&self, path: &str, body: impl Into<Bytes>) -> Answer {
        self.send(Request::post(self.url(path)), body).await
    }

    pub(crate) async fn send(&self, request: http::request::Builder, body: impl Into<Bytes>) -> Answer {
        let what = format!("{:?} {:?}", request.method_ref(), request.uri_ref());
        self.try_send(request, body).await.unwrap_or_else(|error| panic!("{what}: {error}"))
    }

    /// For calls that may find nobody there.
    pub(crate) async fn try_post(&self, path: &str, body: &Value) -> Result<Answer, String> {
        self.try_send(Request::post(self.url(path)), body.to_string()).await
    }

    pub(crate) async fn try_send(
        &self,
        request: http::request::Builder,
        body: impl Into<Bytes>,
    ) -> Result<Answer, String> {
        let answering = async {
            let request = self.authorized(request).body(Full::new(body.into())).map_err(|error| error.to_string())?;
            let response = self.pool.request(request).await.map_err(|error| format!("{error:?}"))?;
            let (parts, body) = response.into_parts();
            let body = body.collect().await.map_err(|error| error.to_string())?.to_bytes();
            Ok(Answer { status: parts.status.as_u16(), headers: parts.headers, body })
        };
        tokio::time::timeout(PATIENCE, answering).await.map_err(|_| "no answer".to_owned())?
    }

    /// With the token, where the request has no such header of its own.
    fn authorized(&self, request: http::request::Builder) -> http::request::Builder {
        let is_set = request.headers_ref().is_some_and(|headers| headers.contains_key(header::AUTHORIZATION));
        match &self.authorization {
            Some(authorization) if !is_set => request.header(header::AUTHORIZATION, authorization),
            _ => request,
        }
    }

    /// Opens a stream and gives its head and its lines.
    pub(crate) async fn open(&self, path: &str, accept: &str) -> Lines {
        let request = self.authorized(Request::get(self.url(path)).header(header::ACCEPT, accept));
        let request = request.body(Full::default()).unwrap();
        let response = tokio::time::timeout(PATIENCE, self.pool.request(request)).await.expect("no head").unwrap();
        assert_eq!(response.status(), 200, "{response:?}");
        let kind = response.headers()[header::CONTENT_TYPE].to_str().unwrap().to_owned();
        Lines { kind, body: response.into_body(), rest: String::new() }
    }

    /// Status and headers of a stream, which is not read.
    pub(crate) async fn head_of(&self, path: &str) -> Answer {
        let request = self.authorized(Request::get(self.url(path))).body(Full::default()).unwrap();
        let response = tokio::time::timeout(PATIENCE, self.pool.request(request)).await.expect("no head").unwrap();
        Answer { status: response.status().as_u16(), headers: response.headers().clone(), body: Bytes::new() }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> http::request::Builder {
        Request::builder().method(method).uri(self.url(path))
    }
}

/// A streamed answer.
pub(crate) struct Lines {
    /// Its content type.
    pub(crate) kind: String,
    body: hyper::body::Incoming,
    rest: String,
}

impl Lines {
    /// The next line without its end; panics when none comes.
    pub(crate) async fn next(&mut self) -> String {
        self.within(PATIENCE).await.expect("the stream brought no further line")
    }

    /// The next line, or nothing when it takes longer than `patience` or the stream has ended.
    pub(crate) async fn within(&mut self, patience: Duration) -> Option<String> {
        tokio::time::timeout(patience, async {
            loop {
                if let Some((line, rest)) = self.rest.split_once('\n') {
                    let line = line.trim_end_matches('\r').to_owned();
                    self.rest = rest.to_owned();
                    return Some(line);
                }
                let frame = self.body.frame().await?.ok()?;
                self.rest.push_str(std::str::from_utf8(frame.data_ref()?).unwrap());
            }
        })
        .await
        .ok()
        .flatten()
    }

    /// The next line that holds `text`.
    pub(crate) async fn with(&mut self, text: &str) -> String {
        loop {
            let line = self.next().await;
            if line.contains(text) {
                return line;
            }
        }
    }
}
