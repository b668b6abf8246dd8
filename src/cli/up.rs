//! `switchboard up`: every service in one process.

use std::process::ExitCode;
use std::time::Instant;

use mesh::Env;

use crate::services::Service;
use crate::start;

/// Run every service in this process [default]
///
/// A service or the queue is embedded (files under SWITCHBOARD_DATA, ./data by default) unless the URL of its engine
/// is set; any mix works. Everything binds 127.0.0.1 unless told otherwise. Ctrl-C finishes what is in flight for at
/// most SWITCHBOARD_GRACE (10s), a second one ends at once.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  switchboard up
  BROKER_ADDR=0.0.0.0:80 switchboard up
  RABBITMQ_URL=amqp://guest:guest@127.0.0.1:5672 switchboard up     events over RabbitMQ, rows in SQLite")]
pub(crate) struct Args {}

pub(crate) async fn run(env: &Env, began: Instant) -> anyhow::Result<ExitCode> {
    start::run(env, &Service::ALL, began).await?;
    Ok(ExitCode::SUCCESS)
}
