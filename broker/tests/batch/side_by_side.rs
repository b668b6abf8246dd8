//! Calls run side by side, not too many at once, and all of them within one deadline.

use serde_json::{Value, json};

use crate::service::{Service, answers, batch, statuses};
use crate::world::World;

const AT_ONCE: usize = 16;

/// The gate opens for sixteen: fewer at once would wait for ever, and more would be seen.
#[tokio::test]
async fn sixteen_calls_are_under_way_at_once_and_no_more() {
    let service = Service::start(AT_ONCE).await;
    let world = World::open(&service.rows()).await;
    let calls = vec![json!({ "method": "GET", "path": "/gate" }); AT_ONCE * 3];
    let answer = batch(&world, &Value::Array(calls)).await;
    assert_eq!(statuses(&answer), [200; AT_ONCE * 3]);
    assert_eq!(service.most(), AT_ONCE);
}

#[tokio::test]
async fn the_deadline_is_that_of_the_batch_and_of_each_call_where_that_is_shorter() {
    let service = Service::start(1).await;
    let world = World::open(&service.rows()).await;
    let calls = json!({ "calls": [
        { "id": "slow", "method": "GET", "path": "/never" },
        { "id": "quick", "action": "count", "body": {} },
        { "id": "own", "method": "GET", "path": "/never", "headers": { "x-timeout-ms": "1" } },
        { "id": "after", "action": "count", "body": { "x": "${slow.body.x}" } },
    ] });
    let answer = world.post("/v1/batch", &calls).header("x-timeout-ms", "1500").send().await;
    assert_eq!(statuses(&answer), [504, 200, 504, 424]);
    assert_eq!(service.calls(), 1);
}

#[tokio::test]
async fn what_is_not_begun_by_the_deadline_is_not_begun() {
    let service = Service::start(1).await;
    let world = World::open(&service.rows()).await;
    let mut calls = vec![json!({ "method": "GET", "path": "/never" }); AT_ONCE];
    calls.push(json!({ "action": "count", "body": {} }));
    let body = json!({ "calls": calls });
    let answer = world.post("/v1/batch", &body).header("x-timeout-ms", "500").send().await;
    assert_eq!(statuses(&answer), [504; AT_ONCE + 1]);
    let last = &answers(&answer)[AT_ONCE]["body"];
    assert!(last["detail"].as_str().unwrap().contains("before this call was begun"), "{last}");
    assert_eq!(service.calls(), 0);
}
