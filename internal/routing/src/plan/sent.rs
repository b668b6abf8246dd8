//! What the service would be sent, made by the same functions as for a call, and then masked. What only a call has, such
//! as its trace or its caller's address, is told in words.

use std::collections::BTreeMap;

use http::header::{COOKIE, USER_AGENT};
use mesh::Error;
use prost::Message;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{Asked, Target, Who};
use crate::argument::by_query;
use crate::call::Argument;
use crate::catalog::Catalog;
use crate::line::{event, grpc, http as line_http, transcode};
use crate::mask::{MASKED, is_secret, mask};
use crate::policy::key;
use crate::routing::work_queue;
use crate::table::{Auth, KeyTemplate, Line, PathPattern, Route, Table};

/// Headers or metadata by name.
type Told = BTreeMap<&'static str, String>;

#[derive(Debug, Serialize)]
#[serde(tag = "line", rename_all = "snake_case")]
pub enum Sent {
    /// No message where nobody knows the method yet; `unknown` then says why.
    Grpc {
        path: String,
        metadata: Told,
        message: Option<Value>,
        unknown: Option<String>,
    },
    Http {
        method: String,
        url: String,
        headers: Told,
        body: Option<Value>,
    },
    /// The request as it comes, under another path.
    Raw {
        method: String,
        path: String,
        headers: Told,
    },
    Event {
        exchange: &'static str,
        key: String,
        id: String,
        body: Value,
        queues: Vec<String>,
    },
    Rpc {
        queue: String,
        method: String,
        id: String,
        priority: u8,
        body: Value,
    },
}

impl Sent {
    pub(super) fn of(
        table: &Table,
        route: &Route,
        catalog: &Catalog,
        asked: &Asked,
        argument: Option<Map<String, Value>>,
        rest: Option<&str>,
    ) -> Result<Self, Error> {
        let argument = argument.unwrap_or_default();
        let token = route.call.service().and_then(|name| table.services.get(name)).is_some_and(|it| it.token);
        let told = told(route, asked, token);
        match &route.call {
            Line::Grpc { service, method } => grpc_call(catalog, route, (service, method), argument, told),
            Line::Http { method, path, .. } => http_call(route, asked, (method, path), &argument, told),
            Line::Raw { .. } => Ok(raw(asked, rest, told)),
            Line::Event { key } => event_of(table, route, catalog, asked, key, &argument),
            Line::Rpc { service, method } => Ok(Self::Rpc {
                queue: format!("rpc.{service}"),
                method: method.clone(),
                id: id(route, asked),
                priority: bus::rpc::MAX_PRIORITY,
                body: masked(route, &argument),
            }),
        }
    }
}

fn grpc_call(
    catalog: &Catalog,
    route: &Route,
    (service, method): (&str, &str),
    argument: Map<String, Value>,
    mut told: Told,
) -> Result<Sent, Error> {
    told.insert("grpc-timeout", "what is left of the deadline".to_owned());
    let path = format!("/{method}");
    let Some(descriptor) = catalog.method(service, method) else {
        let unknown = Some(catalog.why_unknown(service, method).detail);
        return Ok(Sent::Grpc { path, metadata: told, message: None, unknown });
    };
    let message = grpc::read(&descriptor, Argument::Object(argument))?;
    let text = transcode::to_text(&descriptor.input(), message.encode_to_vec().into())?;
    let message = masked(route, &crate::argument::parse(&text)?);
    Ok(Sent::Grpc { path, metadata: told, message: Some(message), unknown: None })
}

fn http_call(
    route: &Route,
    asked: &Asked,
    (method, path): (&http::Method, &PathPattern),
    argument: &Map<String, Value>,
    mut told: Told,
) -> Result<Sent, Error> {
    // As it is, to know whether it would be refused; then again as it may be shown.
    line_http::filled(path, &mut argument.clone())?;
    let mut shown = argument.clone();
    mask(&mut shown, &route.secrets());
    let url = line_http::filled(path, &mut shown)?;
    let (url, body) =
        if by_query(method) { (line_http::with_query(url, &shown), None) } else { (url, Some(Value::Object(shown))) };
    told.insert("accept", "application/json".to_owned());
    told.insert(line_http::TIMEOUT_HEADER, "what is left of the deadline".to_owned());
    if body.is_some() {
        told.insert("content-type", "application/json".to_owned());
    }
    if let Some(agent) = asked.headers.get(USER_AGENT).and_then(|it| it.to_str().ok()) {
        told.insert("user-agent", agent.to_owned());
    }
    if route.cookies && asked.headers.contains_key(COOKIE) {
        told.insert("cookie", MASKED.to_owned());
    }
    Ok(Sent::Http { method: method.to_string(), url, headers: told, body })
}

fn raw(asked: &Asked, rest: Option<&str>, mut told: Told) -> Sent {
    told.remove("idempotency-key");
    let Target::Path { method, path, .. } = &asked.target else {
        return Sent::Raw { method: String::new(), path: String::new(), headers: told };
    };
    let below = rest.unwrap_or(path.path()).trim_start_matches('/');
    let path = path.query().map_or_else(|| format!("/{below}"), |query| format!("/{below}?{query}"));
    Sent::Raw { method: method.to_string(), path, headers: told }
}

fn event_of(
    table: &Table,
    route: &Route,
    catalog: &Catalog,
    asked: &Asked,
    template: &KeyTemplate,
    argument: &Map<String, Value>,
) -> Result<Sent, Error> {
    event::check(argument, route.schema.as_ref(), &route.size, &route.args, catalog)?;
    let key = template.render(argument)?;
    let takes = |queue: &bus::WorkQueue| queue.patterns.iter().any(|pattern| bus::event::matches(pattern, &key));
    let queues = table.routes.iter().filter_map(|route| work_queue(route)).filter(takes).map(|queue| queue.name);
    let queues = queues.collect();
    let secrets = route.secrets();
    let has_secret = template.fields().any(|(name, _)| is_secret(name, &secrets));
    Ok(Sent::Event {
        exchange: bus::topology::EVENTS,
        key: if has_secret { template.to_string() } else { key },
        id: id(route, asked),
        body: masked(route, argument),
        queues,
    })
}

fn masked(route: &Route, argument: &Map<String, Value>) -> Value {
    let mut shown = argument.clone();
    mask(&mut shown, &route.secrets());
    Value::Object(shown)
}

/// The effect id, as far as it does not depend on who calls.
fn effect_id(route: &Route, asked: &Asked) -> Option<String> {
    let id = key::of(route, None, &asked.headers).ok()??;
    Some(if route.auth.needs_nobody(asked.here.is_local) {
        id
    } else {
        "made of the row, the caller and the key".to_owned()
    })
}

fn id(route: &Route, asked: &Asked) -> String {
    effect_id(route, asked).unwrap_or_else(|| "a new UUID, the same over all attempts".to_owned())
}

/// What is told of the call and its caller, in words where only a call has it.
fn told(route: &Route, asked: &Asked, token: bool) -> Told {
    let mut told = BTreeMap::from([
        ("traceparent", "the call's trace, with a span of its own".to_owned()),
        ("x-forwarded-for", "the caller's address".to_owned()),
    ]);
    let is_somebody = match &asked.who {
        Some(who) => *who != Who::Nobody,
        None => !matches!(route.auth, Auth::Public | Auth::Local),
    };
    if is_somebody {
        told.insert("x-user-id", "the subject of the token".to_owned());
        told.insert("x-user-roles", "its roles".to_owned());
        if token {
            told.insert("authorization", format!("Bearer {MASKED}"));
        }
    }
    told.extend(effect_id(route, asked).map(|id| ("idempotency-key", id)));
    told
}
