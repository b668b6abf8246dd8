//! The queues at a glance: what waits while nobody consumes, what is paused, and what an engine cannot tell.

use serde_json::{Value, json};

use crate::harness::{Mesh, eventually};

over_every_way! {
    a_queue_fills_while_nobody_consumes_and_empties_again
    a_subscription_that_waits_for_its_service_is_seen_to_be_paused
}

const QUEUE: &str = "v1.listener.store-logs";
const EVENTS: u64 = 30;

/// Waits until the row of the queue is as it should be.
async fn row(mesh: &Mesh, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    eventually(what, async || {
        let queues = mesh.get("/v1/admin/queues").await.expect(200);
        queues["queues"].as_array().unwrap().iter().find(|it| it["name"] == QUEUE && is_so(it)).cloned()
    })
    .await
}

async fn alarm(mesh: &Mesh, text: &str) {
    eventually(&format!("'{text}' is told"), async || {
        let found = mesh.get("/v1/admin/mesh").await.expect(200);
        let alarms = found["alarms"].as_array().unwrap().iter();
        alarms.filter_map(Value::as_str).any(|alarm| alarm == text).then_some(())
    })
    .await;
}

async fn publish(mesh: &Mesh, count: u64) {
    for number in 0..count {
        let body = json!({"name": "glance", "data": number.to_string()});
        eventually("an event is accepted", async || {
            let answer = mesh.post("/v1/events/logs", &body).await;
            (answer.status == 202).then_some(())
        })
        .await;
    }
}

/// A figure that is not known has its reason, and one that is has none.
fn is_told_or_explained(row: &Value) {
    for figure in ["ready", "unacked", "depth", "consumers", "rate_in", "rate_out", "oldest_age_seconds"] {
        let reason = row["unknown"][figure].as_str();
        assert_eq!(row[figure].is_null(), reason.is_some_and(|reason| !reason.is_empty()), "{figure} in {row}");
    }
}

async fn a_queue_fills_while_nobody_consumes_and_empties_again(mesh: &mut Mesh) {
    let quiet = row(mesh, "the queue is consumed", |it| it["consumers"].as_u64() > Some(0)).await;
    assert_eq!((&quiet["kind"], &quiet["service"], &quiet["ready"]), (&json!("work"), &json!("listener"), &json!(0)));
    mesh.stop_service("listener").await;
    publish(mesh, EVENTS).await;
    let full = row(mesh, "everything waits", |it| it["ready"] == EVENTS && it["consumers"] == 0).await;
    is_told_or_explained(&full);
    match full["depth"].as_u64() {
        Some(depth) => {
            assert_eq!(depth, EVENTS);
            assert!(full["oldest_age_seconds"].as_f64().is_some_and(|age| age > 0.0), "{full}");
        }
        None => {
            assert!(full["unknown"]["depth"].as_str().unwrap().contains("RABBITMQ_MANAGEMENT_URL"), "{full}");
            assert!(full["unknown"]["oldest_age_seconds"].as_str().unwrap().contains("in hand"), "{full}");
        }
    }
    alarm(mesh, &format!("{QUEUE} has {EVENTS} messages and no consumer")).await;
    mesh.start_service("listener").await;
    let empty = row(mesh, "the queue is empty again", |it| it["ready"] == 0 && it["consumers"].as_u64() > Some(0));
    is_told_or_explained(&empty.await);
    let is_fast = |it: &Value| ["rate_in", "rate_out"].iter().all(|rate| it[*rate].as_f64() > Some(0.0));
    let fast = row(mesh, "its rates are known", is_fast).await;
    is_told_or_explained(&fast);
}

async fn a_subscription_that_waits_for_its_service_is_seen_to_be_paused(mesh: &mut Mesh) {
    row(mesh, "the queue is consumed", |it| it["paused"] == false && it["consumers"].as_u64() > Some(0)).await;
    publish(mesh, 1).await;
    mesh.stop_service("logger").await;
    publish(mesh, 3).await;
    let paused = row(mesh, "it is paused", |it| it["paused"] == true).await;
    is_told_or_explained(&paused);
    alarm(mesh, &format!("{QUEUE} is paused: what its consumer calls is away")).await;
    mesh.start_service("logger").await;
    let over =
        row(mesh, "it goes on", |it| it["paused"] == false && it["ready"] == 0 && it["oldest_age_seconds"] == 0.0);
    is_told_or_explained(&over.await);
}
