//! `switchboard dead list`: letters, the latest first, or what they have in common.

use std::process::ExitCode;

use serde_json::Value;

use super::filter::Filter;
use super::path::escaped;
use crate::cli::ago::ago;
use crate::columns::{aligned, print_exact};
use crate::operator::Operator;

/// Of a reason in a table, in characters.
const LONGEST: usize = 100;

/// List letters, the latest first, or count them by what they have in common
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    filter: Filter,

    /// Count them by queue, kind and cause: those that are dead, unless --state says otherwise
    #[arg(long)]
    groups: bool,
    /// At most so many
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=200), conflicts_with = "groups")]
    limit: u16,
    /// Go on where a list ended
    #[arg(long, conflicts_with = "groups")]
    cursor: Option<String>,
    /// For machines
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: &Args, operator: &Operator) -> anyhow::Result<ExitCode> {
    let mut query = args.filter.query()?;
    if args.groups && !args.filter.has_state() {
        query.push_str("state=dead");
    }
    let path = if args.groups {
        format!("/v1/admin/dead-letters/groups?{query}")
    } else {
        let cursor = args.cursor.as_deref().map(escaped).transpose()?;
        let cursor = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
        format!("/v1/admin/dead-letters?{query}limit={}{cursor}", args.limit)
    };
    let answer = operator.get(path.trim_end_matches(['&', '?'])).await?;
    print_exact(&match (args.json, args.groups) {
        (true, _) => format!("{answer:#}\n"),
        (false, true) => groups(&answer),
        (false, false) => letters(&answer),
    });
    Ok(ExitCode::SUCCESS)
}

fn letters(answer: &Value) -> String {
    let letters = answer["letters"].as_array().map_or(&[][..], Vec::as_slice);
    if letters.is_empty() {
        return "no letters\n".to_owned();
    }
    let mut rows = vec![["id", "died", "state", "queue", "kind", "attempts", "reason"].map(str::to_owned)];
    rows.extend(letters.iter().map(|letter| {
        let died = format!("{} ago", ago(&text(letter, "died_at")));
        let [id, state, queue, kind] = ["id", "state", "queue", "kind"].map(|name| text(letter, name));
        [id, died, state, queue, kind, letter["attempts"].to_string(), cut(&text(letter, "reason"))]
    }));
    let more = answer["next_cursor"].as_str().map(|cursor| format!("\nmore: --cursor {cursor}\n"));
    aligned(&rows) + &more.unwrap_or_default()
}

fn groups(answer: &Value) -> String {
    let groups = answer["groups"].as_array().map_or(&[][..], Vec::as_slice);
    if groups.is_empty() {
        return "no letters\n".to_owned();
    }
    let mut rows = vec![["count", "first", "last", "queue", "kind", "cause"].map(str::to_owned)];
    rows.extend(groups.iter().map(|group| {
        let [first, last] = ["first", "last"].map(|name| format!("{} ago", ago(&text(group, name))));
        [group["count"].to_string(), first, last, text(group, "queue"), text(group, "kind"), text(group, "cause")]
    }));
    let more = if answer["more"] == true { "\nand more: say which, such as by --queue or --since\n" } else { "" };
    aligned(&rows) + more
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}

/// One line, and not too long a one.
fn cut(reason: &str) -> String {
    let line = reason.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn letters_stand_below_each_other_with_a_short_reason() {
        let letter = json!({
            "id": "1", "died_at": "then", "state": "dead", "queue": "v1.listener.store-logs", "kind": "log.INFO",
            "attempts": 7, "reason": format!("a\nb{}", "x".repeat(200)),
        });
        let told = letters(&json!({ "letters": [letter], "next_cursor": "1" }));
        let lines: Vec<_> = told.lines().collect();
        let start = "1   then ago  dead   v1.listener.store-logs  log.INFO  7         a bxx";
        assert!(lines[1].starts_with(start) && lines[1].ends_with("x…"), "{told}");
        assert_eq!(lines[3], "more: --cursor 1");
        assert_eq!(letters(&json!({ "letters": [] })), "no letters\n");
    }

    #[test]
    fn groups_are_counted_with_their_whole_cause() {
        let group = json!({ "count": 12, "first": "a", "last": "b", "queue": "q", "kind": "k", "cause": "level: …" });
        let told = groups(&json!({ "groups": [group], "more": false }));
        assert_eq!(told.lines().nth(1), Some("12     a ago  b ago  q      k     level: …"), "{told}");
        let more = groups(&json!({ "groups": [group], "more": true }));
        assert_eq!(more.strip_prefix(&told), Some("\nand more: say which, such as by --queue or --since\n"));
    }
}
