//! The paths that are the broker's own, whatever the table says, and what is answered there to a method that they do not
//! take.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, Method, header};
use mesh::problem;
use routing::index::NoRoute;

use crate::{Broker, answer, call, request};

/// What each of them takes.
pub(crate) fn methods(path: &str) -> &'static [Method] {
    match path {
        "/" | "/handle" | "/v1/batch" => &[Method::POST],
        "/ping" | "/openapi.json" | "/v1/live" => &[Method::GET],
        _ if path.strip_prefix("/v1/calls/").is_some_and(|id| !id.is_empty()) => &[Method::GET, Method::DELETE],
        _ => &[],
    }
}

/// `/`, which rows may have under other methods.
pub(crate) async fn root(broker: State<Arc<Broker>>, request: Request) -> Response {
    if request.method() == Method::POST { answer::greeting().await } else { wrong_method(broker, request).await }
}

/// `/ping`, which rows may have too.
pub(crate) async fn ping(broker: State<Arc<Broker>>, request: Request) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return ".".into_response();
    }
    wrong_method(broker, request).await
}

/// A method that is not the broker's own at a path that is: for the table, where a row has it (`GET /`), else a 405.
pub(crate) async fn wrong_method(broker: State<Arc<Broker>>, request: Request) -> Response {
    let table = broker.routing.current();
    let (method, path) = (call::method(&table.index, &request), request.uri().path());
    let mut allowed = match table.index.find(&method, request::host(request.headers()).as_deref(), path) {
        Ok(_) => return call::by_path(broker, request).await,
        Err(_)
            if path == "/"
                && let Some(page) = broker.panel.at_root(&request) =>
        {
            return page;
        }
        Err(NoRoute::Method(allowed)) => allowed,
        Err(NoRoute::Path) => Vec::new(),
    };
    allowed.extend_from_slice(methods(path));
    let mut response = problem::wrong_method(method).await.into_response();
    let allowed: Vec<_> = allowed.iter().map(Method::as_str).collect();
    if let Ok(allowed) = HeaderValue::try_from(allowed.join(", ")) {
        response.headers_mut().insert(header::ALLOW, allowed);
    }
    response
}
