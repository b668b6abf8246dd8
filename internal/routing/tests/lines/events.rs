//! Publishing over the event line: the key, the check at the door, and never a 202 for what was not kept.

use std::sync::Arc;

use bus::{Delivery, Outcome, Subscription, WorkQueue};
use futures::FutureExt;
use mesh::Code;
use routing::Reply;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::world::{PATIENCE, World, call};

const TABLE: &str = r#"
version = 1
[services]
logger = "grpc://127.0.0.1:1"
[[route]]
on = "POST /e"
action = "publish"
call = "event log.{level|INFO}"
schema = "logger logger.v1.WriteRequest"
size = { name = "1..10", data = "..4KiB" }
[[route]]
on = "POST /n"
action = "nowhere"
call = "event nobody.listens"
"#;

async fn received(world: &World) -> mpsc::Receiver<Delivery> {
    let (sender, receiver) = mpsc::channel(16);
    let queue = WorkQueue::new("test", "sink", ["log.#"]);
    world.shared.bus.declare(std::slice::from_ref(&queue)).await.unwrap();
    let handler: bus::Handler = Arc::new(move |deliveries| {
        let sender = sender.clone();
        async move {
            for delivery in &deliveries {
                sender.send(delivery.clone()).await.unwrap();
            }
            vec![Outcome::Done; deliveries.len()]
        }
        .boxed()
    });
    let bus = world.shared.bus.clone();
    tokio::spawn(async move { bus.subscribe(Subscription::new(queue), handler, CancellationToken::new()).await });
    receiver
}

#[tokio::test]
async fn an_event_is_accepted_with_its_id_and_arrives_with_body_trace_and_type() {
    let world = World::open(TABLE).await.unwrap();
    let mut sink = received(&world).await;
    let call = call(json!({ "name": "n", "level": "ERROR" }));
    let trace = call.trace.trace_id();
    let Reply::Json { status, body, .. } = world.row("publish").call(call).await.unwrap() else { panic!("not JSON") };
    let accepted: Value = serde_json::from_slice(&body).unwrap();
    let arrived = tokio::time::timeout(PATIENCE, sink.recv()).await.unwrap().unwrap().event;
    assert_eq!(status.unwrap().as_u16(), 202);
    assert_eq!(accepted, json!({ "id": arrived.id, "type": "log.ERROR" }));
    assert_eq!((arrived.kind.as_str(), arrived.source.as_str()), ("log.ERROR", "/test"));
    assert_eq!(arrived.trace.trace_id(), trace);
    assert_eq!(serde_json::from_slice::<Value>(&arrived.body).unwrap(), json!({ "name": "n", "level": "ERROR" }));
}

#[tokio::test]
async fn what_the_service_could_never_take_is_refused_at_the_door() {
    let world = World::open(TABLE).await.unwrap();
    let _sink = received(&world).await;
    let cases = [
        (json!({ "name": "n", "level": "LOUD" }), "level"),
        (json!({ "nam": "x" }), "nam"),
        (json!({ "name": 7 }), "name"),
        (json!({ "data": "x" }), "name"),
        (json!({ "name": "12345678901" }), "name"),
        (json!({ "name": "n", "data": "x".repeat(4097) }), "data"),
    ];
    for (argument, field) in cases {
        let error = world.call("publish", argument).await.unwrap_err();
        assert_eq!((error.code, error.fields[0].field.as_str()), (Code::InvalidArgument, field));
    }
}

#[tokio::test]
async fn without_a_queue_there_is_no_202() {
    let world = World::open(TABLE).await.unwrap();
    let error = world.call("nowhere", json!({})).await.unwrap_err();
    assert_eq!((error.code, error.status().as_u16()), (Code::Unavailable, 503));
    assert!(error.detail.contains("no queue is bound for 'nobody.listens'"), "{}", error.detail);
}
