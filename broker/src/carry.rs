//! From an admitted caller and its argument to a reply, whichever way of the broker's the call came in: by path, by
//! action, or as one of several. Here a call that has to be kept leaves the straight way.

use std::sync::Arc;

use http::HeaderMap;
use mesh::Error;
use routing::policy::{Admitted, Preference};
use routing::{Argument, Reply, Row};
use tokio::time::Instant;

use crate::Broker;
use crate::calls::{later, once};

/// What a caller asks of a row.
pub(crate) struct Asked<'a> {
    pub(crate) argument: Argument,
    pub(crate) deadline: Instant,
    /// The caller's own, for what it prefers.
    pub(crate) headers: &'a HeaderMap,
}

/// Carries the call; `notes` takes what is told beside the reply.
pub(crate) async fn carry(
    broker: &Broker,
    row: &Arc<Row>,
    admitted: Admitted,
    asked: Asked<'_>,
    notes: &mut HeaderMap,
) -> Result<Reply, Error> {
    let preference = Preference::of(asked.headers);
    if row.is_for_later() && (preference.is_any() || row.route.asynchronous) {
        return later(&broker.calls, row, admitted, asked, preference, notes).await;
    }
    // The answer of a stream cannot be kept: its service is told the key.
    if admitted.effect_id().is_some() && !row.line.is_stream() {
        return once(&broker.calls, row, admitted, asked, notes).await;
    }
    admitted.call(row, asked.argument, asked.deadline, notes).await
}
