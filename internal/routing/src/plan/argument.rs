//! The argument as the line would get it, made in the same way as for a call.

use mesh::Error;
use serde_json::{Map, Value};

use super::{Asked, Target};
use crate::argument::{PathFields, apply, merge, parse};
use crate::table::{Line, Route};

/// Nothing where bodies stream through.
pub(super) fn of(route: &Route, asked: &Asked, fields: &PathFields<'_>) -> Result<Option<Map<String, Value>>, Error> {
    if matches!(route.call, Line::Raw { .. }) {
        return Ok(None);
    }
    let body = asked.body.clone().unwrap_or_default();
    match &asked.target {
        Target::Path { path, .. } => merge(fields, path.query(), body, &route.args)?.into_object().map(Some),
        Target::Action(_) => named(&body, route).map(Some),
    }
}

fn named(body: &[u8], route: &Route) -> Result<Map<String, Value>, Error> {
    let mut argument = if body.is_empty() { Map::new() } else { parse(body)? };
    apply(&mut argument, &route.args)?;
    Ok(argument)
}
