//! What is wrong with a batch as a whole is told before any of its calls is made.

use serde_json::{Value, json};

use crate::client::Ask;
use crate::service::Service;
use crate::world::World;

async fn refused(ask: Ask, status: u16) -> Value {
    let answer = ask.send().await;
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (status, Some("application/problem+json")),
        "{answer:?}"
    );
    assert_eq!(answer.body["instance"], "/v1/batch", "{answer:?}");
    answer.body
}

#[tokio::test]
async fn nothing_is_called_where_the_batch_is_wrong() {
    let service = Service::start(1).await;
    let world = World::open(&service.rows()).await;
    let good = json!({ "action": "count", "body": {} });
    let beside = |wrong: Value| json!({ "calls": [good, wrong] });
    let cases = [
        (json!({}), "calls"),
        (json!({ "calls": vec![good.clone(); 51] }), "calls"),
        (json!({ "calls": [good], "call": 1 }), "call"),
        (beside(json!({ "metod": "GET", "path": "/x" })), "calls[1].metod"),
        (beside(json!({ "id": "0", "action": "count" })), "calls[1].id"),
        (beside(json!({ "action": "count", "body": { "x": "${nobody.body.x}" } })), "calls[1]"),
        (beside(json!({ "id": "x", "action": "count", "body": { "x": "${x.status}" } })), "calls"),
        (beside(json!({ "method": "POST", "path": "/v1/batch", "body": { "calls": [] } })), "calls[1].path"),
        (beside(json!({ "action": "count", "headers": { "authorization": "x" } })), "calls[1].headers.authorization"),
    ];
    for (body, field) in cases {
        let problem = refused(world.post("/v1/batch", &body), 400).await;
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
    }
    let ask = world.post("/v1/batch", &json!({ "calls": [good] }));
    let problem = refused(ask.header("idempotency-key", "a b"), 400).await;
    assert_eq!(problem["errors"][0]["field"], "Idempotency-Key");
    let ask = world.post("/v1/batch", &json!({ "calls": [good] }));
    let problem = refused(ask.header("x-timeout-ms", "soon"), 400).await;
    assert_eq!(problem["errors"][0]["field"], "x-timeout-ms");
    refused(world.post("/v1/batch", &json!("text")), 400).await;
    let large = json!({ "calls": [good, { "action": "count", "body": { "x": "x".repeat(1 << 20) } }] });
    refused(world.post("/v1/batch", &large), 413).await;
    assert_eq!(service.calls(), 0);
}
