//! `switchboard dead show`: one letter with all that is known of it.

use std::process::ExitCode;

use serde_json::Value;

use super::path::escaped;
use crate::columns::{aligned, print_exact};
use crate::operator::Operator;

/// What is told of a letter, in this order, where it is known.
const TOLD: [&str; 20] = [
    "id",
    "state",
    "queue",
    "service",
    "kind",
    "reason",
    "cause",
    "attempts",
    "deaths",
    "died_at",
    "event_id",
    "source",
    "subject",
    "time",
    "trace_id",
    "size",
    "operation",
    "replaces",
    "replaced_by",
    "changed_at",
];

/// Show one letter: headers, attempts, error, trace and body
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// As `list` shows it
    id: String,
    /// The body alone, such as to edit it
    #[arg(long, conflicts_with = "json")]
    body: bool,
    /// For machines
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: &Args, operator: &Operator) -> anyhow::Result<ExitCode> {
    let letter = operator.get(&format!("/v1/admin/dead-letters/{}", escaped(&args.id)?)).await?;
    print_exact(&match (args.json, args.body) {
        (true, _) => format!("{letter:#}\n"),
        (false, true) => body(&letter),
        (false, false) => told(&letter),
    });
    Ok(ExitCode::SUCCESS)
}

fn body(letter: &Value) -> String {
    match &letter["body"] {
        Value::String(text) if letter["is_json"] != true => format!("{text}\n"),
        body => format!("{body:#}\n"),
    }
}

fn told(letter: &Value) -> String {
    let known = TOLD.iter().filter(|name| !letter[**name].is_null());
    let mut rows: Vec<_> = known.map(|name| [(*name).to_owned(), plain(&letter[*name])]).collect();
    if let Some(subject) = letter["identity"]["subject"].as_str() {
        let roles = letter["identity"]["roles"].as_array().map_or(&[][..], Vec::as_slice);
        let roles: Vec<_> = roles.iter().map(plain).collect();
        rows.push(["caused by".to_owned(), format!("{subject} ({})", roles.join(", "))]);
    }
    let headers = letter["headers"].as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
    rows.extend(headers.map(|(name, value)| [name.clone(), plain(value)]));
    format!("{}\n{}", aligned(&rows), body(letter))
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_letter_is_told_in_lines_with_its_body_at_the_end() {
        let letter = json!({
            "id": "1", "state": "dead", "queue": "q", "subject": null, "attempts": 7, "reason": "level: unknown",
            "identity": { "subject": "17", "roles": ["user", "admin"] }, "headers": { "traceparent": "00-…" },
            "body": { "level": "LOUD" }, "is_json": true,
        });
        let expected = "\
id           1
state        dead
queue        q
reason       level: unknown
attempts     7
caused by    17 (user, admin)
traceparent  00-…

{
  \"level\": \"LOUD\"
}
";
        assert_eq!(told(&letter), expected);
        assert_eq!(body(&json!({ "body": "a plain text", "is_json": false })), "a plain text\n");
        assert_eq!(body(&json!({ "body": "a string", "is_json": true })), "\"a string\"\n");
    }
}
