//! What happens when the disk is full. In here and not among the contract's cases, because SQLite is told to stop
//! growing through the writer's own connection; its error is the real one, `SQLITE_FULL`.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use super::Embedded;
use crate::{Config, Event, Outcome, PublishError, Subscription, WorkQueue};

const PATIENCE: Duration = Duration::from_secs(30);

/// `pages` more than there are; SQLite grows no further.
async fn leave_pages(bus: &Embedded, pages: i64) {
    let used: i64 = sqlx::query_scalar("PRAGMA page_count").fetch_one(&bus.store.db.write).await.unwrap();
    let limit = sqlx::AssertSqlSafe(format!("PRAGMA max_page_count = {}", used + pages));
    sqlx::query(limit).execute(&bus.store.db.write).await.unwrap();
}

fn event(number: usize) -> Event {
    Event::new("log.INFO", "/test", format!(r#"{{"number":{number},"data":"{}"}}"#, "x".repeat(5_000)))
}

async fn publish(bus: &Embedded, event: &Event) -> Result<(), PublishError> {
    bus.publish(event, Instant::now() + PATIENCE).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_said_and_what_was_confirmed_stays_and_it_heals() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config {
        url: None,
        management: None,
        file: folder.path().join("bus.db"),
        instance: "test".to_owned(),
        rungs: vec![Duration::from_millis(50)],
        unconfirmed: 100,
        bug: None,
    };
    let bus = Embedded::open(config).await.unwrap();
    let queue = WorkQueue::new("logger", "write", ["log.#"]);
    bus.declare(std::slice::from_ref(&queue)).await.unwrap();
    leave_pages(&bus, 20).await;
    let (mut kept, mut refused) = (Vec::new(), 0);
    for number in 0..40 {
        let event = event(number);
        match publish(&bus, &event).await {
            Ok(()) => kept.push(event.id),
            Err(error) => {
                assert_eq!(error, PublishError::Unavailable("database or disk is full".to_owned()));
                assert_eq!(error.to_string(), "the queue is not available");
                refused += 1;
            }
        }
    }
    assert!(!kept.is_empty() && refused > 0, "{} were kept, {refused} refused", kept.len());
    assert_eq!(bus.trouble(), Some("the queue's file cannot be written: database or disk is full".to_owned()));

    leave_pages(&bus, 10_000).await;
    let event = event(40);
    publish(&bus, &event).await.unwrap();
    kept.push(event.id);
    assert_eq!(bus.trouble(), None);
    assert_eq!(drain(&bus, queue, kept.len()).await, kept);
    bus.close().await;
}

pub(super) async fn drain(bus: &Arc<Embedded>, queue: WorkQueue, count: usize) -> Vec<String> {
    let (seen, mut sees) = mpsc::unbounded_channel();
    let stop = CancellationToken::new();
    let handler: crate::Handler = Arc::new(move |deliveries| {
        deliveries.iter().for_each(|delivery| seen.send(delivery.event.id.clone()).unwrap());
        Box::pin(std::future::ready(vec![Outcome::Done; deliveries.len()]))
    });
    let (taker, stopped) = (bus.clone(), stop.clone());
    let running = tokio::spawn(async move { taker.subscribe(Subscription::new(queue), handler, stopped).await });
    let mut ids = Vec::new();
    while ids.len() < count {
        ids.push(timeout(PATIENCE, sees.recv()).await.unwrap().unwrap());
    }
    stop.cancel();
    running.await.unwrap();
    ids
}
