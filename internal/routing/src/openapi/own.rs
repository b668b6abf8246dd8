//! What the broker answers by itself: not in the table, and there whatever the table says.

use serde_json::{Value, json};

use super::kept;
use super::paths::Ids;
use super::schema::Schemas;
use super::shared::{header, refusals};

/// Path, method and operation of each.
pub(super) fn operations(ids: &mut Ids, schemas: &mut Schemas) -> Vec<(&'static str, &'static str, Value)> {
    let mut all = plain(ids);
    all.extend(kept::operations(ids, schemas));
    all
}

/// Those that say something of the broker itself, to anybody.
fn plain(ids: &mut Ids) -> Vec<(&'static str, &'static str, Value)> {
    let object = || json!({ "type": "object" });
    let text = || json!({ "type": "string" });
    let json = "application/json";
    let all = [
        ("/", "post", "Is the broker up?", json, greeting()),
        ("/ping", "get", "Is anybody there?", "text/plain", text()),
        ("/health/live", "get", "Does the process live?", json, object()),
        ("/health/ready", "get", "Does it take calls, and what is missing?", json, object()),
        ("/metrics", "get", "Figures, for Prometheus", "text/plain", text()),
        ("/openapi.json", "get", "This document", json, object()),
    ];
    let made = all.map(|(path, method, summary, kind, schema)| {
        let operation = json!({
            "operationId": ids.give(method, path, None),
            "summary": summary,
            "tags": ["broker"],
            "security": [],
            "responses": responses(path, &json!({ kind: { "schema": schema } })),
        });
        (path, method, operation)
    });
    made.into()
}

fn responses(path: &str, content: &Value) -> Value {
    let mut responses = json!({ "200": { "description": "Done.", "content": content } });
    match path {
        "/health/ready" => responses["503"] = json!({ "description": "Not at the moment.", "content": content }),
        "/health/live" | "/metrics" => {}
        // A broker that is starting, or has too much to do, says so whatever it is asked.
        _ => responses["503"] = refusals(&["503"], false)["503"].clone(),
    }
    if path == "/openapi.json" {
        responses["200"]["headers"] = json!({ "ETag": header("ETag") });
        responses["304"] = json!({ "description": "It still is what `If-None-Match` says." });
    }
    responses
}

fn greeting() -> Value {
    json!({
        "type": "object",
        "properties": { "error": { "const": false }, "message": { "type": "string" } },
        "required": ["error", "message"],
    })
}
