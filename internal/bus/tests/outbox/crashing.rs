//! A relay that ends where it stands: its task is dropped, nothing is finished, nothing rolled back on purpose.

use std::collections::BTreeSet;
use std::time::Duration;

use bus::{Outbox, Outcome, Subscription};
use mesh::db::{Db, Tx};

use crate::adding::queue;
use crate::consumer::{Consumer, delivered_ids, event, ids};
use crate::fresh::{Fresh, until};
use crate::rows::{Relay, Rows};

/// Nobody can mark a row while this is held; reading goes on.
async fn hold(db: &Db) -> Tx {
    let mut tx = db.begin().await.unwrap();
    if matches!(db, Db::Postgres(_)) {
        tx.query("LOCK TABLE bus_outbox IN SHARE MODE").execute().await.unwrap();
    }
    tx
}

pub(crate) async fn a_relay_that_ends_between_confirm_and_mark_publishes_again_under_the_same_ids(
    rows: Rows,
    Fresh { bus, .. }: Fresh,
) {
    bus.declare(&[queue()]).await.unwrap();
    let outbox = Outbox::new("test", rows.db.clone());
    let events: Vec<_> = (0..30).map(|number| event("log.INFO", number)).collect();
    rows.add(&outbox, &events).await;
    let mut consumer = Consumer::each(&bus, Subscription::new(queue()), |_| Outcome::Done);
    let held = hold(&rows.db).await;
    let relay = Relay::start(&outbox, &bus);
    assert_eq!(delivered_ids(&consumer.deliveries(30).await), ids(&events));
    // It marks them now, so they are confirmed.
    rows.until_waited_for(|| false).await;
    relay.abort().await;
    drop(held);
    assert_eq!(rows.due().await, 30, "none is marked");
    // What a relay that could not mark may have sent again meanwhile does not count.
    until("the queue is empty", async || bus.depth(&queue().name).await.unwrap() == Some(0)).await;
    consumer.rest();
    let relay = Relay::start(&outbox, &bus);
    let again = consumer.deliveries(30).await;
    assert_eq!(delivered_ids(&again), ids(&events));
    for (again, event) in again.iter().zip(&events) {
        let (time, sent) = (again.event.time.timestamp_millis(), event.time.timestamp_millis());
        assert_eq!((&again.event.body, time), (&event.body, sent), "the same id, and the same content");
    }
    until("all are marked", async || rows.sent().await == 30).await;
    relay.stop().await;
    consumer.stop().await;
}

/// Its task is aborted after ever longer times while events come in, so that every wait in it is an end once: before
/// the rows are read, before they are published, before the confirms and before the marks.
pub(crate) async fn a_relay_that_is_ended_anywhere_loses_nothing_and_invents_nothing(
    rows: Rows,
    Fresh { bus, .. }: Fresh,
) {
    const ROUNDS: usize = 60;
    const EACH: usize = 10;
    bus.declare(&[queue()]).await.unwrap();
    let outbox = Outbox::new("test", rows.db.clone());
    let events: Vec<_> = (0..ROUNDS * EACH).map(|number| event("log.INFO", number)).collect();
    let subscription = Subscription { batch: 100, ..Subscription::new(queue()) };
    let mut consumer = Consumer::each(&bus, subscription, |_| Outcome::Done);
    for (round, some) in events.chunks(EACH).enumerate() {
        let relay = Relay::start(&outbox, &bus);
        rows.add(&outbox, some).await;
        tokio::time::sleep(Duration::from_micros(200 * round as u64)).await;
        relay.abort().await;
    }
    let relay = Relay::start(&outbox, &bus);
    until("all are marked", async || rows.sent().await == (ROUNDS * EACH) as i64).await;
    relay.stop().await;
    let mut seen = BTreeSet::new();
    until("all were delivered", async || {
        seen.extend(delivered_ids(&consumer.rest()));
        seen.len() >= events.len() && bus.depth(&queue().name).await.unwrap() == Some(0)
    })
    .await;
    consumer.stop().await;
    seen.extend(delivered_ids(&consumer.rest()));
    assert_eq!(seen, ids(&events).into_iter().collect());
}
