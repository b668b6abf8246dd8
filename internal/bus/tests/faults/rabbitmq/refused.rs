//! Connections that are well, and RabbitMQ refuses what is wanted on them: no part stays away while health is green.

use bus::rpc::{Request, Server};
use bus::topology::EVENTS;
use bytes::Bytes;
use lapin::ExchangeKind;
use lapin::options::{ExchangeDeclareOptions, ExchangeDeleteOptions};
use std::sync::Arc;
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn queues_for_questions_and_answers_that_are_refused_are_named_until_they_are_allowed() {
    let Fresh { bus, host, _tasks } = Fresh::start().await;
    host.ctl("set_permissions", &["guest", "^(?!rpc).*", ".*", ".*"]);
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
    host.ctl("set_permissions", &["guest", ".*", ".*", ".*"]);
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
