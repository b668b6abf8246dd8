//! What a newcomer types on the first evening: the lines of the README, in the order in which people try them.

use serde_json::json;

use crate::harness::{Mesh, eventually};

over_every_way! {
    the_broker_is_hit
    signing_in
    an_entry_is_stored_when_the_answer_comes
    an_event_is_kept_when_the_answer_comes_and_stored_soon
    entries_are_filtered_and_paged
    new_entries_arrive_live
    the_older_paths_answer_in_the_older_form
    math_is_reached_through_the_table
}

async fn the_broker_is_hit(mesh: &mut Mesh) {
    let body = mesh.post_bytes("/", "").await.expect(200);
    assert_eq!(body["error"], false, "{body}");
    assert!(body["message"].as_str().unwrap().to_lowercase().contains("hit the broker"), "{body}");
    assert_eq!(mesh.get("/ping").await.status, 200);
}

async fn signing_in(mesh: &mut Mesh) {
    let auth = |password: &str| json!({"action": "auth", "auth": {"email": "admin@example.com", "password": password}});
    let body = mesh.post("/handle", &auth("password123")).await.expect(200);
    assert_eq!(
        (&body["error"], &body["data"]["user"]["email"]),
        (&json!(false), &json!("admin@example.com")),
        "{body}"
    );
    assert!(!body.to_string().contains("password"), "{body}");
    let refused = mesh.post("/handle", &auth("password124")).await;
    let body = refused.expect(401);
    assert_eq!(body["error"], true, "{body}");
    let unknown = json!({"action": "auth", "auth": {"email": "nobody@example.com", "password": "password123"}});
    let unknown = mesh.post("/handle", &unknown).await.expect(401);
    assert_eq!(unknown["message"], body["message"], "an unknown address must not be told from a wrong password");
}

async fn an_entry_is_stored_when_the_answer_comes(mesh: &mut Mesh) {
    let entry = json!({"name": "event", "level": "WARNING", "data": "hello"});
    let stored = mesh.post("/v1/logs", &entry).await.expect(201);
    assert_eq!((&stored["name"], &stored["level"], &stored["data"]), (&entry["name"], &entry["level"], &entry["data"]));
    assert_eq!(stored["via"], "GRPC", "{stored}");
    assert!(stored["id"].as_str().is_some_and(|id| !id.is_empty()), "{stored}");
    let page = mesh.get("/v1/logs?name=event").await.expect(200);
    assert_eq!(page["entries"], json!([stored]));
    let by_action = json!({"action": "log", "log": {"name": "event", "data": "hello over gRPC"}});
    let body = mesh.post("/handle", &by_action).await.expect(201);
    assert_eq!((&body["error"], &body["data"]["data"]), (&json!(false), &json!("hello over gRPC")), "{body}");
}

async fn an_event_is_kept_when_the_answer_comes_and_stored_soon(mesh: &mut Mesh) {
    let answer = mesh.post_bytes("/v1/events/logs", r#"{"name":"event","data":"hello by queue"}"#).await.expect(202);
    let id = answer["id"].as_str().expect("the event's id").to_owned();
    let entry = eventually("the event is stored", async || {
        let page = mesh.get("/v1/logs?name=event").await.expect(200);
        page["entries"].as_array()?.first().cloned()
    });
    let entry = entry.await;
    assert_eq!((entry["id"].as_str(), &entry["level"]), (Some(&*id), &json!("INFO")), "{entry}");
    assert_eq!(entry["via"], "QUEUE", "{entry}");
}

async fn entries_are_filtered_and_paged(mesh: &mut Mesh) {
    for number in 0..7 {
        let level = if number % 2 == 0 { "INFO" } else { "ERROR" };
        let entry = json!({"name": "page", "level": level, "data": format!("Entry number {number}")});
        mesh.post("/v1/logs", &entry).await.expect(201);
    }
    mesh.post("/v1/logs", &json!({"name": "other", "data": "entry number 3"})).await.expect(201);
    let found = async |query: &str| {
        let page = mesh.get(&format!("/v1/logs?{query}")).await.expect(200);
        let entries = page["entries"].as_array().unwrap().clone();
        (entries, page["next_cursor"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(found("name=page&level=ERROR").await.0.len(), 3);
    assert_eq!(found("text=ENTRY%20NUMBER%203").await.0.len(), 2);
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let (entries, next) = found(&format!("name=page&limit=3&cursor={cursor}")).await;
        assert!(entries.len() <= 3);
        seen.extend(entries);
        if next.is_empty() {
            break;
        }
        cursor = next;
    }
    let texts: Vec<_> = seen.iter().map(|entry| entry["data"].as_str().unwrap()).collect();
    let newest_first: Vec<_> = (0..7).rev().map(|number| format!("Entry number {number}")).collect();
    assert_eq!(texts, newest_first);
    let middle = seen[3]["created_at"].as_str().unwrap();
    let (since, until) =
        (found(&format!("name=page&since={middle}")).await.0, found(&format!("name=page&until={middle}")).await.0);
    assert_eq!(since.len() + until.len(), 7, "since takes its moment in, until leaves it out");
}

async fn new_entries_arrive_live(mesh: &mut Mesh) {
    let mut sse = mesh.open("/v1/logs/tail?name=live", "text/event-stream").await;
    let mut ndjson = mesh.open("/v1/logs/tail?name=live", "application/x-ndjson").await;
    assert!(sse.kind.starts_with("text/event-stream"), "{}", sse.kind);
    assert!(ndjson.kind.starts_with("application/x-ndjson"), "{}", ndjson.kind);
    mesh.post("/v1/logs", &json!({"name": "noise", "data": "not asked for"})).await.expect(201);
    let stored = mesh.post("/v1/logs", &json!({"name": "live", "data": "now"})).await.expect(201);
    let line = sse.with("data:").await;
    let event: serde_json::Value = serde_json::from_str(line.strip_prefix("data:").unwrap()).unwrap();
    assert_eq!(event["entry"], stored);
    let event: serde_json::Value = serde_json::from_str(&ndjson.with("{").await).unwrap();
    assert_eq!(event["entry"], stored);
}

async fn the_older_paths_answer_in_the_older_form(mesh: &mut Mesh) {
    let auth = json!({"email": "admin@example.com", "password": "password123"});
    let log = json!({"name": "event", "data": "by an older path"});
    for (path, body) in [("/authentication", &auth), ("/grpc-logger", &log), ("/rabbitmq-logger", &log)] {
        let answer = mesh.post(path, body).await;
        assert!((200..300).contains(&answer.status), "{path}: {answer:?}");
        let body = answer.json();
        assert_eq!(body["error"], false, "{path}: {body}");
        assert!(body["message"].is_string() && body.get("data").is_some(), "{path}: {body}");
    }
    eventually("both entries are stored", async || {
        let page = mesh.get("/v1/logs?name=event").await.expect(200);
        (page["entries"].as_array()?.len() == 2).then_some(())
    })
    .await;
}

async fn math_is_reached_through_the_table(mesh: &mut Mesh) {
    let body = mesh.get("/v1/math/subtract/5,3").await.expect(200);
    assert_eq!(body["result"], "2", "{body}");
    let problem = mesh.get("/v1/math/divide/1,0").await.problem(422);
    assert!(problem["detail"].as_str().unwrap().contains("zero"), "{problem}");
    let by_action = json!({"action": "math", "math": {"op": "add", "numbers": "1,2,3"}});
    assert_eq!(mesh.post("/handle", &by_action).await.expect(200)["data"]["result"], "6");
}
