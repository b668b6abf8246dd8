//! What goes over the bus says who has caused it, and never holds the token that proved it.

use std::sync::Arc;

use axum::body::Bytes;
use bus::{Event, Outcome, Subscription, WorkQueue, rpc};
use futures::FutureExt;
use mesh::Identity;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::issuer::Token;
use crate::world::{PATIENCE, World};

const ROWS: &str = r#"
[[route]]
on = "POST /event"
call = "event told.{what}"
auth = "public"
[[route]]
on = "POST /ask"
call = "rpc answers who"
auth = "public"
"#;

/// Every event that is published.
async fn events(world: &World) -> mpsc::Receiver<Event> {
    let (sender, receiver) = mpsc::channel(16);
    let queue = WorkQueue::new("test", "sink", ["told.#"]);
    world.bus.declare(std::slice::from_ref(&queue)).await.unwrap();
    let handler: bus::Handler = Arc::new(move |deliveries| {
        let sender = sender.clone();
        async move {
            for delivery in &deliveries {
                sender.send(delivery.event.clone()).await.unwrap();
            }
            vec![Outcome::Done; deliveries.len()]
        }
        .boxed()
    });
    let bus = world.bus.clone();
    tokio::spawn(async move { bus.subscribe(Subscription::new(queue), handler, CancellationToken::new()).await });
    receiver
}

/// A service that answers who asks, from where, under which id.
fn answering(world: &World) {
    let handler: rpc::Handler = Arc::new(|request| {
        let told = json!({ "identity": request.identity, "origin": request.origin, "id": request.id });
        async move { Ok(Bytes::from(told.to_string())) }.boxed()
    });
    let server = rpc::Server { service: "answers".to_owned(), concurrency: 4, idempotent: true, handler };
    let bus = world.bus.clone();
    tokio::spawn(async move { bus.answer(server, CancellationToken::new()).await });
}

fn identity() -> Identity {
    Identity { subject: "u-1".to_owned(), roles: vec!["user".to_owned()], session: Some("s-1".to_owned()) }
}

#[tokio::test]
async fn an_event_says_who_has_caused_it() {
    let world = World::open(ROWS).await;
    let mut sink = events(&world).await;
    let token = Token::default().signed();
    let mut seen = None;
    // A public row knows a caller as soon as the issuer's keys are known.
    while seen.is_none() {
        let answer = world.post("/event", &json!({ "what": "known" })).bearer(&token).send().await;
        assert_eq!(answer.status, 202, "{answer:?}");
        let event = tokio::time::timeout(PATIENCE, sink.recv()).await.unwrap().unwrap();
        assert!(!format!("{event:?}").contains(&token), "{event:?}");
        seen = event.identity;
    }
    assert_eq!(seen, Some(identity()));
    world.post("/event", &json!({ "what": "nobody" })).send().await;
    let event = tokio::time::timeout(PATIENCE, sink.recv()).await.unwrap().unwrap();
    assert_eq!((event.kind.as_str(), event.identity), ("told.nobody", None));
}

#[tokio::test]
async fn a_key_is_the_id_of_the_event_and_of_the_question() {
    let world = World::open(ROWS).await;
    let mut sink = events(&world).await;
    answering(&world);
    let id = async |path: &str, key: &str| {
        let answer = world.post(path, &json!({ "what": "x" })).header("idempotency-key", key).send().await;
        answer.body["id"].as_str().map(str::to_owned)
    };
    world.eventually("the service", || async { id("/ask", "k").await.is_some() }).await;
    assert_eq!(id("/ask", "k").await, id("/ask", "k").await);
    assert_ne!(id("/ask", "k").await, id("/ask", "l").await);
    let published = id("/event", "k").await;
    assert_ne!(published, id("/ask", "k").await, "another row is another effect");
    let event = tokio::time::timeout(PATIENCE, sink.recv()).await.unwrap().unwrap();
    assert_eq!(Some(event.id), published);
}

#[tokio::test]
async fn a_question_says_who_asks_and_from_where() {
    let world = World::open(ROWS).await;
    answering(&world);
    let ask = || async { world.post("/ask", &json!({})).bearer(&Token::default().signed()).send().await };
    world.eventually("the service and the keys", || async { ask().await.body["identity"].is_object() }).await;
    let told = ask().await.body;
    assert_eq!((&told["identity"], &told["origin"]), (&json!(identity()), &json!("127.0.0.1")));
    let nobody = world.post("/ask", &json!({})).send().await.body;
    assert_eq!(nobody["identity"], Value::Null);
}
