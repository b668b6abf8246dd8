//! Events for a service that is away, as the listener carries them: for longer than all waits of the ladder together, and
//! none of them is given up or counted as failed.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bus::{Event, Handler, Outcome, Subscription};
use futures::FutureExt;
use routing::batch::deliver;
use routing::work_queue;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::world::{self, PATIENCE, World, eventually};

const RUNGS: [Duration; 3] = [Duration::from_millis(50), Duration::from_millis(200), Duration::from_millis(500)];
const EVENTS: usize = 30;

fn table(address: impl std::fmt::Display) -> String {
    format!(
        r#"
        version = 1
        [services]
        logger = "grpc://{address}"
        [[route]]
        on = "event log.#"
        action = "store"
        call = "grpc logger logger.v1.Logger/WriteBatch"
        attempts = 3
        batch = {{ max = 10, into = "entries", id = "id", results = "results" }}
        "#
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_logger_that_is_away_for_longer_than_the_ladder_costs_no_event() {
    let (held, address) = world::nobody();
    let world = World::with_rungs(&table(address), &RUNGS).await.unwrap();
    let (bus, row) = (world.shared.bus.clone(), world.row("store"));
    for number in 0..EVENTS {
        let event = Event::new("log.INFO", "/test", format!(r#"{{"name":"good","data":"{number}"}}"#));
        bus.publish(&event, Instant::now() + PATIENCE).await.unwrap();
    }
    let (done, probes) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (counted, probed, carried) = (done.clone(), probes.clone(), row.clone());
    let handler: Handler = Arc::new(move |deliveries| {
        let (done, row) = (counted.clone(), carried.clone());
        probed.fetch_add(1, Ordering::SeqCst);
        async move {
            assert!(deliveries.iter().all(|it| it.attempt == 1), "an attempt was counted");
            let outcomes = deliver(&row, deliveries).await;
            done.fetch_add(outcomes.iter().filter(|it| **it == Outcome::Done).count(), Ordering::SeqCst);
            outcomes
        }
        .boxed()
    });
    let queue = work_queue(&row.route).unwrap();
    let subscription = Subscription { batch: 10, attempts: row.route.attempts, ..Subscription::new(queue.clone()) };
    let (consumed, stop) = (bus.clone(), CancellationToken::new());
    let stopped = stop.clone();
    let consuming = tokio::spawn(async move { consumed.subscribe(subscription, handler, stopped).await });
    let over = Instant::now() + 3 * RUNGS.iter().sum::<Duration>();
    eventually("an outage that is long enough", || Instant::now() > over && probes.load(Ordering::SeqCst) > 4).await;
    assert_eq!(done.load(Ordering::SeqCst), 0);
    assert_eq!(bus.depth(&queue.dead_letters()).await.unwrap(), Some(0));

    world::serve_logger(held.listen(16).unwrap());
    eventually("every event is stored", || done.load(Ordering::SeqCst) == EVENTS).await;
    stop.cancel();
    consuming.await.unwrap();
    assert_eq!(bus.depth(&queue.name).await.unwrap(), Some(0));
    assert_eq!(bus.depth(&queue.dead_letters()).await.unwrap(), Some(0));
}
