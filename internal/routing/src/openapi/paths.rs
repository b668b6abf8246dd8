//! The rows by path and method. Paths of one shape are one path here, whatever their rows call its parameters; a row for
//! every method stands under each that no other row has taken, and rows of one door for several hosts stand together.

use std::collections::{BTreeMap, BTreeSet};

use http::Method;
use serde_json::{Map, Value, json};

use super::operation::{Entry, Parts, operation};
use crate::table::{Door, PathPattern, Route, Table};

/// What a row for any method is shown as.
const ANY: [Method; 5] = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

/// Names that are given once.
#[derive(Default)]
pub(super) struct Ids(BTreeSet<String>);

impl Ids {
    /// `post_v1_logs`, `get_v1_users_by_id`; a number behind it where two doors would have the same.
    pub(super) fn give(&mut self, method: &str, path: &str, host: Option<&str>) -> String {
        let word = |segment: &str| match segment.strip_prefix('{').and_then(|it| it.strip_suffix('}')) {
            Some(name) => format!("by_{}", name.trim_start_matches('*')),
            None => segment.replace(|c: char| !c.is_ascii_alphanumeric(), "_"),
        };
        let words = path.split('/').filter(|segment| !segment.is_empty()).map(word);
        let host = host.map(|host| format!("at_{}", host.replace(|c: char| !c.is_ascii_alphanumeric(), "_")));
        let id = [method.to_lowercase()].into_iter().chain(words).chain(host).collect::<Vec<_>>().join("_");
        let numbered = |number: usize| if number == 1 { id.clone() } else { format!("{id}_{number}") };
        let free = (1..).map(numbered).find(|id| !self.0.contains(id)).unwrap_or_default();
        self.0.insert(free.clone());
        free
    }
}

/// Every row that takes a request, by the method it is shown under.
struct Shape<'a> {
    path: &'a PathPattern,
    by_method: BTreeMap<&'static str, Vec<(&'a Route, &'a PathPattern)>>,
}

fn shapes(table: &Table) -> BTreeMap<&str, Shape<'_>> {
    let mut shapes: BTreeMap<&str, Shape<'_>> = BTreeMap::new();
    let doors = || table.routes.iter().flat_map(|route| route.on.iter().map(move |door| (&**route, door)));
    for wants_any in [false, true] {
        for (route, door) in doors() {
            let Door::Http { method, path } = door else { continue };
            if method.is_none() != wants_any {
                continue;
            }
            let shape = shapes.entry(path.normal()).or_insert_with(|| Shape { path, by_method: BTreeMap::new() });
            for name in names(method.as_ref()) {
                let beside = shape.by_method.entry(name).or_default();
                if !beside.iter().any(|(other, _)| other.host == route.host) {
                    beside.push((route, path));
                }
            }
        }
    }
    shapes
}

fn names(method: Option<&Method>) -> Vec<&'static str> {
    let known = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];
    let is = |name: &str, method: &Method| method.as_str().eq_ignore_ascii_case(name);
    known.into_iter().filter(|name| method.map_or(ANY.iter().any(|it| is(name, it)), |it| is(name, it))).collect()
}

pub(super) fn paths(table: &Table, ids: &mut Ids, parts: &mut Parts<'_>) -> Map<String, Value> {
    let mut paths = Map::new();
    for shape in shapes(table).into_values() {
        let mut item = Map::new();
        for (name, mut rows) in shape.by_method {
            rows.sort_by(|(one, _), (other, _)| one.host.cmp(&other.host));
            let made = rows.iter().map(|(route, path)| made(name, shape.path, route, path, ids, parts)).collect();
            item.insert(name.to_owned(), together(made));
        }
        paths.insert(shape.path.template().replace("{*", "{"), item.into());
    }
    paths
}

fn made(
    name: &str,
    shown: &PathPattern,
    route: &Route,
    path: &PathPattern,
    ids: &mut Ids,
    parts: &mut Parts<'_>,
) -> (Option<String>, Value) {
    let method = ANY.into_iter().find(|method| method.as_str().eq_ignore_ascii_case(name));
    let method = method.or_else(|| name.to_uppercase().parse().ok()).unwrap_or_default();
    let id = ids.give(name, shown.template(), route.host.as_deref());
    let entry = Entry { route, method: &method, path, names: shown.params() };
    (route.host.clone(), operation(entry, &id, parts))
}

/// The row for every host where there is one; a method of a path has one place, so the others stand inside.
fn together(rows: Vec<(Option<String>, Value)>) -> Value {
    let mut rows = rows.into_iter();
    let Some((_, mut first)) = rows.next() else { return json!({}) };
    let others: Map<String, Value> = rows.map(|(host, operation)| (host.unwrap_or_default(), operation)).collect();
    if !others.is_empty() {
        first["x-by-host"] = others.into();
    }
    first
}
