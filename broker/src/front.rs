//! What every answer of the broker goes through on its way out, and what is settled before a request is looked up: pages
//! of other origins, answers to HEAD, compression, and the headers that keep a browser from making more of an answer than it is.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use futures::stream;
use http::header::{
    CACHE_CONTROL, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ORIGIN, REFERRER_POLICY, SERVER,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version};
use http_body::Body as _;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{Predicate, SizeAbove};

use crate::{Broker, cors};

/// Marks an answer that streams through as its service made it: it is what its own headers say.
#[derive(Clone)]
pub(crate) struct Passed;

/// Marks an answer that may hold a token. Compressed, its length would tell how much of the token somebody has guessed
/// who makes the caller send the guess along (BREACH).
#[derive(Clone)]
pub(crate) struct Confidential;

/// Marks an answer that is sent in the form in which it was made, such as a file that was compressed long before.
#[derive(Clone)]
pub(crate) struct AsItIs;

/// Shorter answers gain nothing.
const COMPRESSED_ABOVE: u16 = 1024;
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
/// For every answer.
const ALWAYS: [(HeaderName, &str); 2] = [(X_CONTENT_TYPE_OPTIONS, "nosniff"), (REFERRER_POLICY, "no-referrer")];
/// For answers that are data, and no page.
const DATA: [(HeaderName, &str); 3] = [
    (CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    (X_FRAME_OPTIONS, "DENY"),
    (RESOURCE_POLICY, "same-origin"),
];
/// A year, as browsers' lists ask for. Subdomains are not ours to speak for.
const ONLY_HTTPS: &str = "max-age=31536000";

/// The router behind all of it. Compression is inside: what is said of an answer is said of its compressed form too.
pub(crate) fn behind(broker: &Arc<Broker>, router: Router) -> Router {
    let compression = CompressionLayer::new()
        .quality(CompressionLevel::Fastest)
        .compress_when(SizeAbove::new(COMPRESSED_ABOVE).and(is_compressed));
    router.layer(compression).layer(from_fn_with_state(Arc::clone(broker), pass))
}

async fn pass(State(broker): State<Arc<Broker>>, request: Request, next: Next) -> Response {
    let table = broker.routing.current();
    let is_secure = broker.proxies.is_https(&request);
    let is_head = request.method() == Method::HEAD;
    let origin = request.headers().get(ORIGIN).cloned();
    let mut response = match cors::preflight(&table, &request) {
        Some(answer) => answer,
        None => {
            let response = next.run(request).await;
            marked(table.table.cors.as_deref(), origin.as_ref(), response)
        }
    };
    secure(&mut response, is_secure);
    if is_head { without_body(response) } else { response }
}

fn marked(cors: Option<&routing::table::Cors>, origin: Option<&HeaderValue>, mut response: Response) -> Response {
    if let Some(cors) = cors {
        cors::mark(cors, origin, response.headers_mut());
    }
    response
}

fn secure(response: &mut Response, is_https: bool) {
    let is_passed = response.extensions().get::<Passed>().is_some();
    let headers = response.headers_mut();
    // Which software answers is nobody's business.
    headers.remove(SERVER);
    let data = DATA.into_iter().filter(|_| !is_passed);
    let https = is_https.then_some((STRICT_TRANSPORT_SECURITY, ONLY_HTTPS));
    for (name, value) in ALWAYS.into_iter().chain(data).chain(https) {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
}

/// The same answer, of which only the head is sent.
fn without_body(response: Response) -> Response {
    let (mut head, body) = response.into_parts();
    let Some(length) = body.size_hint().exact() else {
        // As long as its GET's body is unknown, which an empty one is not: its length would be told as 0.
        return Response::from_parts(head, Body::from_stream(stream::empty::<Result<Bytes, Infallible>>()));
    };
    head.headers.entry(CONTENT_LENGTH).or_insert(HeaderValue::from(length));
    Response::from_parts(head, Body::empty())
}

/// Text that the broker made: streams would be held back until there is enough to compress, what passes through is not
/// ours to change, and secrets stay as long as they are.
fn is_compressed(_: StatusCode, _: Version, headers: &HeaderMap, extensions: &Extensions) -> bool {
    let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = text(&CONTENT_TYPE).split(';').next().unwrap_or_default().trim();
    let is_final = extensions.get::<Passed>().is_some() || extensions.get::<AsItIs>().is_some();
    let is_text = matches!(kind, "application/json" | "application/problem+json" | "text/plain");
    let is_kept = text(&CACHE_CONTROL).split(',').any(|it| it.trim().eq_ignore_ascii_case("no-transform"));
    is_text && !is_kept && !is_final && extensions.get::<Confidential>().is_none()
}
