//! `POST /handle`: every row that has an action, as one operation whose body says which.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::answers::{self, Takes};
use super::argument::Fields;
use super::operation::{Parts, security};
use super::schema::reference;
use super::shared::{enveloped, parameter, refusals};
use crate::table::{Auth, Door, Route, Table};

/// The rows that callers reach by their action, by name.
fn actions(table: &Table) -> BTreeMap<&str, &Route> {
    let is_event = |door: &Door| matches!(door, Door::Event { .. });
    let for_callers = table.routes.iter().filter(|route| route.on.is_empty() || !route.on.iter().all(is_event));
    for_callers.filter_map(|route| Some((route.action.as_deref()?, &**route))).collect()
}

/// Nothing where no row has an action.
pub(super) fn operation(table: &Table, id: &str, parts: &mut Parts<'_>) -> Option<Value> {
    let actions = actions(table);
    let (mut mapping, mut examples, mut who) = (Map::new(), Map::new(), Map::new());
    let mut is_for_later = false;
    let mut statuses = Vec::new();
    let mut successes: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (name, route) in &actions {
        let fields = Fields::of(route, parts.catalog, &mut parts.schemas);
        let component = format!("handle-{name}");
        let schema = parts.schemas.add(&component, asked(name, &fields));
        mapping.insert((*name).to_owned(), schema["$ref"].clone());
        examples.insert((*name).to_owned(), json!({ "value": { "action": name, *name: fields.example() } }));
        who.insert((*name).to_owned(), told(route));
        statuses.extend(answers::statuses(route, Takes { body: true, key: true, later: false }));
        if parts.catalog.is_stream(&route.call) {
            continue;
        }
        is_for_later |= parts.catalog.is_for_later(table, route);
        let (status, schema) = answers::success(route, parts.catalog, &mut parts.schemas);
        successes.entry(status).or_default().push(enveloped(&schema));
    }
    if is_for_later {
        successes.entry("202".to_owned()).or_default().push(enveloped(&reference("Call")));
    }
    let one_of: Vec<_> = actions.keys().map(|name| reference(&format!("handle-{name}"))).collect();
    let schema = json!({ "oneOf": one_of, "discriminator": { "propertyName": "action", "mapping": mapping } });
    let body = json!({ "application/json": { "schema": schema, "examples": examples } });
    let parameters = ["Timeout", "IdempotencyKey", "Prefer", "Traceparent", "RequestId"].map(parameter);
    let operation = json!({
        "operationId": id,
        "summary": "Call a row by its action",
        "description": "The argument stands under the action's name. Answers are envelopes, with an honest status.",
        "tags": ["broker"],
        "parameters": parameters,
        "requestBody": { "required": true, "content": body },
        "responses": responses(&statuses, successes),
        "security": [{}, { "bearer": [] }],
        "x-actions": who,
    });
    (!actions.is_empty()).then_some(operation)
}

fn asked(name: &str, fields: &Fields) -> Value {
    let mut required = vec!["action"];
    if !fields.required.is_empty() {
        required.push(name);
    }
    json!({
        "type": "object",
        "properties": { "action": { "const": name }, name: fields.object() },
        "required": required,
        "additionalProperties": false,
    })
}

fn told(route: &Route) -> Value {
    let mut told = json!({ "security": security(&route.auth) });
    if let Some(summary) = &route.summary {
        told["summary"] = summary.clone().into();
    }
    if let Auth::Role(role) = &route.auth {
        told["x-required-role"] = role.clone().into();
    }
    told
}

fn responses(statuses: &[&str], successes: BTreeMap<String, Vec<Value>>) -> Map<String, Value> {
    let mut responses = refusals(statuses, true);
    for (status, mut schemas) in successes {
        let schema = if schemas.len() == 1 { schemas.remove(0) } else { json!({ "anyOf": schemas }) };
        let response = json!({ "description": "Done.", "content": { "application/json": { "schema": schema } } });
        responses.insert(status, response);
    }
    responses
}
