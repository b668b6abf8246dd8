//! Dead letters as operators see them: found, counted by what they have in common, looked at, and edited. What is done
//! with many of them is an operation.

mod edit;
mod filter;
mod find;

use axum::Router;
use axum::routing::{get, post};
use sha2::{Digest, Sha256};

use crate::door::Door;

pub(crate) use filter::Filter;

/// Of a body, in bytes, what can be searched.
const SEARCHED: usize = 16 << 10;

pub(crate) fn router() -> Router<Door> {
    Router::new()
        .route("/v1/admin/dead-letters", get(find::list))
        .route("/v1/admin/dead-letters/groups", get(find::groups))
        .route("/v1/admin/dead-letters/{id}", get(find::show))
        .route("/v1/admin/dead-letters/{id}/edited", post(edit::edit))
}

/// What a search looks through, in lowercase: engines do not agree on what that is.
pub(crate) fn search_text(event_id: &str, subject: Option<&str>, reason: &str, body: &[u8]) -> String {
    let body = String::from_utf8_lossy(&body[..body.len().min(SEARCHED)]);
    let text = format!("{event_id}\n{}\n{reason}\n{body}", subject.unwrap_or_default());
    text.to_lowercase().replace('\0', "\u{fffd}")
}

/// What an event says, in short: the same id may have come with another content.
pub(crate) fn content(kind: &str, body: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update(kind);
    hash.update([0]);
    hash.update(body);
    format!("{:x}", hash.finalize())
}

/// An id in the one form that rows have; nothing where it is none.
pub(crate) fn id(text: &str) -> Option<String> {
    uuid::Uuid::try_parse(text).ok().map(|id| id.to_string())
}
