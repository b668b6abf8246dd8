//! What stands before a service's router, the same for every service: health and metrics, the trace context, the bound on
//! calls in hand and a guard against panics.

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
use http::{HeaderName, HeaderValue, Request, Version, header};
use hyper::body::Incoming;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio_util::sync::CancellationToken;
use tower::Service;
use tracing::Instrument;

use super::request;
use super::streams::paced;
use crate::body::Patient;
use crate::error::Error;
use crate::health::Health;
use crate::problem::Problem;
use crate::telemetry;
use crate::trace::{self, TraceContext};

/// The id by which a caller finds a call in the log: its own, else the trace's.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What a browser is told of a refusal: to make no page of it. A router says the same of its own answers.
const NO_PAGE: [(HeaderName, &str); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// What stands before a service's router, the same for every service.
#[derive(Clone)]
pub(super) struct Door {
    pub(super) router: Arc<OnceLock<Router>>,
    pub(super) health: Health,
    pub(super) calls: Arc<Semaphore>,
    pub(super) closing: CancellationToken,
    /// How long a body may go without a byte.
    pub(super) stall: Duration,
}

impl Door {
    pub(super) async fn answer(self, mut request: Request<Incoming>, peer: SocketAddr) -> Result<Response, Infallible> {
        let settled = request::settle(&mut request);
        // HTTP/2 has frames to say that it ends, and no such header.
        let (has_word, is_in_doubt) = (request.version() < Version::HTTP_2, settled.is_err());
        let mut response = match own(&self.health, request.uri().path()).filter(|_| !is_in_doubt) {
            Some(response) => response,
            None => self.called(request, settled, peer).await,
        };
        if has_word && (is_in_doubt || self.closing.is_cancelled()) {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        Ok(response)
    }

    async fn called(&self, mut request: Request<Incoming>, settled: Result<(), Error>, peer: SocketAddr) -> Response {
        let started = Instant::now();
        let header = request.headers().get(trace::HEADER).and_then(|value| value.to_str().ok());
        let trace = TraceContext::continued(header);
        let (trace_id, own_id) = (trace.trace_id(), own_id(&request));
        let span = tracing::info_span!("call", trace = %trace_id, request = tracing::field::Empty);
        if let Some(id) = own_id.as_ref().and_then(|id| id.to_str().ok()) {
            span.record("request", id);
        }
        request.extensions_mut().insert(ConnectInfo(peer));
        let mut response = match settled.and_then(|()| self.admitted()) {
            Ok((router, _call)) => {
                let request = self.patient(request);
                trace.scope(guarded(router, request).instrument(span)).await.map(paced)
            }
            Err(why) => trace.scope_sync(|| refused(&request, why)),
        };
        if let Some(id) = own_id.or_else(|| HeaderValue::try_from(trace_id).ok()) {
            response.headers_mut().insert(REQUEST_ID, id);
        }
        self.measured(response, started)
    }

    /// The router and a place among the calls in hand, or why there is none.
    fn admitted(&self) -> Result<(Router, SemaphorePermit<'_>), Error> {
        let service = self.health.service();
        let Some(router) = self.router.get() else {
            return Err(Error::unavailable(format!("{service} is starting: an engine it needs does not answer yet")));
        };
        let too_many = |_| Error::unavailable(format!("{service} has too many calls in hand"));
        Ok((router.clone(), self.calls.try_acquire().map_err(too_many)?))
    }

    /// gRPC has streams on which nothing is said for long, and pings of its own.
    fn patient(&self, request: Request<Incoming>) -> Request<Body> {
        if is_grpc(&request) {
            request.map(Body::new)
        } else {
            request.map(|it| Body::new(Patient::new(it, self.stall)))
        }
    }

    fn measured(&self, response: Response, started: Instant) -> Response {
        let labels = [("service", self.health.service()), ("status", status_class(response.status().as_u16()))];
        metrics::histogram!("http_request_seconds", &labels).record(started.elapsed());
        response
    }
}

/// What every service answers itself.
fn own(health: &Health, path: &str) -> Option<Response> {
    match path {
        "/health/live" => Some(health.live()),
        "/health/ready" => Some(health.ready()),
        "/metrics" => Some(telemetry::metrics_text().into_response()),
        _ => None,
    }
}

/// A handler that panics costs its caller a 500, and nobody else anything.
async fn guarded(mut router: Router, request: Request<Body>) -> Response {
    let path = request.uri().path().to_owned();
    let work = AssertUnwindSafe(async { router.call(request).await }).catch_unwind();
    match work.await {
        Ok(Ok(response)) => response,
        Ok(Err(never)) => match never {},
        Err(_) => {
            tracing::error!(path, "a handler panicked");
            Problem::of(&Error::internal("panic"), Some(&path)).into_response()
        }
    }
}

/// Before any work was done. Not logged: the reason is known, and callers ask again and again.
fn refused(request: &Request<Incoming>, why: Error) -> Response {
    if is_grpc(request) {
        return tonic::Status::from(why).into_http();
    }
    let mut response = Problem::of(&why, Some(request.uri().path())).into_response();
    response.headers_mut().extend(NO_PAGE.map(|(name, value)| (name, HeaderValue::from_static(value))));
    response
}

fn is_grpc<B>(request: &Request<B>) -> bool {
    let kind = request.headers().get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"application/grpc"))
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
