//! Calls that are answered later, several calls in one, and what is watched: what the broker adds to every row, at paths
//! of its own.

use serde_json::{Value, json};

use super::paths::Ids;
use super::schema::Schemas;
use super::shared::{header, parameter, refusals};

pub(super) fn operations(ids: &mut Ids, schemas: &mut Schemas) -> Vec<(&'static str, &'static str, Value)> {
    let call = schemas.add("Call", call());
    let problem = super::schema::reference("Problem");
    let batch = "/v1/batch";
    let live = "/v1/live";
    let place = "/v1/calls/{id}";
    vec![
        (batch, "post", several(&ids.give("post", batch, None), &problem)),
        (live, "get", watch(&ids.give("get", live, None))),
        (place, "get", look(&ids.give("get", place, None), &call)),
        (place, "delete", cancel(&ids.give("delete", place, None), &call)),
    ]
}

fn call() -> Value {
    let time = || json!({ "type": ["string", "null"], "format": "date-time" });
    json!({
        "type": "object",
        "description": "A call that is answered later.",
        "properties": {
            "id": { "type": "string", "format": "uuid" },
            "state": { "type": "string", "description": "`queued`, `running`, `done`, `failed` or `cancelled`." },
            "route": { "type": "string", "description": "The row that it goes over." },
            "attempts": { "type": "integer", "minimum": 0 },
            "accepted_at": { "type": "string", "format": "date-time" },
            "started_at": time(),
            "finished_at": time(),
            "status": { "type": ["integer", "null"], "description": "What it would have been answered with." },
            "result": { "description": "What it would have been answered, once it is done." },
            "error": super::schema::reference("Problem"),
        },
        "required": ["id", "state", "route", "attempts", "accepted_at"],
    })
}

fn look(id: &str, call: &Value) -> Value {
    json!({
        "operationId": id,
        "summary": "What has become of a call that is answered later",
        "description": "For whoever made it; where nobody had to be signed in for that, for whoever knows its id.",
        "tags": ["broker"],
        "security": [{}, { "bearer": [] }],
        "parameters": [in_path(), parameter("Prefer")],
        "responses": answered(call, &["Retry-After", "Preference-Applied"], &["401", "404", "500", "503"]),
    })
}

fn cancel(id: &str, call: &Value) -> Value {
    json!({
        "operationId": id,
        "summary": "Cancel a call that has not begun",
        "tags": ["broker"],
        "security": [{}, { "bearer": [] }],
        "parameters": [in_path()],
        "responses": answered(call, &[], &["401", "404", "409", "500", "503"]),
    })
}

fn in_path() -> Value {
    json!({ "name": "id", "in": "path", "required": true, "schema": { "type": "string" } })
}

fn answered(schema: &Value, headers: &[&str], statuses: &[&str]) -> Value {
    let headers: serde_json::Map<_, _> = headers.iter().map(|name| ((*name).to_owned(), header(name))).collect();
    let mut responses = refusals(statuses, false);
    let content = json!({ "application/json": { "schema": schema } });
    responses.insert("200".to_owned(), json!({ "description": "Done.", "headers": headers, "content": content }));
    responses.into()
}

/// Each call passes the whole policy of its row, so who may call is said there.
fn several(id: &str, problem: &Value) -> Value {
    let asked = json!({
        "type": "object",
        "properties": { "calls": { "type": "array", "minItems": 1, "maxItems": 50, "items": one() } },
        "required": ["calls"],
        "additionalProperties": false,
    });
    let example = json!({ "calls": [
        { "id": "sum", "method": "GET", "path": "/v1/math/add/1,2" },
        { "action": "log", "body": { "name": "sum", "data": "${sum.body.result}" } },
    ]});
    let parameters = ["Timeout", "IdempotencyKey", "Traceparent", "RequestId"].map(parameter);
    let told = json!({
        "type": "object",
        "properties": { "answers": { "type": "array", "items": answer(problem) } },
        "required": ["answers"],
    });
    json!({
        "operationId": id,
        "summary": "Make several calls in one",
        "description": "Side by side, within one deadline, and answered in their order. `${ID.body.FIELD}` takes a value \
            from the answer of an earlier call, and waits for it. One that fails does not fail the others.",
        "tags": ["broker"],
        "security": [{}, { "bearer": [] }],
        "parameters": parameters,
        "requestBody": { "required": true, "content": { "application/json": { "schema": asked, "example": example } } },
        "responses": answered(&told, &[], &["400", "408", "413", "500", "503"]),
    })
}

/// Who may watch a topic is said by its row (`x-live`).
fn watch(id: &str) -> Value {
    let text = || json!({ "type": "string" });
    let topics = json!({
        "name": "topics", "in": "query", "required": true, "schema": text(), "example": "logs",
        "description": "Joined by commas, each percent-encoded: `x-live` of a row, `:` and the value of its path \
            parameter where it has one, `?` and a query.",
    });
    let after = json!({
        "name": "after", "in": "query", "required": false, "schema": text(),
        "description": "The last `id` of an earlier stream, as `Last-Event-ID` says it.",
    });
    let mut responses = refusals(&["400", "401", "403", "404", "429", "500", "503"], false);
    let content = json!({ "text/event-stream": { "schema": text() } });
    responses
        .insert("200".to_owned(), json!({ "description": "Messages, until either side ends it.", "content": content }));
    json!({
        "operationId": id,
        "summary": "Watch what rows answer, and what streams bring",
        "description": "Server-sent events: `hello`, then `snapshot`, `entries`, `gap` and `problem` of each topic, and `bye`.",
        "tags": ["broker"],
        "security": [{}, { "bearer": [] }],
        "parameters": [topics, after],
        "responses": responses,
    })
}

fn one() -> Value {
    json!({
        "type": "object",
        "description": "By `method` and `path`, or by `action`.",
        "properties": {
            "id": { "type": "string", "description": "By which other calls take values from its answer." },
            "method": { "type": "string" },
            "path": { "type": "string", "description": "With its query." },
            "action": { "type": "string" },
            "headers": { "type": "object", "additionalProperties": { "type": "string" } },
            "body": {},
        },
        "oneOf": [{ "required": ["method", "path"] }, { "required": ["action"] }],
        "additionalProperties": false,
    })
}

fn answer(problem: &Value) -> Value {
    json!({
        "type": "object",
        "properties": {
            "id": { "type": "string" },
            "status": { "type": "integer" },
            "headers": { "type": "object", "additionalProperties": { "type": "string" } },
            "body": { "anyOf": [problem, {}] },
        },
        "required": ["id", "status", "headers", "body"],
    })
}
