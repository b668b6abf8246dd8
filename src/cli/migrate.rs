//! `switchboard migrate`: rows as this version needs them, before anything of this version runs.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, ensure};
use mesh::Env;
use mesh::config::Process;
use mesh::shutdown::Backoff;
use tokio::time::Instant;

use crate::columns;
use crate::lock::Lock;
use crate::rows::Rows;
use crate::services::Service;

/// Bring the rows of services up to this version
///
/// Adds tables, columns and indexes that are missing and takes nothing away, so that the version before goes on with the
/// same rows, and can be put back. Every service does the same at its start; before a new version takes the place of
/// one that runs, this does it once for all. Needs the URLs of rows and no other secret of a service.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  switchboard migrate                    all that have rows; in production those whose URL is set
  switchboard migrate authenticator
  AUTHENTICATOR_POSTGRES_URL=postgres://me@db/users_db switchboard migrate authenticator --patience 300")]
pub(crate) struct Args {
    /// Whose rows
    #[arg(value_enum, value_name = "SERVICE")]
    services: Vec<Service>,

    /// How many seconds engines may take to answer and to be done
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    patience: u64,
}

pub(crate) async fn run(args: &Args, env: &Env) -> anyhow::Result<ExitCode> {
    let process = Process::from_env(env)?;
    let mut wanted = Vec::new();
    for service in args.chosen(env, process.production)? {
        let rows = Rows::from_env(service, env, &process)?;
        wanted.push((service, rows.with_context(|| format!("{} keeps no rows", service.name()))?));
    }
    let is_embedded = wanted.iter().any(|(_, rows)| rows.is_embedded());
    let _lock = is_embedded.then(|| Lock::take(&process.data)).transpose()?;
    let deadline = Instant::now() + Duration::from_secs(args.patience);
    for (service, rows) in wanted {
        migrated(&rows, deadline).await.with_context(|| format!("the rows of {}", service.name()))?;
        columns::print(&format!("{} is up to date: {}\n", service.name(), rows.describe()));
    }
    Ok(ExitCode::SUCCESS)
}

impl Args {
    fn chosen(&self, env: &Env, is_production: bool) -> anyhow::Result<Vec<Service>> {
        if !self.services.is_empty() {
            let mut services = self.services.clone();
            services.sort_unstable();
            services.dedup();
            return Ok(services);
        }
        let variables = Service::ALL.into_iter().filter_map(|service| Some((service, Rows::variable(service)?)));
        let is_set = |variable: &str| !is_production || env.optional(variable).is_some();
        let chosen: Vec<_> = variables.filter(|(_, variable)| is_set(variable)).map(|(service, _)| service).collect();
        ensure!(
            !chosen.is_empty(),
            "LOGGER_MONGO_URL, AUTHENTICATOR_POSTGRES_URL and so on: at least one must be set when SWITCHBOARD_ENV=production"
        );
        Ok(chosen)
    }
}

/// Tries again while the engine does not answer.
async fn migrated(rows: &Rows, deadline: Instant) -> anyhow::Result<()> {
    let mut backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(5));
    loop {
        let tried = tokio::time::timeout_at(deadline, rows.migrate()).await;
        let error = match tried.context("not done in time")? {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        let delay = backoff.next_delay();
        if Instant::now() + delay >= deadline {
            return Err(error);
        }
        tracing::warn!("{error:#}; trying again in {} ms", delay.as_millis());
        tokio::time::sleep(delay).await;
    }
}
