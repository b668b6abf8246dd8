//! `switchboard check`: is the route table right?

use std::path::PathBuf;
use std::process::ExitCode;

use mesh::Env;

use super::table;
use crate::columns;

/// Check the route table, without starting anything
///
/// Prints every mistake, one a line, with file, line and what to do about it; the exit code is then 1. Methods and
/// messages are checked against what the running services tell by reflection; one that does not answer is named, and
/// checked by what this binary knows of it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  switchboard check
  switchboard check staging/routes.toml")]
pub(crate) struct Args {
    /// The table [default: the one that the broker uses]
    file: Option<PathBuf>,
}

pub(crate) async fn run(args: Args, env: &Env) -> anyhow::Result<ExitCode> {
    let config = table::config(env, args.file.as_deref())?;
    let table = match table::load(&config) {
        Ok(table) => table,
        Err(code) => return Ok(code),
    };
    let file = config.describe();
    let (mistakes, unasked) = routing::check(&file, &table).await?;
    if !mistakes.is_empty() {
        return Ok(table::refuse(&mistakes));
    }
    for service in unasked {
        eprintln!("{service} does not answer: only what this binary knows of its methods was checked");
    }
    let (routes, services) = (counted(table.routes.len(), "route"), counted(table.services.len(), "service"));
    columns::print(&format!("{file}: {routes}, {services}, no mistakes\n"));
    Ok(ExitCode::SUCCESS)
}

fn counted(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}
