//! `switchboard routes`: the route table at a glance.

use std::path::PathBuf;
use std::process::ExitCode;

use mesh::Env;
use routing::Route;

use super::table;
use crate::columns;

/// List the routes: doors, action, line, who may call, deadline, topic
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  switchboard routes | grep grpc")]
pub(crate) struct Args {
    /// The table [default: the one that the broker uses]
    file: Option<PathBuf>,
}

pub(crate) fn run(args: &Args, env: &Env) -> anyhow::Result<ExitCode> {
    let table = match table::load(&table::config(env, args.file.as_deref())?) {
        Ok(table) => table,
        Err(code) => return Ok(code),
    };
    let mut rows = vec![["on", "action", "call", "auth", "timeout", "live"].map(str::to_owned)];
    rows.extend(table.routes.iter().map(|route| row(route)));
    columns::print(&columns::aligned(&rows));
    Ok(ExitCode::SUCCESS)
}

fn row(route: &Route) -> [String; 6] {
    let doors: Vec<_> = route.on.iter().map(ToString::to_string).collect();
    [
        doors.join(", "),
        route.action.clone().unwrap_or_else(|| "-".to_owned()),
        route.call.to_string(),
        route.auth.to_string(),
        humantime::format_duration(route.timeout).to_string(),
        route.live.clone().unwrap_or_else(|| "-".to_owned()),
    ]
}
