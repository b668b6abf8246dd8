//! What `publish` promises: confirmed means kept, whole, for everyone who is bound.

use bus::{MAX_BODY, PublishError, Subscription, WorkQueue};
use chrono::SubsecRound;
use futures::future::join_all;

use crate::consumer::{Consumer, delivered_ids, event, fill, ids, publish, someone};
use crate::fresh::{Fresh, soon, until};
use bus::{Event, Outcome};

pub(crate) async fn every_field_arrives_as_it_was_published(Fresh { bus, .. }: Fresh) {
    let queue = WorkQueue::new("logger", "write", ["log.#"]);
    bus.declare(std::slice::from_ref(&queue)).await.unwrap();
    let body = r#"{"data":"ä \"quoted\" \\ \u0000 \n 漢字 🙂","number":1.5e300}"#;
    let mut event = Event::new("log.INFO", "/broker", body);
    event.subject = Some("user 7 / ü".to_owned());
    event.identity = Some(someone());
    let plain = Event::new("log.a.b", "/jobs", "");
    // Some bodies are no text at all; they are carried all the same.
    let binary = Event::new("log.binary", "/jobs", vec![0, 255, 0, 128, b'"']);
    let large = Event::new("log.large", "/broker", vec![b'x'; MAX_BODY]);
    let events = [event, plain, binary, large];
    for event in &events {
        publish(&bus, event).await;
    }
    let mut consumer = Consumer::each(&bus, Subscription::new(queue), |_| Outcome::Done);
    for mut event in events {
        let delivery = consumer.delivery().await;
        event.time = event.time.trunc_subsecs(3);
        assert!(delivery.event == Event { time: delivery.event.time.trunc_subsecs(3), ..event.clone() }, "{event:?}");
        assert_eq!(delivery.event.time.timestamp_millis(), event.time.timestamp_millis());
        assert_eq!((delivery.attempt, delivery.redelivered, delivery.dead), (1, false, None));
    }
    consumer.stop().await;
}

pub(crate) async fn an_event_that_no_queue_takes_is_refused(Fresh { bus, .. }: Fresh) {
    bus.declare(&[WorkQueue::new("logger", "write", ["log.#"])]).await.unwrap();
    let refused = bus.publish(&event("mail.sent", 0), soon()).await;
    assert_eq!(refused, Err(PublishError::Unroutable { kind: "mail.sent".to_owned() }));
    publish(&bus, &event("log.INFO", 1)).await;
}

pub(crate) async fn every_bound_queue_gets_a_copy(Fresh { bus, .. }: Fresh) {
    let queues = [
        WorkQueue::new("logger", "all", ["log.#"]),
        WorkQueue::new("logger", "one-word", ["log.*"]),
        WorkQueue::new("alarm", "errors", ["*.ERROR", "#.FATAL"]),
    ];
    bus.declare(&queues).await.unwrap();
    let kinds = ["log.INFO", "log.ERROR", "log.deep.down", "log.deep.FATAL", "FATAL"];
    let events = kinds.map(|kind| event(kind, 0));
    for event in &events {
        publish(&bus, event).await;
    }
    let expected = [vec![0, 1, 2, 3], vec![0, 1], vec![1, 3, 4]];
    for (queue, expected) in queues.into_iter().zip(expected) {
        let mut consumer = Consumer::each(&bus, Subscription::new(queue), |_| Outcome::Done);
        let seen = consumer.deliveries(expected.len()).await;
        assert_eq!(delivered_ids(&seen), ids(expected.iter().map(|index| &events[*index])));
        consumer.stop().await;
        assert_eq!(consumer.rest(), []);
    }
}

pub(crate) async fn many_publishers_lose_nothing(Fresh { bus, .. }: Fresh) {
    const TASKS: usize = 64;
    const EVENTS: usize = 2_000;
    let queue = WorkQueue::new("logger", "write", ["log.#"]);
    bus.declare(std::slice::from_ref(&queue)).await.unwrap();
    let subscription = Subscription { batch: 100, concurrency: 4, ..Subscription::new(queue.clone()) };
    let mut consumer = Consumer::each(&bus, subscription, |_| Outcome::Done);
    let events: Vec<_> = (0..EVENTS).map(|number| event("log.INFO", number)).collect();
    let tasks = events.chunks(EVENTS.div_ceil(TASKS)).map(|share| {
        let (bus, share) = (bus.clone(), share.to_vec());
        tokio::spawn(async move {
            for event in &share {
                publish(&bus, event).await;
            }
        })
    });
    for task in join_all(tasks).await {
        task.unwrap();
    }
    let mut seen = consumer.deliveries(EVENTS).await;
    consumer.stop().await;
    seen.extend(consumer.rest());
    assert_eq!(delivered_ids(&seen), ids(&events));
    assert_eq!(bus.depth(&queue.name).await.unwrap(), Some(0));
}

pub(crate) async fn a_body_that_is_too_large_is_refused(Fresh { bus, .. }: Fresh) {
    bus.declare(&[WorkQueue::new("logger", "write", ["log.#"])]).await.unwrap();
    let large = Event::new("log.INFO", "/test", vec![b'x'; MAX_BODY + 1]);
    assert_eq!(bus.publish(&large, soon()).await, Err(PublishError::TooLarge { size: MAX_BODY + 1 }));
    publish(&bus, &event("log.INFO", 1)).await;
}

pub(crate) async fn what_can_never_be_published_is_an_invalid_argument(Fresh { bus, .. }: Fresh) {
    bus.declare(&[WorkQueue::new("logger", "write", ["#"])]).await.unwrap();
    let nameless = Event { id: String::new(), ..event("log.INFO", 1) };
    let long = Event { id: "x".repeat(256), ..event("log.INFO", 1) };
    let wordy = Event { subject: Some("x".repeat(200 << 10)), ..event("log.INFO", 1) };
    let key = "x".repeat(256);
    for unfit in [event(&key, 1), event("log..INFO", 1), nameless, long, wordy] {
        let refused = bus.publish(&unfit, soon()).await.unwrap_err();
        assert!(matches!(refused, PublishError::Invalid(_)), "{refused:?}");
        assert_eq!(mesh::Error::from(refused).code, mesh::Code::InvalidArgument);
    }
    publish(&bus, &event("log.INFO", 1)).await;
}

pub(crate) async fn declaring_again_changes_nothing(Fresh { bus, .. }: Fresh) {
    let queue = WorkQueue::new("logger", "write", ["log.#"]);
    let events = fill(&bus, &queue, "log.INFO", 2).await;
    bus.declare(&[queue.clone(), queue.clone()]).await.unwrap();
    let wider = WorkQueue::new("logger", "write", ["log.#", "audit.#"]);
    bus.declare(std::slice::from_ref(&wider)).await.unwrap();
    let added = event("audit.login", 2);
    publish(&bus, &added).await;
    let mut consumer = Consumer::each(&bus, Subscription::new(queue), |_| Outcome::Done);
    let seen = consumer.deliveries(3).await;
    consumer.stop().await;
    assert_eq!(delivered_ids(&seen), ids(events.iter().chain([&added])));
    assert_eq!(consumer.rest(), []);
}

pub(crate) async fn depth_counts_what_waits(Fresh { bus, .. }: Fresh) {
    let queue = WorkQueue::new("logger", "write", ["log.#"]);
    assert_eq!(bus.depth(&queue.name).await.unwrap(), None);
    fill(&bus, &queue, "log.INFO", 3).await;
    until("three messages wait", async || bus.depth(&queue.name).await.unwrap() == Some(3)).await;
    let mut consumer = Consumer::each(&bus, Subscription::new(queue.clone()), |_| Outcome::Done);
    consumer.deliveries(3).await;
    consumer.stop().await;
    assert_eq!(bus.depth(&queue.name).await.unwrap(), Some(0));
    let dead = bus::topology::dead_letters("logger");
    assert_eq!(bus.depth(&dead).await.unwrap(), Some(0));
}
