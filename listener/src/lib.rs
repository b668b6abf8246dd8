//! Front door 2: events. Every row of the table that begins with `on = "event …"` gets a subscription; what arrives is
//! carried over the row's line, in batches where the row says so. It keeps no state: what was done is in the services.

use axum::Router;
use bus::{Bus, Handler, Shared, Subscription};
use futures::FutureExt;
use mesh::config::{ConfigError, Env, Process};
use mesh::health::Health;
use mesh::serve::Server;
use mesh::shutdown;
use routing::{Loaded, Routing, Row, batch, work_queue};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Calls at the same time for one row: single events overlap, batches follow each other closely.
const SINGLE: usize = 16;
const BATCHES: usize = 2;

/// Where health is told and which table is served.
#[derive(Debug, Clone)]
pub struct Config {
    pub address: SocketAddr,
    routing: routing::Config,
}

impl Config {
    pub fn from_env(env: &Env, _process: &Process) -> Result<Self, ConfigError> {
        Ok(Self { address: env.address("LISTENER_ADDR", 8082)?, routing: routing::Config::from_env(env)? })
    }

    /// What a person is told of what the listener keeps.
    pub fn store(&self) -> String {
        "nothing stored".to_owned()
    }
}

/// Consumes events until `shutdown`, then finishes those in hand.
pub async fn run(
    config: Config,
    shared: Shared,
    socket: TcpListener,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    let health = Health::new("listener");
    let routing = Routing::open(config.routing, &shared, "/listener", health.clone(), shutdown.clone()).await?;
    let server = Server { listener: socket, health: health.clone(), grace: shared.grace };
    let consuming = shutdown::supervise("subscriptions", &shutdown, || consume(&routing, &shared.bus, &shutdown));
    let watching = shutdown.run_until_cancelled(shared.bus.watch(&health));
    let served = server.run(async { Ok(Router::new()) }, shutdown.clone());
    let ((), _, served) = tokio::join!(consuming, watching, served);
    served
}

/// Subscribes to what the table asks for, anew whenever it changes.
async fn consume(routing: &Routing, bus: &Bus, shutdown: &CancellationToken) -> anyhow::Result<()> {
    let mut changes = routing.changes();
    while !shutdown.is_cancelled() {
        changes.mark_unchanged();
        let stop = shutdown.child_token();
        let mut subscriptions = subscribe(&routing.current(), bus, &stop);
        tokio::select! {
            () = shutdown.cancelled() => {}
            changed = changes.changed() => changed?,
            // One that ends before it was told to has panicked: all are started again.
            Some(ended) = subscriptions.join_next() => ended?,
        }
        stop.cancel();
        while let Some(ended) = subscriptions.join_next().await {
            ended?;
        }
    }
    Ok(())
}

fn subscribe(table: &Loaded, bus: &Bus, stop: &CancellationToken) -> JoinSet<()> {
    let mut subscriptions = JoinSet::new();
    for row in &table.rows {
        let Some(subscription) = subscription(row) else { continue };
        let (bus, stop, handler) = (bus.clone(), stop.clone(), handler(row));
        subscriptions.spawn(async move { bus.subscribe(subscription, handler, stop).await });
    }
    if subscriptions.is_empty() {
        // Nothing to consume is not an end: it waits for a table that asks for something.
        let stop = stop.clone();
        subscriptions.spawn(async move { stop.cancelled().await });
    }
    subscriptions
}

fn subscription(row: &Row) -> Option<Subscription> {
    let mut subscription = Subscription::new(work_queue(&row.route)?);
    subscription.attempts = row.route.attempts;
    (subscription.batch, subscription.concurrency) =
        row.route.batch.as_ref().map_or((1, SINGLE), |it| (it.max, BATCHES));
    Some(subscription)
}

fn handler(row: &Arc<Row>) -> Handler {
    let row = Arc::clone(row);
    Arc::new(move |deliveries| {
        let row = Arc::clone(&row);
        async move { batch::deliver(&row, deliveries).await }.boxed()
    })
}
