//! Connections closed and an exchange deleted under a running bus: everything comes back by itself and nothing is lost.

use std::collections::BTreeSet;
use std::pin::pin;

use bus::{Bus, Event, Outcome, PublishError, Subscription, WorkQueue};
use faults::{Direction, Proxy};
use futures::future::join_all;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::consumer::{Consumer, delivered_ids, event, fill, publish, someone};
use crate::fresh::{Fresh, PATIENCE, config, soon, until};
use crate::host::VirtualHost;

fn queue() -> WorkQueue {
    WorkQueue::new("logger", "write", ["log.#"])
}

/// As an outbox would: the same event until it is confirmed.
async fn publish_at_last(bus: &Bus, event: &Event) {
    while let Err(error) = bus.publish(event, soon()).await {
        assert!(!matches!(error, PublishError::TooLarge { .. }), "{error}");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_confirmed_survives_closed_connections() {
    let Fresh { bus, host, _tasks } = Fresh::start().await;
    bus.declare(&[queue()]).await.unwrap();
    let subscription = Subscription { batch: 10, concurrency: 2, ..Subscription::new(queue()) };
    let mut consumer = Consumer::each(&bus, subscription, |_| Outcome::Done);
    let events: Vec<_> = (0..300).map(|number| event("log.INFO", number)).collect();
    let publishing = {
        let (bus, events) = (bus.clone(), events.clone());
        tokio::spawn(async move {
            for event in &events {
                publish_at_last(&bus, event).await;
            }
        })
    };
    let mut seen = BTreeSet::new();
    for _ in 0..2 {
        seen.extend(delivered_ids(&consumer.deliveries(20).await));
        host.close_connections();
    }
    publishing.await.unwrap();
    until("every event was delivered", async || {
        seen.extend(delivered_ids(&consumer.rest()));
        seen.len() == events.len()
    })
    .await;
    consumer.stop().await;
    until("nothing is left", async || {
        let depths = [queue().name, queue().suspects(), queue().dead_letters()];
        let mut left = 0;
        for name in depths {
            left += bus.depth(&name).await.unwrap().unwrap();
        }
        left == 0
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_exchange_is_an_error_once_and_then_back() {
    let Fresh { bus, host, _tasks } = Fresh::start().await;
    bus.declare(&[queue()]).await.unwrap();
    host.channel().await.exchange_delete("events".into(), Default::default()).await.unwrap();
    let refused = bus.publish(&event("log.INFO", 1), soon()).await;
    assert!(matches!(refused, Err(PublishError::Unavailable(_))), "{refused:?}");
    until("the exchange is back", async || {
        bus.declare(&[queue()]).await.is_ok() && bus.publish(&event("log.INFO", 2), soon()).await.is_ok()
    })
    .await;
}

/// A crash counts against everything in hand; twice, and a message goes on alone instead of towards the dead letters.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_two_closed_connections_messages_go_on_alone_and_none_dies() {
    let Fresh { bus, host, _tasks } = Fresh::start().await;
    let events = fill(&bus, &queue(), "log.INFO", 20).await;
    let open = std::sync::Arc::new(tokio::sync::Semaphore::new(0));
    let gate = open.clone();
    let subscription = Subscription { batch: 20, ..Subscription::new(queue()) };
    let mut consumer = Consumer::batches(&bus, subscription, move |deliveries| {
        let gate = gate.clone();
        Box::pin(async move {
            // A handler that ends with its consumer: it never answers while the gate is shut.
            let _passed = tokio::time::timeout(std::time::Duration::from_millis(300), gate.acquire()).await;
            match gate.available_permits() {
                0 => vec![Outcome::Unavailable { reason: "shut".to_owned(), after: None }; deliveries.len()],
                _ => vec![Outcome::Done; deliveries.len()],
            }
        })
    });
    for _ in 0..4 {
        consumer.call().await;
        consumer.rest();
        host.close_connections();
    }
    until("they wait to go on alone", async || bus.depth(&queue().suspects()).await.is_ok_and(|it| it > Some(0))).await;
    open.add_permits(1_000);
    let mut seen = BTreeSet::new();
    until("all are handled", async || {
        let handled = consumer.rest();
        assert!(handled.iter().all(|delivery| delivery.event.identity == Some(someone())));
        seen.extend(delivered_ids(&handled));
        let mut left = 0;
        for name in [queue().name, queue().suspects()] {
            left += bus.depth(&name).await.ok().flatten().unwrap_or(1);
        }
        left == 0 && seen.len() == events.len()
    })
    .await;
    consumer.stop().await;
    assert_eq!(bus.depth(&queue().name).await.unwrap(), Some(0));
    assert_eq!(bus.depth(&queue().suspects()).await.unwrap(), Some(0));
    assert_eq!(bus.depth(&queue().dead_letters()).await.unwrap(), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_connection_fails_what_is_in_flight_at_once() {
    let (host, shutdown) = (VirtualHost::add(), CancellationToken::new());
    let _until = shutdown.clone().drop_guard();
    let (credentials, rest) = host.url.split_once('@').unwrap();
    let (server, name) = rest.split_once('/').unwrap();
    let proxy = Proxy::to(server).await.unwrap();
    let url = format!("{credentials}@{}/{name}", proxy.address());
    let bus = Bus::open(config(&url), shutdown).await.unwrap();
    until("RabbitMQ answers", async || bus.declare(&[queue()]).await.is_ok()).await;
    publish(&bus, &event("log.INFO", 0)).await;
    // Whatever RabbitMQ says of the next ones arrives nowhere.
    proxy.hold_back(Direction::ToClient);
    let publishing = join_all((1..=50).map(async |number| bus.publish(&event("log.INFO", number), soon()).await));
    let mut publishing = pin!(publishing);
    assert!(futures::poll!(&mut publishing).is_pending());
    let began = Instant::now();
    proxy.cut();
    let published = publishing.await;
    assert!(published.iter().all(|it| matches!(it, Err(PublishError::Unavailable(_)))), "{published:?}");
    assert!(began.elapsed() < PATIENCE / 2, "it took {:?}", began.elapsed());
    proxy.open();
    until("it is back", async || bus.trouble().is_none()).await;
    publish_at_last(&bus, &event("log.INFO", 51)).await;
}
