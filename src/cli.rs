//! What people type: one file per command below, each with its own help.

mod admin;
mod ago;
mod backup;
mod check;
mod config;
mod dead;
mod demo;
mod explain;
mod health;
mod keys;
mod ledger;
mod mesh;
mod migrate;
mod openapi;
mod queues;
mod routes;
mod serve;
mod table;
mod token;
mod topology;
mod up;

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use ::ledger::Verdict;
use ::mesh::{Env, telemetry};
use clap::{Parser, Subcommand};

use crate::environment;

/// A broker gateway and the services behind it: callers speak JSON to one address, and a route table says where each
/// call goes: gRPC, HTTP, or RabbitMQ.
///
/// Without a command everything runs in this process, on embedded storage, as with `switchboard up`. Every setting is
/// an environment variable, or a line in a file named .env in the working directory; `switchboard config` lists them.
#[derive(Debug, Parser)]
#[command(name = "switchboard", version = VERSION, max_term_width = 100, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

/// The version, with the commit where the build was told one, as that of an image is.
pub(crate) const VERSION: &str = match option_env!("SWITCHBOARD_VERSION") {
    Some(version) if !version.is_empty() => version,
    _ => env!("CARGO_PKG_VERSION"),
};

const EXAMPLES: &str = "\
Examples:
  switchboard                       everything in one process, data under ./data
  switchboard serve broker          one service, against the engines named by RABBITMQ_URL and so on
  switchboard check                 is routes.toml right?
  curl -X POST localhost:8080/      is the broker up?";

#[derive(Debug, Subcommand)]
enum Command {
    Up(up::Args),
    Serve(serve::Args),
    Check(check::Args),
    Routes(routes::Args),
    Explain(explain::Args),
    Openapi(openapi::Args),
    Topology(topology::Args),
    Migrate(migrate::Args),
    Config(config::Args),
    Health(health::Args),
    Token(token::Args),
    Mesh(mesh::Args),
    Queues(queues::Args),
    Dead(dead::Args),
    Admin(admin::Args),
    Keys(keys::Args),
    Backup(backup::Args),
    Demo(demo::Args),
    Ledger(ledger::Args),
}

impl Command {
    /// What it ends with where it could not be done. Of the ledger, 1 says that a promise was broken.
    fn failure(&self) -> ExitCode {
        match self {
            Self::Ledger(_) => Verdict::Invalid.exit_code().into(),
            _ => ExitCode::FAILURE,
        }
    }
}

/// Does what the command line says; `began` is when the process did.
pub(crate) async fn run(variables: impl Iterator<Item = (OsString, OsString)>, began: Instant) -> ExitCode {
    let command = Cli::parse().command.unwrap_or(Command::Up(up::Args {}));
    let failure = command.failure();
    let done = match environment::read(variables, Path::new(".env")) {
        Ok(env) => obey(command, &env, began).await,
        Err(error) => Err(error),
    };
    done.unwrap_or_else(|error| fail(&error, failure))
}

async fn obey(command: Command, env: &Env, began: Instant) -> anyhow::Result<ExitCode> {
    telemetry::init(&telemetry::Config::from_env(env)?)?;
    match command {
        Command::Up(_) => up::run(env, began).await,
        Command::Serve(args) => serve::run(&args, env, began).await,
        Command::Check(args) => check::run(args, env).await,
        Command::Routes(args) => routes::run(&args, env),
        Command::Topology(args) => topology::run(args, env).await,
        Command::Migrate(args) => migrate::run(&args, env).await,
        Command::Config(args) => config::run(&args, env),
        Command::Health(args) => health::run(args, env).await,
        Command::Token(args) => token::run(&args, env).await,
        Command::Mesh(args) => mesh::run(&args, env).await,
        Command::Queues(args) => queues::run(&args, env).await,
        Command::Dead(args) => dead::run(args, env).await,
        Command::Openapi(args) => openapi::run(args, env).await,
        Command::Explain(args) => explain::run(&args, env).await,
        Command::Admin(args) => admin::run(args, env).await,
        Command::Keys(args) => keys::run(args, env).await,
        Command::Backup(args) => backup::run(args, env).await,
        Command::Demo(args) => demo::run(&args, env).await,
        Command::Ledger(args) => ledger::run(args, env).await,
    }
}

/// One line that says what is wrong.
pub(crate) fn fail(error: &anyhow::Error, code: ExitCode) -> ExitCode {
    eprintln!("error: {error:#}");
    code
}
