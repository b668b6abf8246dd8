//! Connections that are well, and RabbitMQ refuses what is wanted on them: no part stays away while health is green.

use std::sync::Arc;

use bus::WorkQueue;
use bus::rpc::{Request, Server};
use bus::topology::EVENTS;
use bytes::Bytes;
use lapin::ExchangeKind;
use lapin::options::{ExchangeDeclareOptions, ExchangeDeleteOptions, QueueDeclareOptions};
use tokio_util::sync::CancellationToken;

use crate::consumer::event;
use crate::fresh::{Fresh, soon, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_exchange_that_cannot_be_published_to_is_named_until_it_can() {
    let Fresh { bus, host, _tasks } = Fresh::start().await;
    let channel = host.channel().await;
    let deleting = |name: &'static str| channel.exchange_delete(name.into(), ExchangeDeleteOptions::default());
    deleting(EVENTS).await.unwrap();
    let other = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
    channel.exchange_declare(EVENTS.into(), ExchangeKind::Topic, other, Default::default()).await.unwrap();
    deleting(EVENTS).await.unwrap();
    channel.exchange_declare(EVENTS.into(), ExchangeKind::Fanout, other, Default::default()).await.unwrap();
    host.close_connections();
    let named = || bus.trouble().is_some_and(|it| it.starts_with("cannot publish: the exchange 'events' exists"));
    until("health names it", async || named()).await;
    assert!(bus.publish(&event("log.INFO", 1), soon()).await.is_err());
    host.channel().await.exchange_delete(EVENTS.into(), ExchangeDeleteOptions::default()).await.unwrap();
    until("it can be published to", async || bus.trouble().is_none()).await;
}

#[tokio::test]
async fn a_queue_that_cannot_be_declared_is_told_of_until_nobody_wants_it_any_more() {
    let Fresh { bus, host, _tasks } = Fresh::start().await;
    let [taken, other] = ["taken", "other"].map(|what| WorkQueue::new("logger", what, ["log.#"]));
    let options = QueueDeclareOptions::durable();
    host.channel().await.queue_declare(taken.name.clone().into(), options, Default::default()).await.unwrap();
    bus.declare(&[taken, other.clone()]).await.unwrap_err();
    assert!(bus.trouble().is_some_and(|it| it.contains("the queue 'v1.logger.taken' exists")));
    bus.declare(&[other]).await.unwrap();
    assert_eq!(bus.trouble(), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn queues_for_questions_and_answers_that_are_refused_are_named_until_they_are_allowed() {
    let Fresh { bus, host, _tasks } = Fresh::start().await;
    let user = host.url.split_once("://").and_then(|(_, rest)| rest.split(':').next()).unwrap();
    host.ctl("set_permissions", &[user, "^(?!rpc).*", ".*", ".*"]);
    let handler: bus::rpc::Handler = Arc::new(|request: Request| Box::pin(async move { Ok(request.body) }));
    let server = Server { service: "echo".to_owned(), concurrency: 1, idempotent: true, handler };
    let (answering, stop) = (bus.clone(), CancellationToken::new());
    let stopped = stop.clone();
    let serving = tokio::spawn(async move { answering.answer(server, stopped).await });
    let told = |text: &str| bus.trouble().is_some_and(|it| it == text);
    until("the server is told of", async || told("cannot answer questions to echo: ACCESS_REFUSED")).await;
    stop.cancel();
    serving.await.unwrap();
    assert_eq!(bus.trouble(), None, "a server that has stopped is no trouble");
    let ask = async || bus.call(question()).await;
    assert!(ask().await.is_err());
    until("the reply queue is told of", async || told("cannot receive answers: ACCESS_REFUSED")).await;
    host.ctl("set_permissions", &[user, ".*", ".*", ".*"]);
    until("it is allowed", async || bus.trouble().is_none()).await;
    let nobody = ask().await.unwrap_err();
    assert!(nobody.detail.contains("nobody answers for 'echo'"), "{nobody}");
}

fn question() -> Request {
    Request {
        service: "echo".to_owned(),
        method: "echo".to_owned(),
        body: Bytes::from_static(b"{}"),
        id: uuid::Uuid::now_v7().to_string(),
        priority: 0,
        deadline: soon(),
        trace: mesh::TraceContext::new(),
        identity: None,
        origin: None,
    }
}
