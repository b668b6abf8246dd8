//! What a call takes from the answer of another one.

use serde_json::{Value, json};

use crate::issuer::Token;
use crate::service::{Service, answers, batch, statuses};
use crate::world::World;

const ROWS: &str = r#"
[[route]]
on = "POST /echo"
action = "echo"
call = "http own POST /x"
auth = "public"
[[route]]
on = "GET /things/{id}"
call = "http own GET /things/{id}"
auth = "public"
[[route]]
on = "POST /mine"
action = "mine"
call = "http own POST /x"
"#;

async fn world(service: &Service) -> World {
    World::open(&format!("{ROWS}{}", service.rows())).await
}

/// What a call was sent with, as the echo tells it.
fn sent(answered: &Value) -> Value {
    serde_json::from_str(answered["body"]["body"].as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn values_keep_their_type_and_calls_wait_for_them() {
    let service = Service::start(1).await;
    let world = world(&service).await;
    // The last one is asked for first.
    let calls = json!([
        { "id": "c", "action": "echo", "body": {
            "whole": "${b.body.body}", "status": "${a.status}", "list": "${a.body.list}",
            "text": "is ${a.body.calls}, not $${a.body.calls}", "deep": ["${a.body.list[1].id}", "${a.body.none}"]
        } },
        { "id": "b", "method": "POST", "path": "/echo", "body": "${a.body}" },
        { "id": "a", "action": "count", "body": {} },
        { "id": "path", "method": "GET", "path": "/things/${a.body.list[0].id}?n=${a.body.calls}" },
    ]);
    let answer = batch(&world, &calls).await;
    assert_eq!(statuses(&answer), [200, 200, 200, 200]);
    let answers = answers(&answer);
    let counted = &answers[2]["body"];
    assert_eq!(sent(&answers[1]), *counted);
    let expected = json!({
        "whole": answers[1]["body"]["body"], "status": 200, "list": counted["list"],
        "text": "is 1, not ${a.body.calls}", "deep": [7, null]
    });
    assert_eq!(sent(&answers[0]), expected);
    assert_eq!(answers[3]["body"]["uri"], "/things/a%2Fb?n=1");
}

#[tokio::test]
async fn a_call_whose_source_failed_is_not_made() {
    let service = Service::start(1).await;
    let world = world(&service).await;
    let calls = json!([
        { "id": "gone", "method": "GET", "path": "/nothing" },
        { "id": "mine", "action": "mine", "body": {} },
        { "id": "one", "action": "count", "body": { "x": "${gone.body.detail}" } },
        { "id": "two", "action": "count", "body": { "x": "${one.body.calls}" } },
        { "id": "status", "action": "count", "body": { "x": "${mine.status}" } },
        { "id": "fine", "action": "echo", "body": {} },
        { "id": "missing", "action": "count", "body": { "x": "${fine.body.what}" } },
        { "id": "object", "method": "GET", "path": "/things/${fine.body.headers}" },
    ]);
    let answer = batch(&world, &calls).await;
    assert_eq!(statuses(&answer), [404, 401, 424, 424, 424, 200, 424, 424]);
    assert_eq!(service.calls(), 0);
    let answers = answers(&answer);
    for (at, reference) in [(2, "${gone.body.detail}"), (3, "${one.body.calls}"), (6, "${fine.body.what}")] {
        let problem = &answers[at]["body"];
        assert_eq!((&problem["status"], &problem["instance"]), (&json!(424), &json!("/handle")), "{problem}");
        assert_eq!(problem["errors"][0]["field"], reference);
        assert!(problem["detail"].as_str().unwrap().contains(reference), "{problem}");
    }
    assert_eq!(answers[7]["body"]["instance"], "/things/${fine.body.headers}");
}

#[tokio::test]
async fn a_header_takes_values_too() {
    let service = Service::start(1).await;
    let world = world(&service).await;
    let calls = json!([
        { "id": "a", "action": "count", "body": {} },
        { "id": "b", "action": "echo", "headers": { "Idempotency-Key": "k-${a.body.calls}" }, "body": {} },
        // Waits for the call above: one key is for one call at a time.
        { "id": "c", "action": "echo", "headers": { "idempotency-key": "k-1", "accept": "${b.status}" }, "body": {} },
        { "id": "d", "action": "echo", "headers": { "idempotency-key": "k-${a.body.list}" }, "body": {} },
        { "id": "e", "action": "echo", "headers": { "x-timeout-ms": "soon" }, "body": {} },
    ]);
    let answer = batch(&world, &calls).await;
    assert_eq!(statuses(&answer), [200, 200, 200, 424, 400]);
    let key = |at: usize| answers(&answer)[at]["body"]["headers"]["idempotency-key"].clone();
    assert!(key(1).is_string());
    assert_eq!(key(1), key(2));
}

/// The key of a call is that of the batch and its place, so that the same batch again has the same keys.
#[tokio::test]
async fn keys_are_those_of_the_batch_with_an_index() {
    let service = Service::start(1).await;
    let world = world(&service).await;
    let token = Token::default().signed();
    let keys = async |key: &str| {
        let calls = json!({ "calls": [
            { "action": "mine", "body": {} },
            { "action": "mine", "body": {} },
            { "action": "mine", "headers": { "idempotency-key": "own" }, "body": {} },
        ] });
        let ask = world.post("/v1/batch", &calls).bearer(&token).header("idempotency-key", key);
        let answer = ask.send().await;
        assert_eq!(statuses(&answer), [200, 200, 200]);
        let key = |it: &Value| it["body"]["headers"]["idempotency-key"].as_str().unwrap().to_owned();
        answers(&answer).iter().map(key).collect::<Vec<_>>()
    };
    let first = keys("k").await;
    assert_eq!(keys("k").await, first);
    assert_ne!(first[0], first[1]);
    let other = keys("l").await;
    assert!(other[0] != first[0] && other[1] != first[1] && other[2] == first[2], "{first:?} {other:?}");
    let alone = world.post("/mine", &json!({})).bearer(&token).header("idempotency-key", "k:1").send().await;
    assert_eq!(alone.body["headers"]["idempotency-key"], first[1]);
}
