//! One port per service for HTTP/1.1, HTTP/2 and gRPC: health and metrics, the trace context, a guard against panics
//! and a drain with an end. The caller owns the socket, so tests and all-in-one need no special path.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::response::{IntoResponse, Response};
use futures::FutureExt;
use http::{HeaderName, HeaderValue, Request, header};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};
use tokio_util::sync::CancellationToken;
use tower::Service;
use tracing::Instrument;

use crate::error::Error;
use crate::health::Health;
use crate::problem::Problem;
use crate::telemetry;
use crate::trace::{self, TraceContext};

/// How long a client may take to send its request head.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// Streams that one HTTP/2 connection may have open: the broker puts all its calls to a service on a few connections.
const MAX_STREAMS: u32 = 2_000;
const WINDOW: u32 = 1 << 20;
/// After this long without a word the system asks whether the other machine is still there.
const KEEPALIVE: Duration = Duration::from_secs(60);
/// The first bytes of HTTP/2, <https://www.rfc-editor.org/rfc/rfc9113#section-3.4>.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// The id by which a caller finds a call in the log: its own, else the trace's.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What one server takes at most, so that callers can neither use up its memory nor its file descriptors.
#[derive(Clone, Copy)]
struct Limits {
    /// Beyond these, connections wait until they are accepted.
    connections: usize,
    /// Calls whose answer has not begun; beyond these, 503.
    calls: usize,
}

const LIMITS: Limits = Limits { connections: 10_000, calls: 10_000 };

/// A bound socket, the service behind it and how long its drain may take.
pub struct Server {
    pub listener: TcpListener,
    pub health: Health,
    pub grace: Duration,
}

impl Server {
    /// Serves `build`'s router until `shutdown`, then lets what is in flight finish for at most `grace`.
    ///
    /// While `build` is still waiting for an engine, health answers and every other call gets a 503 at once.
    pub async fn run<B>(self, build: B, shutdown: CancellationToken) -> anyhow::Result<()>
    where
        B: Future<Output = anyhow::Result<Router>>,
    {
        self.run_within(LIMITS, build, shutdown).await
    }

    async fn run_within<B>(self, limits: Limits, build: B, shutdown: CancellationToken) -> anyhow::Result<()>
    where
        B: Future<Output = anyhow::Result<Router>>,
    {
        let router = Arc::new(OnceLock::new());
        let Self { listener, health, grace } = self;
        let connections = GracefulShutdown::new();
        let cut = CancellationToken::new();
        // However this ends, no connection outlives it.
        let _cut = cut.clone().drop_guard();
        let calls = Arc::new(Semaphore::new(limits.calls));
        let door = Door { router: Arc::clone(&router), health: health.clone(), calls, cut, closing: shutdown.clone() };
        let mut accept = Box::pin(accept(&listener, &door, limits, &connections));
        let opened = tokio::select! {
            never = &mut accept => match never {},
            () = shutdown.cancelled() => None,
            built = build => Some(built?),
        };
        if let Some(opened) = opened {
            let _ = router.set(opened);
            health.set_ready(true);
            tokio::select! {
                never = &mut accept => match never {},
                () = shutdown.cancelled() => {}
            }
        }
        // Closed before the drain: who comes now is refused at once and can go elsewhere.
        drop(accept);
        drop(listener);
        health.set_ready(false);
        if tokio::time::timeout(grace, connections.shutdown()).await.is_err() {
            tracing::warn!(
                service = health.service(),
                "closed connections that were still busy after the grace period"
            );
        }
        Ok(())
    }
}

async fn accept(listener: &TcpListener, door: &Door, limits: Limits, connections: &GracefulShutdown) -> Infallible {
    // Connections have this from the socket that accepts them.
    let keepalive = TcpKeepalive::new().with_time(KEEPALIVE).with_interval(KEEPALIVE / 6);
    if let Err(error) = SockRef::from(listener).set_tcp_keepalive(&keepalive) {
        tracing::debug!("cannot set keepalive: {error}");
    }
    let places = Arc::new(Semaphore::new(limits.connections));
    loop {
        // The semaphore is never closed, so there always is a place in the end.
        let place = Arc::clone(&places).acquire_owned().await.ok();
        match listener.accept().await {
            Ok((stream, peer)) => connection(stream, peer, door.clone(), place, connections.watcher()),
            Err(error) => {
                // Out of file descriptors, most likely: wait for some to be given back rather than spin.
                tracing::warn!("cannot accept a connection: {error}");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

fn connection(stream: TcpStream, peer: SocketAddr, door: Door, place: Option<OwnedSemaphorePermit>, drained: Watcher) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!("cannot set nodelay: {error}");
    }
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
    let mut http2 = builder.http2();
    http2.timer(TokioTimer::new()).max_concurrent_streams(MAX_STREAMS);
    http2.initial_stream_window_size(WINDOW).initial_connection_window_size(WINDOW * 4);
    http2.keep_alive_interval(Duration::from_secs(20)).keep_alive_timeout(Duration::from_secs(20));
    tokio::spawn(async move {
        let _place = place;
        let begins = tokio::time::timeout(HEAD_TIMEOUT, begins(&stream));
        if door.closing.run_until_cancelled(begins).await != Some(Ok(true)) {
            return;
        }
        let cut = door.cut.clone();
        let service = service_fn(move |request| door.clone().answer(request, peer));
        let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), service).into_owned();
        if let Some(Err(error)) = cut.run_until_cancelled(drained.watch(connection)).await {
            tracing::debug!(%peer, "connection ended: {error}");
        }
    });
}

/// Waits until the client has said which HTTP it speaks: hyper reads these first bytes without a deadline.
async fn begins(stream: &TcpStream) -> bool {
    let mut first = [0; PREFACE.len()];
    let mut pause = Duration::from_millis(1);
    loop {
        match stream.peek(&mut first).await {
            Ok(0) | Err(_) => return false,
            Ok(read) if read == first.len() || !PREFACE.starts_with(&first[..read]) => return true,
            // A preface in pieces, which only hand-made clients send: what was peeked at cannot be waited behind.
            Ok(_) => tokio::time::sleep(pause).await,
        }
        pause *= 2;
    }
}

/// What stands before a service's router, the same for every service.
#[derive(Clone)]
struct Door {
    router: Arc<OnceLock<Router>>,
    health: Health,
    calls: Arc<Semaphore>,
    cut: CancellationToken,
    closing: CancellationToken,
}

impl Door {
    async fn answer(self, mut request: Request<Incoming>, peer: SocketAddr) -> Result<Response, Infallible> {
        match request.uri().path() {
            "/health/live" => return Ok(self.health.live()),
            "/health/ready" => return Ok(self.health.ready()),
            "/metrics" => return Ok(telemetry::metrics_text().into_response()),
            _ => {}
        }
        let started = Instant::now();
        let header = request.headers().get(trace::HEADER).and_then(|value| value.to_str().ok());
        let trace = TraceContext::continued(header);
        let (trace_id, own_id) = (trace.trace_id(), own_id(&request));
        let span = tracing::info_span!("call", trace = %trace_id, request = tracing::field::Empty);
        if let Some(id) = own_id.as_ref().and_then(|id| id.to_str().ok()) {
            span.record("request", id);
        }
        request.extensions_mut().insert(ConnectInfo(peer));
        let mut response = match self.admitted() {
            Ok((router, _call)) => trace.scope(guarded(router, request).instrument(span)).await,
            Err(why) => trace.scope_sync(|| refused(&request, &why)),
        };
        if let Some(id) = own_id.or_else(|| HeaderValue::try_from(trace_id).ok()) {
            response.headers_mut().insert(REQUEST_ID, id);
        }
        Ok(self.measured(response, started))
    }

    /// The router and a place among the calls in hand, or why there is none.
    fn admitted(&self) -> Result<(Router, SemaphorePermit<'_>), String> {
        let service = self.health.service();
        let Some(router) = self.router.get() else {
            return Err(format!("{service} is starting: an engine it needs does not answer yet"));
        };
        let call = self.calls.try_acquire().map_err(|_| format!("{service} has too many calls in hand"))?;
        Ok((router.clone(), call))
    }

    fn measured(&self, response: Response, started: Instant) -> Response {
        let labels = [("service", self.health.service()), ("status", status_class(response.status().as_u16()))];
        metrics::histogram!("http_request_seconds", &labels).record(started.elapsed());
        response
    }
}

/// A handler that panics costs its caller a 500, and nobody else anything.
async fn guarded(mut router: Router, request: Request<Incoming>) -> Response {
    let path = request.uri().path().to_owned();
    let work = AssertUnwindSafe(async { router.call(request.map(Body::new)).await }).catch_unwind();
    match work.await {
        Ok(Ok(response)) => response,
        Ok(Err(never)) => match never {},
        Err(_) => {
            tracing::error!(path, "a handler panicked");
            Problem::of(&Error::internal("panic"), Some(&path)).into_response()
        }
    }
}

/// 503 before any work was done. Not logged: the reason is known, and callers ask again and again.
fn refused(request: &Request<Incoming>, why: &str) -> Response {
    let kind = request.headers().get(header::CONTENT_TYPE);
    if kind.is_some_and(|kind| kind.as_bytes().starts_with(b"application/grpc")) {
        return tonic::Status::unavailable(why).into_http();
    }
    Problem::of(&Error::unavailable(why), Some(request.uri().path())).into_response()
}

/// The caller's own id, if it is one that can be logged.
fn own_id<B>(request: &Request<B>) -> Option<HeaderValue> {
    let id = request.headers().get(REQUEST_ID)?;
    let is_loggable = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    ((1..=128).contains(&id.len()) && id.as_bytes().iter().all(is_loggable)).then(|| id.clone())
}

fn status_class(status: u16) -> &'static str {
    match status {
        0..200 => "1xx",
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        _ => "5xx",
    }
}

#[cfg(test)]
mod tests;
