//! `switchboard topology`: the exchanges and queues that the route table needs, shown or declared.

use std::process::ExitCode;

use anyhow::Context;
use bus::Bus;
use clap::Subcommand;
use mesh::Env;
use mesh::config::Process;
use secrecy::ExposeSecret;
use tokio_util::sync::CancellationToken;

use super::table;
use crate::columns;

/// Show or declare the exchanges and queues on RabbitMQ
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  switchboard topology show
  RABBITMQ_URL=amqp://guest:guest@127.0.0.1:5672 switchboard topology apply")]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print what the route table needs; nothing is touched
    Show,
    /// Declare it on the RabbitMQ of RABBITMQ_URL; adds what is missing, never deletes
    ///
    /// Meant to run before the services start, so that an event is accepted although its consumer never ran.
    Apply,
}

pub(crate) async fn run(args: Args, env: &Env) -> anyhow::Result<ExitCode> {
    let table = match table::load(&table::config(env, None)?) {
        Ok(table) => table,
        Err(code) => return Ok(code),
    };
    let queues = routing::work_queues(&table);
    match args.command {
        Command::Show => columns::print(&bus::topology::topology(&queues, &bus::RUNGS).to_string()),
        Command::Apply => apply(env, &queues).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn apply(env: &Env, queues: &[bus::WorkQueue]) -> anyhow::Result<()> {
    let config = bus::Config::from_env(env, &Process::from_env(env)?)?;
    let url = config.url.as_ref().context(
        "RABBITMQ_URL: must be set to the RabbitMQ that should have the queues; the embedded queue declares its own",
    )?;
    let shown = mesh::config::masked_url(url.expose_secret());
    let shutdown = CancellationToken::new();
    let bus = Bus::open(config, shutdown.clone()).await?;
    let declared = bus.declare(queues).await;
    bus.close().await;
    shutdown.cancel();
    declared.with_context(|| format!("{shown}: nothing or only a part was declared"))?;
    columns::print(&format!("{} work queues and what goes with them are declared on {shown}\n", queues.len()));
    Ok(())
}
