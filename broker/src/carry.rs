//! From an admitted caller and its argument to a reply, whichever way of the broker's the call came in: by path, by
//! action, or as one of several.

use std::sync::Arc;

use http::HeaderMap;
use mesh::Error;
use routing::policy::Admitted;
use routing::{Argument, Reply, Row};
use tokio::time::Instant;

use crate::Broker;

/// What a caller asks of a row.
pub(crate) struct Asked<'a> {
    pub(crate) argument: Argument,
    pub(crate) deadline: Instant,
    /// The caller's own, for what it prefers.
    pub(crate) headers: &'a HeaderMap,
}

/// Carries the call; `notes` takes what is told beside the reply.
pub(crate) async fn carry(
    _broker: &Broker,
    row: &Arc<Row>,
    admitted: Admitted,
    asked: Asked<'_>,
    notes: &mut HeaderMap,
) -> Result<Reply, Error> {
    admitted.call(row, asked.argument, asked.deadline, notes).await
}
