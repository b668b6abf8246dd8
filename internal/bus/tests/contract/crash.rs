//! What the embedded queue keeps over the death of its process, which here is the death of its runtime: every task
//! is dropped where it stands, nothing is closed, nothing given back.

use std::path::Path;
use std::time::Duration;

use bus::{Bus, Delivery, Outcome, Subscription, WorkQueue};
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use crate::consumer::{Consumer, dead_letter, delivered_ids, fill, ids, retry, someone};
use crate::fresh::{config, until};

fn queue() -> WorkQueue {
    WorkQueue::new("logger", "write", ["log.#"])
}

/// One life of a process: `work` runs on its bus, and then it is gone.
fn life<T>(file: &Path, work: impl AsyncFnOnce(Bus) -> T) -> T {
    let runtime = Runtime::new().unwrap();
    let done = runtime.block_on(async {
        let bus = Bus::open(config(file), CancellationToken::new()).await.unwrap();
        work(bus).await
    });
    runtime.shutdown_timeout(Duration::from_secs(5));
    done
}

/// Never answers for `poison`: it is in hand when the process dies.
fn hangs_on(bus: &Bus, subscription: Subscription, poison: &str) -> Consumer {
    let poison = poison.to_owned();
    Consumer::batches(bus, subscription, move |deliveries| {
        let hangs = deliveries.iter().any(|delivery| delivery.event.id == poison);
        Box::pin(async move {
            if hangs {
                std::future::pending::<()>().await;
            }
            deliveries.iter().map(|_| Outcome::Done).collect()
        })
    })
}

#[test]
fn what_was_confirmed_is_there_after_the_process_died() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bus.db");
    let events = life(&file, async |bus| fill(&bus, &queue(), "log.INFO", 100).await);
    life(&file, async |bus| {
        assert_eq!(bus.depth(&queue().name).await.unwrap(), Some(100));
        let subscription = Subscription { batch: 10, ..Subscription::new(queue()) };
        let mut consumer = Consumer::each(&bus, subscription, |_| Outcome::Done);
        let seen = consumer.deliveries(100).await;
        assert_eq!(delivered_ids(&seen), ids(&events));
        assert!(seen.iter().all(|delivery| !delivery.redelivered), "nobody had one of them before");
        // The bindings are kept as well.
        bus.publish(&events[0], crate::fresh::soon()).await.unwrap();
    });
}

#[test]
fn what_was_in_hand_comes_again_one_at_a_time_and_the_rest_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bus.db");
    let subscription = Subscription { batch: 5, ..Subscription::new(queue()) };
    let events = life(&file, async |bus| {
        let events = fill(&bus, &queue(), "log.INFO", 20).await;
        let mut consumer = hangs_on(&bus, subscription.clone(), &events[0].id);
        assert_eq!(consumer.deliveries(5).await.len(), 5);
        events
    });
    life(&file, async |bus| {
        let mut consumer = Consumer::each(&bus, subscription, |_| Outcome::Done);
        let mut seen: Vec<Delivery> = Vec::new();
        while seen.len() < 20 {
            let call = consumer.call().await.deliveries;
            let again = call.iter().filter(|delivery| delivery.redelivered).count();
            assert!(again == 0 || call.len() == 1, "a suspect came with others");
            seen.extend(call);
        }
        let again: Vec<_> = seen.iter().filter(|delivery| delivery.redelivered).cloned().collect();
        assert_eq!(delivered_ids(&again), ids(&events[..5]));
        assert!(seen.iter().all(|delivery| delivery.attempt == 1), "a crash is no counted attempt");
        assert_eq!(delivered_ids(&seen), ids(&events));
        assert!(seen.iter().all(|delivery| delivery.event.identity == Some(someone())));
    });
}

#[test]
fn a_message_that_kills_its_process_dies_and_takes_nobody_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bus.db");
    let subscription = Subscription { batch: 10, ..Subscription::new(queue()) };
    let mut events = life(&file, async |bus| fill(&bus, &queue(), "log.INFO", 30).await);
    let poison = events.remove(3);
    let mut crashes = 0;
    let dead = loop {
        let dead = life(&file, async |bus| {
            let mut consumer = hangs_on(&bus, subscription.clone(), &poison.id);
            let reached = async {
                loop {
                    if consumer.call().await.deliveries.iter().any(|delivery| delivery.event.id == poison.id) {
                        return;
                    }
                }
            };
            let buried =
                until("the poison is dead", async || bus.depth(&queue().dead_letters()).await.unwrap() == Some(1));
            tokio::select! {
                () = reached => return None,
                () = buried => {}
            }
            until("the rest is done", async || bus.depth(&queue().name).await.unwrap() == Some(0)).await;
            Some(dead_letter(&bus, "logger").await)
        });
        match dead {
            Some(dead) => break dead,
            None => crashes += 1,
        }
        assert!(crashes <= 20, "it killed its process {crashes} times");
    };
    assert_eq!(dead.event.id, poison.id);
    let reason = dead.dead.unwrap().reason;
    assert!(crashes > 2 && reason.contains(&format!("in hand {crashes} times")), "{crashes} crashes: {reason}");
}

#[test]
fn a_wait_and_its_attempt_are_kept_over_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bus.db");
    life(&file, async |bus| {
        fill(&bus, &queue(), "log.INFO", 1).await;
        let mut consumer = Consumer::each(&bus, Subscription::new(queue()), |_| retry("not yet"));
        consumer.delivery().await;
        consumer.stop().await;
        bus.close().await;
    });
    life(&file, async |bus| {
        assert_eq!(bus.depth(&queue().name).await.unwrap(), Some(1));
        let mut consumer = Consumer::each(&bus, Subscription::new(queue()), |_| Outcome::Done);
        assert_eq!(consumer.delivery().await.attempt, 2);
        consumer.stop().await;
        bus.close().await;
    });
}
