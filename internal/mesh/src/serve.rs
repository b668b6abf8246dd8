//! One port per service for HTTP/1.1, HTTP/2 and gRPC, within bounds that hold against clients who mean harm, and a drain
//! with an end. The caller owns the socket, so tests and all-in-one need no special path.

mod addresses;
mod arrivals;
mod connection;
mod door;
mod heads;
mod limits;
mod request;
mod streams;
mod wire;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::health::Health;
use arrivals::Arrivals;
use door::Door;
pub use limits::Callers;
use limits::Limits;

/// A bound socket, the service behind it and how long its drain may take.
pub struct Server {
    pub listener: TcpListener,
    pub health: Health,
    pub grace: Duration,
}

impl Server {
    /// Serves `build`'s router until `shutdown`, then lets what is in flight finish for at most `grace`.
    ///
    /// While `build` is still waiting for an engine, health answers and every other call gets a 503 at once.
    pub async fn run<B>(self, build: B, shutdown: CancellationToken) -> anyhow::Result<()>
    where
        B: Future<Output = anyhow::Result<Router>>,
    {
        self.run_within(Limits::behind(), build, shutdown).await
    }

    /// The same within the bounds for a server that strangers can reach.
    pub async fn run_facing<B>(self, callers: Callers, build: B, shutdown: CancellationToken) -> anyhow::Result<()>
    where
        B: Future<Output = anyhow::Result<Router>>,
    {
        self.run_within(Limits::facing(callers), build, shutdown).await
    }

    async fn run_within<B>(self, limits: Limits, build: B, shutdown: CancellationToken) -> anyhow::Result<()>
    where
        B: Future<Output = anyhow::Result<Router>>,
    {
        let Self { listener, health, grace } = self;
        let router = Arc::new(OnceLock::new());
        let connections = TaskTracker::new();
        let cut = CancellationToken::new();
        // However this ends, no connection outlives it.
        let _cut = cut.clone().drop_guard();
        let door = Door {
            router: Arc::clone(&router),
            health: health.clone(),
            calls: Arc::new(Semaphore::new(limits.calls)),
            closing: shutdown.clone(),
            stall: limits.stall,
        };
        let arrivals = Arrivals::new(door, limits, &connections, &cut);
        let mut accept = Box::pin(arrivals.accept(&listener));
        let opened = tokio::select! {
            never = &mut accept => match never {},
            () = shutdown.cancelled() => None,
            built = build => Some(built?),
        };
        if let Some(opened) = opened {
            let _ = router.set(opened);
            health.set_ready(true);
            tokio::select! {
                never = &mut accept => match never {},
                () = shutdown.cancelled() => {}
            }
        }
        // Closed before the drain: who comes now is refused at once and can go elsewhere.
        drop(accept);
        arrivals.last(listener);
        health.set_ready(false);
        connections.close();
        if tokio::time::timeout(grace, connections.wait()).await.is_err() {
            tracing::warn!(
                service = health.service(),
                "closed connections that were still busy after the grace period"
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
