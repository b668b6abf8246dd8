//! How deliveries reach a handler: in batches within their bound, in calls within theirs.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bus::{Outcome, Subscription, WorkQueue};
use tokio::sync::Semaphore;

use crate::consumer::{Consumer, dead_letter, delivered_ids, fill, ids, retry};
use crate::fresh::{Fresh, until};

pub(crate) async fn a_batch_keeps_to_its_size_and_each_outcome_to_its_delivery(Fresh { bus, .. }: Fresh) {
    let queue = WorkQueue::new("logger", "write", ["log.#"]);
    let events = fill(&bus, &queue, "log.INFO", 25).await;
    let (rejected, retried) = (events[7].id.clone(), events[8].id.clone());
    let outcome = {
        let (rejected, retried) = (rejected.clone(), retried.clone());
        move |delivery: &bus::Delivery| match &delivery.event.id {
            id if *id == rejected => Outcome::Reject { reason: "unreadable".to_owned() },
            id if *id == retried && delivery.attempt == 1 => retry("not yet"),
            _ => Outcome::Done,
        }
    };
    let mut consumer = Consumer::each(&bus, Subscription { batch: 10, ..Subscription::new(queue.clone()) }, outcome);
    let (mut sizes, mut seen) = (Vec::new(), Vec::new());
    while seen.len() < 26 {
        let call = consumer.call().await;
        sizes.push(call.deliveries.len());
        seen.extend(call.deliveries);
    }
    consumer.stop().await;
    assert!(sizes.iter().all(|size| (1..=10).contains(size)), "{sizes:?}");
    assert!(sizes.iter().any(|size| *size > 1), "nothing came as a batch: {sizes:?}");
    let again = seen.pop().unwrap();
    assert_eq!((again.event.id, again.attempt), (retried, 2));
    assert_eq!(delivered_ids(&seen), ids(&events));
    assert_eq!(dead_letter(&bus, "logger").await.event.id, rejected);
    assert_eq!(bus.depth(&queue.name).await.unwrap(), Some(0));
}

pub(crate) async fn no_more_calls_at_once_than_asked_for(Fresh { bus, .. }: Fresh) {
    let queue = WorkQueue::new("logger", "write", ["log.#"]);
    fill(&bus, &queue, "log.INFO", 12).await;
    let (now, most, gate) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)), Arc::new(Semaphore::new(0)));
    let answer = {
        let (now, most, gate) = (now.clone(), most.clone(), gate.clone());
        move |deliveries: Vec<bus::Delivery>| -> futures::future::BoxFuture<'static, Vec<Outcome>> {
            let (now, most, gate) = (now.clone(), most.clone(), gate.clone());
            Box::pin(async move {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                gate.acquire().await.unwrap().forget();
                now.fetch_sub(1, Ordering::SeqCst);
                deliveries.iter().map(|_| Outcome::Done).collect()
            })
        }
    };
    let mut consumer = Consumer::batches(&bus, Subscription { concurrency: 3, ..Subscription::new(queue) }, answer);
    until("three calls run at once", async || now.load(Ordering::SeqCst) == 3).await;
    gate.add_permits(12);
    consumer.deliveries(12).await;
    consumer.stop().await;
    assert_eq!(most.load(Ordering::SeqCst), 3);
}
