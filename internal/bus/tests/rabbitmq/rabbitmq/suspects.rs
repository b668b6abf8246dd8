//! Consumers that end with messages in hand, which RabbitMQ holds against all of them alike.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bus::{Bus, Outcome, Subscription, WorkQueue};
use lapin::options::BasicGetOptions;
use lapin::{Connection, ConnectionProperties};
use tokio::sync::watch;

use crate::consumer::{Consumer, dead_letter, delivered_ids, fill, ids};
use crate::fresh::{Fresh, until};

const INNOCENTS: usize = 100;
const CLOSES: usize = 6;

fn queue() -> WorkQueue {
    WorkQueue::new("logger", "write", ["log.#"])
}

async fn left(bus: &Bus, name: &str) -> u64 {
    bus.depth(name).await.ok().flatten().unwrap_or(u64::MAX)
}

/// Held against all in hand alike, six of them would make dead letters of a hundred messages that did nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn six_closed_connections_kill_no_innocent() {
    let Fresh { bus, host, _tasks } = Fresh::start().await;
    let events = fill(&bus, &queue(), "log.INFO", INNOCENTS).await;
    let closed = watch::Sender::new(0);
    let closes = closed.clone();
    let subscription = Subscription { batch: INNOCENTS, ..Subscription::new(queue()) };
    let mut consumer = Consumer::batches(&bus, subscription, move |deliveries| {
        let mut closes = closes.subscribe();
        Box::pin(async move {
            // In hand until its connection is closed, and then it is too late to acknowledge.
            if *closes.borrow() < CLOSES {
                closes.changed().await.unwrap();
            }
            vec![Outcome::Done; deliveries.len()]
        })
    });
    for close in 1..=CLOSES {
        consumer.call().await;
        host.close_connections();
        closed.send_replace(close);
    }
    let mut seen = BTreeSet::new();
    until("all are handled", async || {
        seen.extend(delivered_ids(&consumer.rest()));
        left(&bus, &queue().name).await == 0 && left(&bus, &queue().suspects()).await == 0 && seen.len() == events.len()
    })
    .await;
    consumer.stop().await;
    assert_eq!(left(&bus, &queue().name).await, 0);
    assert_eq!(left(&bus, &queue().suspects()).await, 0);
    assert_eq!(bus.depth(&queue().dead_letters()).await.unwrap(), Some(0));
}

/// What a service does that ends with a message in hand.
async fn take_and_end(connection: &Connection, name: &str) -> bool {
    let channel = connection.create_channel().await.unwrap();
    let taken = channel.basic_get(name.into(), BasicGetOptions::default()).await.unwrap();
    channel.close(200, "ends".into()).await.unwrap();
    taken.is_some()
}

/// By itself RabbitMQ keeps the routing key of what it buries, and nobody takes that.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_ends_all_its_consumers_is_buried_by_rabbitmq_and_found_with_its_reason() {
    let Fresh { bus, host, _tasks } = Fresh::start().await;
    let poison = fill(&bus, &queue(), "log.INFO", 1).await.remove(0);
    let connection = Connection::connect(&host.url, ConnectionProperties::default()).await.unwrap();
    let mut crashes = 0;
    until("it is dead", async || {
        crashes += usize::from(take_and_end(&connection, &queue().name).await);
        left(&bus, &queue().dead_letters()).await == 1
    })
    .await;
    assert!(crashes > 6, "after {crashes} crashes");
    let letter = dead_letter(&bus, "logger").await;
    assert_eq!(ids([&letter.event]), ids([&poison]));
    let dead = letter.dead.unwrap();
    assert_eq!((dead.queue, dead.reason.as_str()), (queue().name, "its consumer ended too often with it in hand"));
}

/// Suspects are given out one at a time: while one of them is in hand nobody else can be blamed for its end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn suspects_are_handled_one_at_a_time() {
    let Fresh { bus, host, _tasks } = Fresh::start().await;
    let events = fill(&bus, &queue(), "log.INFO", 5).await;
    for _ in 0..2 {
        let channel = host.channel().await;
        for _ in 0..events.len() {
            channel.basic_get(queue().name.into(), BasicGetOptions::default()).await.unwrap().unwrap();
        }
        channel.close(200, "ends".into()).await.unwrap();
        until("all are back", async || left(&bus, &queue().name).await == events.len() as u64).await;
    }
    let subscription = Subscription { batch: 5, concurrency: 4, ..Subscription::new(queue()) };
    let (busy, together) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let (is_busy, were_together) = (busy.clone(), together.clone());
    let mut consumer = Consumer::batches(&bus, subscription, move |deliveries| {
        let (busy, together) = (is_busy.clone(), were_together.clone());
        Box::pin(async move {
            if busy.swap(true, Ordering::SeqCst) || deliveries.len() > 1 {
                together.store(true, Ordering::SeqCst);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
            busy.store(false, Ordering::SeqCst);
            vec![Outcome::Done; deliveries.len()]
        })
    });
    let seen = consumer.deliveries(events.len()).await;
    consumer.stop().await;
    assert_eq!(delivered_ids(&seen), ids(&events));
    assert!(seen.iter().all(|delivery| delivery.redelivered && delivery.attempt == 1));
    assert!(!together.load(Ordering::SeqCst), "two suspects were in hand at once");
}
