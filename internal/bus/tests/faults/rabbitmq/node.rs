//! A private node that is killed, runs out of memory, knows the password no more, or loses its patience with a consumer.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bus::{Bus, Outcome, Subscription, WorkQueue};
use faults::RabbitNode;
use tokio_util::sync::CancellationToken;

use crate::consumer::{Consumer, delivered_ids, fill, ids};
use crate::fresh::{config, soon, until};
use crate::scene::{LIST_CONSUMERS, Scene, prefetches, queue};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_node_has_everything_that_it_confirmed() {
    let mut node = RabbitNode::start().await.unwrap();
    let scene = Scene::start(&node.url()).await;
    let before = prefetches(&node.ctl(&LIST_CONSUMERS).await.unwrap());
    node.settle().await.unwrap();
    node.kill().await.unwrap();
    assert!(scene.told().await.starts_with("RabbitMQ does not answer"));
    until("publishers are refused", async || scene.refused() > 10).await;
    node.restart().await.unwrap();
    scene.recovered().await;
    assert_eq!(prefetches(&node.ctl(&LIST_CONSUMERS).await.unwrap()), before);
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_alarm_stops_publishers_which_run_out_of_time_and_go_on_after_it() {
    let node = RabbitNode::start().await.unwrap();
    let scene = Scene::start(&node.url()).await;
    node.memory_alarm(true).await.unwrap();
    assert!(scene.told().await.contains("alarm"));
    // Confirms that were on their way may still arrive.
    let out_of_time = async |times| {
        let refused = scene.refused();
        until("publishers run out of time", async || scene.refused() >= refused + times).await;
    };
    out_of_time(4).await;
    let confirmed = scene.confirmed();
    out_of_time(4).await;
    assert_eq!(scene.confirmed(), confirmed, "confirmed although nothing is taken");
    node.memory_alarm(false).await.unwrap();
    scene.recovered().await;
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_dies_during_an_alarm_is_one_dead_letter_after_it() {
    let node = RabbitNode::start().await.unwrap();
    let shutdown = CancellationToken::new();
    let bus = Bus::open(config(&node.url()), shutdown.clone()).await.unwrap();
    until("RabbitMQ answers", async || bus.declare(&[queue()]).await.is_ok()).await;
    let behind = WorkQueue::new("logger", "behind", ["behind"]);
    let events = fill(&bus, &behind, "behind", 1).await;
    fill(&bus, &queue(), "log.INFO", 1).await;
    node.memory_alarm(true).await.unwrap();
    until("the alarm is told", async || bus.trouble().is_some_and(|it| it.contains("alarm"))).await;
    let mut consumer =
        Consumer::each(&bus, Subscription::new(queue()), |_| Outcome::Reject { reason: "never".to_owned() });
    let died = consumer.call().await.at;
    // Longer than one try to copy it may take.
    until("it was tried for long", async || died.elapsed() > Duration::from_secs(12)).await;
    node.memory_alarm(false).await.unwrap();
    let dead = async || bus.depth(&queue().dead_letters()).await.unwrap();
    until("it is dead", async || dead().await > Some(0)).await;
    // Over the same channel as copies, so whatever was on its way is there before it.
    bus.requeue(&events[0], &behind.name, soon()).await.unwrap();
    consumer.stop().await;
    assert_eq!(dead().await, Some(1));
    bus.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refused_credentials_are_told_without_them_and_tried_again() {
    let node = RabbitNode::start().await.unwrap();
    let scene = Scene::start(&node.url()).await;
    node.ctl(&["change_password", "guest", "another"]).await.unwrap();
    node.close_connections().await.unwrap();
    let refused = "RabbitMQ does not answer: it refuses the user, the password or the virtual host";
    until("it is told", async || scene.bus.trouble().as_deref() == Some(refused)).await;
    node.ctl(&["change_password", "guest", "guest"]).await.unwrap();
    scene.recovered().await;
    scene.end().await;
}

/// RabbitMQ takes the channel of a consumer that keeps a message for too long: a soft error, on a connection that is well.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_closed_by_a_soft_error_is_opened_again_with_its_prefetch() {
    let node = RabbitNode::start().await.unwrap();
    let impatient = "application:set_env(rabbit, consumer_timeout, 1000), \
                     application:set_env(rabbit, channel_tick_interval, 500).";
    node.ctl(&["eval", impatient]).await.unwrap();
    let shutdown = CancellationToken::new();
    let bus = Bus::open(config(&node.url()), shutdown.clone()).await.unwrap();
    until("RabbitMQ answers", async || bus.declare(&[queue()]).await.is_ok()).await;
    let events = fill(&bus, &queue(), "log.INFO", 5).await;
    let calls = Arc::new(AtomicUsize::new(0));
    let subscription = Subscription { batch: 5, ..Subscription::new(queue()) };
    let mut consumer = Consumer::batches(&bus, subscription, {
        let calls = calls.clone();
        move |deliveries| {
            let first = calls.fetch_add(1, Ordering::SeqCst) == 0;
            Box::pin(async move {
                tokio::time::sleep(Duration::from_secs(if first { 5 } else { 0 })).await;
                vec![Outcome::Done; deliveries.len()]
            })
        }
    });
    let prefetch = async || prefetches(&node.ctl(&LIST_CONSUMERS).await.unwrap()).remove(&queue().name);
    until("it is consumed with its prefetch", async || prefetch().await == Some(vec![10])).await;
    let mut again = Vec::new();
    while again.len() < events.len() {
        again.extend(consumer.deliveries(1).await.into_iter().filter(|delivery| delivery.redelivered));
    }
    assert_eq!(delivered_ids(&again), ids(&events));
    until("nothing is left", async || bus.depth(&queue().name).await.unwrap() == Some(0)).await;
    until("it is consumed as before", async || prefetch().await == Some(vec![10])).await;
    assert_eq!(bus.trouble(), None);
    consumer.stop().await;
    bus.close().await;
}
