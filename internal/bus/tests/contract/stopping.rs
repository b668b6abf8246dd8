//! A subscription that is told to stop: nothing in hand is lost, nothing is done twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bus::{Outcome, Subscription, WorkQueue};
use tokio::sync::Semaphore;

use crate::consumer::{Consumer, delivered_ids, fill, ids};
use crate::fresh::Fresh;

pub(crate) async fn what_is_in_hand_is_finished_and_the_rest_given_back(Fresh { bus, .. }: Fresh) {
    let queue = WorkQueue::new("logger", "write", ["log.#"]);
    let events = fill(&bus, &queue, "log.INFO", 20).await;
    let gate = Arc::new(Semaphore::new(0));
    let opened = gate.clone();
    let mut first = Consumer::batches(&bus, Subscription::new(queue.clone()), move |_| {
        let gate = opened.clone();
        Box::pin(async move {
            gate.acquire().await.unwrap().forget();
            vec![Outcome::Done]
        })
    });
    let in_hand = first.delivery().await;
    first.tell_to_stop();
    let mut second =
        Consumer::each(&bus, Subscription { batch: 5, ..Subscription::new(queue.clone()) }, |_| Outcome::Done);
    // The rest comes to the second one while the first is still busy with its one message, or after it.
    assert!(!first.has_stopped(), "stopped with a message in hand");
    gate.add_permits(1);
    first.stop().await;
    assert_eq!(first.rest(), []);
    let mut all = second.deliveries(19).await;
    second.stop().await;
    all.extend(second.rest());
    all.push(in_hand);
    assert_eq!(delivered_ids(&all), ids(&events));
    assert_eq!(bus.depth(&queue.name).await.unwrap(), Some(0));
}

pub(crate) async fn a_probe_of_a_service_that_is_away_is_given_back_at_once(Fresh { bus, .. }: Fresh) {
    let queue = WorkQueue::new("logger", "write", ["log.#"]);
    let events = fill(&bus, &queue, "log.INFO", 1).await;
    let is_probe = AtomicBool::new(false);
    let mut first = Consumer::batches(&bus, Subscription::new(queue.clone()), move |_| {
        if is_probe.swap(true, Ordering::SeqCst) {
            return Box::pin(std::future::pending());
        }
        Box::pin(std::future::ready(vec![Outcome::Unavailable { reason: "away".to_owned(), after: None }]))
    });
    first.deliveries(2).await;
    let mut second = Consumer::each(&bus, Subscription::new(queue.clone()), |_| Outcome::Done);
    first.stop().await;
    let again = second.delivery().await;
    assert_eq!((ids(&events), again.attempt, again.redelivered), (vec![again.event.id], 1, true));
    second.stop().await;
    assert_eq!(bus.depth(&queue.name).await.unwrap(), Some(0));
}
