//! What is told of the queues where all of it can be known, which is in the process that owns them.

use std::sync::Arc;
use std::time::Duration;

use bus::glance::{Figure::Known, Kind, Queue};
use bus::{Bus, Event, Outcome, Subscription, WorkQueue};
use chrono::{DateTime, Utc};
use tokio::sync::Semaphore;

use crate::calls::{Running, question};
use crate::consumer::{Consumer, event, publish};
use crate::fresh::{Fresh, PATIENCE, until};

fn at(seconds: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(seconds, 0)
}

async fn queue(bus: &Bus, name: &str) -> Option<Queue> {
    bus.queues(&[]).await.unwrap().into_iter().find(|queue| queue.name == name)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_embedded_queue_knows_every_figure() {
    let Fresh { bus, .. } = &Fresh::embedded().await;
    let work = WorkQueue::new("logger", "write", ["log.#"]);
    bus.declare(std::slice::from_ref(&work)).await.unwrap();
    for seconds in [3_000, 1_000, 2_000, 4_000] {
        publish(bus, &Event { time: at(seconds).unwrap(), ..event("log.INFO", 1) }).await;
    }
    let expected = Queue {
        name: work.name.clone(),
        kind: Kind::Work,
        ready: Known(4),
        unacked: Known(0),
        depth: Known(4),
        consumers: Known(0),
        oldest: Known(at(1_000)),
    };
    assert_eq!(queue(bus, &work.name).await, Some(expected.clone()));

    // The first fails and waits on the last rung, the second stays in hand, the other two are not taken.
    let gate = Arc::new(Semaphore::new(0));
    let opened = gate.clone();
    let mut consumer = Consumer::batches(bus, Subscription::new(work.clone()), move |deliveries| {
        let (gate, is_first) = (gate.clone(), deliveries[0].event.time == at(3_000).unwrap());
        Box::pin(async move {
            if is_first {
                return vec![Outcome::Retry { reason: "busy".to_owned(), after: Some(Duration::from_secs(3_600)) }];
            }
            let _open = gate.acquire().await.unwrap();
            vec![Outcome::Done]
        })
    });
    consumer.deliveries(2).await;
    let busy = Queue { ready: Known(2), unacked: Known(1), consumers: Known(1), ..expected.clone() };
    until("one waits and one is in hand", async || queue(bus, &work.name).await.as_ref() == Some(&busy)).await;
    opened.add_permits(100);
    consumer.deliveries(2).await;
    consumer.stop().await;
    let waiting = |it: &Queue| (it.depth, it.unacked, it.consumers) == (Known(1), Known(0), Known(0));
    until("the one on its rung is left", async || queue(bus, &work.name).await.is_some_and(|it| waiting(&it))).await;
    assert_eq!(queue(bus, &work.name).await.unwrap().oldest, Known(at(3_000)));
    let dead = queue(bus, &work.dead_letters()).await.unwrap();
    assert_eq!((dead.kind, dead.depth, dead.oldest), (Kind::Dead, Known(0), Known(None)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn questions_are_a_queue_while_somebody_answers() {
    const NAME: &str = "rpc.authenticator";
    let Fresh { bus, .. } = &Fresh::embedded().await;
    assert_eq!(queue(bus, NAME).await, None);
    let gate = Arc::new(Semaphore::new(0));
    let opened = gate.clone();
    let server = Running::start(bus, 1, move |_| {
        let gate = gate.clone();
        Box::pin(async move {
            gate.acquire().await.unwrap().forget();
            Ok("{}".into())
        })
    });
    let server = server.await;
    let questions: Vec<_> = (0..3)
        .map(|_| {
            let bus = bus.clone();
            tokio::spawn(async move { bus.call(question("ask", "{}", PATIENCE)).await })
        })
        .collect();
    let figures = async || {
        let queue = queue(bus, NAME).await.unwrap();
        (queue.kind, queue.ready, queue.unacked, queue.depth, queue.consumers)
    };
    let busy = (Kind::Rpc, Known(2), Known(1), Known(3), Known(1));
    until("one is answered and two wait", async || figures().await == busy).await;
    opened.add_permits(3);
    for question in questions {
        question.await.unwrap().unwrap();
    }
    until("none is left", async || figures().await == (Kind::Rpc, Known(0), Known(0), Known(0), Known(1))).await;
    server.stop().await;
    assert_eq!(queue(bus, NAME).await, None);
}
