//! Keeps the work queues of every event row declared, so that a 202 does not need the listener to have run before, and
//! tells in the broker's health when the queue is away.

use std::time::Duration;

use bus::Bus;
use mesh::health::Health;
use mesh::shutdown;
use routing::{Routing, work_queues};
use tokio_util::sync::CancellationToken;

/// How long the start waits for the queues. Without them the first events would be refused; with the queue away for
/// longer, everything else is worth being served.
pub(crate) const PATIENCE: Duration = Duration::from_secs(2);

/// Runs until `stop`; cancels `declared` once the queues stand for the first time.
pub(crate) async fn keep_declared(
    routing: Routing,
    bus: Bus,
    health: Health,
    declared: CancellationToken,
    stop: CancellationToken,
) {
    let watch = bus.watch(&health);
    let declare = shutdown::supervise("work queues", &stop, || declare(&routing, &bus, &declared));
    stop.run_until_cancelled(async { tokio::join!(watch, declare) }).await;
}

async fn declare(routing: &Routing, bus: &Bus, declared: &CancellationToken) -> anyhow::Result<()> {
    let mut changes = routing.changes();
    loop {
        bus.declare(&work_queues(&routing.current().table)).await?;
        declared.cancel();
        changes.changed().await?;
    }
}
