//! What is bounded inside: how much waits for the disk, and how often a paused subscription looks.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::future::join_all;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::Embedded;
use super::batch::Settled;
use super::calls::Calls;
use super::feed::Feed;
use super::pause::Pause;
use super::store::{Store, now};
use crate::activity::Tally;
use crate::{Config, Event, MAX_BODY, MOST_KIB, PublishError, Subscription, WorkQueue, rpc};

async fn fresh(folder: &tempfile::TempDir) -> (Arc<Embedded>, WorkQueue) {
    let file = folder.path().join("bus.db");
    let rungs = vec![Duration::from_millis(50)];
    let config =
        Config { url: None, management: None, file, instance: "test".to_owned(), rungs, unconfirmed: 1_000, bug: None };
    let bus = Embedded::open(config).await.unwrap();
    let queue = WorkQueue::new("logger", "write", ["log.#"]);
    bus.declare(std::slice::from_ref(&queue)).await.unwrap();
    (bus, queue)
}

#[tokio::test]
async fn what_waits_for_the_disk_is_bounded_in_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let db = mesh::db::Sqlite::open(&folder.path().join("bus.db")).await.unwrap();
    let (store, orders) = Store::without_writer(db);
    let event = Event::new("log.INFO", "/test", vec![b'x'; MAX_BODY]);
    let fitting = MOST_KIB / (MAX_BODY >> 10);
    let deadline = Instant::now() + Duration::from_millis(100);
    let published = join_all((0..fitting + 4).map(|_| store.publish(&event, Vec::new(), deadline))).await;
    assert!(published.iter().all(|it| *it == Err(PublishError::Timeout)), "{published:?}");
    assert_eq!(orders.len(), fitting, "they wait, and their callers do not count");
}

#[tokio::test]
async fn questions_that_wait_are_bounded_in_bytes() {
    let (calls, stop, body) = (Calls::new(Tally::default()), CancellationToken::new(), vec![b'x'; MAX_BODY]);
    let body = Bytes::from(body);
    let handler: rpc::Handler = Arc::new(|_| Box::pin(pending()));
    let server = rpc::Server { service: "slow".to_owned(), concurrency: 1, idempotent: true, handler };
    let question = || rpc::Request {
        service: "slow".to_owned(),
        method: "ask".to_owned(),
        body: body.clone(),
        id: "1".to_owned(),
        priority: 0,
        deadline: Instant::now() + Duration::from_millis(100),
        trace: mesh::TraceContext::new(),
        identity: None,
        origin: None,
    };
    let fitting = MOST_KIB / (MAX_BODY >> 10);
    let asking = async {
        let asked = join_all((0..fitting + 4).map(|_| calls.call(question()))).await;
        stop.cancel();
        asked
    };
    let ((), asked) = tokio::join!(calls.answer(server, stop.clone()), asking);
    let refused = asked.iter().filter(|it| it.as_ref().is_err_and(mesh::Error::is_unavailable));
    assert_eq!(refused.count(), 4, "{:?}", asked.last());
}

#[tokio::test]
async fn a_pause_with_nothing_to_probe_does_not_spin() {
    let folder = tempfile::tempdir().unwrap();
    let (bus, queue) = fresh(&folder).await;
    let handler: crate::Handler = Arc::new(|_| Box::pin(pending()));
    let mut feed = Feed::new(&bus, Subscription::new(queue), handler, CancellationToken::new()).unwrap();
    let pause = Pause::begin("v1.logger.write", "away", Duration::ZERO);
    tokio::time::sleep_until(pause.next_probe().unwrap()).await;
    assert!(pause.may_probe());
    feed.paused_with_nothing_ahead(pause);
    assert!(feed.wake() > Instant::now() + Duration::from_secs(1), "it would look again at once");
}

#[tokio::test]
async fn what_comes_due_while_the_file_is_looked_at_is_not_overlooked() {
    let folder = tempfile::tempdir().unwrap();
    let (bus, queue) = fresh(&folder).await;
    bus.publish(&Event::new("log.INFO", "/test", "{}"), Instant::now() + Duration::from_secs(45)).await.unwrap();
    let queue = bus.queues.find(&queue.name).unwrap();
    let id = bus.store.ready(&queue, 1).await.unwrap().messages[0].hold.id;
    let since = now();
    bus.store.settle(vec![(id, Settled::Later { attempt: 2, due: since + 1 })], Vec::new()).await.unwrap();
    while now() <= since + 1 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(bus.store.next_due(&queue, since).await.unwrap(), Some(since + 1));
}
