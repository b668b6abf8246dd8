//! Listens for what processes tell of themselves: who is there is noted, and whose queues they consume is passed on.

use std::time::Duration;

use bus::heartbeat::{Heartbeat, TOPIC};
use bytes::Bytes;
use tokio::sync::mpsc;
use tokio::time::interval;
use tokio_util::sync::CancellationToken;

use crate::door::Door;

/// Heartbeats that may wait; what there is no room for is told again a few seconds later.
const WAITING: usize = 1_000;
/// How often it is asked whether the queue can be heard.
const ASKED: Duration = Duration::from_secs(1);

/// Until `stop`. `consuming` is told the name of every service, again and again.
pub(crate) async fn run(door: &Door, consuming: &mpsc::Sender<String>, stop: &CancellationToken) -> anyhow::Result<()> {
    let (sink, mut heard) = mpsc::channel(WAITING);
    let listening = async {
        while let Some(told) = heard.recv().await {
            pass_on(door, &told, consuming);
        }
    };
    tokio::join!(door.bus.hear(TOPIC, sink, stop.clone()), listening, note_deafness(door, stop));
    Ok(())
}

/// Who cannot be heard has not fallen silent.
async fn note_deafness(door: &Door, stop: &CancellationToken) {
    let mut tick = interval(ASKED);
    while stop.run_until_cancelled(tick.tick()).await.is_some() {
        door.instances.note_deafness(door.bus.deafness());
    }
}

fn pass_on(door: &Door, told: &Bytes, consuming: &mpsc::Sender<String>) {
    match serde_json::from_slice::<Heartbeat>(told) {
        Ok(heartbeat) => {
            for consumed in heartbeat.bus.queues.values() {
                // Where there is no room now, there is at the next one.
                let _ = consuming.try_send(consumed.service.clone());
            }
            door.instances.take_in(heartbeat);
        }
        Err(error) => tracing::debug!("a heartbeat that cannot be read was left out: {error}"),
    }
}
