//! Putting an event back into one queue, as a replay of a dead letter does.

use bus::{Event, MAX_BODY, Outcome, PublishError, Subscription, WorkQueue};

use crate::consumer::{Consumer, dead_letter, event, fill, publish, someone};
use crate::fresh::{Fresh, soon, until};

fn queue() -> WorkQueue {
    WorkQueue::new("logger", "write", ["log.#"])
}

pub(crate) async fn what_is_put_back_goes_to_that_queue_alone_and_from_the_beginning(Fresh { bus, .. }: Fresh) {
    let other = WorkQueue::new("alarm", "errors", ["log.#"]);
    bus.declare(std::slice::from_ref(&other)).await.unwrap();
    let events = fill(&bus, &queue(), "log.INFO", 1).await;
    let mut consumer = Consumer::each(&bus, Subscription::new(queue()), |delivery| match delivery.redelivered {
        false => Outcome::Reject { reason: "level: unheard of".to_owned() },
        true => Outcome::Done,
    });
    consumer.delivery().await;
    let dead = dead_letter(&bus, "logger").await;
    assert_eq!(bus.requeue(&dead.event, &dead.dead.unwrap().queue, soon()).await, Ok(()));
    let again = consumer.delivery().await;
    let expected = Event { time: again.event.time, trace: again.event.trace, ..events[0].clone() };
    assert_eq!(again.event, expected);
    assert_eq!(again.event.identity, Some(someone()));
    assert_eq!((again.attempt, again.redelivered, again.dead), (1, true, None));
    consumer.stop().await;
    until("the other queue has only what was published", async || {
        bus.depth(&other.name).await.unwrap() == Some(1) && bus.depth(&queue().name).await.unwrap() == Some(0)
    })
    .await;
}

pub(crate) async fn a_queue_that_is_gone_takes_nothing(Fresh { bus, .. }: Fresh) {
    let refused = bus.requeue(&event("log.INFO", 1), &queue().name, soon()).await;
    assert_eq!(refused, Err(PublishError::Unroutable { kind: queue().name }));
    bus.declare(&[queue()]).await.unwrap();
    assert_eq!(bus.requeue(&event("log.INFO", 1), &queue().name, soon()).await, Ok(()));
    publish(&bus, &event("log.INFO", 2)).await;
    until("both are there", async || bus.depth(&queue().name).await.unwrap() == Some(2)).await;
}

pub(crate) async fn an_event_that_cannot_travel_is_refused_there_too(Fresh { bus, .. }: Fresh) {
    bus.declare(&[queue()]).await.unwrap();
    let large = Event::new("log.INFO", "/test", vec![b'x'; MAX_BODY + 1]);
    let refused = bus.requeue(&large, &queue().name, soon()).await;
    assert_eq!(refused, Err(PublishError::TooLarge { size: MAX_BODY + 1 }));
    let nameless = Event { id: String::new(), ..event("log.INFO", 1) };
    let refused = bus.requeue(&nameless, &queue().name, soon()).await;
    assert!(matches!(refused, Err(PublishError::Invalid(_))), "{refused:?}");
}
