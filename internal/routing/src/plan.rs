//! What would become of a call, without making it: its row, the policy in its order, the instance, and what would be
//! sent, as data for whoever shows it. Secrets are masked and tokens never shown.

mod argument;
mod effects;
mod instances;
mod policy;
mod sent;

use std::time::Duration;

use bytes::Bytes;
use http::uri::PathAndQuery;
use http::{HeaderMap, Method};
use mesh::cache::Cache;
use mesh::{Error, FieldError};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::catalog::{Catalog, symbols_by_service};
use crate::index::Index;
use crate::mask::{MASKED, is_secret, mask};
use crate::policy::{key, patience};
use crate::table::{Route, Table};
use crate::upstream::Upstreams;

pub use instances::{Instance, Instances};
pub use policy::{From, Step};
pub use sent::Sent;

/// The call that is to be explained.
#[derive(Debug)]
pub struct Asked {
    pub target: Target,
    /// Nothing where the caller has not said what it would send.
    pub body: Option<Bytes>,
    pub headers: HeaderMap,
    /// Who would call; nothing where that is left open.
    pub who: Option<Who>,
    pub here: Here,
}

/// What the installation says, and not the table.
#[derive(Debug, Clone, Copy)]
pub struct Here {
    /// Whether `auth = "local"` means everybody.
    pub is_local: bool,
    /// Whether brokers count limits together, in Redis.
    pub has_redis: bool,
    /// How long keys count, and answers under them are kept.
    pub kept: Duration,
}

#[derive(Debug)]
pub enum Target {
    Path { method: Method, host: Option<String>, path: PathAndQuery },
    Action(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    Nobody,
    /// Somebody who is signed in, without any role that matters.
    User,
    Role(String),
}

/// What would become of it.
#[derive(Debug, Serialize)]
pub struct Plan {
    pub row: Row,
    /// Parameters of the path.
    pub fields: Map<String, Value>,
    /// What the call meets, in this order.
    pub policy: Vec<Step>,
    /// After path, body and query were merged and `args` applied; nothing where it streams through.
    pub argument: Option<Map<String, Value>>,
    /// Missing where the line goes over the bus.
    pub instances: Option<Instances>,
    pub sent: Option<Sent>,
    /// What the caller would be told instead.
    pub refused: Option<Refused>,
}

#[derive(Debug, Serialize)]
pub struct Row {
    pub file: String,
    pub line: usize,
    pub on: Vec<String>,
    pub action: Option<String>,
    pub call: String,
}

#[derive(Debug, Serialize)]
pub struct Refused {
    pub status: u16,
    pub detail: String,
    pub errors: Vec<FieldError>,
}

/// Explains a call with what the services tell now: which methods they have, and which instances accept a connection.
/// Errors where no row takes it are those of the broker.
pub async fn explain(file: &str, table: &Table, asked: &Asked) -> Result<Plan, Error> {
    let (catalog, upstreams) = (Catalog::new(Cache::in_memory())?, Upstreams::default());
    let index = Index::new(table)?;
    let route = &table.routes[find(&index, asked)?.row];
    let mut symbols = symbols_by_service(table);
    let wanted = [route.call.service(), route.schema.as_ref().map(|schema| schema.service.as_str())];
    for name in wanted.into_iter().flatten() {
        if let (Some(symbols), Some(service)) = (symbols.remove(name), table.services.get(name)) {
            // Where it does not answer, what this build knows has to do.
            let _ = catalog.ask_once(name, &symbols, &upstreams.of(service)).await;
        }
    }
    let mut plan = Plan::of(file, table, &catalog, asked)?;
    if let Some(service) = route.call.service().and_then(|name| table.services.get(name)) {
        plan.instances = Some(Instances::of(service).await);
    }
    Ok(plan)
}

impl Plan {
    fn of(file: &str, table: &Table, catalog: &Catalog, asked: &Asked) -> Result<Self, Error> {
        let index = Index::new(table)?;
        let found = find(&index, asked)?;
        let route = &table.routes[found.row];
        let mut plan = Self {
            row: Row::of(file, route),
            fields: found.fields.iter().map(|(name, value)| ((*name).to_owned(), shown(name, value, route))).collect(),
            policy: policy::steps(table, route, catalog, asked),
            argument: None,
            instances: None,
            sent: None,
            refused: None,
        };
        let judged = judged(route, asked).and_then(|()| {
            let filled = plan.fill(table, route, catalog, asked, &found);
            filled.or_else(|error| forgiven(asked, error))
        });
        if let Err(error) = judged {
            let status = error.status().as_u16();
            plan.refused = Some(Refused { status, detail: error.detail, errors: error.fields });
        }
        Ok(plan)
    }

    fn fill(
        &mut self,
        table: &Table,
        route: &Route,
        catalog: &Catalog,
        asked: &Asked,
        found: &Found<'_>,
    ) -> Result<(), Error> {
        let argument = argument::of(route, asked, &found.fields)?;
        if let Some(argument) = &argument {
            let mut shown = argument.clone();
            mask(&mut shown, &route.secrets());
            self.argument = Some(shown);
        }
        self.sent = Some(Sent::of(table, route, catalog, asked, argument, found.rest.as_deref())?);
        Ok(())
    }
}

/// What is decided by headers alone, in the order of the door.
fn judged(route: &Route, asked: &Asked) -> Result<(), Error> {
    patience(&asked.headers)?;
    policy::admits(route, asked)?;
    key::of(route, None, &asked.headers).map(drop)
}

/// A row, and what of the path belongs to it.
struct Found<'a> {
    row: usize,
    fields: Vec<(&'a str, &'a str)>,
    rest: Option<String>,
}

fn find<'a>(index: &'a Index, asked: &'a Asked) -> Result<Found<'a>, Error> {
    match &asked.target {
        Target::Action(action) => index.action(action).map(|row| Found { row, fields: Vec::new(), rest: None }),
        Target::Path { method, host, path } => {
            let found = index.find(method, host.as_deref(), path.path());
            let found = found.map_err(|none| none.error(method, path.path()))?;
            Ok(Found { row: found.row, fields: found.fields, rest: found.rest.map(str::to_owned) })
        }
    }
}

/// Who asks about a row without a body wants to know of the row: a field that is missing says nothing then.
fn forgiven(asked: &Asked, error: Error) -> Result<(), Error> {
    let has_body = match &asked.target {
        Target::Path { method, path, .. } => method.is_safe() || path.query().is_some(),
        Target::Action(_) => false,
    };
    let is_argument = error.status() == http::StatusCode::BAD_REQUEST;
    if asked.body.is_none() && !has_body && is_argument { Ok(()) } else { Err(error) }
}

fn shown(name: &str, value: &str, route: &Route) -> Value {
    Value::from(if is_secret(name, &route.callers_secrets()) { MASKED } else { value })
}

impl Row {
    fn of(file: &str, route: &Route) -> Self {
        Self {
            file: file.to_owned(),
            line: route.line,
            on: route.on.iter().map(ToString::to_string).collect(),
            action: route.action.clone(),
            call: route.call.to_string(),
        }
    }
}

#[cfg(test)]
mod tests;
