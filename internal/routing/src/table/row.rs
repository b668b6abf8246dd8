//! One row of the table: its keys read one by one, each with its own faults, then put together.

use std::ops::Range;
use std::time::Duration;

use toml::de::DeTable;

use super::diagnostics::Fault;
use super::reader::Reader;
use super::services::Services;
use super::{Door, Line, Retry, Route, call, on, options, tables};

const KEYS: [&str; 22] = [
    "action", "answer", "args", "async", "attempts", "auth", "batch", "call", "cookies", "example", "host", "limit",
    "live", "on", "reply", "retry", "schema", "secret", "size", "status", "summary", "timeout",
];

/// A row as far as it could be read.
pub(super) struct Row<'t> {
    pub(super) table: &'t DeTable<'t>,
    pub(super) span: Range<usize>,
    /// The readable doors, each with its place.
    pub(super) on: Vec<(Door, Range<usize>)>,
    /// Whether every door was readable.
    pub(super) whole: bool,
    pub(super) host: Option<String>,
    pub(super) action: Option<String>,
    /// Missing when the row's call is not readable.
    pub(super) route: Option<Route>,
}

impl<'t> Row<'t> {
    /// Where this key stands, else the row.
    pub(super) fn place(&self, key: &str) -> Range<usize> {
        self.written(key).unwrap_or_else(|| self.span.clone())
    }

    /// Where this key stands.
    pub(super) fn written(&self, key: &str) -> Option<Range<usize>> {
        self.table.get_key_value(key).map(|(key, _)| key.span())
    }

    pub(super) fn read(
        reader: &mut Reader<'_>,
        services: &mut Services,
        table: &'t DeTable<'t>,
        span: Range<usize>,
    ) -> Self {
        reader.only("a row", table, &KEYS);
        let (on, whole) = doors(reader, table);
        let mut row = Self { table, span, on, whole, host: None, action: None, route: None };
        row.action = word(reader, table, "action", options::action);
        row.host = word(reader, table, "host", options::host);
        row.route = row.route(reader, services);
        row
    }

    fn route(&self, reader: &mut Reader<'_>, services: &mut Services) -> Option<Route> {
        let table = self.table;
        let line = reader.faults.line(&self.span);
        let mut number = |key, range| table.get(key).and_then(|item| reader.number(key, item, range));
        let (status, attempts) = (number("status", 200..=299), number("attempts", 1..=20));
        let mut boolean = |key| table.get(key).and_then(|item| reader.boolean(key, item)).unwrap_or_default();
        let (asynchronous, cookies) = (boolean("async"), boolean("cookies"));
        let mut object = |key| table.get(key).and_then(|item| tables::object(reader, key, item));
        let (example, answer) = (object("example"), object("answer"));
        let schema = word(reader, table, "schema", |text| call::schema(text, services, line));
        let route = Route {
            name: self.name(),
            on: self.on.iter().map(|(door, _)| door.clone()).collect(),
            action: self.action.clone(),
            status: status.and_then(|status| u16::try_from(status).ok()),
            auth: word(reader, table, "auth", options::auth).unwrap_or_default(),
            timeout: word(reader, table, "timeout", options::timeout).unwrap_or_else(|| self.default_timeout()),
            retry: word(reader, table, "retry", options::retry).unwrap_or(Retry::Safe),
            limit: word(reader, table, "limit", options::limit),
            batch: table.get("batch").and_then(|item| tables::batch(reader, item)),
            reply: word(reader, table, "reply", options::reply).unwrap_or_default(),
            args: table.get("args").map(|item| tables::args(reader, item)).unwrap_or_default(),
            host: self.host.clone(),
            asynchronous,
            cookies,
            attempts: attempts.unwrap_or(7),
            secret: table.get("secret").map(|item| tables::secret(reader, item)).unwrap_or_default(),
            schema,
            size: table.get("size").map(|item| tables::size(reader, item)).unwrap_or_default(),
            live: word(reader, table, "live", options::live),
            summary: word(reader, table, "summary", options::summary),
            example,
            answer,
            written: table.keys().map(|key| key.get_ref().to_string()).collect(),
            line,
            call: self.call(reader, services, line)?,
        };
        Some(route)
    }

    fn call(&self, reader: &mut Reader<'_>, services: &mut Services, line: usize) -> Option<Line> {
        if self.table.get("call").is_none() {
            let fault =
                Fault::new("the row has no 'call'", "say what it calls, such as call = \"http math GET /add/1,2\"");
            reader.faults.add(&self.span, fault);
        }
        word(reader, self.table, "call", |text| call::line(text, services, line))
    }

    fn name(&self) -> String {
        let door = || self.on.first().map(|(door, _)| door.to_string());
        self.action.clone().or_else(door).unwrap_or_default()
    }

    /// Nobody waits behind an event or a clock.
    fn default_timeout(&self) -> Duration {
        let waits = self.on.is_empty() || self.on.iter().any(|(door, _)| matches!(door, Door::Http { .. }));
        Duration::from_secs(if waits { 5 } else { 30 })
    }
}

fn doors(reader: &mut Reader<'_>, table: &DeTable<'_>) -> (Vec<(Door, Range<usize>)>, bool) {
    let Some(item) = table.get("on") else { return (Vec::new(), true) };
    let Some(texts) = reader.texts("on", item) else { return (Vec::new(), false) };
    let count = texts.len();
    let read = |(text, span): (String, Range<usize>)| Some((reader.note(&span, on::door(&text))?, span));
    let doors: Vec<_> = texts.into_iter().filter_map(read).collect();
    let whole = doors.len() == count;
    (doors, whole)
}

/// An option that is one string, when it is there and right.
fn word<T>(
    reader: &mut Reader<'_>,
    table: &DeTable<'_>,
    key: &str,
    read: impl FnOnce(&str) -> Result<T, Fault>,
) -> Option<T> {
    let item = table.get(key)?;
    let text = reader.text(key, item)?;
    reader.note(&item.span(), read(&text))
}
