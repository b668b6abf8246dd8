//! One row by one of its doors, as an operation: what it is called, who may call, where each field of its argument
//! stands, and what it answers.

use http::Method;
use serde_json::{Map, Value, json};

use super::answers::{self, Takes};
use super::argument::{Fields, Known};
use super::schema::Schemas;
use super::shared::parameter;
use crate::argument::by_query;
use crate::catalog::Catalog;
use crate::table::{Auth, Line, PathPattern, Route, Table};

/// What operations are made from.
pub(super) struct Parts<'a> {
    pub(super) table: &'a Table,
    pub(super) catalog: &'a Catalog,
    pub(super) schemas: Schemas,
}

/// A row by one door; `names` is what the document calls the parameters of its path.
#[derive(Clone, Copy)]
pub(super) struct Entry<'a> {
    pub(super) route: &'a Route,
    pub(super) method: &'a Method,
    pub(super) path: &'a PathPattern,
    pub(super) names: &'a [String],
}

pub(super) fn operation(entry: Entry<'_>, id: &str, parts: &mut Parts<'_>) -> Value {
    let route = entry.route;
    let mut fields = Fields::of(route, parts.catalog, &mut parts.schemas);
    let mut parameters = in_path(entry, &mut fields);
    parameters.extend(in_query(entry, &mut fields));
    let body = body(entry, &fields);
    let later = parts.catalog.is_for_later(parts.table, route);
    let takes = Takes { body: body.is_some(), key: takes_key(entry), later };
    parameters.extend(in_headers(takes));
    let mut operation = json!({
        "operationId": id,
        "summary": summary(route, entry.method, entry.path),
        "tags": [tag(route, entry.path)],
        "parameters": parameters,
        "responses": answers::responses(route, parts.catalog, &mut parts.schemas, takes),
        "x-timeout-ms": u64::try_from(route.timeout.as_millis()).unwrap_or(u64::MAX),
    });
    if let Some(body) = body {
        operation["requestBody"] = body;
    }
    if fields.known == Known::NotYet {
        operation["x-descriptor"] = "unknown".into();
    }
    policy(&mut operation, route);
    operation
}

/// What the table says of it, else what can be said of any row.
pub(super) fn summary(route: &Route, method: &Method, path: &PathPattern) -> String {
    route.summary.clone().unwrap_or_else(|| match &route.call {
        Line::Event { key } => format!("Publish {key}"),
        _ => format!("{method} {path}"),
    })
}

/// Who may call, how often, and by which name and host.
pub(super) fn policy(operation: &mut Value, route: &Route) {
    operation["security"] = security(&route.auth);
    match &route.auth {
        Auth::Local => {
            operation["description"] = "Open to everybody while every address of the mesh is loopback and it is not \
                production; elsewhere a token is needed."
                .into();
        }
        Auth::Role(role) => operation["x-required-role"] = role.clone().into(),
        Auth::Public | Auth::User => {}
    }
    if let Some(limit) = &route.limit {
        operation["x-limit"] = limit.to_string().into();
    }
    if let Some(action) = &route.action {
        operation["x-action"] = action.clone().into();
    }
    if let Some(topic) = &route.live {
        operation["x-live"] = topic.clone().into();
    }
    if let Some(host) = &route.host {
        operation["servers"] = json!([{ "url": format!("//{host}") }]);
    }
}

pub(super) fn security(auth: &Auth) -> Value {
    match auth {
        Auth::Public => json!([]),
        Auth::Local => json!([{}, { "bearer": [] }]),
        Auth::User | Auth::Role(_) => json!([{ "bearer": [] }]),
    }
}

/// The service's name where it has one: an address is nobody's business here.
fn tag(route: &Route, path: &PathPattern) -> String {
    let service = match &route.call {
        Line::Grpc { service, .. } | Line::Http { service, .. } | Line::Raw { service } | Line::Rpc { service, .. } => {
            Some(service)
        }
        Line::Event { .. } => route.schema.as_ref().map(|schema| &schema.service),
    };
    let named = service.filter(|service| !service.contains(':')).cloned();
    named.unwrap_or_else(|| {
        let is_version = |word: &&str| word.starts_with('v') && word[1..].bytes().all(|b| b.is_ascii_digit());
        let mut words = path.template().split('/').filter(|word| !word.is_empty() && !word.starts_with('{'));
        words.find(|word| !is_version(word)).unwrap_or("other").to_owned()
    })
}

fn in_path(entry: Entry<'_>, fields: &mut Fields) -> Vec<Value> {
    let params = entry.path.params().iter().zip(entry.names);
    let last = entry.path.params().len();
    params
        .enumerate()
        .map(|(at, (field, name))| {
            let example = fields.example_of(field).cloned();
            let mut schema = fields.take(field);
            let is_rest = entry.path.is_catch_all() && at + 1 == last;
            if is_rest {
                schema["description"] = "The rest of the path, slashes included.".into();
            }
            let mut parameter = json!({ "name": name, "in": "path", "required": true, "schema": schema });
            if is_rest {
                parameter["x-catch-all"] = true.into();
            }
            if let Some(example) = example {
                parameter["example"] = example;
            }
            parameter
        })
        .collect()
}

/// Only what has a form as text; and nothing secret, as URLs are written down everywhere.
fn in_query(entry: Entry<'_>, fields: &mut Fields) -> Vec<Value> {
    if !by_query(entry.method) || matches!(entry.route.call, Line::Raw { .. }) {
        return Vec::new();
    }
    let is_text =
        |schema: &Value| schema["$ref"].is_null() && schema["type"] != "object" && schema["items"]["$ref"].is_null();
    let open = fields.properties.iter().filter(|(name, schema)| !fields.secret.contains(*name) && is_text(schema));
    let names: Vec<_> = open.map(|(name, _)| name.clone()).collect();
    let parameter = |name: String| {
        let (required, example) = (fields.required.contains(&name), fields.example_of(&name).cloned());
        let mut schema = fields.take(&name);
        let mut parameter = json!({ "name": name, "in": "query", "required": required });
        if let Some(description) = schema.as_object_mut().and_then(|schema| schema.remove("description")) {
            parameter["description"] = description;
        }
        parameter["schema"] = schema;
        // An example that was made up would be a filter that finds nothing.
        if let Some(example) = example.filter(|_| entry.route.example.is_some()) {
            parameter["example"] = example;
        }
        parameter
    };
    names.into_iter().map(parameter).collect()
}

fn in_headers(takes: Takes) -> Vec<Value> {
    let names = [
        ("Timeout", true),
        ("IdempotencyKey", takes.key),
        ("Prefer", takes.later),
        ("Traceparent", true),
        ("RequestId", true),
    ];
    names.into_iter().filter(|(_, applies)| *applies).map(|(name, _)| parameter(name)).collect()
}

/// Whether the repetition of a call by this door can be told from another call.
fn takes_key(entry: Entry<'_>) -> bool {
    !entry.method.is_safe() && !matches!(entry.route.call, Line::Raw { .. })
}

fn body(entry: Entry<'_>, fields: &Fields) -> Option<Value> {
    if let Line::Raw { .. } = entry.route.call {
        let said = json!({ "description": "Streams through as it is.", "content": { "*/*": {} } });
        return (!by_query(entry.method)).then_some(said);
    }
    let is_empty = fields.properties.is_empty();
    if is_empty && (by_query(entry.method) || matches!(fields.known, Known::Descriptor | Known::Example)) {
        return None;
    }
    if by_query(entry.method) && !fields.properties.keys().any(|name| fields.secret.contains(name)) {
        return None;
    }
    let mut media = json!({ "schema": fields.object() });
    let example: Map<String, Value> = fields.example();
    if !example.is_empty() {
        media["example"] = example.into();
    }
    Some(json!({ "required": !fields.required.is_empty(), "content": { "application/json": media } }))
}
