//! `switchboard admin`: what has to be done to accounts by whoever runs the mesh, on the rows themselves.

use std::process::ExitCode;

use authenticator::Config;
use clap::Subcommand;
use mesh::Env;
use mesh::config::Process;

use crate::{columns, password};

/// Make an admin, or a link by which somebody sets a new password
///
/// Works on the rows of the authenticator, at AUTHENTICATOR_POSTGRES_URL or under SWITCHBOARD_DATA, whether it runs or
/// not.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  switchboard admin create ada@example.com                 asks for the password
  switchboard admin create ada@example.com --generate      makes one and shows it once
  switchboard admin reset-link bob@example.com")]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Add an account with the role admin
    ///
    /// The password is asked for, or is the first line of standard input.
    Create {
        email: String,
        /// Make a password, and show it once
        #[arg(long)]
        generate: bool,
    },
    /// Make a link that sets a new password, once, to be handed to its owner
    ///
    /// No mail is sent: hand it over in a way that you trust. Whoever has the link has the account.
    ResetLink { email: String },
}

pub(crate) async fn run(args: Args, env: &Env) -> anyhow::Result<ExitCode> {
    let config = Config::from_env(env, &Process::from_env(env)?)?;
    let command = match args.command {
        Command::Create { email, generate: true } => authenticator::Command::CreateAdmin { email, password: None },
        Command::Create { email, generate: false } => {
            let password = Some(password::ask(&format!("the password of {email}")).await?);
            authenticator::Command::CreateAdmin { email, password }
        }
        Command::ResetLink { email } => authenticator::Command::ResetLink { email },
    };
    let done = authenticator::command(&config, command).await?;
    columns::print(&format!("{done}\n"));
    Ok(ExitCode::SUCCESS)
}
