//! What a call meets on its way to the line, layer by layer, with the value in force and where that comes from.

use std::time::Duration;

use http::Method;
use mesh::Error;
use serde::Serialize;

use super::{Asked, Target, Who};
use crate::catalog::Catalog;
use crate::line::http::TIMEOUT_HEADER;
use crate::policy::{key, needs_role, needs_somebody, safe};
use crate::table::{Auth, Door, Line, Retry, Route, Service, Table};

/// One layer.
#[derive(Debug, Serialize)]
pub struct Step {
    pub layer: &'static str,
    pub value: String,
    pub from: From,
    /// What that means for this call.
    pub means: String,
}

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum From {
    /// It stands in the table.
    Table,
    Default,
    /// The caller says so.
    Caller,
}

pub(super) fn steps(table: &Table, route: &Route, catalog: &Catalog, asked: &Asked) -> Vec<Step> {
    let service = route.call.service().and_then(|name| table.services.get(name));
    let mut steps = vec![auth(route, asked), limit(route), idempotency_key(route, asked), later(route, asked)];
    steps.extend(service.map(|service| concurrency(service)));
    steps.extend([deadline(route, asked), retry(route, catalog, asked)]);
    steps.extend(service.map(|_| balance()));
    steps
}

fn step(layer: &'static str, value: &(impl ToString + ?Sized), from: From, means: impl Into<String>) -> Step {
    Step { layer, value: value.to_string(), from, means: means.into() }
}

fn from(route: &Route, key: &str) -> From {
    if route.written.contains(key) { From::Table } else { From::Default }
}

/// Whether this caller would be let in, in the words of the door.
pub(super) fn admits(route: &Route, asked: &Asked) -> Result<(), Error> {
    let Some(who) = &asked.who else { return Ok(()) };
    match (&route.auth, who) {
        (Auth::Public, _) => Ok(()),
        (Auth::Local, Who::Nobody) if asked.is_local => Ok(()),
        (_, Who::Nobody) => Err(needs_somebody()),
        (Auth::Local | Auth::User, Who::User | Who::Role(_)) => Ok(()),
        (Auth::Role(wanted), Who::Role(role)) if wanted == role => Ok(()),
        (Auth::Role(wanted), Who::User | Who::Role(_)) => Err(needs_role(wanted)),
    }
}

fn auth(route: &Route, asked: &Asked) -> Step {
    let who = match &route.auth {
        Auth::Public => "everybody".to_owned(),
        Auth::Local => {
            let now = if asked.is_local { "everybody" } else { "who is signed in" };
            format!(
                "everybody while every address is loopback and it is not production, else who is signed in: {now} now"
            )
        }
        Auth::User => "who is signed in".to_owned(),
        Auth::Role(role) => format!("who is signed in and has the role '{role}'"),
    };
    let means = match (&asked.who, admits(route, asked)) {
        (None, _) => who,
        (Some(_), Ok(())) => format!("{who}: let in"),
        (Some(_), Err(error)) => format!("{who}: refused with {}", error.status().as_u16()),
    };
    step("auth", &route.auth, from(route, "auth"), means)
}

fn limit(route: &Route) -> Step {
    match &route.limit {
        Some(limit) => step("limit", limit, From::Table, "more than that are answered with 429"),
        None => step("limit", "none", From::Default, "as many calls as come"),
    }
}

fn idempotency_key(route: &Route, asked: &Asked) -> Step {
    if !asked.headers.contains_key("idempotency-key") {
        return step("key", "none", From::Default, "without Idempotency-Key a repetition is another call");
    }
    let means = match key::of(route, None, &asked.headers) {
        Ok(Some(id)) if route.auth.needs_nobody(asked.is_local) => format!("the effect id is {id}, whoever calls"),
        Ok(_) => "the effect id is made of the row, the caller and the key".to_owned(),
        Err(error) => error.detail,
    };
    step("key", "Idempotency-Key", From::Caller, means)
}

fn later(route: &Route, asked: &Asked) -> Step {
    let prefers = asked.headers.get("prefer").and_then(|value| value.to_str().ok());
    match (&route.call, route.asynchronous, prefers) {
        (Line::Event { .. }, _, _) => {
            step("async", "no", From::Default, "the answer is 202 once a queue has the event")
        }
        (_, true, _) => {
            step("async", "yes", From::Table, "answered with 202 at once, and a place to ask for the result")
        }
        (_, false, Some(prefers)) => {
            step("async", prefers, From::Caller, "as the caller prefers, where the row allows it")
        }
        (_, false, None) => step("async", "no", from(route, "async"), "the caller waits for the answer"),
    }
}

fn concurrency(service: &Service) -> Step {
    let from = if service.concurrency == Service::CONCURRENCY { From::Default } else { From::Table };
    let means = format!("more than that to {} at once are answered with 503 and Retry-After", service.name);
    step("concurrency", &service.concurrency, from, means)
}

fn deadline(route: &Route, asked: &Asked) -> Step {
    let asked = asked.headers.get(TIMEOUT_HEADER).and_then(|value| value.to_str().ok()?.parse().ok());
    let asked = asked.filter(|ms| *ms > 0).map(Duration::from_millis);
    let means = "for the call in all, attempts and waits included";
    match asked.filter(|asked| *asked < route.timeout) {
        Some(asked) => step("deadline", &humantime::format_duration(asked), From::Caller, means),
        None => step("deadline", &humantime::format_duration(route.timeout), from(route, "timeout"), means),
    }
}

fn retry(route: &Route, catalog: &Catalog, asked: &Asked) -> Step {
    let value = match route.retry {
        Retry::Never => "never",
        Retry::Safe => "safe",
    };
    let has_key = asked.headers.contains_key("idempotency-key");
    let means = match (route.retry, is_idempotent(route, catalog, asked)) {
        (Retry::Never, _) => "not made again: the row says never".to_owned(),
        (Retry::Safe, (true, why)) => format!("may be made again: {why}"),
        (Retry::Safe, (false, _)) if has_key => "may be made again: it has a key".to_owned(),
        (Retry::Safe, (false, why)) => format!("not made again: {why}, and it has no key"),
    };
    step("retry", value, from(route, "retry"), means)
}

/// Whether doing it twice does no more than doing it once, by the rules of the retry, and who says so.
fn is_idempotent(route: &Route, catalog: &Catalog, asked: &Asked) -> (bool, String) {
    let by_rule = safe::is_idempotent(route);
    match &route.call {
        Line::Http { method, .. } => (by_rule, by_method(method, "the service is asked with")),
        Line::Event { .. } => (by_rule, "an event has the same id each time".to_owned()),
        Line::Raw { .. } => streaming(asked),
        Line::Grpc { service, method } => {
            let said = catalog.method(service, method).and_then(|method| safe::said_by(&method));
            said.map_or_else(|| (by_rule, doors(route)), |it| (it, "the service says so of its method".to_owned()))
        }
        Line::Rpc { .. } => (by_rule, doors(route)),
    }
}

/// A body that streams through is read once.
fn streaming(asked: &Asked) -> (bool, String) {
    let Target::Path { method, .. } = &asked.target else { return (false, "its body streams through".to_owned()) };
    match asked.body {
        Some(_) => (false, "its body streams through".to_owned()),
        None => (method.is_idempotent(), by_method(method, "it has no body, and the caller asks with")),
    }
}

/// The door that decides: the first that may not be repeated, else the first.
fn doors(route: &Route) -> String {
    let methods = route.on.iter().filter_map(|door| match door {
        Door::Http { method, .. } => Some(method.as_ref()),
        Door::Event { .. } | Door::Every(_) | Door::Cron(_) => None,
    });
    let methods: Vec<_> = methods.collect();
    match methods.iter().find(|method| !method.is_some_and(Method::is_idempotent)).or(methods.first()) {
        Some(Some(method)) => by_method(method, "the door takes"),
        Some(None) => "the door takes any method".to_owned(),
        None => "the row has no path whose method would say so".to_owned(),
    }
}

fn by_method(method: &Method, whose: &str) -> String {
    let is = if method.is_idempotent() { "which is idempotent" } else { "which is not idempotent" };
    format!("{whose} {method}, {is}")
}

fn balance() -> Step {
    let means =
        "the less busy of two random instances; one that refuses is passed over, one that keeps failing is left out";
    step("balance", "least busy of two", From::Default, means)
}
