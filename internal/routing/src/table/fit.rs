//! What does not go together in one row: an option that its doors or its line have no use for is an error, because
//! a word in a table that does nothing is a promise that nobody keeps.

use http::Method;

use super::diagnostics::Fault;
use super::reader::Reader;
use super::row::Row;
use super::services::Services;
use super::{Arg, Credentials, Door, KeyTemplate, Line, Route};

/// Notes what does not fit in this row, as far as it was readable.
pub(super) fn check(reader: &mut Reader<'_>, services: &Services, row: &Row<'_>) {
    if !row.whole {
        return;
    }
    with_doors(reader, row);
    if let Some(route) = &row.route {
        with_line(reader, row, route);
        twice(reader, row, route);
        later(reader, services, row, route);
        fields(reader, row, route);
        example(reader, row, route);
        live(reader, row, route);
    }
}

fn with_doors(reader: &mut Reader<'_>, row: &Row<'_>) {
    let any = |wanted: fn(&Door) -> bool| row.on.iter().any(|(door, _)| wanted(door));
    let (http, event) = (any(|it| matches!(it, Door::Http { .. })), any(|it| matches!(it, Door::Event { .. })));
    if row.on.is_empty() && row.written("action").is_none() {
        let remedy = "add on = \"GET /path\", or an action to be called by POST /handle";
        reader.faults.add(&row.span, Fault::new("nothing leads into this row", remedy));
    }
    if event && row.written("action").is_none() {
        let remedy = "add action = \"NAME\", which names the queue v1.listener.NAME";
        reader.faults.add(&row.place("on"), Fault::new("a row for events has no action", remedy));
    }
    let only_events = row.on.iter().all(|(door, _)| matches!(door, Door::Event { .. })) && event;
    if only_events || (!http && row.written("action").is_none()) {
        for key in ["answer", "async", "auth", "cookies", "example", "limit", "reply", "status"] {
            refuse(reader, row, key, "in a row that no caller can reach");
        }
    }
    if !http {
        refuse(reader, row, "host", "without an HTTP door");
    }
    if !only_events {
        refuse(reader, row, "batch", "in a row that is not for events alone");
    }
    if !event && row.written("async").is_none() {
        refuse(reader, row, "attempts", "without a door for events");
    }
}

fn with_line(reader: &mut Reader<'_>, row: &Row<'_>, route: &Route) {
    match &route.call {
        Line::Raw { .. } => {
            for key in [
                "action", "answer", "args", "async", "batch", "cookies", "example", "reply", "schema", "secret",
                "size", "status",
            ] {
                refuse(reader, row, key, "where bodies stream through");
            }
            if row.on.is_empty() || row.on.iter().any(|(door, _)| !matches!(door, Door::Http { .. })) {
                let fault = Fault::new("bodies can stream through HTTP doors only", "write http SERVICE METHOD /path");
                reader.faults.add(&row.place("call"), fault);
            }
        }
        Line::Event { key } => {
            refuse(reader, row, "batch", "in a row that publishes an event");
            refuse(reader, row, "async", "in a row that publishes an event");
            refuse(reader, row, "answer", "in a row that publishes an event");
            circle(reader, row, &key.pattern());
            audit(reader, row, key);
        }
        Line::Grpc { .. } | Line::Http { .. } | Line::Rpc { .. } => {
            refuse(reader, row, "schema", "in a row that does not publish an event");
            refuse(reader, row, "size", "in a row that does not publish an event");
        }
    }
    if matches!(route.call, Line::Grpc { .. }) {
        refuse(reader, row, "answer", "in a row whose method says what it answers");
    }
    if !matches!(route.call, Line::Http { .. } | Line::Raw { .. }) {
        refuse(reader, row, "cookies", "in a row that does not call an http service");
    }
}

/// What is answered later is kept until then, with its answer: no row may have it so where passwords or tokens go by.
fn later(reader: &mut Reader<'_>, services: &Services, row: &Row<'_>, route: &Route) {
    let is_sent_tokens = |name: &str| services.get(name).is_some_and(|service| service.token);
    let credentials = route.credentials(is_sent_tokens).filter(|_| route.asynchronous);
    let fault = match credentials {
        None => return,
        Some(Credentials::Secret) => Fault::new("'async' would keep what 'secret' hides", "remove one of them"),
        Some(Credentials::Cookies) => Fault::new("'async' would keep what cookies guard", "remove one of them"),
        Some(Credentials::Token(name)) => {
            Fault::new(format!("'async' would keep what goes to '{name}', which is sent tokens"), "remove it")
        }
    };
    reader.faults.add(&row.place("async"), fault);
}

fn refuse(reader: &mut Reader<'_>, row: &Row<'_>, key: &str, place: &str) {
    if let Some(span) = row.written(key) {
        reader.faults.add(&span, Fault::new(format!("'{key}' has no use {place}"), "remove it"));
    }
}

/// A row must not take the events that it makes.
fn circle(reader: &mut Reader<'_>, row: &Row<'_>, made: &str) {
    for (door, span) in &row.on {
        if let Door::Event { pattern } = door
            && meet(pattern, made)
        {
            let message = format!("the row would take its own events: '{made}' comes back in by '{door}'");
            reader.faults.add(span, Fault::new(message, "publish under another key"));
        }
    }
}

/// The audit trail is written by services about what they did: no caller may add to it, by whatever door, nor by way of
/// an event that another row publishes again.
fn audit(reader: &mut Reader<'_>, row: &Row<'_>, key: &KeyTemplate) {
    let fault = match key.first() {
        Some("audit") => Fault::new("events under 'audit' are for services alone", "publish under another word"),
        None => Fault::new(
            format!("the key '{key}' begins with a field, so a caller could publish under 'audit'"),
            "begin it with a fixed word",
        ),
        Some(_) => return,
    };
    reader.faults.add(&row.place("call"), fault);
}

/// Whether some key fits both a topic pattern and what a template makes: word by word over how much of the template
/// may be used up, so that a pattern of many `#` costs no more than another.
fn meet(pattern: &str, made: &str) -> bool {
    let made: Vec<&str> = made.split('.').collect();
    let mut used = vec![false; made.len() + 1];
    used[0] = true;
    for word in pattern.split('.') {
        if word == "#" {
            let first = used.iter().position(|used| *used).unwrap_or(used.len());
            used[first..].fill(true);
            continue;
        }
        for at in (0..made.len()).rev() {
            used[at + 1] = used[at] && (word == "*" || made[at] == "*" || made[at] == word);
        }
        used[0] = false;
    }
    used[made.len()]
}

/// What is watched is asked for again and again: by GET, and by a name with room for one value of the path.
fn live(reader: &mut Reader<'_>, row: &Row<'_>, route: &Route) {
    let Some(name) = &route.live else { return };
    let fault = match &row.on[..] {
        [(Door::Http { method: Some(Method::GET), path }, _)] if path.is_catch_all() || path.params().len() > 1 => {
            let remedy = "leave one parameter in the path, which the topic takes as NAME:VALUE";
            Fault::new(format!("the topic '{name}' cannot say all parameters of '{path}'"), remedy)
        }
        [(Door::Http { method: Some(Method::GET), .. }, _)] => match &route.call {
            Line::Event { .. } => Fault::new("'live' has no use in a row that publishes an event", "remove it"),
            Line::Raw { .. } => Fault::new("'live' has no use where bodies stream through", "remove it"),
            _ if route.asynchronous => {
                Fault::new("'live' cannot watch what 'async' answers later", "remove one of them")
            }
            Line::Grpc { .. } | Line::Http { .. } | Line::Rpc { .. } => return,
        },
        _ => Fault::new("'live' is for a row with one door, GET /path", "write a row of its own for it"),
    };
    reader.faults.add(&row.place("live"), fault);
}

/// An example is what a caller sends, so it lacks what the row makes itself.
fn example(reader: &mut Reader<'_>, row: &Row<'_>, route: &Route) {
    let given = route.example.iter().flat_map(|example| example.keys());
    for name in given.filter(|name| route.args.contains_key(*name)) {
        let remedy = match &route.args[name] {
            Arg::Constant(_) => "leave it out".to_owned(),
            Arg::Rename(from) => format!("write '{from}', as callers do"),
        };
        let fault = Fault::new(format!("the example has '{name}', which args sets"), remedy);
        reader.faults.add(&row.place("example"), fault);
    }
}

/// Fields that the path brings and `args` sets: every call would be refused.
fn twice(reader: &mut Reader<'_>, row: &Row<'_>, route: &Route) {
    for (door, span) in &row.on {
        let Door::Http { path, .. } = door else { continue };
        for name in path.params().iter().filter(|name| route.args.contains_key(*name)) {
            let message = format!("'{door}' brings '{name}', which args sets");
            reader.faults.add(span, Fault::new(message, "give one of them another name"));
        }
    }
}

/// Fields that the line needs and that nothing can bring.
fn fields(reader: &mut Reader<'_>, row: &Row<'_>, route: &Route) {
    let needed: Vec<String> = match &route.call {
        Line::Http { path, .. } => path.params().to_vec(),
        Line::Event { key } => key.fields().filter(|(_, optional)| !optional).map(|(name, _)| name.into()).collect(),
        Line::Grpc { .. } | Line::Raw { .. } | Line::Rpc { .. } => Vec::new(),
    };
    let clock = row.on.iter().find(|(door, _)| matches!(door, Door::Every(_) | Door::Cron(_)));
    for name in needed {
        let first = name.split('.').next().unwrap_or_default();
        if route.args.contains_key(first) {
            if clock.is_none() || matches!(route.args[first], Arg::Constant(_)) {
                continue;
            }
        } else if clock.is_none() && !route.args.values().any(|arg| *arg == Arg::Rename(first.to_owned())) {
            continue;
        }
        let remedy = match clock {
            Some((door, _)) => format!("'{door}' brings no fields, so add args = {{ {first} = … }}"),
            None => "args renames it, so use its new name".to_owned(),
        };
        reader.faults.add(&row.place("call"), Fault::new(format!("nothing fills {{{name}}}"), remedy));
    }
}
