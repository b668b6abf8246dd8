//! What a request brings along besides its argument: a body within bounds, a deadline, a name to be found by.

use std::time::Duration;

use axum::body::{Body, Bytes};
use http::{HeaderMap, header};
use mesh::Error;
use routing::Route;
use routing::policy::patience;
use tokio::time::Instant;

/// The largest body that is read, in bytes.
pub(crate) const MAX_BODY: usize = 1 << 20;

/// The whole body; its Content-Type is not asked for, it is JSON.
pub(crate) async fn body(headers: &HeaderMap, body: Body, deadline: Instant) -> Result<Bytes, Error> {
    mesh::body::plain(headers)?;
    mesh::body::read(body, MAX_BODY, headers.contains_key(header::EXPECT), deadline).await
}

/// The row's deadline, or the caller's where that is shorter.
pub(crate) fn deadline(route: &Route, headers: &HeaderMap) -> Result<Instant, Error> {
    within(route.timeout, headers)
}

/// This long from now, or as long as the caller waits where that is shorter.
pub(crate) fn within(longest: Duration, headers: &HeaderMap) -> Result<Instant, Error> {
    Ok(Instant::now() + patience(headers)?.map_or(longest, |patience| longest.min(patience)))
}
