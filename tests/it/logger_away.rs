//! A part that is down costs only what needs it: without the logger direct calls are refused within their deadline,
//! events are taken all the same, and stored when it is back.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::{Client, Mesh, eventually, stored};

over_every_way! {
    without_the_logger_events_are_kept_and_calls_refused
    events_in_flight_survive_a_kill_of_the_logger
    events_in_flight_survive_a_kill_of_the_listener
}

/// The route's deadline of five seconds and room for a busy machine; without one, only the client would give up.
const SOON: Duration = Duration::from_secs(20);
const EVENTS: usize = 600;
const BATCH: usize = 30;

async fn without_the_logger_events_are_kept_and_calls_refused(mesh: &mut Mesh) {
    mesh.stop_service("logger").await;
    let began = Instant::now();
    let refused = mesh.post("/v1/logs", &json!({"name": "direct", "data": "x"})).await;
    let problem = refused.problem(503);
    assert!(began.elapsed() < SOON, "later than the route's deadline: {:?}", began.elapsed());
    assert!(problem["detail"].as_str().unwrap().contains("logger"), "{problem}");
    let retry_after: u64 = refused.header("retry-after").expect("Retry-After").parse().unwrap();
    assert!(retry_after >= 1 && problem["retry_after"] == retry_after, "{problem}");
    assert_eq!(mesh.get("/v1/math/add/1,2").await.status, 200, "what does not need the logger goes on");
    let accepted = publish(mesh, "kept", 0..EVENTS).await;
    assert_eq!(accepted.len(), EVENTS, "every event is answered 202 while the logger is away");
    mesh.start_service("logger").await;
    assert_eq!(stored(mesh, "kept", &accepted).await, accepted);
}

async fn events_in_flight_survive_a_kill_of_the_logger(mesh: &mut Mesh) {
    survives_a_kill(mesh, "logger").await;
}

async fn events_in_flight_survive_a_kill_of_the_listener(mesh: &mut Mesh) {
    survives_a_kill(mesh, "listener").await;
}

mod engines_rabbitmq_postgres_mongo_alone {
    use super::*;
    use crate::harness::Way;

    /// It takes connections and never answers, as a process does that is swapped out or frozen.
    #[tokio::test]
    async fn a_logger_that_hangs_costs_its_callers_a_deadline_and_no_event() {
        let mut mesh = Mesh::start(Way::Engines).await;
        mesh.post("/v1/logs", &json!({"name": "before", "data": "x"})).await.expect(201);
        mesh.process("logger").signal("STOP");
        let began = Instant::now();
        let direct = mesh.post("/v1/logs", &json!({"name": "direct", "data": "x"})).await;
        assert!([503, 504].contains(&direct.status), "{direct:?}");
        assert!(began.elapsed() < SOON, "later than the route's deadline: {:?}", began.elapsed());
        let accepted = publish(&mesh, "hung", 0..EVENTS).await;
        assert_eq!(accepted.len(), EVENTS, "every event is answered 202 while the logger hangs");
        mesh.process("listener").says("paused, nothing is lost: logger").await;
        mesh.process("logger").signal("CONT");
        assert_eq!(stored(&mesh, "hung", &accepted).await, accepted);
        mesh.stop().await;
        assert_eq!(mesh.dead_letters("listener").await, 0);
    }
}

/// Embedded, this kills the whole mesh: what was answered 202 before has to be there afterwards.
async fn survives_a_kill(mesh: &mut Mesh, service: &'static str) {
    let accepted = Arc::new(Mutex::new(BTreeSet::new()));
    let (client, noted) = (mesh.client(), Arc::clone(&accepted));
    let publishing = tokio::spawn(async move {
        for first in (0..EVENTS).step_by(BATCH) {
            let more = publish(&client, "killed", first..first + BATCH).await;
            noted.lock().unwrap().extend(more);
        }
    });
    eventually("some events are accepted", async || (accepted.lock().unwrap().len() >= 3 * BATCH).then_some(())).await;
    mesh.kill(service).await;
    mesh.revive(service).await;
    publishing.await.unwrap();
    let last = publish(mesh, "killed", EVENTS..EVENTS + BATCH).await;
    assert_eq!(last.len(), BATCH, "all is well again");
    accepted.lock().unwrap().extend(last);
    let accepted = accepted.lock().unwrap().clone();
    stored(mesh, "killed", &accepted).await;
}

/// The ids of those that were accepted.
async fn publish(client: &Client, name: &str, numbers: Range<usize>) -> BTreeSet<String> {
    let bodies = numbers.map(|number| json!({"name": name, "data": format!("event {number}")}));
    let sent = bodies.map(|body| async move { client.try_post("/v1/events/logs", &body).await });
    // Nobody may be there to answer.
    let answers = futures::future::join_all(sent).await.into_iter().flatten();
    let accepted = answers.filter(|answer| answer.status == 202);
    accepted.map(|answer| answer.json()["id"].as_str().unwrap().to_owned()).collect()
}
