//! Which row a request is for: by path, method and host over HTTP, by action under `POST /handle`. Built once for each
//! table.

use std::collections::{BTreeMap, HashMap};

use http::Method;
use mesh::{Code, Error};

use crate::table::{Door, Line, Route, Table};
use mesh::words::nearest;

/// Positions of rows in the table, by the doors that lead to them.
#[derive(Default)]
pub struct Index {
    paths: matchit::Router<Vec<Entry>>,
    actions: HashMap<String, usize>,
    topics: HashMap<String, usize>,
}

struct Entry {
    method: Option<Method>,
    host: Option<String>,
    params: Vec<String>,
    row: usize,
    /// Whether it was written in the table, rather than following from a catch-all.
    written: bool,
    is_catch_all: bool,
}

/// A row and the fields that its path took, still percent-encoded.
#[derive(Debug, PartialEq, Eq)]
pub struct Match<'a> {
    pub row: usize,
    pub fields: Vec<(&'a str, &'a str)>,
    /// What a catch-all took, which is all that a service behind a raw row sees of the path.
    pub rest: Option<&'a str>,
}

/// Why there is no row for a request.
#[derive(Debug, PartialEq, Eq)]
pub enum NoRoute {
    Path,
    /// The path is known, with these methods.
    Method(Vec<Method>),
}

impl NoRoute {
    /// What the caller is told.
    pub fn error(&self, method: &Method, path: &str) -> Error {
        match self {
            Self::Path => {
                Error::not_found(format!("no route for {method} {path}; `switchboard routes` lists those there are"))
            }
            Self::Method(allowed) => {
                let allowed: Vec<_> = allowed.iter().map(Method::as_str).collect();
                let detail = format!("{path} does not take {method}; it takes {}", allowed.join(", "));
                Error::new(Code::Unimplemented, detail).with_status(http::StatusCode::METHOD_NOT_ALLOWED)
            }
        }
    }
}

impl Index {
    pub fn new(table: &Table) -> Result<Self, Error> {
        let mut entries: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
        let (mut actions, mut topics) = (HashMap::new(), HashMap::new());
        for (row, route) in table.routes.iter().enumerate() {
            for (path, entry) in doors(route, row) {
                entries.entry(path).or_default().push(entry);
            }
            let is_for_callers = !route.on.iter().all(|door| matches!(door, Door::Event { .. })) || route.on.is_empty();
            if let Some(action) = route.action.clone().filter(|_| is_for_callers) {
                actions.insert(action, row);
            }
            topics.extend(route.live.clone().map(|topic| (topic, row)));
        }
        let mut paths = matchit::Router::new();
        for (path, entries) in entries {
            paths.insert(path, entries).map_err(Error::internal)?;
        }
        Ok(Self { paths, actions, topics })
    }

    /// The row for a request; a method or host of its own goes before "any". `host` is in small letters, without port.
    pub fn find<'a>(&'a self, method: &Method, host: Option<&str>, path: &'a str) -> Result<Match<'a>, NoRoute> {
        let found = self.paths.at(path).map_err(|_| NoRoute::Path)?;
        let fits_host = |entry: &&Entry| entry.host.is_none() || entry.host.as_deref() == host;
        let fits = found.value.iter().filter(fits_host).filter(|it| it.method.as_ref().is_none_or(|it| it == method));
        let best = fits.max_by_key(|it| (it.written, it.host.is_some(), it.method.is_some()));
        let Some(entry) = best else { return Err(other_methods(found.value.iter().filter(fits_host))) };
        let values = || found.params.iter().map(|(_, value)| value);
        let fields = entry.params.iter().map(String::as_str).zip(values()).collect();
        // Without a value of its own the catch-all took nothing: the request was for the path before it.
        let rest = entry.is_catch_all.then(|| if entry.written { values().last().unwrap_or("") } else { "" });
        Ok(Match { row: entry.row, fields, rest })
    }

    /// The methods that a path takes from callers of `host`; empty where it is unknown, nothing where it takes any.
    pub fn methods(&self, host: Option<&str>, path: &str) -> Option<Vec<Method>> {
        let Ok(found) = self.paths.at(path) else { return Some(Vec::new()) };
        let fits = found.value.iter().filter(|entry| entry.host.is_none() || entry.host.as_deref() == host);
        let mut methods = fits.map(|entry| entry.method.clone()).collect::<Option<Vec<_>>>()?;
        methods.sort_unstable_by(|left, right| left.as_str().cmp(right.as_str()));
        methods.dedup();
        Some(methods)
    }

    /// The row with this action.
    pub fn action(&self, action: &str) -> Result<usize, Error> {
        self.actions.get(action).copied().ok_or_else(|| {
            let detail = match nearest(action, self.actions.keys().map(String::as_str)) {
                Some(near) => format!("'{action}' is unknown, did you mean '{near}'?"),
                None => format!("'{action}' is unknown; known are {}", self.known_actions()),
            };
            Error::field("action", detail)
        })
    }

    /// The row that this topic watches.
    pub fn topic(&self, topic: &str) -> Result<usize, Error> {
        self.topics.get(topic).copied().ok_or_else(|| {
            let known = || self.topics.keys().map(String::as_str);
            let detail = match nearest(topic, known()) {
                Some(near) => format!("no row is live as '{topic}', did you mean '{near}'?"),
                None => format!("no row is live as '{topic}'; there are {}", sorted(known())),
            };
            Error::not_found(detail)
        })
    }

    fn known_actions(&self) -> String {
        sorted(self.actions.keys().map(String::as_str))
    }
}

fn sorted<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let mut words: Vec<_> = words.collect();
    words.sort_unstable();
    words.join(", ")
}

/// The HTTP doors of a row. A raw row that ends in a catch-all also takes the path before it.
fn doors(route: &Route, row: usize) -> Vec<(String, Entry)> {
    let mut doors = Vec::new();
    for door in &route.on {
        let Door::Http { method, path } = door else { continue };
        let params = path.params().to_vec();
        let entry = |params, written| Entry {
            method: method.clone(),
            host: route.host.clone(),
            params,
            row,
            written,
            is_catch_all: path.is_catch_all(),
        };
        doors.push((path.normal().to_owned(), entry(params, true)));
        if matches!(route.call, Line::Raw { .. }) && path.is_catch_all() {
            let before = path.normal().rsplit_once('/').map_or("", |(before, _)| before);
            doors.push((format!("{before}/"), entry(Vec::new(), false)));
            if !before.is_empty() {
                doors.push((before.to_owned(), entry(Vec::new(), false)));
            }
        }
    }
    doors
}

fn other_methods<'a>(entries: impl Iterator<Item = &'a Entry>) -> NoRoute {
    let mut allowed: Vec<Method> = entries.filter_map(|entry| entry.method.clone()).collect();
    allowed.sort_unstable_by(|left, right| left.as_str().cmp(right.as_str()));
    allowed.dedup();
    if allowed.is_empty() { NoRoute::Path } else { NoRoute::Method(allowed) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = r#"
version = 1
[[route]]
on = "GET /a/{id}"
action = "one"
call = "rpc s one"
[[route]]
on = "POST /a/{other}"
action = "two"
call = "rpc s two"
[[route]]
on = "ANY /raw/{*path}"
call = "http localhost:1"
[[route]]
on = "GET /raw"
action = "written"
call = "rpc s three"
[[route]]
on = "GET /h"
action = "any-host"
call = "rpc s four"
[[route]]
on = "GET /h"
action = "one-host"
host = "example.org"
call = "rpc s five"
[[route]]
on = "event e.#"
action = "store"
call = "rpc s six"
"#;

    fn found(method: &Method, host: Option<&str>, path: &str) -> Result<(usize, Vec<(String, String)>), String> {
        let table = crate::table::parse("t", TABLE, |_| None).unwrap();
        let index = Index::new(&table).unwrap();
        let found = index.find(method, host, path).map_err(|none| none.error(method, path).detail)?;
        Ok((found.row, found.fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()))
    }

    fn field(name: &str, value: &str) -> Vec<(String, String)> {
        vec![(name.to_owned(), value.to_owned())]
    }

    #[test]
    fn rows_of_one_shape_are_told_apart_by_method_and_keep_their_own_names() {
        assert_eq!(found(&Method::GET, None, "/a/7"), Ok((0, field("id", "7"))));
        assert_eq!(found(&Method::POST, None, "/a/7"), Ok((1, field("other", "7"))));
        assert_eq!(found(&Method::PUT, None, "/a/7"), Err("/a/7 does not take PUT; it takes GET, POST".to_owned()));
    }

    #[test]
    fn a_raw_row_takes_the_path_before_its_catch_all_unless_another_row_is_written_for_it() {
        assert_eq!(found(&Method::GET, None, "/raw/x/y"), Ok((2, field("path", "x/y"))));
        assert_eq!(found(&Method::GET, None, "/raw/"), Ok((2, vec![])));
        assert_eq!(found(&Method::GET, None, "/raw"), Ok((3, vec![])));
        assert_eq!(found(&Method::POST, None, "/raw"), Ok((2, vec![])));
    }

    #[test]
    fn the_rest_is_what_the_catch_all_took() {
        let table = crate::table::parse("t", TABLE, |_| None).unwrap();
        let index = Index::new(&table).unwrap();
        let cases = [("/raw/x/y", Some("x/y")), ("/raw/", Some("")), ("/a/7", None)];
        for (path, rest) in cases {
            assert_eq!(index.find(&Method::GET, None, path).unwrap().rest, rest, "{path}");
        }
    }

    #[test]
    fn a_row_for_the_host_goes_before_one_for_any() {
        assert_eq!(found(&Method::GET, Some("example.org"), "/h"), Ok((5, vec![])));
        assert_eq!(found(&Method::GET, Some("else.org"), "/h"), Ok((4, vec![])));
    }

    #[test]
    fn an_unknown_action_is_told_the_nearest_and_rows_for_events_alone_have_none() {
        let table = crate::table::parse("t", TABLE, |_| None).unwrap();
        let index = Index::new(&table).unwrap();
        assert_eq!(index.action("two").unwrap(), 1);
        assert!(index.action("tow").unwrap_err().detail.contains("did you mean 'two'?"));
        assert!(index.action("store").is_err());
    }
}
