//! How often a call is made and when it is answered: its key, whether it may be answered later, whether it may be made
//! again. Judged by the same functions as the call itself.

use http::Method;

use super::policy::{From, Step, from, step};
use super::{Asked, Target};
use crate::catalog::Catalog;
use crate::policy::{Preference, key as keys, safe};
use crate::table::{Door, Line, Retry, Route, Table};

pub(super) fn key(table: &Table, route: &Route, catalog: &Catalog, asked: &Asked) -> Step {
    let id = match keys::of(route, None, &asked.headers) {
        Ok(None) => return step("key", "none", From::Default, "without Idempotency-Key a repetition is another call"),
        Err(error) => return step("key", "Idempotency-Key", From::Caller, error.detail),
        Ok(Some(id)) if route.auth.needs_nobody(asked.here.is_local) => format!("the effect id is {id}, whoever calls"),
        Ok(Some(_)) => "the effect id is made of the row, the caller and the key".to_owned(),
    };
    let kept = humantime::format_duration(asked.here.kept);
    let means = match &route.call {
        Line::Raw { .. } => "the service is sent it as it is, and nothing is kept: bodies stream through".to_owned(),
        line if catalog.is_stream(line) => format!("{id}; nothing is kept, as the answer is a stream"),
        _ if table.has_credentials(route) => format!(
            "{id}; it counts for {kept}, and as passwords or tokens may go by the answer is not kept: a repetition goes \
            to the service under the same id"
        ),
        _ => format!("{id}; the answer is kept by the broker for {kept}, and a repetition gets it again"),
    };
    step("key", "Idempotency-Key", From::Caller, means)
}

pub(super) fn later(table: &Table, route: &Route, catalog: &Catalog, asked: &Asked) -> Step {
    let refused = |why: &str| step("async", "no", From::Default, format!("{why}, so Prefer means nothing"));
    if let Line::Event { .. } = route.call {
        return step("async", "no", From::Default, "the answer is 202 once a queue has the event");
    }
    if !catalog.is_for_later(table, route) {
        return refused(match &route.call {
            Line::Raw { .. } => "bodies stream through and are not kept",
            _ if table.has_credentials(route) => "passwords or tokens may go by and are not kept",
            _ => "the answer is a stream and is not kept",
        });
    }
    let (preference, place) = (Preference::of(&asked.headers), "a place to ask for the result");
    match (preference.wait, preference.is_async, route.asynchronous) {
        (Some(wait), _, _) => {
            let means = format!("the answer where there is one within {wait}s, else 202 and {place}");
            step("async", &format!("wait={wait}"), From::Caller, means)
        }
        (None, _, true) => step("async", "yes", From::Table, format!("answered with 202 at once, and {place}")),
        (None, true, _) => step("async", "yes", From::Caller, format!("answered with 202 at once, and {place}")),
        (None, false, false) => step("async", "no", from(route, "async"), "the caller waits for the answer"),
    }
}

pub(super) fn retry(route: &Route, catalog: &Catalog, asked: &Asked) -> Step {
    let value = match route.retry {
        Retry::Never => "never",
        Retry::Safe => "safe",
    };
    // A body that streams through is gone, whatever key there is.
    let (is_raw, has_key) = (matches!(route.call, Line::Raw { .. }), asked.headers.contains_key(keys::HEADER));
    let means = match (route.retry, is_idempotent(route, catalog, asked)) {
        (Retry::Never, _) => "not made again: the row says never".to_owned(),
        (Retry::Safe, (true, why)) => format!("may be made again: {why}"),
        (Retry::Safe, (false, why)) if is_raw => format!("not made again: {why}"),
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
