//! `switchboard openapi`: what the rows take and answer, as the broker serves it at /openapi.json.

use std::path::PathBuf;
use std::process::ExitCode;

use mesh::Env;

use super::table;
use crate::columns;

/// Print the OpenAPI 3.1 document of the route table, without starting anything
///
/// Messages are described as the running services tell them by reflection; one that does not answer is named, and
/// described by what this binary knows of it. A running broker serves the same document at /openapi.json.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  switchboard openapi > openapi.json
  switchboard openapi staging/routes.toml --offline")]
pub(crate) struct Args {
    /// The table [default: the one that the broker uses]
    file: Option<PathBuf>,
    /// Ask no service: describe messages by what this binary knows
    #[arg(long)]
    offline: bool,
}

pub(crate) async fn run(args: Args, env: &Env) -> anyhow::Result<ExitCode> {
    let table = match table::load(&table::config(env, args.file.as_deref())?) {
        Ok(table) => table,
        Err(code) => return Ok(code),
    };
    let (document, unasked) = routing::openapi::describe(&table, !args.offline).await?;
    for service in unasked {
        eprintln!("{service} does not answer: only what this binary knows of its messages is described");
    }
    columns::print(&format!("{document:#}\n"));
    Ok(ExitCode::SUCCESS)
}
