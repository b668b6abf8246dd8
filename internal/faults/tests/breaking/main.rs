//! What breaks must break as it is said to, or the tests that rely on it prove nothing.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod children;
mod proxies;
mod rabbitmq;

use std::time::Duration;

/// Long enough for a busy machine; only a failing test waits this long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(45);

pub(crate) async fn until(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    assert!(tokio::time::timeout(PATIENCE, waiting).await.is_ok(), "waited in vain until {what}");
}
