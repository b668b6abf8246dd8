//! An event and what it tells of: both or neither, whole, in order.

use bus::{Event, Outbox, Outcome, Subscription, WorkQueue};
use chrono::SubsecRound;

use crate::consumer::{Consumer, event, someone};
use crate::fresh::{Fresh, until};
use crate::rows::{Relay, Rows};

pub(crate) fn queue() -> WorkQueue {
    WorkQueue::new("logger", "write", ["log.#"])
}

pub(crate) async fn what_is_committed_goes_out_whole_and_what_is_rolled_back_leaves_nothing(
    rows: Rows,
    Fresh { bus, .. }: Fresh,
) {
    const EFFECT: &str = "INSERT INTO effects (id) VALUES ($1)";
    bus.declare(&[queue()]).await.unwrap();
    let outbox = Outbox::new("test", rows.db.clone());
    let relay = Relay::start(&outbox, &bus);
    let undone = event("log.INFO", 0);
    let mut tx = rows.db.begin().await.unwrap();
    tx.query(EFFECT).bind("undone").execute().await.unwrap();
    outbox.add(&mut tx, &undone).await.unwrap();
    drop(tx);
    let (subject, identity) = (Some("user 7 / ü".to_owned()), Some(someone()));
    let done = Event { subject, identity, ..Event::new("log.INFO", "/test", vec![0, 255, b'"']) };
    let mut tx = rows.db.begin().await.unwrap();
    tx.query(EFFECT).bind("done").execute().await.unwrap();
    outbox.add(&mut tx, &done).await.unwrap();
    tx.commit().await.unwrap();
    let mut consumer = Consumer::each(&bus, Subscription::new(queue()), |_| Outcome::Done);
    let mut seen = consumer.delivery().await.event;
    assert_eq!(seen.time.timestamp_millis(), done.time.timestamp_millis());
    seen.time = done.time;
    assert_eq!(seen, Event { time: done.time.trunc_subsecs(9), ..done });
    until("it is marked", async || rows.due().await == 0).await;
    relay.stop().await;
    consumer.stop().await;
    assert_eq!(consumer.rest(), []);
    assert_eq!((rows.sent().await, rows.count("SELECT count(*) FROM bus_outbox").await), (1, 1));
    assert_eq!(rows.count("SELECT count(*) FROM effects").await, 1);
}

/// More than a page of them, and more than the bus takes at once.
pub(crate) async fn one_relay_keeps_the_order_of_the_rows(rows: Rows, Fresh { bus, .. }: Fresh) {
    bus.declare(&[queue()]).await.unwrap();
    let outbox = Outbox::new("test", rows.db.clone());
    let events: Vec<_> = (0..1_300).map(|number| event("log.INFO", number)).collect();
    rows.add(&outbox, &events).await;
    let relay = Relay::start(&outbox, &bus);
    until("all are marked", async || rows.sent().await == 1_300).await;
    relay.stop().await;
    let subscription = Subscription { batch: 100, ..Subscription::new(queue()) };
    let mut consumer = Consumer::each(&bus, subscription, |_| Outcome::Done);
    let seen = consumer.deliveries(1_300).await;
    assert!(seen.iter().map(|it| &it.event.id).eq(events.iter().map(|it| &it.id)), "they are out of order");
    consumer.stop().await;
    assert_eq!(consumer.rest(), []);
}
