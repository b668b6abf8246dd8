//! `switchboard dead`: what could not be delivered, for whoever has to decide what becomes of it. Letters are found and
//! looked at one by one; what is done with many of them is an operation of the service, which this command only watches.

mod edit;
mod filter;
mod list;
mod operation;
mod operations;
mod path;
mod progress;
mod show;

use std::process::ExitCode;

use clap::Subcommand;
use mesh::Env;

use crate::operator::Operator;
use crate::sign_in::Who;

/// Find, look at, edit, replay and discard dead letters
///
/// A dead letter is a message that was given up: nobody can handle it as it is, or it failed as often as it may. It waits
/// here until somebody decides. Needs an admin.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  switchboard dead list --groups                              what failed, and why
  switchboard dead list --queue v1.listener.store-logs --since 1h
  switchboard dead show 01981c5e-…
  switchboard dead show 01981c5e-… --body > letter.json       then change it, and
  switchboard dead edit 01981c5e-… letter.json --replay
  switchboard dead replay --cause 'level: …' --rate 50        all that failed for the same reason
  switchboard dead discard 01981c5e-…")]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,

    #[command(flatten)]
    who: Who,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(list::Args),
    Show(show::Args),
    Edit(edit::Args),
    /// Send letters to the queue that gave them up, under the ids that they had
    ///
    /// What had an effect before has none again. A letter that is older than its consumers remember is left out, and so is
    /// one that was discarded: both go with --force.
    Replay(operation::Args),
    /// Set letters aside for good; they can be looked at until they are deleted
    Discard(operation::Args),
    /// Delete letters that are over: replayed, discarded or replaced
    ///
    /// They go by themselves after OPERATIONS_KEPT. With --force those that are dead go too.
    Purge(operation::Args),
    Operations(operations::List),
    Watch(operations::Watch),
    Stop(operations::Stop),
}

pub(crate) async fn run(args: Args, env: &Env) -> anyhow::Result<ExitCode> {
    let operator = async || Operator::sign_in(&args.who, env).await;
    match args.command {
        Command::List(list) => list::run(&list, &operator().await?).await,
        Command::Show(show) => show::run(&show, &operator().await?).await,
        Command::Edit(edit) => edit::run(&edit, operator).await,
        Command::Replay(which) => operation::run("replay", &which, operator).await,
        Command::Discard(which) => operation::run("discard", &which, operator).await,
        Command::Purge(which) => operation::run("purge", &which, operator).await,
        Command::Operations(list) => operations::list(&list, &operator().await?).await,
        Command::Watch(watch) => operations::watch(&watch, &operator().await?).await,
        Command::Stop(stop) => operations::stop(&stop, &operator().await?).await,
    }
}
