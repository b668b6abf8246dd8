//! The route table as the commands need it: read and right, or every mistake printed, one a line.

use std::path::Path;
use std::process::ExitCode;

use mesh::Env;
use routing::{Diagnostic, Table};

/// The table's settings, with `file` instead of the one that the environment names.
pub(super) fn config(env: &Env, file: Option<&Path>) -> anyhow::Result<routing::Config> {
    let config = routing::Config::from_env(env)?;
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
