//! `GET /openapi.json`: every row of the table in force, for whoever asks. It is public: that a row is there is no
//! secret, and who may call it is said beside it and decided when it is called.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use http::{HeaderMap, StatusCode};
use mesh::problem::Problem;

use crate::Broker;

pub(crate) async fn document(State(broker): State<Arc<Broker>>, headers: HeaderMap) -> Response {
    let document = match broker.routing.openapi().await {
        Ok(document) => document,
        Err(error) => return Problem::of(&error, Some("/openapi.json")).into_response(),
    };
    // Asked for anew each time, because a table may be saved at any moment; what has not changed is not sent again.
    let head = [(CACHE_CONTROL, "no-cache"), (ETAG, &*document.etag)];
    if is_known(&headers, &document.etag) {
        return (StatusCode::NOT_MODIFIED, head).into_response();
    }
    (head, [(CONTENT_TYPE, "application/json")], document.json).into_response()
}

/// Whether the caller has this one already; a hash stands for every form of it.
pub(crate) fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    let listed = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let mut tags = listed.flat_map(|value| value.split(',')).map(str::trim);
    tags.any(|tag| tag == "*" || tag.trim_start_matches("W/") == etag.trim_start_matches("W/"))
}
