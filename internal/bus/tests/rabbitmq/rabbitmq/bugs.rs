//! The bugs on purpose, on RabbitMQ: each loses what the bus without it keeps.

#![cfg(debug_assertions)]

use bus::{Bug, Bus, Config, Outcome, Subscription, WorkQueue};
use tokio_util::sync::CancellationToken;

use crate::consumer::{Consumer, event, fill, publish};
use crate::fresh::{Fresh, config, soon, until};

async fn with(bug: Option<Bug>, url: &str) -> Bus {
    let bus = Bus::open(Config { bug, ..config(url) }, CancellationToken::new()).await.unwrap();
    until("it is connected", async || bus.declare(&[]).await.is_ok()).await;
    bus
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_acknowledges_early_loses_what_is_in_hand() {
    let queue = WorkQueue::new("logger", "write", ["log.#"]);
    for (bug, comes_again) in [(None, true), (Some(Bug::AckEarly), false)] {
        let fresh = Fresh::start().await;
        let bus = with(bug, &fresh.host.url).await;
        let first = fill(&bus, &queue, "log.INFO", 1).await.remove(0);
        let id = first.id.clone();
        let mut consumer = Consumer::batches(&bus, Subscription::new(queue.clone()), move |deliveries| {
            let hangs = deliveries[0].event.id == id && !deliveries[0].redelivered;
            Box::pin(async move {
                if hangs {
                    std::future::pending::<()>().await;
                }
                vec![Outcome::Done]
            })
        });
        consumer.delivery().await;
        fresh.host.close_connections();
        until("it is back", async || bus.publish(&event("log.INFO", 2), soon()).await.is_ok()).await;
        let next = consumer.delivery().await;
        assert_eq!(next.event.id == first.id, comes_again, "{bug:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_ignores_confirms_says_kept_of_what_nobody_took() {
    let fresh = Fresh::start().await;
    for (bug, says_kept) in [(None, false), (Some(Bug::IgnoreConfirms), true)] {
        let bus = with(bug, &fresh.host.url).await;
        assert_eq!(bus.publish(&event("nobody.hears", 1), soon()).await.is_ok(), says_kept, "{bug:?}");
    }
    fresh.bus.declare(&[WorkQueue::new("logger", "write", ["log.#"])]).await.unwrap();
    publish(&fresh.bus, &event("log.INFO", 2)).await;
}
