//! A queue deleted under its consumer: what was in the queue is gone, and what was in hand is not.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use bus::{Delivery, Outcome, Subscription, WorkQueue};
use lapin::options::QueueDeleteOptions;
use tokio::sync::watch;

use crate::consumer::{Consumer, fill, ids, retry};
use crate::fresh::{Fresh, until};

const IN_HAND: usize = 40;

fn queue() -> WorkQueue {
    WorkQueue::new("logger", "write", ["log.#"])
}

/// Of two calls of ten one never ends, and of the other every second message fails once; twenty more wait behind them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_in_hand_outlives_its_queue() {
    let Fresh { bus, host, _tasks } = Fresh::start().await;
    let events = fill(&bus, &queue(), "log.INFO", IN_HAND).await;
    let (hangs, deleted) = (events[0].id.clone(), watch::Sender::new(false));
    let done = Arc::new(Mutex::new(BTreeSet::new()));
    let (noted, is_deleted) = (done.clone(), deleted.clone());
    let subscription = Subscription { batch: 10, concurrency: 2, ..Subscription::new(queue()) };
    let mut consumer = Consumer::batches(&bus, subscription, move |deliveries: Vec<Delivery>| {
        let (hangs, noted, mut is_deleted) = (hangs.clone(), noted.clone(), is_deleted.subscribe());
        Box::pin(async move {
            is_deleted.wait_for(|it| *it).await.unwrap();
            if deliveries.iter().any(|it| it.event.id == hangs && !it.redelivered) {
                std::future::pending::<()>().await;
            }
            let outcomes = deliveries.iter().enumerate().map(|(number, it)| {
                if number % 2 == 0 && !it.redelivered {
                    return retry("not yet");
                }
                noted.lock().unwrap().insert(it.event.id.clone());
                Outcome::Done
            });
            outcomes.collect()
        })
    });
    let in_hand = || bus.activity().queues.get(&queue().name).map(|it| it.in_hand);
    until("all are in hand", async || in_hand() == Some(IN_HAND as u64)).await;
    host.channel().await.queue_delete(queue().name.into(), QueueDeleteOptions::default()).await.unwrap();
    // Until its consumer has seen it, what fails goes to a rung, and from there to nowhere.
    until("it is there again", async || bus.depth(&queue().name).await.is_ok_and(|it| it.is_some())).await;
    deleted.send_replace(true);
    until("everything is done", async || done.lock().unwrap().len() == events.len()).await;
    assert_eq!(done.lock().unwrap().iter().cloned().collect::<Vec<_>>(), ids(&events));
    until("it is consumed, and nothing is wrong", async || bus.trouble().is_none()).await;
    consumer.stop().await;
    assert_eq!(bus.depth(&queue().dead_letters()).await.unwrap(), Some(0));
    drop(consumer.rest());
}
