//! `switchboard health`: asks a running service whether it is ready; the health check of a container without curl.

use std::process::ExitCode;
use std::time::Duration;

use mesh::Env;
use serde_json::Value;

use crate::client::Http;
use crate::columns;
use crate::services::reachable;

/// Ask a running service whether it is ready
///
/// Prints the answer; the exit code is 0 when it is ready and 1 when it is not or does not answer.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  switchboard health                            the broker, at BROKER_ADDR
  switchboard health http://127.0.0.1:50001     the logger")]
pub(crate) struct Args {
    /// Where it is [default: the broker, at BROKER_ADDR]
    url: Option<String>,
}

pub(crate) async fn run(args: Args, env: &Env) -> anyhow::Result<ExitCode> {
    let url = match args.url {
        Some(url) => url,
        None => format!("http://{}", reachable(env.address("BROKER_ADDR", 8080)?)),
    };
    let url = url.trim_end_matches('/');
    let url = if url.ends_with("/health/ready") { url.to_owned() } else { format!("{url}/health/ready") };
    let (status, body) = Http::new(Duration::from_secs(3)).get(&url).await?;
    columns::print(&told(&body));
    Ok(if status.is_success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// `broker is ready`, and a line for each part that does not work.
fn told(body: &[u8]) -> String {
    let Ok(report) = serde_json::from_slice::<Value>(body) else {
        return "the answer is not a health report\n".to_owned();
    };
    let word = |name: &str| report[name].as_str().unwrap_or("unknown").to_owned();
    let mut text = format!("{} is {}\n", word("service"), word("status"));
    for (part, reason) in report["degraded"].as_object().into_iter().flatten() {
        text.push_str(&format!("  degraded: {part}: {}\n", reason.as_str().unwrap_or_default()));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_that_is_away_is_told() {
        let body = br#"{"status":"ready","service":"broker","degraded":{"bus":"RabbitMQ does not answer"}}"#;
        assert_eq!(told(body), "broker is ready\n  degraded: bus: RabbitMQ does not answer\n");
    }
}
