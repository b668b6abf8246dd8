//! `switchboard serve SERVICE…`: one or several services as a process of their own.

use std::process::ExitCode;
use std::time::Instant;

use mesh::Env;

use crate::services::Service;
use crate::start;

/// Run one or several services as a process of their own
///
/// The processes meet on RabbitMQ, so RABBITMQ_URL must be set; each finds the others by LOGGER_URL and so on, which
/// the route table uses. The embedded queue has exactly one process, so it serves `switchboard up` only.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  switchboard serve broker
  switchboard serve listener logger
  SWITCHBOARD_ENV=production switchboard serve authenticator     refuses embedded stores and defaults")]
pub(crate) struct Args {
    /// What to run
    #[arg(required = true, value_enum, value_name = "SERVICE")]
    services: Vec<Service>,
}

pub(crate) async fn run(args: &Args, env: &Env, began: Instant) -> anyhow::Result<ExitCode> {
    let mut services = args.services.clone();
    services.sort_unstable();
    services.dedup();
    start::run(env, &services, began).await?;
    Ok(ExitCode::SUCCESS)
}
