//! One port per service for HTTP/1.1, HTTP/2 and gRPC, within bounds that hold against clients who mean harm, and a drain
//! with an end. The caller owns the socket, so tests and all-in-one need no special path.

mod addresses;
mod connection;
mod door;
mod heads;
mod limits;
mod request;
mod streams;
mod wire;

use std::convert::Infallible;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::Router;
use socket2::{SockRef, TcpKeepalive};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::health::Health;
use addresses::Addresses;
use door::Door;
pub use limits::Callers;
use limits::Limits;

/// After this long without a word the system asks whether the other machine is still there.
const KEEPALIVE: Duration = Duration::from_secs(60);

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
        let limits = Arc::new(limits);
        let mut accept = Box::pin(accept(&listener, &door, &limits, &connections, &cut));
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
        drop(listener);
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

async fn accept(
    listener: &TcpListener,
    door: &Door,
    limits: &Arc<Limits>,
    connections: &TaskTracker,
    cut: &CancellationToken,
) -> Infallible {
    // Connections have this from the socket that accepts them.
    let keepalive = TcpKeepalive::new().with_time(KEEPALIVE).with_interval(KEEPALIVE / 6);
    if let Err(error) = SockRef::from(listener).set_tcp_keepalive(&keepalive) {
        tracing::debug!("cannot set keepalive: {error}");
    }
    let places = Arc::new(Semaphore::new(limits.connections));
    let addresses = Addresses::new(limits.callers.clone());
    loop {
        // The semaphore is never closed, so there always is a place in the end.
        let place = Arc::clone(&places).acquire_owned().await.ok();
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, most likely: wait for some to be given back rather than spin.
                tracing::warn!("cannot accept a connection: {error}");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let Some(entered) = addresses.enter(peer.ip()) else {
            metrics::counter!("connections_refused_total", "service" => door.health.service()).increment(1);
            continue;
        };
        let (door, limits, cut) = (door.clone(), Arc::clone(limits), cut.clone());
        connections.spawn(async move {
            let _held = (place, entered);
            cut.run_until_cancelled(connection::serve(stream, peer, door, &limits)).await;
        });
    }
}

#[cfg(test)]
mod tests;
