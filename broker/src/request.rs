//! What a request brings along besides its argument: a body within bounds, a deadline, a name to be found by.

use std::time::Duration;

use axum::body::{Body, Bytes};
use http::uri::Authority;
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

/// The host that was asked for, in small letters. The door leaves it in `Host`, whichever way it was said.
pub(crate) fn host(headers: &HeaderMap) -> Option<String> {
    let host = headers.get(header::HOST)?.to_str().ok()?.parse::<Authority>().ok()?;
    Some(host.host().to_ascii_lowercase())
}

/// The row's deadline, or the caller's where that is shorter.
pub(crate) fn deadline(route: &Route, headers: &HeaderMap) -> Result<Instant, Error> {
    within(route.timeout, headers)
}

/// This long from now, or as long as the caller waits where that is shorter.
pub(crate) fn within(longest: Duration, headers: &HeaderMap) -> Result<Instant, Error> {
    Ok(Instant::now() + patience(headers)?.map_or(longest, |patience| longest.min(patience)))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn a_host_is_without_its_port_and_in_small_letters() {
        for (said, expected) in [("Example.org:8080", "example.org"), ("[::1]:8080", "[::1]"), ("a", "a")] {
            let headers = HeaderMap::from_iter([(header::HOST, HeaderValue::from_static(said))]);
            assert_eq!(host(&headers).as_deref(), Some(expected));
        }
        assert_eq!(host(&HeaderMap::new()), None);
    }
}
