//! What callers get wrong, and what they are told: an honest status, the one shape of an error, and the field.

use http::Method;
use serde_json::{Value, json};

use crate::harness::{Mesh, eventually};

over_every_way! {
    every_mistake_has_its_status_and_names_its_field
    what_is_refused_leaves_nothing_behind
}

struct Case {
    what: &'static str,
    method: Method,
    path: String,
    body: Vec<u8>,
    status: u16,
    /// A field of `errors`, if the mistake is in one.
    field: Option<&'static str>,
    /// What the sentence has to mention, without regard to case.
    says: &'static str,
}

fn post(what: &'static str, path: &str, body: impl Into<Vec<u8>>, status: u16, says: &'static str) -> Case {
    Case { what, method: Method::POST, path: path.to_owned(), body: body.into(), status, field: None, says }
}

fn get(what: &'static str, path: &str, status: u16, says: &'static str) -> Case {
    Case { what, method: Method::GET, path: path.to_owned(), body: Vec::new(), status, field: None, says }
}

impl Case {
    fn field(self, field: &'static str) -> Self {
        Self { field: Some(field), ..self }
    }
}

fn cases() -> Vec<Case> {
    let entry = |data: &str| json!({"name": "bad", "data": data}).to_string();
    let deep = format!(r#"{{"name":"bad","data":{}1{}}}"#, "[".repeat(5_000), "]".repeat(5_000));
    let mut cases = vec![
        get("a bad cursor", "/v1/logs?cursor=nonsense", 400, "cursor").field("cursor"),
        get("since after until", "/v1/logs?since=2026-02-01T00:00:00Z&until=2026-01-01T00:00:00Z", 400, "since"),
        get("a time that is none", "/v1/logs?since=yesterday", 400, "since").field("since"),
        get("a limit that is none", "/v1/logs?limit=many", 400, "limit").field("limit"),
        get("a limit out of bounds", "/v1/logs?limit=501", 400, "limit").field("limit"),
        get("an unknown filter", "/v1/logs?nmae=x", 400, "nmae").field("nmae"),
        get("a path that is none", "/v1/lgos", 404, "/v1/lgos"),
        get("the wrong method", "/v1/events/logs", 405, ""),
        get("math without sense", "/v1/math/add/1,x", 422, "x"),
        get("an unknown operation", "/v1/math/ad/1", 404, "add"),
        post("an unknown action", "/handle", r#"{"action":"lgo","lgo":{}}"#, 400, "log"),
        post("no action", "/handle", "{}", 400, "action"),
        post("an action that is no text", "/handle", r#"{"action":7}"#, 400, "action"),
        post("deep nesting", "/v1/events/logs", deep.clone(), 400, "nested"),
        post("deep nesting by its action", "/handle", format!(r#"{{"action":"log","log":{deep}}}"#), 400, "nested"),
        post("deep nesting in a call", "/v1/logs", deep, 400, "nested"),
        post("beside the action", "/handle", r#"{"action":"log","log":{"name":"bad"},"x":1}"#, 400, "x"),
    ];
    for path in ["/v1/logs", "/v1/events/logs"] {
        cases.extend([
            post("malformed JSON", path, r#"{"name": "bad""#, 400, "json"),
            post("a body that is no object", path, "[1]", 400, "object"),
            post("a missing body", path, "", 400, ""),
            post("a wrong type", path, r#"{"name":7,"data":"x"}"#, 400, "name").field("name"),
            post("an unknown field", path, r#"{"name":"bad","dta":"x"}"#, 400, "dta").field("dta"),
            post("bad UTF-8", path, b"{\"name\":\"bad\",\"data\":\"\xff\"}".to_vec(), 400, "unicode"),
            post("a level that isn't one", path, r#"{"name":"bad","level":"LOUD"}"#, 400, "level").field("level"),
            post("no name", path, r#"{"data":"x"}"#, 400, "name").field("name"),
            post("a long name", path, json!({"name": "n".repeat(201)}).to_string(), 400, "name").field("name"),
            post("an entry over 256 KiB", path, entry(&"x".repeat((256 << 10) + 1)), 400, "data").field("data"),
            post("a body over 1 MiB", path, entry(&"x".repeat(1 << 20)), 413, ""),
        ]);
    }
    cases
}

async fn every_mistake_has_its_status_and_names_its_field(mesh: &mut Mesh) {
    known(mesh).await;
    let mut failures = Vec::new();
    for case in cases() {
        let answer = mesh.send(mesh.request(case.method.clone(), &case.path), case.body.clone()).await;
        if let Err(why) = judge(&case, answer.status, &serde_json::from_slice(&answer.body).unwrap_or_default()) {
            failures.push(format!("{} ({} {}): {why}", case.what, case.method, case.path));
        }
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

/// The schema of events is known once the logger was asked for it.
async fn known(mesh: &Mesh) {
    eventually("the broker knows the logger's messages", async || {
        let refused = mesh.post("/v1/events/logs", &json!({"nmae": 1})).await;
        (refused.status == 400).then_some(())
    })
    .await;
}

fn judge(case: &Case, status: u16, body: &Value) -> Result<(), String> {
    if status != case.status {
        return Err(format!("{status} instead of {}: {body}", case.status));
    }
    // An answer by /handle has the problem inside its envelope.
    let problem = if case.path == "/handle" { &body["data"] } else { body };
    if problem["status"] != case.status {
        return Err(format!("no problem details in {body}"));
    }
    let detail = problem["detail"].as_str().unwrap_or_default().to_lowercase();
    if !detail.contains(&case.says.to_lowercase()) {
        return Err(format!("'{}' is not mentioned in: {body}", case.says));
    }
    let mut fields = problem["errors"].as_array().into_iter().flatten().map(|error| &error["field"]);
    match case.field {
        Some(wanted) if !fields.any(|field| field == wanted) => Err(format!("the field {wanted} is not named: {body}")),
        _ => Ok(()),
    }
}

async fn what_is_refused_leaves_nothing_behind(mesh: &mut Mesh) {
    known(mesh).await;
    for case in cases() {
        mesh.send(mesh.request(case.method, &case.path), case.body).await;
    }
    // Behind everything that was refused: once it is stored, whatever slipped through would be, too.
    mesh.post("/v1/events/logs", &json!({"name": "last", "data": "x"})).await.expect(202);
    let page = eventually("the last event is stored", async || {
        let page = mesh.get("/v1/logs").await.expect(200);
        page["entries"].as_array()?.iter().any(|entry| entry["name"] == "last").then_some(page)
    });
    let page = page.await;
    assert_eq!(page["entries"].as_array().unwrap().len(), 1, "{page}");
}
