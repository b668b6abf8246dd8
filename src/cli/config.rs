//! `switchboard config`: every variable that is read, with the value in force. There is no second list to keep true:
//! the configurations are built as for a start, and whatever they asked for is shown.

use std::process::ExitCode;

use clap::ValueEnum;
use mesh::Env;
use mesh::config::{ConfigError, Process, Setting};

use crate::columns;
use crate::services::{Configured, Service};
use crate::{sign_in, start};

/// List every setting, its value in force and whether it was set
///
/// Passwords are masked. A setting that cannot be used is reported, and the exit code is then 1: with
/// SWITCHBOARD_ENV=production this tells what is missing before a start.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  switchboard config
  switchboard config --format json | jq '.[] | select(.set)'
  SWITCHBOARD_ENV=production switchboard config")]
pub(crate) struct Args {
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Text,
    Json,
}

pub(crate) fn run(args: &Args, env: &Env) -> anyhow::Result<ExitCode> {
    let mistakes = read_everything(env)?;
    let settings = env.settings();
    let text = match args.format {
        Format::Text => as_text(&settings),
        Format::Json => as_json(&settings),
    };
    columns::print(&text);
    for mistake in &mistakes {
        eprintln!("error: {mistake}");
    }
    Ok(if mistakes.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Builds every configuration for what it reads, and gives what is wrong with them.
fn read_everything(env: &Env) -> anyhow::Result<Vec<ConfigError>> {
    let process = Process::from_env(env)?;
    let mut results = vec![
        bus::Config::from_env(env, &process).map(drop),
        routing::Config::from_env(env).map(drop),
        start::cache_url(env).map(drop),
        sign_in::broker(env).map(drop),
    ];
    results.extend(Service::ALL.map(|service| Configured::from_env(service, env, &process).map(drop)));
    let mut mistakes: Vec<_> = results.into_iter().filter_map(Result::err).collect();
    mistakes.dedup();
    Ok(mistakes)
}

fn as_text(settings: &[Setting]) -> String {
    let mut rows = vec![["variable", "value", "from"].map(str::to_owned)];
    rows.extend(settings.iter().map(|it| {
        let value = if it.value.is_empty() { "-" } else { &it.value };
        [it.variable.clone(), value.to_owned(), if it.is_set { "set" } else { "default" }.to_owned()]
    }));
    columns::aligned(&rows)
}

fn as_json(settings: &[Setting]) -> String {
    let one = |it: &Setting| serde_json::json!({ "variable": it.variable, "value": it.value, "set": it.is_set });
    let all: Vec<_> = settings.iter().map(one).collect();
    format!("{:#}\n", serde_json::Value::from(all))
}
