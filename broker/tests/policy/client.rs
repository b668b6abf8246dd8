//! A caller: one request, and the answer at once or piece by piece.

use std::net::SocketAddr;

use axum::body::Bytes;
use http::{HeaderMap, Method, Request};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

use crate::world::PATIENCE;

/// A request to be sent; headers are added one by one.
pub(crate) struct Ask {
    address: SocketAddr,
    request: http::request::Builder,
    body: Bytes,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
    pub(crate) text: String,
}

/// An answer whose body is read as it comes.
pub(crate) struct Open {
    pub(crate) headers: HeaderMap,
    body: Incoming,
    text: String,
}

impl Ask {
    pub(crate) fn new(address: SocketAddr, method: &Method, path: &str) -> Self {
        let request = Request::builder().method(method).uri(format!("http://{address}{path}"));
        Self { address, request, body: Bytes::new() }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    pub(crate) fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub(crate) fn json(mut self, body: &Value) -> Self {
        self.body = Bytes::from(body.to_string());
        self
    }

    async fn sent(self) -> http::Response<Incoming> {
        let client = Client::builder(TokioExecutor::new()).build_http();
        let request = self.request.body(Full::new(self.body)).unwrap();
        let answered = tokio::time::timeout(PATIENCE, client.request(request)).await;
        answered.unwrap_or_else(|_| panic!("{} did not answer in time", self.address)).unwrap()
    }

    pub(crate) async fn send(self) -> Answer {
        let address = self.address;
        self.try_send().await.unwrap_or_else(|error| panic!("{address}: {error}"))
    }

    /// The answer, or why none came.
    pub(crate) async fn try_send(self) -> Result<Answer, String> {
        let client = Client::builder(TokioExecutor::new()).build_http();
        let request = self.request.body(Full::new(self.body)).unwrap();
        let answering = async {
            let (head, body) = client.request(request).await.map_err(|error| error.to_string())?.into_parts();
            let body = body.collect().await.map_err(|error| error.to_string())?.to_bytes();
            let text = String::from_utf8_lossy(&body).into_owned();
            let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
            Ok(Answer { status: head.status.as_u16(), headers: head.headers, body, text })
        };
        tokio::time::timeout(PATIENCE, answering).await.map_err(|_| "no answer".to_owned())?
    }

    pub(crate) async fn open(self) -> Open {
        let response = self.sent().await;
        assert_eq!(response.status().as_u16(), 200);
        let (head, body) = response.into_parts();
        Open { headers: head.headers, body, text: String::new() }
    }

    /// The status of the answer, whose body is left where it is.
    pub(crate) async fn head(self) -> u16 {
        self.sent().await.status().as_u16()
    }
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

impl Open {
    /// Reads on until the text so far holds this.
    pub(crate) async fn until(&mut self, part: &str) {
        while !self.text.contains(part) {
            assert!(self.more().await.unwrap(), "it ended without '{part}': {}", self.text);
        }
    }

    /// What comes until this, which is left out; the next one begins behind it.
    pub(crate) async fn frame(&mut self, end: &str) -> String {
        self.until(end).await;
        let (frame, rest) = self.text.split_once(end).map(|(frame, rest)| (frame.to_owned(), rest.to_owned())).unwrap();
        self.text = rest;
        frame
    }

    /// All there was once it has ended by itself; an error where it broke off.
    pub(crate) async fn rest(mut self) -> Result<String, hyper::Error> {
        while self.more().await? {}
        Ok(self.text)
    }

    async fn more(&mut self) -> Result<bool, hyper::Error> {
        let frame = tokio::time::timeout(PATIENCE, self.body.frame()).await.expect("nothing came in time");
        let Some(frame) = frame.transpose()? else { return Ok(false) };
        self.text.push_str(&String::from_utf8_lossy(frame.data_ref().unwrap_or(&Bytes::new())));
        Ok(true)
    }
}
