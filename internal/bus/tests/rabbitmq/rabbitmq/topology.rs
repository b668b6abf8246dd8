//! The topology as RabbitMQ has it, against what it is said to be.

use bus::topology::{Argument, rung, topology};
use bus::{Outcome, Subscription, WorkQueue};
use lapin::options::QueueDeleteOptions;

use crate::consumer::{Consumer, fill};
use crate::fresh::{Fresh, RUNGS, until};

fn queue() -> WorkQueue {
    WorkQueue::new("logger", "write", ["log.#"])
}

#[tokio::test]
async fn every_queue_exchange_and_binding_is_declared_as_listed() {
    let Fresh { bus, host, _tasks } = Fresh::start().await;
    bus.declare(&[queue()]).await.unwrap();
    let all = topology(&[queue()], &RUNGS);
    let queues = host.ctl("list_queues", &["name", "durable", "type", "arguments"]);
    assert_eq!(queues.lines().skip(1).count(), all.queues.len(), "{queues}");
    for queue in &all.queues {
        let line = line_of(&queues, &queue.name);
        assert!(line.contains("\ttrue\tquorum\t"), "{line}");
        for (name, value) in &queue.arguments {
            let text = match value {
                Argument::Number(number) => format!("{{\"{name}\",{number}}}"),
                Argument::Text(text) => format!("{{\"{name}\",\"{text}\"}}"),
            };
            assert!(line.contains(&text), "{text} is missing: {line}");
        }
    }
    let exchanges = host.ctl("list_exchanges", &["name", "type", "durable", "arguments"]);
    for exchange in &all.exchanges {
        let line = line_of(&exchanges, &exchange.name);
        assert!(line.contains(&format!("\t{}\ttrue", format!("{:?}", exchange.kind).to_lowercase())), "{line}");
        assert_eq!(line.contains("alternate-exchange"), exchange.alternate.is_some(), "{line}");
    }
    let bindings = host.ctl("list_bindings", &["source_name", "destination_name", "routing_key"]);
    for binding in &all.bindings {
        let wanted = format!("{}\t{}\t{}", binding.exchange, binding.queue, binding.key);
        assert!(bindings.lines().any(|line| line.trim_end() == wanted.trim_end()), "{wanted} is missing:\n{bindings}");
    }
}

fn line_of(list: &str, name: &str) -> String {
    let line = list.lines().find(|line| line.starts_with(&format!("{name}\t")));
    line.unwrap_or_else(|| panic!("{name} is missing:\n{list}")).to_owned()
}

#[tokio::test]
async fn a_queue_that_exists_with_other_arguments_is_named() {
    let Fresh { bus, host, _tasks } = Fresh::start().await;
    let options = lapin::options::QueueDeclareOptions::durable();
    host.channel().await.queue_declare(queue().name.into(), options, Default::default()).await.unwrap();
    let error = bus.declare(&[queue()]).await.unwrap_err();
    assert_eq!(error.code, mesh::Code::FailedPrecondition);
    assert!(error.detail.contains("v1.logger.write"), "{error}");
    bus.declare(&[WorkQueue::new("logger", "other", ["log.#"])]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queue_that_cannot_be_consumed_is_named_until_it_can() {
    let Fresh { bus, host, _tasks } = Fresh::start().await;
    let (channel, options) = (host.channel().await, lapin::options::QueueDeclareOptions::durable());
    channel.queue_declare(queue().name.into(), options, Default::default()).await.unwrap();
    let mut consumer = Consumer::each(&bus, Subscription::new(queue()), |_| Outcome::Done);
    let named = || bus.trouble().is_some_and(|it| it.starts_with("cannot consume v1.logger.write"));
    until("health names it", async || named()).await;
    channel.queue_delete(queue().name.into(), QueueDeleteOptions::default()).await.unwrap();
    until("it is consumed", async || bus.trouble().is_none()).await;
    consumer.stop().await;
}

/// One deleted queue must not stop the messages of all others on the same rung.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rung_goes_on_when_a_queue_was_deleted() {
    let Fresh { bus, host, _tasks } = Fresh::start().await;
    let long = || Outcome::Retry { reason: "not yet".to_owned(), after: Some(RUNGS[1]) };
    let gone = WorkQueue::new("logger", "gone", ["gone.#"]);
    fill(&bus, &gone, "gone.x", 1).await;
    let mut failing = Consumer::each(&bus, Subscription::new(gone.clone()), move |_| long());
    failing.delivery().await;
    failing.stop().await;
    assert_eq!(bus.depth(&rung(RUNGS[1])).await.unwrap(), Some(1), "it waits on the rung");
    host.channel().await.queue_delete(gone.name.into(), QueueDeleteOptions::default()).await.unwrap();
    fill(&bus, &queue(), "log.INFO", 1).await;
    let mut consumer = Consumer::each(&bus, Subscription::new(queue()), move |delivery| match delivery.attempt {
        1 => long(),
        _ => Outcome::Done,
    });
    assert_eq!(consumer.delivery().await.attempt, 1);
    assert_eq!(consumer.delivery().await.attempt, 2);
    until("the other one is kept", async || bus.depth("unroutable").await.unwrap() == Some(1)).await;
    consumer.stop().await;
}
