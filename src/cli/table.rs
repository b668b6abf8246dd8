//! The route table as the commands need it: read and right, or every mistake printed, one a line.

use std::path::Path;
use std::process::ExitCode;

use mesh::Env;
use mesh::config::Process;
use routing::{Diagnostic, Table};

use crate::services::Service;

/// The table's settings, with `file` instead of the one that the environment names. Services are where `up` would put them,
/// so that what is told beside a running one is true of it.
pub(super) fn config(env: &Env, file: Option<&Path>) -> anyhow::Result<routing::Config> {
    let is_production = Process::from_env(env)?.production;
    let here = Service::ALL.into_iter().filter(|_| !is_production).filter_map(|service| service.expected(env));
    let config = routing::Config::from_env(&env.with_defaults(here))?;
    Ok(match file {
        Some(file) => config.with_file(file),
        None => config,
    })
}

pub(super) fn load(config: &routing::Config) -> Result<Table, ExitCode> {
    routing::load(config).map_err(|mistakes| refuse(&mistakes))
}

/// Mistakes go to standard output: they are what was asked for.
pub(super) fn refuse(mistakes: &[Diagnostic]) -> ExitCode {
    let lines: Vec<_> = mistakes.iter().map(|mistake| format!("{mistake}\n")).collect();
    crate::columns::print(&lines.concat());
    ExitCode::FAILURE
}
