//! What a process knows of its own doing, and what is told of the queues.

use std::sync::Arc;

use bus::glance::{Figure, Kind, Queue};
use bus::heartbeat::{Activity, Consumed};
use bus::{Bus, Event, Outcome, Subscription, WorkQueue};
use chrono::{DateTime, SubsecRound, Utc};
use tokio::sync::Semaphore;

use crate::consumer::{Consumer, event, fill, publish, retry};
use crate::fresh::{Fresh, soon, until};

fn queue() -> WorkQueue {
    WorkQueue::new("logger", "write", ["log.#"])
}

fn consumed(bus: &Bus) -> Consumed {
    bus.activity().queues.get(&queue().name).cloned().unwrap_or_default()
}

pub(crate) async fn what_a_process_does_is_counted(Fresh { bus, .. }: Fresh) {
    assert_eq!(bus.activity(), Activity::default());
    fill(&bus, &queue(), "log.INFO", 3).await;
    bus.publish(&event("mail.sent", 1), soon()).await.unwrap_err();
    let published = bus.activity();
    assert_eq!((published.published, published.unroutable, published.unconfirmed), (3, 1, 0));
    let fails_once = |delivery: &bus::Delivery| if delivery.attempt == 1 { retry("busy") } else { Outcome::Done };
    let mut consumer = Consumer::each(&bus, Subscription::new(queue()), fails_once);
    consumer.deliveries(6).await;
    until("all outcomes are counted", async || consumed(&bus).handled == 6 && consumed(&bus).in_hand == 0).await;
    consumer.stop().await;
    let after = consumed(&bus);
    assert_eq!((after.service.as_str(), after.redelivered, after.is_paused, after.oldest), ("logger", 3, false, None));
}

pub(crate) async fn what_is_held_is_told_with_the_oldest_event(Fresh { bus, .. }: Fresh) {
    bus.declare(&[queue()]).await.unwrap();
    let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
    for time in [Utc::now().trunc_subsecs(0), at(2_000), at(1_000)] {
        publish(&bus, &Event { time, ..event("log.INFO", 1) }).await;
    }
    let gate = Arc::new(Semaphore::new(0));
    let opened = gate.clone();
    let subscription = Subscription { concurrency: 3, ..Subscription::new(queue()) };
    let mut consumer = Consumer::batches(&bus, subscription, move |_| {
        let gate = gate.clone();
        Box::pin(async move {
            let is_open = gate.acquire().await.unwrap();
            is_open.forget();
            vec![Outcome::Unavailable { reason: "away".to_owned(), after: None }]
        })
    });
    until("three are in hand", async || consumed(&bus).in_hand == 3).await;
    assert_eq!((consumed(&bus).oldest, consumed(&bus).is_paused), (Some(at(1_000)), false));
    opened.add_permits(3);
    until("it is paused", async || consumed(&bus).is_paused).await;
    assert_eq!(consumed(&bus).oldest, Some(at(1_000)), "what waits for the end of a pause is held as well");
    opened.add_permits(100_000);
    consumer.stop().await;
    until("nothing is held", async || consumed(&bus).oldest.is_none()).await;
    assert_eq!((consumed(&bus).in_hand, consumed(&bus).is_paused), (0, false));
}

async fn found(bus: &Bus, name: &str) -> Option<Queue> {
    bus.queues(&[]).await.unwrap().into_iter().find(|queue| queue.name == name)
}

pub(crate) async fn every_queue_is_listed_with_what_is_ready_and_who_consumes(Fresh { bus, .. }: Fresh) {
    fill(&bus, &queue(), "log.INFO", 3).await;
    let ready = async |name: &str, ready: u64, consumers: u64| {
        let queue = found(&bus, name).await;
        queue.is_some_and(|it| (it.ready, it.consumers) == (Figure::Known(ready), Figure::Known(consumers)))
    };
    until("three are ready", async || ready(&queue().name, 3, 0).await).await;
    let names: Vec<_> = bus.queues(&[]).await.unwrap().into_iter().map(|it| (it.name, it.kind)).collect();
    assert!(names.is_sorted_by_key(|(name, _)| name), "{names:?}");
    for expected in [(queue().name, Kind::Work), (queue().dead_letters(), Kind::Dead)] {
        assert!(names.contains(&expected), "{expected:?} is not among {names:?}");
    }
    let nobodys = bus.queues(&["v1.nobody.knows".to_owned()]).await.unwrap();
    assert_eq!(nobodys.len(), names.len(), "a name of no queue adds nothing");
    let reject = |_: &bus::Delivery| Outcome::Reject { reason: "poison".to_owned() };
    let mut consumer = Consumer::each(&bus, Subscription::new(queue()), reject);
    consumer.deliveries(3).await;
    until("the dead letters are counted", async || ready(&queue().dead_letters(), 3, 0).await).await;
    until("nothing is ready and somebody consumes", async || ready(&queue().name, 0, 1).await).await;
    consumer.stop().await;
    until("nobody consumes any more", async || ready(&queue().name, 0, 0).await).await;
}
