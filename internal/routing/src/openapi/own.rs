//! What the broker answers by itself: not in the table, and there whatever the table says.

use serde_json::{Value, json};

use super::paths::Ids;
use super::shared::header;

/// Path, method and operation of each.
pub(super) fn operations(ids: &mut Ids) -> Vec<(&'static str, &'static str, Value)> {
    let mut plain = |path: &'static str, method: &'static str, summary: &str, kind: &str, schema: Value| {
        let content = json!({ kind: { "schema": schema } });
        let operation = json!({
            "operationId": ids.give(method, path, None),
            "summary": summary,
            "tags": ["broker"],
            "security": [],
            "responses": { "200": { "description": "Done.", "content": content } },
        });
        (path, method, operation)
    };
    let text = || json!({ "type": "string" });
    let health = || json!({ "type": "object" });
    let mut all = vec![
        plain("/", "post", "Is the broker up?", "application/json", greeting()),
        plain("/ping", "get", "Is anybody there?", "text/plain", text()),
        plain("/health/live", "get", "Does the process live?", "application/json", health()),
        plain("/health/ready", "get", "Does it take calls, and what is missing?", "application/json", health()),
        plain("/metrics", "get", "Figures, for Prometheus", "text/plain", text()),
        plain("/openapi.json", "get", "This document", "application/json", json!({ "type": "object" })),
    ];
    for (path, _, operation) in &mut all {
        match *path {
            "/openapi.json" => {
                operation["responses"]["200"]["headers"] = json!({ "ETag": header("ETag") });
                operation["responses"]["304"] = json!({ "description": "It is what `If-None-Match` says." });
            }
            "/health/ready" => {
                let content = json!({ "application/json": { "schema": health() } });
                operation["responses"]["503"] = json!({ "description": "Not at the moment.", "content": content });
            }
            _ => {}
        }
    }
    all
}

fn greeting() -> Value {
    json!({
        "type": "object",
        "properties": { "error": { "const": false }, "message": { "type": "string" } },
        "required": ["error", "message"],
    })
}
