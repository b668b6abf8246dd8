//! Listens for what processes tell of themselves, and passes on whose queues they consume.

use bus::Bus;
use bus::heartbeat::{Heartbeat, TOPIC};
use bytes::Bytes;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Heartbeats that may wait; what there is no room for is told again a few seconds later.
const WAITING: usize = 1_000;

/// Until `stop`. `consuming` is told the name of every service, again and again.
pub(crate) async fn run(bus: &Bus, consuming: &mpsc::Sender<String>, stop: &CancellationToken) -> anyhow::Result<()> {
    let (sink, mut heard) = mpsc::channel(WAITING);
    let listening = async {
        while let Some(told) = heard.recv().await {
            pass_on(&told, consuming);
        }
    };
    tokio::join!(bus.hear(TOPIC, sink, stop.clone()), listening);
    Ok(())
}

fn pass_on(told: &Bytes, consuming: &mpsc::Sender<String>) {
    match serde_json::from_slice::<Heartbeat>(told) {
        Ok(heartbeat) => {
            for consumed in heartbeat.bus.queues.into_values() {
                // Where there is no room now, there is at the next one.
                let _ = consuming.try_send(consumed.service);
            }
        }
        Err(error) => tracing::debug!("a heartbeat that cannot be read was left out: {error}"),
    }
}
