//! Pages of other origins (`[cors]`): browsers ask before they send, and show a page only what it may see. A layer of our
//! own and not tower-http's, because what may be sent follows from the table in force, path by path, and the table changes.

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD,
    ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use routing::Loaded;
use routing::table::{Cors, Origins};

use crate::{own, request};

/// What Switchboard itself tells beside an answer; a browser keeps from the page what is not listed.
const EXPOSED: HeaderValue = HeaderValue::from_static(
    "deprecation, idempotency-replayed, link, location, preference-applied, ratelimit, ratelimit-policy, retry-after, \
     sunset, www-authenticate, x-attempts, x-request-id",
);
/// What a row for any method takes.
const METHODS: [Method; 7] =
    [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS];

/// The answer to a browser that asks before it sends, for a path that there is. Nobody is asked who they are: such a
/// request never says.
pub(crate) fn preflight(table: &Loaded, request: &Request) -> Option<Response> {
    let cors = table.table.cors.as_ref()?;
    let headers = request.headers();
    let is_one = request.method() == Method::OPTIONS && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    let origin = headers.get(ORIGIN).filter(|_| is_one)?;
    let known = known(table, request)?;
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    headers.insert(
        VARY,
        HeaderValue::from_static("origin, access-control-request-method, access-control-request-headers"),
    );
    if allow(cors, Some(origin), headers) {
        let methods = known.into_iter().filter(|it| cors.methods.as_ref().is_none_or(|these| these.contains(it)));
        put(headers, ACCESS_CONTROL_ALLOW_METHODS, methods.map(|method| method.to_string()));
        put(headers, ACCESS_CONTROL_ALLOW_HEADERS, cors.headers.iter().map(ToString::to_string));
        headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from(cors.max_age.as_secs()));
    }
    Some(response)
}

/// Says in an answer which page may see it. A service behind a raw row that says so itself is left its word.
pub(crate) fn mark(cors: &Cors, origin: Option<&HeaderValue>, headers: &mut HeaderMap) {
    if headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN) {
        return;
    }
    if cors.origins != Origins::Any {
        // Also for who has no origin: what is kept of it must not be shown to who has one.
        headers.append(VARY, HeaderValue::from_static("origin"));
    }
    if allow(cors, origin, headers) {
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    }
}

/// Whether this origin may call, which then is said.
fn allow(cors: &Cors, origin: Option<&HeaderValue>, headers: &mut HeaderMap) -> bool {
    let allowed = match (&cors.origins, origin) {
        (_, None) => None,
        (Origins::Any, Some(_)) => Some(HeaderValue::from_static("*")),
        (Origins::These(these), Some(origin)) => these.iter().any(|it| it.as_str() == origin).then(|| origin.clone()),
    };
    let Some(allowed) = allowed else { return false };
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
    if cors.credentials {
        headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    }
    true
}

/// The methods that the path takes, if there is such a path.
fn known(table: &Loaded, asked: &Request) -> Option<Vec<Method>> {
    let path = asked.uri().path();
    let mut known =
        table.index.methods(request::host(asked.headers()).as_deref(), path).unwrap_or_else(|| METHODS.to_vec());
    known.extend_from_slice(own::methods(path));
    (!known.is_empty()).then_some(known)
}

fn put(headers: &mut HeaderMap, name: http::HeaderName, words: impl Iterator<Item = String>) {
    let words: Vec<_> = words.collect();
    if let Ok(value) = HeaderValue::try_from(words.join(", ")) {
        headers.insert(name, value);
    }
}
