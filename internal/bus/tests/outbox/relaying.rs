//! What becomes of a row that cannot go out, of rows that several relays see, and of rows that are old.

use bus::{Event, MAX_BODY, Outbox, Outcome, Subscription, WorkQueue};
use chrono::{DateTime, Duration, Utc};

use crate::adding::queue;
use crate::consumer::{Consumer, delivered_ids, event, ids};
use crate::fresh::{Fresh, until};
use crate::rows::{Relay, Rows};

const UNROUTED: &str = "SELECT count(*) FROM bus_outbox WHERE unrouted_at IS NOT NULL";

pub(crate) async fn what_no_queue_takes_blocks_nobody_and_can_be_replayed(rows: Rows, Fresh { bus, .. }: Fresh) {
    bus.declare(&[queue()]).await.unwrap();
    let outbox = Outbox::new("test", rows.db.clone());
    let events: Vec<_> = (0..20).map(|number| event(["mail.sent", "log.INFO"][number % 2], number)).collect();
    let (mails, logs): (Vec<_>, Vec<_>) = events.iter().partition(|event| event.kind == "mail.sent");
    let left = event("log.INFO", 20);
    rows.add(&outbox, std::slice::from_ref(&left)).await;
    const LEFT: &str = "UPDATE bus_outbox SET unrouted_at = $1, again_at = $2";
    let (hour_ago, in_an_hour) =
        (Utc::now() - Duration::hours(1), (Utc::now() + Duration::hours(1)).timestamp_millis());
    rows.db.query(LEFT).bind(hour_ago).bind(in_an_hour).execute().await.unwrap();
    let relay = Relay::start(&outbox, &bus);
    let mut consumer = Consumer::each(&bus, Subscription::new(queue()), |_| Outcome::Done);
    assert_eq!(consumer.delivery().await.event.id, left.id, "a start makes due what no queue took before");
    rows.add(&outbox, &events).await;
    assert_eq!(delivered_ids(&consumer.deliveries(10).await), ids(logs));
    until("the others are marked", async || rows.count(UNROUTED).await == 10).await;
    until("nothing waits", async || rows.due().await == 0).await;
    let mail = WorkQueue::new("mailer", "send", ["mail.#"]);
    bus.declare(std::slice::from_ref(&mail)).await.unwrap();
    assert_eq!(outbox.replay_unrouted().await.unwrap(), 10);
    let mut mailer = Consumer::each(&bus, Subscription::new(mail), |_| Outcome::Done);
    assert_eq!(delivered_ids(&mailer.deliveries(10).await), ids(mails));
    until("all are marked", async || rows.sent().await == 21).await;
    assert_eq!((rows.count(UNROUTED).await, outbox.replay_unrouted().await.unwrap()), (0, 0));
    relay.stop().await;
    mailer.stop().await;
    consumer.stop().await;
    assert_eq!((mailer.rest(), consumer.rest()), (vec![], vec![]));
}

pub(crate) async fn what_no_queue_takes_comes_due_again_by_itself(rows: Rows, Fresh { bus, .. }: Fresh) {
    bus.declare(&[queue()]).await.unwrap();
    let outbox = Outbox::new("test", rows.db.clone());
    let relay = Relay::start(&outbox, &bus);
    let (before, mail) = (Utc::now(), event("mail.sent", 0));
    rows.add(&outbox, std::slice::from_ref(&mail)).await;
    // Read at once: a relay that has just started takes back what it marked before, one time.
    const AGAIN_AT: &str = "SELECT coalesce(max(again_at), 0) FROM bus_outbox WHERE unrouted_at IS NOT NULL";
    let mut again_at = 0;
    until("it is marked", async || {
        again_at = rows.count(AGAIN_AT).await;
        again_at != 0
    })
    .await;
    let wait = again_at - before.timestamp_millis();
    assert!((590_000..650_000).contains(&wait), "it waits {wait} ms");
    let mailer = WorkQueue::new("mailer", "send", ["mail.#"]);
    bus.declare(std::slice::from_ref(&mailer)).await.unwrap();
    rows.db.query("UPDATE bus_outbox SET again_at = 1").execute().await.unwrap();
    let mut mailer = Consumer::each(&bus, Subscription::new(mailer), |_| Outcome::Done);
    assert_eq!(mailer.delivery().await.event.id, mail.id);
    until("it is marked as sent", async || rows.sent().await == 1).await;
    assert_eq!(rows.count(UNROUTED).await, 0);
    relay.stop().await;
    mailer.stop().await;
}

pub(crate) async fn what_can_never_be_published_is_marked_with_its_reason_and_blocks_nobody(
    rows: Rows,
    Fresh { bus, .. }: Fresh,
) {
    bus.declare(&[queue()]).await.unwrap();
    let outbox = Outbox::new("test", rows.db.clone());
    let too_large = Event { body: vec![b'x'; MAX_BODY + 1].into(), ..event("log.INFO", 0) };
    let fine = event("log.INFO", 1);
    rows.add(&outbox, &[too_large, event("log..INFO", 2), fine.clone()]).await;
    let unreadable = Event { id: "unreadable".to_owned(), ..event("log.INFO", 3) };
    rows.add(&outbox, &[unreadable]).await;
    let spoil = "UPDATE bus_outbox SET identity = '{}' WHERE event = 'unreadable'";
    assert_eq!(rows.db.query(spoil).execute().await.unwrap(), 1);
    let relay = Relay::start(&outbox, &bus);
    let mut consumer = Consumer::each(&bus, Subscription::new(queue()), |_| Outcome::Done);
    assert_eq!(consumer.delivery().await.event.id, fine.id);
    until("nothing waits", async || rows.due().await == 0).await;
    let reasons = "SELECT refused_because FROM bus_outbox WHERE refused_at IS NOT NULL ORDER BY number";
    let reasons: Vec<(String,)> = rows.db.query(reasons).fetch_all().await.unwrap();
    let begin = ["the event has 2097153 bytes", "the key of an event is words", "unreadable: its identity"];
    assert!(reasons.iter().map(|it| &it.0).zip(begin).all(|(it, begin)| it.starts_with(begin)), "{reasons:?}");
    assert_eq!((reasons.len(), rows.sent().await), (3, 1));
    relay.stop().await;
    consumer.stop().await;
    assert_eq!(consumer.rest(), []);
}

/// On PostgreSQL two processes share the rows; a SQLite file has one process, where the second run waits.
pub(crate) async fn two_relays_publish_nothing_twice(rows: Rows, Fresh { bus, .. }: Fresh) {
    bus.declare(&[queue()]).await.unwrap();
    let first = Outbox::new("test", rows.db.clone());
    let second = if rows.url.is_some() { Outbox::new("test", rows.db.clone()) } else { first.clone() };
    let events: Vec<_> = (0..2_000).map(|number| event("log.INFO", number)).collect();
    rows.add(&first, &events[..1_000]).await;
    let relays = [Relay::start(&first, &bus), Relay::start(&second, &bus)];
    for (number, some) in events[1_000..].chunks(50).enumerate() {
        rows.add([&first, &second][number % 2], some).await;
    }
    until("all are marked", async || rows.sent().await == 2_000).await;
    for relay in relays {
        relay.stop().await;
    }
    let subscription = Subscription { batch: 100, ..Subscription::new(queue()) };
    let mut consumer = Consumer::each(&bus, subscription, |_| Outcome::Done);
    assert_eq!(delivered_ids(&consumer.deliveries(2_000).await), ids(&events));
    // A delivery is seen before it is acknowledged.
    until("all are acknowledged", async || bus.depth(&queue().name).await.unwrap() == Some(0)).await;
    consumer.stop().await;
    assert_eq!(consumer.rest(), []);
}

pub(crate) async fn rows_of_another_process_are_found(rows: Rows, Fresh { bus, .. }: Fresh) {
    bus.declare(&[queue()]).await.unwrap();
    let relay = Relay::start(&Outbox::new("test", rows.db.clone()), &bus);
    let another = Outbox::new("test", rows.db.clone());
    let mut consumer = Consumer::each(&bus, Subscription::new(queue()), |_| Outcome::Done);
    for number in 0..2 {
        let event = event("log.INFO", number);
        rows.add(&another, std::slice::from_ref(&event)).await;
        assert_eq!(consumer.delivery().await.event.id, event.id);
    }
    relay.stop().await;
    consumer.stop().await;
}

pub(crate) async fn what_is_old_is_deleted(rows: Rows, Fresh { bus, .. }: Fresh) {
    const SENT: &str = "UPDATE bus_outbox SET sent_at = $1 WHERE event = $2";
    const UNROUTED: &str = "UPDATE bus_outbox SET unrouted_at = $1, time = $1 WHERE event = $2";
    const REFUSED: &str = "UPDATE bus_outbox SET refused_at = $1 WHERE event = $2";
    let outbox = Outbox::new("test", rows.db.clone());
    let ago = |hours| -> DateTime<Utc> { Utc::now() - Duration::hours(hours) };
    let month = 30 * 24;
    let cases = [
        (SENT, 23, true),
        (SENT, 25, false),
        (UNROUTED, month - 1, true),
        (UNROUTED, month + 1, false),
        (REFUSED, month - 1, true),
        (REFUSED, month + 1, false),
    ];
    for (index, (mark, age, _)) in cases.iter().enumerate() {
        let old = Event { id: index.to_string(), ..event("log.INFO", index) };
        rows.add(&outbox, &[old]).await;
        rows.db.query(mark).bind(ago(*age)).bind(index.to_string()).execute().await.unwrap();
    }
    let relay = Relay::start(&outbox, &bus);
    until("old rows are gone", async || rows.count("SELECT count(*) FROM bus_outbox").await == 3).await;
    relay.stop().await;
    let left: Vec<(String,)> = rows.db.query("SELECT event FROM bus_outbox ORDER BY event").fetch_all().await.unwrap();
    let kept = cases.iter().enumerate().filter(|(_, (.., is_kept))| *is_kept).map(|(index, _)| (index.to_string(),));
    assert_eq!(left, kept.collect::<Vec<_>>());
}

pub(crate) async fn a_relay_stops_when_it_is_told_to(rows: Rows, Fresh { bus, .. }: Fresh) {
    let outbox = Outbox::new("test", rows.db.clone());
    let (first, second) = (Relay::start(&outbox, &bus), Relay::start(&outbox, &bus));
    rows.add(&outbox, &[event("log.INFO", 0)]).await;
    until("it is marked", async || rows.count(UNROUTED).await == 1).await;
    // One of them waits for the other.
    second.stop().await;
    first.stop().await;
}
