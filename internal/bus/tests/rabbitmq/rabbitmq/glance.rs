//! What RabbitMQ tells of its queues, with and without its management API, and why it does not tell the rest.

use std::time::Duration;

use bus::glance::Figure::{Known, Unknown};
use bus::glance::{Kind, Queue};
use bus::{Bus, Config, Outcome, Subscription, WorkQueue};
use faults::RabbitNode;
use tokio_util::sync::CancellationToken;

use crate::consumer::{Consumer, fill};
use crate::fresh::{Fresh, config, until};

fn queue() -> WorkQueue {
    WorkQueue::new("logger", "write", ["log.#"])
}

async fn seen(bus: &Bus, also: &[String], name: &str) -> Option<Queue> {
    bus.queues(also).await.unwrap().into_iter().find(|queue| queue.name == name)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_management_api_the_rest_has_a_reason_and_others_queues_have_to_be_named() {
    let Fresh { bus, host, _tasks } = Fresh::start().await;
    fill(&bus, &queue(), "log.INFO", 2).await;
    let shutdown = CancellationToken::new();
    let _until = shutdown.clone().drop_guard();
    let other = Bus::open(config(&host.url), shutdown).await.unwrap();
    until("it looks", async || other.queues(&[]).await.is_ok()).await;
    assert_eq!(seen(&other, &[], &queue().name).await, None, "it knows nothing of it");
    let also = [queue().name, "v1.nobody.knows".to_owned(), "rpc.reply.somebody".to_owned()];
    until("two are ready", async || seen(&other, &also, &queue().name).await.unwrap().ready == Known(2)).await;
    const UNSET: &str = "needs the management plugin: set RABBITMQ_MANAGEMENT_URL";
    let expected = Queue {
        name: queue().name,
        kind: Kind::Work,
        ready: Known(2),
        unacked: Unknown(UNSET),
        depth: Unknown(UNSET),
        consumers: Known(0),
        oldest: Unknown("RabbitMQ does not look into messages"),
    };
    assert_eq!(seen(&other, &also, &queue().name).await, Some(expected));
    let names: Vec<_> = other.queues(&also).await.unwrap().into_iter().map(|it| it.name).collect();
    assert_eq!(names, ["delay.100ms", "delay.2s", "unroutable", "v1.logger.write"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_management_api_tells_the_rest_or_says_why_not() {
    let node = RabbitNode::with_management().await.unwrap();
    let url = node.url_of_new_host().await.unwrap();
    let management = node.management_url().unwrap();
    let shutdown = CancellationToken::new();
    let _until = shutdown.clone().drop_guard();
    let open = async |management: &str| {
        let config = Config { management: Some(management.to_owned().into()), ..config(&url) };
        Bus::open(config, shutdown.clone()).await.unwrap()
    };
    let bus = open(&management).await;
    until("the node takes declarations", async || bus.declare(&[queue()]).await.is_ok()).await;
    fill(&bus, &queue(), "log.INFO", 3).await;
    let stuck = |_: Vec<bus::Delivery>| -> futures::future::BoxFuture<'static, Vec<Outcome>> {
        Box::pin(std::future::pending())
    };
    let mut consumer = Consumer::batches(&bus, Subscription::new(queue()), stuck);
    consumer.delivery().await;
    // Two are with the consumer, the one in its handler and one read ahead. RabbitMQ counts every few seconds.
    let counted = (Known(1), Known(2), Known(3), Known(1));
    until("everything is counted", async || {
        let queue = seen(&bus, &[], &queue().name).await;
        queue.is_some_and(|it| (it.ready, it.unacked, it.depth, it.consumers) == counted)
    })
    .await;
    let names: Vec<_> = bus.queues(&[]).await.unwrap().into_iter().map(|it| (it.name, it.kind)).collect();
    let expected = [
        ("dead.logger", Kind::Dead),
        ("delay.100ms", Kind::Rung),
        ("delay.2s", Kind::Rung),
        ("unroutable", Kind::Unroutable),
        ("v1.logger.write", Kind::Work),
        ("v1.logger.write.suspect", Kind::Suspect),
    ];
    assert_eq!(names, expected.map(|(name, kind)| (name.to_owned(), kind)));

    let refused = "the management API refuses the user or the password of RABBITMQ_MANAGEMENT_URL";
    let away = "the management API at RABBITMQ_MANAGEMENT_URL does not answer";
    let cases = [(management.replace("guest:guest", "guest:wrong"), refused), ("http://127.0.0.1:9".to_owned(), away)];
    for (management, reason) in cases {
        let bus = open(&management).await;
        until("it is connected", async || bus.declare(&[queue()]).await.is_ok()).await;
        let queue = seen(&bus, &[], &queue().name).await.unwrap();
        assert_eq!((queue.ready, queue.unacked, queue.consumers), (Known(1), Unknown(reason), Known(1)));
    }
    // It would wait for its handler, which never ends.
    drop(consumer);
    tokio::time::timeout(Duration::from_secs(10), bus.close()).await.ok();
}
