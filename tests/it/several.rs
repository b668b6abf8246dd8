//! Several calls in one: over gRPC, HTTP and events at once, with values taken from each other, and the same batch twice.

use std::collections::BTreeSet;

use http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{Answer, Client, Mesh, Person, stored};

over_every_way! {
    several_calls_are_answered_together
}

async fn several_calls_are_answered_together(mesh: &mut Mesh) {
    every_line_at_once(mesh).await;
    values_lead_from_one_call_to_the_next(mesh).await;
    each_call_is_let_in_or_not(mesh).await;
    the_same_batch_twice_is_done_once(mesh).await;
    what_is_wrong_as_a_whole_calls_nobody(mesh).await;
}

/// The answers of a batch, after making sure that there are as many as calls.
#[track_caller]
fn answers(answer: &Answer, statuses: &[u64]) -> Vec<Value> {
    let body = answer.expect(200);
    let answers = body["answers"].as_array().unwrap().clone();
    let found: Vec<_> = answers.iter().map(|it| it["status"].as_u64().unwrap()).collect();
    assert_eq!(found, statuses, "{body}");
    answers
}

async fn together(client: &Client, calls: &Value) -> Answer {
    client.post("/v1/batch", &json!({"calls": calls})).await
}

async fn every_line_at_once(mesh: &Mesh) {
    let calls = json!([
        {"id": "written", "method": "POST", "path": "/v1/logs", "body": {"name": "several", "data": "over gRPC"}},
        {"id": "sum", "action": "math", "body": {"op": "add", "numbers": "1,2"}},
        {"id": "queued", "method": "POST", "path": "/v1/events/logs", "body": {"name": "several", "data": "by queue"}},
        {"id": "wrong", "method": "GET", "path": "/v1/math/divide/1,0"},
        {"id": "level", "action": "log", "body": {"name": "several", "level": "LOUD"}},
        {"id": "read", "method": "GET", "path": "/v1/logs?name=several&limit=1"},
        {"id": "tail", "method": "GET", "path": "/v1/logs/tail"},
    ]);
    let answer = together(mesh, &calls).await;
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let answers = answers(&answer, &[201, 200, 202, 422, 400, 200, 400]);
    assert_eq!(answers[0]["body"]["name"], "several");
    assert_eq!(answers[1]["body"], mesh.get("/v1/math/add/1,2").await.json());
    let alone = mesh.get("/v1/math/divide/1,0").await.problem(422);
    for member in ["detail", "code", "instance", "title"] {
        assert_eq!(answers[3]["body"][member], alone[member], "{member}");
    }
    assert_eq!(answers[4]["body"]["errors"][0]["field"], "level");
    assert!(answers[6]["body"]["detail"].as_str().unwrap().contains("cannot be part of a batch"));
    let ids: BTreeSet<_> = [0, 2].map(|at| answers[at]["body"]["id"].as_str().unwrap().to_owned()).into();
    stored(mesh, "several", &ids).await;
}

async fn values_lead_from_one_call_to_the_next(mesh: &Mesh) {
    let name = format!("chain-{}", Uuid::new_v4());
    let calls = json!([
        {"id": "read", "method": "GET", "path": "/v1/logs?name=${second.body.name}&limit=10"},
        {"id": "second", "action": "log", "body": {"name": "${first.body.name}", "data": "after ${first.body.id}"}},
        {"id": "first", "action": "log", "body": {"name": name}},
        {"id": "failed", "method": "GET", "path": "/v1/math/${first.body.nothing}/1,2"},
        {"id": "after", "action": "log", "body": {"name": name, "data": "${failed.body.result}"}},
    ]);
    let answers = answers(&together(mesh, &calls).await, &[200, 201, 201, 424, 424]);
    let entries = answers[0]["body"]["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 2, "{entries:?}");
    let first = answers[2]["body"]["id"].as_str().unwrap();
    assert_eq!(answers[1]["body"]["data"], format!("after {first}"));
    assert_eq!(answers[3]["body"]["errors"][0]["field"], "${first.body.nothing}");
}

async fn each_call_is_let_in_or_not(mesh: &Mesh) {
    let person = Person::new("several");
    person.register(mesh).await.expect(201);
    let user = person.signed_in(mesh).await;
    let calls = json!([
        {"action": "log", "body": {"name": "door"}},
        {"method": "GET", "path": "/v1/me"},
        {"method": "GET", "path": "/v1/audit"},
    ]);
    for (client, statuses) in
        [(mesh.stranger(), [201, 401, 401]), (user.client.clone(), [201, 200, 403]), (mesh.client(), [201, 200, 200])]
    {
        answers(&together(&client, &calls).await, &statuses);
    }
    let calls = json!([{"method": "POST", "path": "/v1/sessions", "body": person.credentials()}]);
    let answer = together(&mesh.stranger(), &calls).await;
    let signed_in = &answers(&answer, &[200])[0];
    assert!(signed_in["body"]["access_token"].is_string(), "{signed_in}");
}

/// Events, and an account over the queue: each has its own key of the batch's key and its place.
async fn the_same_batch_twice_is_done_once(mesh: &Mesh) {
    let (name, person) = (format!("once-{}", Uuid::new_v4()), Person::new("once"));
    let event = |data: &str| json!({"method": "POST", "path": "/v1/events/logs", "body": {"name": name, "data": data}});
    let account = json!({"id": "account", "method": "POST", "path": "/v1/users", "body": person.registration()});
    let calls = json!({"calls": [event("one"), event("two"), account]});
    let key = Uuid::new_v4().to_string();
    let mut seen = Vec::new();
    for _ in 0..2 {
        let request = mesh.request(Method::POST, "/v1/batch").header("idempotency-key", &key);
        let answer = mesh.send(request, calls.to_string()).await;
        let ids = answers(&answer, &[202, 202, 201])
            .iter()
            .map(|it| it["body"]["id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>();
        seen.push(ids);
    }
    assert_eq!(seen[0], seen[1]);
    assert_ne!(seen[0][0], seen[0][1]);
    let expected: BTreeSet<_> = seen[0][..2].iter().cloned().collect();
    assert_eq!(stored(mesh, &name, &expected).await, expected, "each once");
}

async fn what_is_wrong_as_a_whole_calls_nobody(mesh: &Mesh) {
    let name = format!("never-{}", Uuid::new_v4());
    let log = json!({"action": "log", "body": {"name": name}});
    for (wrong, field) in [
        (json!({"metod": "GET"}), "calls[1].metod"),
        (json!({"id": "me", "action": "log", "body": "${me.body}"}), "calls"),
        (json!({"method": "POST", "path": "/v1/batch"}), "calls[1].path"),
    ] {
        let problem = together(mesh, &json!([log, wrong])).await.problem(400);
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
    }
    let found = mesh.get(&format!("/v1/logs?name={name}")).await.expect(200);
    assert_eq!(found["entries"], json!([]));
}
