//! What two rows of one file must not share: a door, a path that cannot be told apart from another, an action.

use std::collections::BTreeMap;

use http::Method;
use matchit::{InsertError, Router};

use super::Door;
use super::diagnostics::Fault;
use super::reader::Reader;
use super::row::Row;

/// Notes every door and action that an earlier row has already.
pub(super) fn check(reader: &mut Reader<'_>, rows: &[Row<'_>]) {
    doors(reader, rows);
    let is_event = |(door, _): &(Door, _)| matches!(door, Door::Event { .. });
    let callable = |row: &&Row<'_>| row.whole && (row.on.is_empty() || !row.on.iter().all(is_event));
    actions(reader, "POST /handle", rows.iter().filter(callable));
    actions(reader, "v1.listener.*", rows.iter().filter(|row| row.on.iter().any(is_event)));
    topics(reader, rows);
}

/// The paths so far, told apart as they will be at run time: by shape first, then by host and method.
#[derive(Default)]
struct Paths<'a> {
    shapes: Router<()>,
    /// The first of each shape.
    first: BTreeMap<&'a str, Taken<'a>>,
    taken: BTreeMap<(&'a str, Option<&'a str>, Option<&'a str>), Taken<'a>>,
}

#[derive(Clone, Copy)]
struct Taken<'a> {
    door: &'a Door,
    line: usize,
}

fn doors(reader: &mut Reader<'_>, rows: &[Row<'_>]) {
    let mut paths = Paths::default();
    for row in rows {
        for (door, span) in &row.on {
            let Door::Http { path, .. } = door else { continue };
            let line = reader.faults.line(span);
            let free = paths.take(door, path.normal(), row.host.as_deref(), line);
            reader.note(span, free);
        }
    }
}

impl<'a> Paths<'a> {
    fn take(&mut self, door: &'a Door, shape: &'a str, host: Option<&'a str>, line: usize) -> Result<(), Fault> {
        let (one, same) = (Taken { door, line }, (shape, host, method(door).map(Method::as_str)));
        if let Some(first) = self.taken.get(&same) {
            return Err(equal(door, first));
        }
        self.taken.insert(same, one);
        if self.first.contains_key(shape) {
            return Ok(());
        }
        self.first.insert(shape, one);
        self.shapes.insert(shape, ()).map_err(|error| self.overlap(door, &error))
    }

    fn overlap(&self, door: &Door, error: &InsertError) -> Fault {
        let other = match error {
            InsertError::Conflict { with } => with.as_str(),
            _ => "",
        };
        let other = match self.first.get(other) {
            Some(first) => format!("'{}' in line {}", first.door, first.line),
            None => "another row".to_owned(),
        };
        Fault::new(format!("'{door}' cannot be told apart from {other}"), "put a fixed word into one of the paths")
    }
}

fn method(door: &Door) -> Option<&Method> {
    match door {
        Door::Http { method, .. } => method.as_ref(),
        Door::Event { .. } | Door::Every(_) | Door::Cron(_) => None,
    }
}

fn equal(door: &Door, first: &Taken<'_>) -> Fault {
    let same = if door == first.door { String::new() } else { format!(" as '{}'", first.door) };
    Fault::new(format!("'{door}' is taken already{same} in line {}", first.line), "remove one of the two doors")
}

fn actions<'a>(reader: &mut Reader<'_>, place: &str, rows: impl Iterator<Item = &'a Row<'a>>) {
    let mut taken: BTreeMap<&str, usize> = BTreeMap::new();
    for row in rows {
        let Some(action) = &row.action else { continue };
        let span = row.place("action");
        let line = reader.faults.line(&span);
        if let Some(first) = taken.get(action.as_str()) {
            let message = format!("the action '{action}' is taken already in line {first} ({place})");
            reader.faults.add(&span, Fault::new(message, "give each row a name of its own"));
        } else {
            taken.insert(action, line);
        }
    }
}

fn topics(reader: &mut Reader<'_>, rows: &[Row<'_>]) {
    let mut taken: BTreeMap<&str, usize> = BTreeMap::new();
    for row in rows {
        let Some(topic) = row.route.as_ref().and_then(|route| route.live.as_deref()) else { continue };
        let span = row.place("live");
        let line = reader.faults.line(&span);
        if let Some(first) = taken.get(topic) {
            let message = format!("the topic '{topic}' is taken already in line {first}");
            reader.faults.add(&span, Fault::new(message, "give each row a name of its own"));
        } else {
            taken.insert(topic, line);
        }
    }
}
