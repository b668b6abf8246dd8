//! Replay, discard and purge as operations: asked for over HTTP, made of letters that are fixed at that moment, and
//! worked on in the background, at a rate where one was asked for. They survive restarts and can be stopped.

mod batch;
mod begin;
mod letters;
mod replay;
mod rows;
mod show;
mod worker;

use axum::Router;
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};

use crate::door::Door;

#[cfg(test)]
pub(crate) use batch::{REMEMBERED, next, put_behind};
pub(crate) use rows::release_all;
#[cfg(test)]
pub(crate) use rows::take;
pub(crate) use worker::run;

pub(crate) fn router() -> Router<Door> {
    Router::new()
        .route("/v1/admin/operations", post(begin::begin).get(show::list))
        .route("/v1/admin/operations/{id}", get(show::show).delete(show::stop))
}

/// What is done with letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// Each goes to its queue again, under its id.
    Replay,
    /// Each is set aside for good.
    Discard,
    /// Each is deleted that is over.
    Purge,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Replay, Self::Discard, Self::Purge];

    fn name(self) -> &'static str {
        match self {
            Self::Replay => "replay",
            Self::Discard => "discard",
            Self::Purge => "purge",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}
