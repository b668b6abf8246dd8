//! `switchboard queues`: what is in the queues, how fast it comes and goes, and how old it is.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::Duration;

use mesh::Env;
use serde_json::Value;

use super::ago::short;
use crate::columns::{aligned, print};
use crate::operator::Operator;
use crate::sign_in::Who;

/// Show what is in the queues, how fast it comes and goes, and how old the oldest is
///
/// A figure that nobody can tell is a question mark, and below the table stands why. Rates are per second over the last
/// 30 s; ages are by the event's own time. Needs an admin.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  switchboard queues
  switchboard queues --json | jq '.queues[] | select(.oldest_age_seconds > 60) | .name'")]
pub(crate) struct Args {
    /// For machines
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    who: Who,
}

pub(crate) async fn run(args: &Args, env: &Env) -> anyhow::Result<ExitCode> {
    let queues = Operator::sign_in(&args.who, env).await?.get("/v1/admin/queues").await?;
    let text = if args.json { format!("{queues:#}\n") } else { told(&queues) };
    print(&text);
    Ok(ExitCode::SUCCESS)
}

fn told(answer: &Value) -> String {
    let queues = answer["queues"].as_array().map_or(&[][..], Vec::as_slice);
    let head = ["queue", "ready", "unacked", "depth", "consumers", "in/s", "out/s", "oldest", ""];
    let mut rows = vec![head.map(str::to_owned)];
    rows.extend(queues.iter().map(row));
    let mut told = aligned(&rows);
    for (reason, figures) in reasons(queues) {
        told.push_str(&format!("\n? {}: {reason}", figures.join(", ")));
    }
    if told.contains("\n? ") {
        told.push('\n');
    }
    told
}

fn row(queue: &Value) -> [String; 9] {
    let figure = |name: &str| if queue[name].is_null() { "?".to_owned() } else { queue[name].to_string() };
    let age = queue["oldest_age_seconds"].as_f64();
    let age = age.map_or("?".to_owned(), |age| short(Duration::from_secs_f64(age.max(0.0))));
    let paused = if queue["paused"] == true { "paused" } else { "" };
    [
        queue["name"].as_str().unwrap_or_default().to_owned(),
        figure("ready"),
        figure("unacked"),
        figure("depth"),
        figure("consumers"),
        figure("rate_in"),
        figure("rate_out"),
        age,
        paused.to_owned(),
    ]
}

/// Each reason once, with the figures that it is for.
fn reasons(queues: &[Value]) -> BTreeMap<&str, Vec<&str>> {
    let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let unknown = queues.iter().filter_map(|queue| queue["unknown"].as_object());
    for (figure, reason) in unknown.flatten() {
        let figures = reasons.entry(reason.as_str().unwrap_or_default()).or_default();
        if !figures.contains(&figure.as_str()) {
            figures.push(figure);
        }
    }
    reasons
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_unknown_is_a_question_mark_and_why_stands_below() {
        let reason = "needs the management plugin";
        let unknown = json!({ "depth": reason, "unacked": reason });
        let queue = |name: &str, paused: bool| {
            json!({
                "name": name, "ready": 3, "unacked": null, "depth": null, "consumers": 1, "rate_in": 1.5,
                "rate_out": 0.0, "oldest_age_seconds": 61.0, "paused": paused, "unknown": unknown,
            })
        };
        let expected = "\
queue  ready  unacked  depth  consumers  in/s  out/s  oldest
a      3      ?        ?      1          1.5   0.0    1m 1s   paused
b      3      ?        ?      1          1.5   0.0    1m 1s

? depth, unacked: needs the management plugin
";
        assert_eq!(told(&json!({ "queues": [queue("a", true), queue("b", false)] })), expected);
    }
}
