//! A plan as people read it: one thing a line, in the order in which a call meets it.

use std::collections::BTreeMap;

use routing::plan::{From, Instance, Instances, Plan, Sent};
use serde_json::Value;

use crate::columns;

pub(super) fn told(plan: &Plan) -> String {
    let mut lines = row(plan);
    for step in &plan.policy {
        let from = match step.from {
            From::Table => "",
            From::Default => " (default)",
            From::Caller => " (caller)",
        };
        lines.push(line(step.layer, format!("{}{from}: {}", step.value, step.means)));
    }
    lines.extend(plan.argument.iter().map(|argument| line("argument", json(&Value::Object(argument.clone())))));
    lines.extend(plan.instances.iter().flat_map(instances));
    match (&plan.sent, &plan.refused) {
        (Some(sent), _) => lines.extend(sent_over(sent)),
        (None, Some(refused)) => lines.push(line("refused", format!("{} {}", refused.status, refused.detail))),
        (None, None) => lines.push(line("sent", "give the body by -d to see it".to_owned())),
    }
    columns::aligned(&lines)
}

fn line(name: &str, text: String) -> [String; 2] {
    [name.to_owned(), text]
}

fn row(plan: &Plan) -> Vec<[String; 2]> {
    let row = &plan.row;
    let mut lines = vec![line("row", format!("{}:{}", row.file, row.line))];
    if !row.on.is_empty() {
        lines.push(line("on", row.on.join(", ")));
    }
    lines.extend(row.action.iter().map(|action| line("action", action.clone())));
    lines.push(line("call", row.call.clone()));
    let field = |(name, value): (&String, &Value)| line("field", format!("{name} = {}", text(value)));
    lines.extend(plan.fields.iter().map(field));
    lines
}

fn instances(instances: &Instances) -> Vec<[String; 2]> {
    let instance = |it: &Instance| {
        let state = match (it.accepts, instances.first == Some(it.address)) {
            (true, true) => "accepts, and would be taken first",
            (true, false) => "accepts",
            (false, _) => "does not accept a connection",
        };
        line("instance", format!("{} {state}", it.address))
    };
    let mut lines: Vec<_> = instances.found.iter().map(instance).collect();
    lines.extend(instances.trouble.iter().map(|why| line("instance", why.clone())));
    lines
}

fn sent_over(sent: &Sent) -> Vec<[String; 2]> {
    match sent {
        Sent::Grpc { path, metadata, message, unknown } => {
            let mut lines = vec![line("sent", format!("grpc {path}"))];
            lines.extend(headers("metadata", metadata));
            lines.extend(message.iter().map(|message| line("message", json(message))));
            lines.extend(unknown.iter().map(|why| line("message", format!("cannot be told: {why}"))));
            lines
        }
        Sent::Http { method, url, headers: told, body } => {
            let mut lines = vec![line("sent", format!("{method} {url}"))];
            lines.extend(headers("header", told));
            lines.extend(body.iter().map(|body| line("body", json(body))));
            lines
        }
        Sent::Raw { method, path, headers: told } => {
            let mut lines =
                vec![line("sent", format!("{method} {path}, with headers and body as they come, and with"))];
            lines.extend(headers("header", told));
            lines
        }
        Sent::Event { exchange, key, id, body, queues } => {
            let queues = if queues.is_empty() { "no queue of this table".to_owned() } else { queues.join(", ") };
            vec![
                line("sent", format!("an event to the exchange {exchange}")),
                line("key", format!("{key}, which {queues} takes")),
                line("id", id.clone()),
                line("body", json(body)),
            ]
        }
        Sent::Rpc { queue, method, id, priority, body } => vec![
            line("sent", format!("a question to the queue {queue}: {method}, with priority {priority}")),
            line("id", id.clone()),
            line("body", json(body)),
        ],
    }
}

fn headers<'a>(name: &'a str, told: &'a BTreeMap<&'static str, String>) -> impl Iterator<Item = [String; 2]> + 'a {
    told.iter().map(move |(header, value)| line(name, format!("{header}: {value}")))
}

fn json(value: &Value) -> String {
    value.to_string()
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
