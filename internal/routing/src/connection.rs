//! HTTP/2 connections to one instance, for gRPC: opened on the first call, shared by all, opened again once broken. A
//! refused connection is an answer at once, so that another instance can be tried within the deadline. Over HTTP/1 it
//! is hyper's pool that does so, one for the whole process.

use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use futures::future::BoxFuture;
use hyper::body::Incoming;
use hyper::client::conn::http2::{self, SendRequest};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::time::Instant;
use tonic::body::Body;
use tower::Service;

use crate::call::RawBody;

pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// How long an instance that swallows connections is left alone.
pub(crate) const SILENCE: Duration = Duration::from_secs(2);
const WINDOW: u32 = 1 << 20;
/// Shorter than servers keep a connection that is not used (ours for 10 s, those on Node for 5): one that is about to be
/// closed there would swallow the next request.
const IDLE: Duration = Duration::from_secs(4);

/// Connections over HTTP/1 to whatever instance a request names.
pub(crate) type HttpClient = Client<HttpConnector, RawBody>;

pub(crate) fn http_client() -> HttpClient {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
    Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE)
        .set_host(false)
        .build(connector)
}

/// Clones of the sender share one connection.
pub(crate) struct Connection {
    address: SocketAddr,
    open: Mutex<Option<SendRequest<Body>>>,
    opening: tokio::sync::Mutex<()>,
    silent: Mutex<Option<Instant>>,
}

impl Connection {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self { address, open: Mutex::new(None), opening: tokio::sync::Mutex::new(()), silent: Mutex::new(None) }
    }

    /// A sender on the open connection, or on a new one.
    pub(crate) async fn sender(&self) -> Result<Sender, String> {
        if let Some(sender) = self.usable() {
            return Ok(Sender(sender));
        }
        let _turn = self.opening.lock().await;
        if let Some(sender) = self.usable() {
            return Ok(Sender(sender));
        }
        if self.is_silent() {
            return Err(self.no_answer());
        }
        let Ok(opened) = tokio::time::timeout(CONNECT_TIMEOUT, open(self.address)).await else {
            *self.silence() = Some(Instant::now());
            return Err(self.no_answer());
        };
        let sender = opened?;
        *self.slot() = Some(sender.clone());
        Ok(Sender(sender))
    }

    /// Whether it did not even refuse a connection a moment ago: asking again would cost each caller a second. One
    /// that refuses costs nothing and is asked every time.
    pub(crate) fn is_silent(&self) -> bool {
        self.silence().is_some_and(|since| since.elapsed() < SILENCE)
    }

    fn no_answer(&self) -> String {
        format!("{} does not answer", self.address)
    }

    fn silence(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
        self.silent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn usable(&self) -> Option<SendRequest<Body>> {
        self.slot().as_ref().filter(|sender| !sender.is_closed()).cloned()
    }

    fn slot(&self) -> std::sync::MutexGuard<'_, Option<SendRequest<Body>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn open(address: SocketAddr) -> Result<SendRequest<Body>, String> {
    let failed = |error: &dyn std::fmt::Display| format!("{address}: {error}");
    let stream = TcpStream::connect(address).await.map_err(|error| failed(&error))?;
    stream.set_nodelay(true).map_err(|error| failed(&error))?;
    let (sender, connection) = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .initial_stream_window_size(WINDOW)
        .initial_connection_window_size(WINDOW * 4)
        .keep_alive_interval(Duration::from_secs(10))
        .keep_alive_timeout(Duration::from_secs(5))
        .keep_alive_while_idle(false)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|error| failed(&error))?;
    // Ends by itself when the other side or the last sender is gone.
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%address, "connection ended: {error}");
        }
    });
    Ok(sender)
}

/// One call's handle on a connection, as tonic's client wants it.
#[derive(Clone)]
pub(crate) struct Sender(SendRequest<Body>);

impl Service<http::Request<Body>> for Sender {
    type Response = http::Response<Incoming>;
    type Error = hyper::Error;
    type Future = BoxFuture<'static, Result<Self::Response, hyper::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), hyper::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        Box::pin(self.0.send_request(request))
    }
}
