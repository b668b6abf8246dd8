//! What a row may answer: its success by its line, and the refusals that its doors, its policy and its line can make.

use serde_json::{Map, Value, json};

use super::inferred;
use super::schema::{Schemas, Way, reference};
use super::shared::{enveloped, header, refusals};
use crate::catalog::Catalog;
use crate::table::{Auth, Line, ReplyShape, Route};

const JSON: &str = "application/json";

/// Status and schema of the success of a row whose answer is one document.
pub(super) fn success(route: &Route, catalog: &Catalog, schemas: &mut Schemas) -> (String, Value) {
    let (usual, schema) = match &route.call {
        Line::Grpc { service, method } => {
            let method = catalog.method(service, method);
            let unknown = || json!({ "type": "object", "x-descriptor": "unknown" });
            ("200", method.map_or_else(unknown, |method| schemas.message(&method.output(), Way::Answered)))
        }
        Line::Event { .. } => ("202", accepted()),
        Line::Rpc { .. } => ("200", told(route)),
        // The service chooses.
        Line::Http { .. } | Line::Raw { .. } => ("2XX", told(route)),
    };
    (route.status.map_or_else(|| usual.to_owned(), |status| status.to_string()), schema)
}

fn accepted() -> Value {
    json!({
        "type": "object",
        "description": "A queue has the event.",
        "properties": {
            "id": { "type": "string", "description": "Of the event; the same for each repetition under one key." },
            "type": { "type": "string", "description": "The key that it was published under." },
        },
        "required": ["id", "type"],
    })
}

fn told(route: &Route) -> Value {
    match &route.answer {
        Some(answer) => {
            let mut schema = inferred::answered(answer);
            schema["example"] = inferred::shown(answer).into();
            schema
        }
        None => json!({ "type": "object" }),
    }
}

/// The responses of one row.
pub(super) fn responses(route: &Route, catalog: &Catalog, schemas: &mut Schemas, takes: Takes) -> Map<String, Value> {
    if let Line::Raw { .. } = route.call {
        return raw(route);
    }
    let mut responses = refusals(&statuses(route, takes), route.reply == ReplyShape::Envelope);
    if catalog.is_stream(&route.call) {
        responses.insert("200".to_owned(), stream(route, catalog, schemas));
        return responses;
    }
    let (status, schema) = success(route, catalog, schemas);
    let schema = if route.reply == ReplyShape::Envelope { enveloped(&schema) } else { schema };
    let content = json!({ JSON: { "schema": schema } });
    let done = json!({ "description": "Done.", "headers": headers(route, takes), "content": content });
    if takes.later {
        responses.insert("202".to_owned(), later(route));
    }
    responses.insert(status, done);
    responses
}

/// Kept, to be answered later.
fn later(route: &Route) -> Value {
    let kept = reference("Call");
    let schema = if route.reply == ReplyShape::Envelope { enveloped(&kept) } else { kept };
    let names = ["Location", "Retry-After", "Preference-Applied", "Idempotency-Replayed", "x-request-id"];
    let headers: Map<String, Value> = names.map(|name| (name.to_owned(), header(name))).into_iter().collect();
    json!({
        "description": "Kept: `Location` is where the result will be.",
        "headers": headers,
        "content": { JSON: { "schema": schema } },
    })
}

/// What a door lets a caller do beside calling.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Takes {
    pub(super) body: bool,
    pub(super) key: bool,
    /// Whether it may be answered later.
    pub(super) later: bool,
}

fn headers(route: &Route, takes: Takes) -> Value {
    let limits: &[&str] = if route.limit.is_some() { &["RateLimit", "RateLimit-Policy"] } else { &[] };
    let replayed: &[&str] = if takes.key { &["Idempotency-Replayed"] } else { &[] };
    let applied: &[&str] = if takes.later { &["Preference-Applied"] } else { &[] };
    let names = ["x-request-id", "x-attempts"].iter().chain(limits).chain(replayed).chain(applied);
    names.map(|name| ((*name).to_owned(), header(name))).collect()
}

pub(super) fn statuses(route: &Route, takes: Takes) -> Vec<&'static str> {
    let mut statuses = vec!["400", "500", "503", "504"];
    if takes.body {
        statuses.extend(["408", "413"]);
    }
    if takes.key {
        statuses.extend(["409", "422"]);
    }
    match route.auth {
        Auth::Public => {}
        Auth::Local | Auth::User => statuses.push("401"),
        Auth::Role(_) => statuses.extend(["401", "403"]),
    }
    if route.limit.is_some() {
        statuses.push("429");
    }
    match route.call {
        Line::Grpc { .. } => statuses.extend(["401", "403", "404", "409", "429", "499", "501"]),
        Line::Http { .. } => statuses.extend(["4XX", "502", "5XX"]),
        Line::Rpc { .. } => statuses.extend(["4XX", "501"]),
        Line::Event { .. } | Line::Raw { .. } => {}
    }
    statuses
}

/// The documents one by one; the status is long sent when one breaks off, so its last document is the problem.
fn stream(route: &Route, catalog: &Catalog, schemas: &mut Schemas) -> Value {
    let (_, item) = success(route, catalog, schemas);
    let content = |description: &str| json!({ "schema": { "type": "string", "description": description }, "x-stream": { "item": item } });
    json!({
        "description": "Documents as they come, until one side ends it.",
        "headers": headers(route, Takes::default()),
        "content": {
            "text/event-stream": content("One event for each document; a last one named `error` holds a problem."),
            "application/x-ndjson": content("One line for each document; a last one `{\"error\": …}` holds a problem."),
        },
    })
}

/// Whatever the service answers, unless it is not asked.
fn raw(route: &Route) -> Map<String, Value> {
    let mut statuses = vec!["400", "503", "504"];
    if route.auth != Auth::Public {
        statuses.push("401");
    }
    if let Auth::Role(_) = route.auth {
        statuses.push("403");
    }
    if route.limit.is_some() {
        statuses.push("429");
    }
    let mut responses = refusals(&statuses, false);
    let said = json!({ "description": "Whatever the service answers.", "content": { "*/*": {} } });
    responses.insert("default".to_owned(), said);
    responses
}
