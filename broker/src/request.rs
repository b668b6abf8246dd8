//! What a request brings along besides its argument: a body within bounds, a deadline, a name to be found by.

use std::time::Duration;

use axum::body::{Body, Bytes};
use http::{HeaderMap, header};
use mesh::Error;
use routing::Route;
use routing::line::http::TIMEOUT_HEADER;
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
    let Some(asked) = headers.get(TIMEOUT_HEADER) else { return Ok(Instant::now() + longest) };
    let asked = asked.to_str().ok().and_then(|text| text.parse().ok()).filter(|ms| *ms > 0);
    let asked = asked.ok_or_else(|| Error::field(TIMEOUT_HEADER, "must be a whole number of milliseconds above 0"))?;
    Ok(Instant::now() + longest.min(Duration::from_millis(asked)))
}
