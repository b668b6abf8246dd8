//! The queue's side of a 202: an event that nobody would get is refused, and one that nobody can store ends among the
//! dead letters while the rest flows.

use std::collections::BTreeSet;

use serde_json::json;

use crate::harness::{Answer, Mesh, eventually, stored};

over_every_way! {
    an_event_without_a_queue_is_refused
    a_poison_event_ends_in_the_dead_letters_and_the_rest_flows
}

async fn an_event_without_a_queue_is_refused(mesh: &mut Mesh) {
    mesh.add_routes("[[route]]\non = \"POST /v1/events/orphans\"\ncall = \"event orphan.born\"\nauth = \"public\"\n");
    let answer = known(mesh, "/v1/events/orphans").await;
    let problem = answer.problem(503);
    assert!(problem["detail"].as_str().unwrap().contains("orphan.born"), "{problem}");
}

/// The first answer after a reload.
async fn known(mesh: &Mesh, path: &str) -> Answer {
    eventually("the new row is in force", async || {
        let answer = mesh.post(path, &json!({"name": "poison", "level": "LOUD"})).await;
        (answer.status != 404).then_some(answer)
    })
    .await
}

async fn a_poison_event_ends_in_the_dead_letters_and_the_rest_flows(mesh: &mut Mesh) {
    // Without a schema nothing is checked at the door.
    mesh.add_routes("[[route]]\non = \"POST /v1/events/unchecked\"\ncall = \"event log.RAW\"\nauth = \"public\"\n");
    known(mesh, "/v1/events/unchecked").await.expect(202);
    let mut accepted = BTreeSet::new();
    for number in 0..20 {
        let body = json!({"name": "healthy", "data": format!("event {number}")});
        let answer = mesh.post("/v1/events/logs", &body).await.expect(202);
        accepted.insert(answer["id"].as_str().unwrap().to_owned());
    }
    stored(mesh, "healthy", &accepted).await;
    mesh.stop().await;
    assert_eq!(mesh.dead_letters("listener").await, 1);
}
