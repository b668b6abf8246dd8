//! What a call meets on its way to the line, layer by layer, with the value in force and where that comes from.

use mesh::Error;
use serde::Serialize;

use super::{Asked, Who, effects};
use crate::catalog::Catalog;
use crate::policy::{needs_role, needs_somebody, patience};
use crate::table::{Auth, Line, Route, Table};

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
    let mut steps = vec![auth(route, asked), limit(route, asked)];
    steps.extend([effects::key(table, route, catalog, asked), effects::later(table, route, catalog, asked)]);
    steps.extend(concurrency(table, route));
    steps.extend([deadline(route, asked), effects::retry(route, catalog, asked)]);
    steps.extend(route.call.service().map(|_| balance()));
    steps.extend(route.live.as_deref().map(live));
    steps
}

pub(super) fn step(
    layer: &'static str,
    value: &(impl ToString + ?Sized),
    from: From,
    means: impl Into<String>,
) -> Step {
    Step { layer, value: value.to_string(), from, means: means.into() }
}

pub(super) fn from(route: &Route, key: &str) -> From {
    if route.written.contains(key) { From::Table } else { From::Default }
}

/// Whether this caller would be let in, in the words of the door.
pub(super) fn admits(route: &Route, asked: &Asked) -> Result<(), Error> {
    let Some(who) = &asked.who else { return Ok(()) };
    match (&route.auth, who) {
        (Auth::Public, _) => Ok(()),
        (Auth::Local, Who::Nobody) if asked.here.is_local => Ok(()),
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
            let now = if asked.here.is_local { "everybody" } else { "who is signed in" };
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

fn limit(route: &Route, asked: &Asked) -> Step {
    let by = if asked.here.has_redis {
        "counted over all brokers by Redis, and by each alone while that does not answer"
    } else {
        "counted by each broker alone, as REDIS_URL is not set"
    };
    match &route.limit {
        Some(limit) => step("limit", limit, From::Table, format!("more than that are answered with 429; {by}")),
        None => step("limit", "none", From::Default, "as many calls as come"),
    }
}

fn concurrency(table: &Table, route: &Route) -> Option<Step> {
    let most = table.concurrency(&route.call)?;
    let service = route.call.service().and_then(|name| table.services.get(name));
    let is_written = service.is_some_and(|service| service.concurrency.is_some());
    let to = match &route.call {
        Line::Rpc { service, .. } => service,
        line => line.service().unwrap_or_default(),
    };
    let means = format!("more than that to {to} at once are answered with 503 and Retry-After");
    Some(step("concurrency", &most, if is_written { From::Table } else { From::Default }, means))
}

fn live(topic: &str) -> Step {
    step("live", topic, From::Table, "GET /v1/live watches it under this name, with a call like this one for each look")
}

fn deadline(route: &Route, asked: &Asked) -> Step {
    let means = "for the call in all, attempts and waits included";
    match patience(&asked.headers) {
        Ok(Some(said)) if said < route.timeout => {
            step("deadline", &humantime::format_duration(said), From::Caller, means)
        }
        Ok(_) => step("deadline", &humantime::format_duration(route.timeout), from(route, "timeout"), means),
        Err(error) => step("deadline", "none", From::Caller, error.detail),
    }
}

fn balance() -> Step {
    let means =
        "the less busy of two random instances; one that refuses is passed over, one that keeps failing is left out";
    step("balance", "least busy of two", From::Default, means)
}
