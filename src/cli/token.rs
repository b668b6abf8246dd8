//! `switchboard token`: an access token for curl, such as in `TOKEN=$(switchboard token)`.

use std::process::ExitCode;
use std::time::Duration;

use mesh::Env;
use secrecy::ExposeSecret;

use crate::client::Http;
use crate::columns;
use crate::sign_in::{self, Who};

/// Longer than a sign-in waits for a core.
const PATIENCE: Duration = Duration::from_secs(15);

/// Sign in and print the access token, and nothing else
///
/// Signs in over the broker at BROKER_URL, or at BROKER_ADDR of this machine. Without --email it signs in as the
/// development user, who exists only where every address is loopback. The token is good for a few minutes.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  TOKEN=$(switchboard token)
  curl -H \"Authorization: Bearer $TOKEN\" localhost:8080/v1/me
  switchboard token --email ada@example.com                     asks for the password
  switchboard token --email ada@example.com < password.txt")]
pub(crate) struct Args {
    #[command(flatten)]
    who: Who,
}

pub(crate) async fn run(args: &Args, env: &Env) -> anyhow::Result<ExitCode> {
    let token = args.who.token(&Http::new(PATIENCE), &sign_in::broker(env)?).await?;
    columns::print(&format!("{}\n", token.expose_secret()));
    Ok(ExitCode::SUCCESS)
}
