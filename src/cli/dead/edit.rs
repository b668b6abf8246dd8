//! `switchboard dead edit`: an edited copy of a letter, which then can be replayed like any other.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use serde_json::{Value, json};

use super::path::escaped;
use super::progress;
use crate::columns::print_exact;
use crate::operator::Operator;

/// Put an edited copy in the place of a letter, and replay it if asked to
///
/// The copy is a new event with an id of its own; the letter and its copy are told of each other.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// As `list` shows it
    id: String,
    /// A file with the new body, which is JSON
    #[arg(required_unless_present = "body", conflicts_with = "body")]
    file: Option<PathBuf>,
    /// The new body itself
    #[arg(long, value_name = "JSON")]
    body: Option<String>,
    /// Another kind for the event
    #[arg(long)]
    kind: Option<String>,
    /// Also where the letter may have been sent already, so that both may have an effect
    #[arg(long)]
    force: bool,
    /// Replay the copy at once
    #[arg(long)]
    replay: bool,
    /// For machines
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(
    args: &Args,
    operator: impl AsyncFnOnce() -> anyhow::Result<Operator>,
) -> anyhow::Result<ExitCode> {
    // Before anybody is asked for a password.
    let body = body(args)?;
    let operator = operator().await?;
    let mut edited = json!({ "body": body, "force": args.force });
    if let Some(kind) = &args.kind {
        edited["kind"] = kind.clone().into();
    }
    let copy = operator.post(&format!("/v1/admin/dead-letters/{}/edited", escaped(&args.id)?), &edited).await?;
    let id = copy["id"].as_str().context("the answer holds no id")?.to_owned();
    if args.replay {
        let operation = json!({ "kind": "replay", "ids": [id] });
        return progress::begin(&operator, &operation, progress::How { detach: false, json: args.json }).await;
    }
    print_exact(&match args.json {
        true => format!("{copy:#}\n"),
        false => format!("{id} replaces {}; send it: switchboard dead replay {id}\n", args.id),
    });
    Ok(ExitCode::SUCCESS)
}

fn body(args: &Args) -> anyhow::Result<Value> {
    let text = match (&args.body, &args.file) {
        (Some(body), _) => body.clone(),
        (None, Some(file)) => {
            std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?
        }
        (None, None) => String::new(),
    };
    serde_json::from_str(&text).context("the new body is not JSON")
}
