//! `switchboard backup`: a copy of the data folder as it was at one moment, made while everything goes on. What lies
//! elsewhere is named, so that nobody takes the copy for more than it is.

mod copy;
mod log;
mod pinned;

use std::path::PathBuf;
use std::process::ExitCode;

use mesh::Env;
use mesh::config::Process;

use crate::columns;

/// What keeps its rows elsewhere when it is set.
const ENGINES: [&str; 5] = [
    "RABBITMQ_URL",
    "AUTHENTICATOR_POSTGRES_URL",
    "BROKER_POSTGRES_URL",
    "OPERATIONS_POSTGRES_URL",
    "LOGGER_MONGO_URL",
];

/// Copy the data folder while it is in use
///
/// All files are as they were at one moment, and each copy is checked. Nothing has to be stopped: writers wait for some
/// milliseconds. What is on PostgreSQL, MongoDB or RabbitMQ is not in it; docs/backup.md says how to copy that.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  switchboard backup /backups/monday                    the data folder of SWITCHBOARD_DATA, by default ./data
  SWITCHBOARD_DATA=/backups/monday switchboard up       run on the copy; better on a copy of the copy")]
pub(crate) struct Args {
    /// Where the copy goes: a folder that is empty or not there yet
    folder: PathBuf,
}

pub(crate) async fn run(args: Args, env: &Env) -> anyhow::Result<ExitCode> {
    let data = Process::from_env(env)?.data;
    let backup = copy::of(&data, &args.folder).await?;
    let rows: Vec<_> = backup.files.iter().map(|(name, bytes)| [name.clone(), format!("{bytes} bytes")]).collect();
    columns::print(&columns::aligned(&rows));
    let moment = humantime::format_rfc3339_millis(backup.moment);
    columns::print(&format!("{} is {} as of {moment}, checked\n", args.folder.display(), data.display()));
    let elsewhere: Vec<_> = ENGINES.into_iter().filter(|variable| env.variables().contains_key(*variable)).collect();
    if !elsewhere.is_empty() {
        columns::print(&format!("not in it is what {} names: see docs/backup.md\n", elsewhere.join(", ")));
    }
    Ok(ExitCode::SUCCESS)
}
