//! Hints: told to whoever listens right now, over a fanout exchange for each topic and a queue for each listener. They
//! are not confirmed and not kept: what cannot go out at once is old by the time it could, so it is dropped and counted.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use bytes::Bytes;
use futures::StreamExt;
use lapin::options::{
    BasicConsumeOptions, BasicPublishOptions, BasicQosOptions, QueueBindOptions, QueueDeclareOptions,
};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{BasicProperties, Connection, Consumer};
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::apply::{self, own_name, short, table, text};
use super::connection::{Leased, Link, in_time};
use super::troubles::{Trouble, Troubles, in_words};
use crate::activity::hint_dropped;
use crate::topology::{self, Topology};

/// How many hints may be on their way to the connection.
const MOST: u32 = 256;
/// A hint that could not go out for this long is not worth sending any more.
const FRESH: Duration = Duration::from_secs(2);
const OPEN_TIMEOUT: Duration = Duration::from_secs(10);
/// What waits for one listener; RabbitMQ drops the oldest first.
const MOST_WAITING: i32 = 10_000;
const MOST_BYTES: i32 = 16 << 20;
const TRANSIENT: u8 = 1;

/// The telling side: a channel of its own, so that a hint never waits for a confirm of something else.
pub(super) struct Hints {
    told: mpsc::Sender<Told>,
    room: Arc<Semaphore>,
}

struct Told {
    topic: String,
    body: Bytes,
    at: Instant,
    _room: OwnedSemaphorePermit,
}

impl Hints {
    pub(super) fn start(link: &Link, troubles: &Troubles, closed: CancellationToken) -> Self {
        let (told, hints) = mpsc::channel(MOST as usize);
        let (link, hints, trouble) = (link.clone(), Mutex::new(hints), troubles.of("hints"));
        tokio::spawn(async move {
            let supervised = mesh::shutdown::supervise("hints", &closed, || tell_all(&link, &hints, &trouble));
            closed.run_until_cancelled(supervised).await;
        });
        Self { told, room: Arc::new(Semaphore::new(MOST as usize)) }
    }

    pub(super) fn tell(&self, topic: &str, body: Bytes) {
        let told = self.room.clone().try_acquire_owned().is_ok_and(|room| {
            let hint = Told { topic: topic.to_owned(), body, at: Instant::now(), _room: room };
            self.told.try_send(hint).is_ok()
        });
        if !told {
            hint_dropped(topic, 1);
        }
    }

    /// Waits until nothing is on its way, at most this long.
    pub(super) async fn drained(&self, longest: Duration) {
        let _ = tokio::time::timeout(longest, self.room.acquire_many(MOST)).await;
    }
}

async fn tell_all(link: &Link, hints: &Mutex<mpsc::Receiver<Told>>, trouble: &Trouble) -> anyhow::Result<()> {
    let told = tell_until_lost(link, hints, trouble).await;
    // What is wrong with the connection is told by it.
    if let Some(error) = told.as_ref().err().filter(|_| link.trouble().is_none()) {
        trouble.is(format!("cannot tell hints: {}", in_words(error)));
    }
    told
}

async fn tell_until_lost(link: &Link, hints: &Mutex<mpsc::Receiver<Told>>, trouble: &Trouble) -> anyhow::Result<()> {
    let Some(connection) = link.open().await else { return Ok(()) };
    let leased = Leased::open(&connection).await?;
    let (mut hints, mut declared) = (hints.lock().await, HashSet::new());
    loop {
        let next = tokio::select! {
            () = link.lost(&connection) => anyhow::bail!("the connection was lost"),
            next = hints.recv() => next,
        };
        let Some(hint) = next else { return Ok(()) };
        // While an alarm is on it would wait inside of lapin, behind all those before it.
        if hint.at.elapsed() > FRESH || link.trouble().is_some() {
            hint_dropped(&hint.topic, 1);
            continue;
        }
        let name = exchange(&hint.topic)?;
        let is_first = declared.insert(name.clone());
        if is_first {
            declare(&connection, &hint.topic).await?;
        }
        let properties = BasicProperties::default().with_delivery_mode(TRANSIENT);
        let options = BasicPublishOptions::default();
        let sent = leased.channel.basic_publish(name, ShortString::default(), options, &hint.body, properties);
        in_time("take a hint", sent).await?;
        if is_first {
            // A refusal closes the channel, and comes before this answer.
            in_time("take a hint", leased.channel.basic_qos(1, BasicQosOptions::default())).await?;
            trouble.is_over();
        }
    }
}

/// Where this user may not declare it, as an operator has declared it. Not deleted with its last listener: publishing to
/// an exchange that is gone closes the channel.
async fn declare(connection: &Connection, topic: &str) -> Result<(), mesh::Error> {
    apply::apply_if_allowed(connection, &Topology::of_hints(topic)).await
}

fn exchange(topic: &str) -> Result<ShortString, mesh::Error> {
    short(&topology::hear(topic))
}

/// The hearing side: hands what is told on `topic` to `sink` until `shutdown`, or until nobody takes it any more.
pub(super) async fn hear(
    link: Link,
    instance: &str,
    topic: &str,
    troubles: &Troubles,
    sink: mpsc::Sender<Bytes>,
    shutdown: CancellationToken,
) {
    let name = format!("hearer of {topic}");
    let trouble = troubles.of(&name);
    let hearing = mesh::shutdown::supervise(&name, &shutdown, || once(&link, instance, topic, &trouble, &sink));
    tokio::select! {
        () = shutdown.cancelled() => {}
        () = sink.closed() => {}
        () = hearing => {}
    }
}

async fn once(
    link: &Link,
    instance: &str,
    topic: &str,
    trouble: &Trouble,
    sink: &mpsc::Sender<Bytes>,
) -> anyhow::Result<()> {
    let Some(connection) = link.open().await else { return Ok(()) };
    let not_heard = format!("{topic} are not heard");
    trouble.unless_soon(&not_heard);
    let opened = tokio::time::timeout(OPEN_TIMEOUT, open(&connection, instance, topic)).await;
    let opened = opened.context("the queue for hints was not opened in time").flatten();
    if let Err(error) = &opened {
        trouble.is(format!("cannot hear {topic}: {}", in_words(error)));
    }
    let (_leased, mut hints) = opened?;
    let _over = trouble.over_until_lost(&not_heard);
    while let Some(raw) = hints.next().await {
        if sink.try_send(raw?.data.into()).is_err() {
            hint_dropped(topic, 1);
        }
    }
    anyhow::bail!("the queue for hints is gone")
}

async fn open(connection: &Connection, instance: &str, topic: &str) -> anyhow::Result<(Leased, Consumer)> {
    let exchange = exchange(topic)?;
    declare(connection, topic).await?;
    let mut leased = Leased::open(connection).await?;
    let channel = &leased.channel;
    let name = own_name(&format!("{exchange}."), instance)?;
    let bounds = table([
        ("x-max-length", AMQPValue::LongInt(MOST_WAITING)),
        ("x-max-length-bytes", AMQPValue::LongInt(MOST_BYTES)),
        ("x-overflow", text("drop-head")),
    ]);
    channel.queue_declare(name.clone(), QueueDeclareOptions::exclusive().auto_delete(), bounds).await?;
    let options = QueueBindOptions::default();
    channel.queue_bind(name.clone(), exchange, ShortString::default(), options, FieldTable::default()).await?;
    let options = BasicConsumeOptions { no_ack: true, exclusive: true, ..BasicConsumeOptions::default() };
    let hints = channel.basic_consume(name.clone(), name, options, FieldTable::default()).await?;
    leased.consumed_by(&hints);
    Ok((leased, hints))
}
