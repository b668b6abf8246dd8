//! What every handler and every background task works with.

use std::sync::Arc;

use axum::extract::FromRef;
use bus::{Bus, Outbox};
use chrono::TimeDelta;
use mesh::db::Db;
use mesh::identity::Verifier;
use tokio::sync::Notify;

/// Clones share everything.
#[derive(Clone)]
pub(crate) struct Door {
    pub(crate) db: Db,
    pub(crate) bus: Bus,
    pub(crate) outbox: Outbox,
    pub(crate) verifier: Verifier,
    /// For how long letters and operations are kept that are over.
    pub(crate) kept: TimeDelta,
    /// How long an operation stays with an instance that says nothing any more.
    pub(crate) lease: TimeDelta,
    /// An operation is there for the worker of this process.
    pub(crate) asked: Arc<Notify>,
}

impl FromRef<Door> for Verifier {
    fn from_ref(door: &Door) -> Self {
        door.verifier.clone()
    }
}
