//! Confirmed is not routed: what no queue takes is told to the one who published it and to nobody else.

use std::pin::pin;

use bus::{PublishError, WorkQueue};
use futures::future::join_all;
use lapin::options::{QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable, LongString};

use crate::consumer::{event, publish};
use crate::fresh::{Fresh, soon, until};

/// RabbitMQ confirms many messages with one frame, so returned ones have to find their own among all in flight.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn among_many_in_flight_exactly_the_unroutable_ones_fail() {
    const TASKS: usize = 200;
    const EACH: usize = 30;
    let Fresh { bus, host: _host, _tasks } = Fresh::start().await;
    let queue = WorkQueue::new("logger", "write", ["log.#"]);
    bus.declare(std::slice::from_ref(&queue)).await.unwrap();
    // Few unroutable ones among many others, so that confirmations of both come in one frame.
    let is_unroutable = |task: usize, number: usize| (task * 7 + number).is_multiple_of(13);
    let tasks = (0..TASKS).map(async |task| {
        let mut wrong = Vec::new();
        for number in 0..EACH {
            let (kind, expected) = match is_unroutable(task, number) {
                true => ("nobody", Err(PublishError::Unroutable { kind: "nobody".to_owned() })),
                false => ("log.INFO", Ok(())),
            };
            let published = bus.publish(&event(kind, number), soon()).await;
            if published != expected {
                wrong.push((kind, published));
            }
        }
        wrong
    });
    let wrong: Vec<_> = join_all(tasks).await.concat();
    assert!(wrong.is_empty(), "{} were told wrong: {wrong:?}", wrong.len());
    let all = (0..TASKS).flat_map(|task| (0..EACH).map(move |number| (task, number)));
    let taken = all.filter(|(task, number)| !is_unroutable(*task, *number)).count() as u64;
    until("every confirmed one is there", async || bus.depth(&queue.name).await.unwrap() == Some(taken)).await;
}

/// By a nack, such as for a queue that somebody has given a length.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_rabbitmq_refuses_is_not_confirmed() {
    let Fresh { bus, host, _tasks } = Fresh::start().await;
    bus.declare(&[]).await.unwrap();
    let (channel, mut bounds) = (host.channel().await, FieldTable::default());
    bounds.insert("x-max-length".into(), AMQPValue::LongInt(1));
    bounds.insert("x-overflow".into(), AMQPValue::LongString(LongString::from("reject-publish")));
    channel.queue_declare("small".into(), QueueDeclareOptions::durable(), bounds).await.unwrap();
    let (options, none) = (QueueBindOptions::default(), FieldTable::default());
    channel.queue_bind("small".into(), "events".into(), "log.INFO".into(), options, none).await.unwrap();
    publish(&bus, &event("log.INFO", 1)).await;
    let refused = bus.publish(&event("log.INFO", 2), soon()).await;
    assert!(matches!(refused, Err(PublishError::Unavailable(_))), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn open_confirms_are_waited_for_before_closing() {
    const COUNT: usize = 200;
    let Fresh { bus, host, _tasks } = Fresh::start().await;
    let queue = WorkQueue::new("logger", "write", ["log.#"]);
    bus.declare(std::slice::from_ref(&queue)).await.unwrap();
    // From here on there is a channel, so that what is asked once is on its way.
    publish(&bus, &event("log.INFO", 0)).await;
    let publishing = join_all((1..COUNT).map(async |number| bus.publish(&event("log.INFO", number), soon()).await));
    // All of them, though they are more than a task may do in one go.
    let mut publishing = pin!(tokio::task::unconstrained(publishing));
    assert!(futures::poll!(&mut publishing).is_pending());
    let (published, ()) = tokio::join!(publishing, bus.close());
    assert!(published.iter().all(Result::is_ok), "{published:?}");
    assert!(bus.trouble().is_some(), "closed");
    let channel = host.channel().await;
    let declared = lapin::options::QueueDeclareOptions::default().passive();
    let found = channel.queue_declare(queue.name.into(), declared, Default::default()).await.unwrap();
    assert_eq!(found.message_count() as usize, COUNT);
}
