//! An operator who closes connections and deletes queues while the bus is at work.

use std::time::Duration;

use bus::{Outcome, PublishError, Subscription};
use lapin::options::QueueDeleteOptions;
use tokio::time::Instant;

use crate::consumer::{Consumer, delivered_ids, event};
use crate::fresh::{Fresh, soon, until};
use crate::host::VirtualHost;
use crate::scene::{LIST_CONSUMERS, Scene, prefetches, queue};

/// A deleted queue stays away for a second.
const APART: Duration = Duration::from_millis(900);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closed_connections_come_back_with_their_prefetch_and_lose_nothing() {
    let host = VirtualHost::add();
    let scene = Scene::start(&host.url).await;
    let before = prefetches(&host.ctl(LIST_CONSUMERS[0], &LIST_CONSUMERS[1..]));
    for _ in 0..3 {
        host.close_connections();
        scene.recovered().await;
    }
    assert_eq!(prefetches(&host.ctl(LIST_CONSUMERS[0], &LIST_CONSUMERS[1..])), before);
    scene.end().await;
}

/// What was in the queue is gone with it, as it was told to be; whoever publishes meanwhile is told that nobody takes it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queue_deleted_under_its_consumer_is_there_again_and_consumed_as_before() {
    let Fresh { bus, host, _tasks } = Fresh::start().await;
    bus.declare(&[queue()]).await.unwrap();
    let subscription = Subscription { batch: 10, concurrency: 2, ..Subscription::new(queue()) };
    let mut consumer = Consumer::each(&bus, subscription, |_| Outcome::Done);
    let listed = || prefetches(&host.ctl(LIST_CONSUMERS[0], &LIST_CONSUMERS[1..]));
    until("it is consumed", async || listed().contains_key(&queue().suspects())).await;
    let before = listed();
    host.channel().await.queue_delete(queue().name.into(), QueueDeleteOptions::default()).await.unwrap();
    let (deleted, event) = (Instant::now(), event("log.INFO", 1));
    until("it is taken again", async || match bus.publish(&event, soon()).await {
        Ok(()) => true,
        Err(PublishError::Unroutable { .. } | PublishError::Unavailable(_)) => false,
        Err(error) => panic!("{error}"),
    })
    .await;
    // Before, RabbitMQ may confirm what it has for the one that is gone.
    assert!(deleted.elapsed() > APART, "it was there again after {:?}", deleted.elapsed());
    assert_eq!(delivered_ids(&consumer.deliveries(1).await), [event.id]);
    until("it is consumed as before", async || listed() == before).await;
    assert_eq!(bus.trouble(), None);
    consumer.stop().await;
}
