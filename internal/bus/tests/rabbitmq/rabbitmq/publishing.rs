//! Confirmed is not routed: what no queue takes is told to the one who published it and to nobody else.

use bus::{PublishError, WorkQueue};
use futures::future::join_all;

use crate::consumer::event;
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn open_confirms_are_waited_for_before_closing() {
    let Fresh { bus, host, _tasks } = Fresh::start().await;
    let queue = WorkQueue::new("logger", "write", ["log.#"]);
    bus.declare(std::slice::from_ref(&queue)).await.unwrap();
    let publishing = (0..200).map(|number| {
        let bus = bus.clone();
        tokio::spawn(async move { bus.publish(&event("log.INFO", number), soon()).await })
    });
    let publishing: Vec<_> = publishing.collect();
    tokio::task::yield_now().await;
    bus.close().await;
    let kept = join_all(publishing).await.into_iter().filter(|it| matches!(it, Ok(Ok(())))).count();
    assert!(bus.trouble().is_some(), "closed");
    let channel = host.channel().await;
    let declared = lapin::options::QueueDeclareOptions::default().passive();
    let found = channel.queue_declare(queue.name.into(), declared, Default::default()).await.unwrap();
    assert!(found.message_count() as usize >= kept, "{} < {kept}", found.message_count());
}
