//! Messages that did not come from this bus, or not in its shape.

use bus::{DeadLetter, Outcome, Subscription, WorkQueue};
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::{BasicProperties, Channel};

use crate::consumer::{Consumer, dead_letter, fill};
use crate::fresh::Fresh;

async fn put(channel: &Channel, properties: BasicProperties, body: &str) {
    let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
    let sent = channel.basic_publish("events".into(), "log.INFO".into(), options, body.as_bytes(), properties).await;
    assert!(sent.unwrap().await.unwrap().is_ack());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_event_is_a_dead_letter_with_its_reason_and_the_rest_flows() {
    let Fresh { bus, host, _tasks } = Fresh::start().await;
    let queue = WorkQueue::new("logger", "write", ["log.#"]);
    bus.declare(std::slice::from_ref(&queue)).await.unwrap();
    let channel = host.channel().await;
    channel.confirm_select(ConfirmSelectOptions::default()).await.unwrap();
    put(&channel, BasicProperties::default(), "neither id nor headers").await;
    let events = fill(&bus, &queue, "log.INFO", 1).await;
    let mut consumer = Consumer::each(&bus, Subscription::new(queue.clone()), |_| Outcome::Done);
    assert_eq!(consumer.delivery().await.event.id, events[0].id);
    let dead = dead_letter(&bus, "logger").await;
    assert_eq!(dead.event.body, "neither id nor headers");
    let reason = "unreadable: it has no id".to_owned();
    let letter = dead.dead.unwrap();
    assert_eq!(letter, DeadLetter { reason, queue: queue.name, attempts: 1, at: letter.at });
    consumer.stop().await;
    assert_eq!(consumer.rest(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_letter_that_is_not_taken_stays_one_with_its_reason() {
    let Fresh { bus, host: _host, _tasks } = Fresh::start().await;
    let queue = WorkQueue::new("logger", "write", ["log.#"]);
    let events = fill(&bus, &queue, "log.INFO", 1).await;
    let reject = |_: &bus::Delivery| Outcome::Reject { reason: "poison".to_owned() };
    let mut consumer = Consumer::each(&bus, Subscription::new(queue.clone()), reject);
    consumer.delivery().await;
    let letters = Subscription::new(crate::consumer::dead_letters("logger"));
    let mut drain = Consumer::each(&bus, letters, |_| Outcome::Reject { reason: "no".to_owned() });
    let mut at = None;
    for _ in 0..3 {
        let again = drain.delivery().await;
        assert_eq!(again.event.id, events[0].id);
        let letter = again.dead.unwrap();
        at = at.or(letter.at);
        let expected = DeadLetter { reason: "poison".to_owned(), queue: queue.name.clone(), attempts: 1, at };
        assert_eq!((letter.at.is_some(), letter), (true, expected), "it died once");
    }
    drain.stop().await;
    consumer.stop().await;
}
