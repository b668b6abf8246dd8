//! `switchboard keys`: the keys that access tokens are signed with.

use std::process::ExitCode;

use authenticator::Config;
use clap::Subcommand;
use mesh::Env;
use mesh::config::Process;

use crate::columns;

/// Replace the key that access tokens are signed with
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  switchboard keys rotate")]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a new key, which signs once every door can know it; tokens of the old one are good until they end
    ///
    /// For keys that the authenticator made itself. Where AUTHENTICATOR_SIGNING_KEYS is set, change that instead: put
    /// the new key last, start again, and put it first once every door has fetched it.
    Rotate,
}

pub(crate) async fn run(args: Args, env: &Env) -> anyhow::Result<ExitCode> {
    let config = Config::from_env(env, &Process::from_env(env)?)?;
    let Command::Rotate = args.command;
    let done = authenticator::command(&config, authenticator::Command::RotateKeys).await?;
    columns::print(&format!("{done}\n"));
    Ok(ExitCode::SUCCESS)
}
