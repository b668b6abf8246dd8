//! The baseline of the event path: lapin alone, publishing from as many tasks as there are connections, over the same
//! channel layout as Switchboard: one connection, one channel with confirms, persistent and mandatory messages with the
//! same headers to the same exchange, and so to the same quorum queue.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, ensure};
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions, QueuePurgeOptions};
use lapin::types::{AMQPValue, FieldTable, LongString};
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties};
use tokio::task::JoinSet;

use crate::load::{BODY, Budget, CONNECTIONS, Seen};

pub(crate) struct PlainLapin {
    _connection: Connection,
    channel: Arc<Channel>,
    published: AtomicU64,
}

impl PlainLapin {
    pub(crate) async fn connect(url: &str) -> anyhow::Result<Self> {
        let connection = Connection::connect(url, ConnectionProperties::default()).await?;
        let channel = connection.create_channel().await?;
        channel.confirm_select(ConfirmSelectOptions::default()).await?;
        Ok(Self { _connection: connection, channel: channel.into(), published: AtomicU64::new(0) })
    }

    pub(crate) async fn publish(&self, budget: &Budget) -> anyhow::Result<Seen> {
        let began = Instant::now();
        let mut tasks = JoinSet::new();
        for task in 0..CONNECTIONS {
            tasks.spawn(publisher(Arc::clone(&self.channel), budget.clone(), task));
        }
        let mut latencies = Vec::new();
        while let Some(done) = tasks.join_next().await {
            latencies.append(&mut done??);
        }
        Ok(Seen::new(began, latencies))
    }

    /// One event, as a handler of a web server would publish it.
    pub(crate) async fn publish_one(&self, body: &[u8]) -> anyhow::Result<()> {
        let number = self.published.fetch_add(1, Ordering::Relaxed);
        publish(&self.channel, &format!("{number:036}"), body).await
    }

    /// Takes away what the last round left, so that every round finds the queue as empty.
    pub(crate) async fn purge(&self, queue: &str) -> anyhow::Result<()> {
        self.channel.queue_purge(queue.into(), QueuePurgeOptions::default()).await?;
        Ok(())
    }
}

async fn publisher(channel: Arc<Channel>, budget: Budget, task: usize) -> anyhow::Result<Vec<u32>> {
    let mut latencies = Vec::with_capacity(1 << 14);
    while budget.take() {
        let began = Instant::now();
        let id = format!("{task:018}{:018}", latencies.len());
        publish(&channel, &id, BODY.as_bytes()).await?;
        latencies.push(began.elapsed().as_micros() as u32);
    }
    Ok(latencies)
}

/// One message, confirmed and not returned.
async fn publish(channel: &Channel, id: &str, body: &[u8]) -> anyhow::Result<()> {
    let options = BasicPublishOptions { mandatory: true, immediate: false };
    let sent = channel.basic_publish("events".into(), "log.INFO".into(), options, body, properties(id)?);
    let confirmation = sent.await?.await?;
    ensure!(confirmation.is_ack() && confirmation.take_message().is_none(), "a message was not kept");
    Ok(())
}

fn properties(id: &str) -> anyhow::Result<BasicProperties> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).context("the clock is before 1970")?.as_secs();
    let mut headers = FieldTable::default();
    for (name, value) in [
        ("cloudEvents:id", id),
        ("cloudEvents:type", "log.INFO"),
        ("cloudEvents:source", "/broker"),
        ("cloudEvents:time", "2026-01-01T00:00:00.000Z"),
        ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
    ] {
        headers.insert(name.into(), AMQPValue::LongString(LongString::from(value)));
    }
    Ok(BasicProperties::default()
        .with_message_id(id.into())
        .with_content_type("application/json".into())
        .with_delivery_mode(2)
        .with_timestamp(now)
        .with_headers(headers))
}
