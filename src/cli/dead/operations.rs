//! `switchboard dead operations | watch | stop`: what is or was done with letters, by whomever.

use std::process::ExitCode;

use serde_json::Value;

use super::path::escaped;
use super::progress::{self, How};
use crate::cli::ago::ago;
use crate::columns::{aligned, print_exact};
use crate::operator::Operator;

/// List what is or was done with letters, the latest first
#[derive(Debug, clap::Args)]
pub(super) struct List {
    /// For machines
    #[arg(long)]
    json: bool,
}

/// Watch an operation until it ends
#[derive(Debug, clap::Args)]
pub(super) struct Watch {
    /// As `operations` shows it
    id: String,
    /// For machines
    #[arg(long)]
    json: bool,
}

/// Stop an operation; what it has done stays done
#[derive(Debug, clap::Args)]
pub(super) struct Stop {
    /// As `operations` shows it
    id: String,
    /// For machines
    #[arg(long)]
    json: bool,
}

pub(super) async fn list(args: &List, operator: &Operator) -> anyhow::Result<ExitCode> {
    let answer = operator.get("/v1/admin/operations").await?;
    print_exact(&if args.json { format!("{answer:#}\n") } else { table(&answer) });
    Ok(ExitCode::SUCCESS)
}

fn table(answer: &Value) -> String {
    let operations = answer["operations"].as_array().map_or(&[][..], Vec::as_slice);
    let head = ["id", "kind", "state", "done", "failed", "skipped", "of", "begun", "by"];
    let mut rows = vec![head.map(str::to_owned)];
    rows.extend(operations.iter().map(|it| {
        let text = |name: &str| it[name].as_str().unwrap_or_default().to_owned();
        let count = |name: &str| it[name].to_string();
        let begun = format!("{} ago", ago(&text("created_at")));
        let [id, kind, state, who] = ["id", "kind", "state", "who"].map(text);
        [id, kind, state, count("done"), count("failed"), count("skipped"), count("total"), begun, who]
    }));
    aligned(&rows)
}

pub(super) async fn watch(args: &Watch, operator: &Operator) -> anyhow::Result<ExitCode> {
    progress::watch(operator, &args.id, How { detach: false, json: args.json }).await
}

pub(super) async fn stop(args: &Stop, operator: &Operator) -> anyhow::Result<ExitCode> {
    let operation = operator.delete(&format!("/v1/admin/operations/{}", escaped(&args.id)?)).await?;
    print_exact(&if args.json { format!("{operation:#}\n") } else { progress::told(&operation) });
    Ok(ExitCode::SUCCESS)
}
