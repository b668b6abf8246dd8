//! A service that is away: the subscription waits for it and holds nothing against the messages.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bus::{Outcome, Subscription, WorkQueue};

use crate::consumer::{Consumer, dead_letter, delivered_ids, event, fill, ids, publish};
use crate::fresh::{Fresh, RUNGS, until};

fn away(after: Option<Duration>) -> Outcome {
    Outcome::Unavailable { reason: "the logger is away".to_owned(), after }
}

pub(crate) async fn an_outage_pauses_and_counts_no_attempt(Fresh { bus, .. }: Fresh) {
    let queue = WorkQueue::new("logger", "write", ["log.#"]);
    let events = fill(&bus, &queue, "log.INFO", 30).await;
    let back = Arc::new(AtomicBool::new(false));
    let is_back = back.clone();
    let subscription = Subscription { batch: 10, attempts: 2, ..Subscription::new(queue.clone()) };
    let done = Arc::new(Mutex::new(BTreeSet::new()));
    let is_done = done.clone();
    let mut consumer = Consumer::each(&bus, subscription, move |delivery| {
        if is_back.load(Ordering::SeqCst) {
            is_done.lock().unwrap().insert(delivery.event.id.clone());
            Outcome::Done
        } else {
            away(None)
        }
    });
    let mut seen = consumer.call().await.deliveries;
    let mut last = None;
    // More probes than there are attempts, each of one message, with growing waits in between.
    for _ in 0..4 {
        let probe = consumer.call().await;
        assert_eq!(probe.deliveries.len(), 1, "a probe is one message");
        assert_eq!(probe.deliveries[0].attempt, 1);
        let was_seen = seen.iter().any(|it| it.event.id == probe.deliveries[0].event.id);
        assert!(!was_seen || probe.deliveries[0].redelivered, "it was with the handler before");
        if let Some(before) = last.replace(probe.at) {
            assert!(probe.at - before >= Duration::from_millis(100), "probed after {:?}", probe.at - before);
        }
        seen.extend(probe.deliveries);
    }
    back.store(true, Ordering::SeqCst);
    until("everything is done", async || done.lock().unwrap().len() == events.len()).await;
    consumer.stop().await;
    seen.extend(consumer.rest());
    assert!(seen.iter().all(|delivery| delivery.attempt == 1));
    let mut seen = delivered_ids(&seen);
    seen.dedup();
    assert_eq!(seen, ids(&events));
    let consumed = bus.activity().queues[&queue.name].clone();
    assert_eq!((consumed.handled, consumed.redelivered), (events.len() as u64, 0), "no probe was counted");
    assert_eq!(bus.depth(&queue.name).await.unwrap(), Some(0));
    assert_eq!(bus.depth(&queue.dead_letters()).await.unwrap(), Some(0));
}

pub(crate) async fn an_outage_longer_than_all_waits_together_dead_letters_nothing(Fresh { bus, .. }: Fresh) {
    let queue = WorkQueue::new("logger", "write", ["log.#"]);
    let before = fill(&bus, &queue, "log.INFO", 20).await;
    let back = Arc::new(AtomicBool::new(false));
    let is_back = back.clone();
    let handled = Arc::new(Mutex::new(Vec::new()));
    let notes = handled.clone();
    let subscription = Subscription { batch: 5, attempts: RUNGS.len() as u32 + 1, ..Subscription::new(queue.clone()) };
    let mut consumer = Consumer::each(&bus, subscription, move |delivery| {
        assert_eq!(delivery.attempt, 1, "an attempt was counted");
        if !is_back.load(Ordering::SeqCst) {
            return away(None);
        }
        notes.lock().unwrap().push(delivery.event.id.clone());
        Outcome::Done
    });
    let whole: Duration = RUNGS.iter().sum();
    // Jitter included, and then as long again.
    let over = consumer.call().await.at + 2 * (whole + whole / 10);
    while consumer.call().await.at < over {}
    let meanwhile = fill(&bus, &queue, "log.INFO", 20).await;
    assert_eq!(bus.depth(&queue.dead_letters()).await.unwrap(), Some(0));
    back.store(true, Ordering::SeqCst);
    until("everything is done", async || handled.lock().unwrap().len() >= before.len() + meanwhile.len()).await;
    consumer.stop().await;
    let mut handled = handled.lock().unwrap().clone();
    handled.sort();
    assert_eq!(handled, ids(before.iter().chain(&meanwhile)), "each of them once");
    assert_eq!(bus.depth(&queue.dead_letters()).await.unwrap(), Some(0));
}

pub(crate) async fn the_wait_that_an_outage_asks_for_is_kept(Fresh { bus, .. }: Fresh) {
    const AFTER: Duration = Duration::from_millis(700);
    let queue = WorkQueue::new("logger", "write", ["log.#"]);
    fill(&bus, &queue, "log.INFO", 1).await;
    let asked = AtomicBool::new(false);
    let mut consumer = Consumer::each(&bus, Subscription::new(queue), move |_| {
        if asked.swap(true, Ordering::SeqCst) { Outcome::Done } else { away(Some(AFTER)) }
    });
    let (first, second) = (consumer.call().await, consumer.call().await);
    assert!(second.at - first.at >= AFTER, "came again after {:?}", second.at - first.at);
    assert_eq!(second.deliveries[0].attempt, 1);
    consumer.stop().await;
}

pub(crate) async fn a_message_whose_own_fault_looks_like_an_outage_blocks_nobody_and_dies(Fresh { bus, .. }: Fresh) {
    let queue = WorkQueue::new("logger", "write", ["log.#"]);
    let poison = fill(&bus, &queue, "log.INFO", 1).await.remove(0).id;
    let subscription = Subscription { batch: 2, attempts: 1, ..Subscription::new(queue.clone()) };
    let is_poison = poison.clone();
    let mut consumer = Consumer::batches(&bus, subscription, move |deliveries| {
        let fails = deliveries.iter().any(|delivery| delivery.event.id == is_poison);
        let outcome = if fails { away(None) } else { Outcome::Done };
        Box::pin(std::future::ready(vec![outcome; deliveries.len()]))
    });
    let mut number = 0;
    until("it is dead", async || {
        number += 1;
        publish(&bus, &event("log.INFO", number)).await;
        bus.depth(&queue.dead_letters()).await.unwrap() == Some(1)
    })
    .await;
    // Not the queue's depth alone, which leaves out what is read ahead and not handed over yet.
    let handled = || bus.activity().queues[&queue.name].handled;
    until("all others are done", async || {
        bus.depth(&queue.name).await.unwrap() == Some(0) && handled() > number as u64
    })
    .await;
    consumer.stop().await;
    assert_eq!(handled(), number as u64 + 1, "the one that died is counted once");
    let dead = dead_letter(&bus, "logger").await;
    assert_eq!((dead.event.id, dead.dead.unwrap().attempts), (poison, 1));
    assert_eq!(bus.depth(&queue.name).await.unwrap(), Some(0));
}
