//! `switchboard explain`: which row a call meets, which policy in which order, which instance, and what would be sent.

mod told;

use std::net::SocketAddr;
use std::process::ExitCode;

use anyhow::{Context, bail};
use bytes::Bytes;
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use mesh::Env;
use mesh::config::Process;
use routing::plan::{self, Asked, Here, Target, Who};

use super::table;
use crate::services::Service;
use crate::{columns, start};

/// Tell what would become of a call: its row, its policy, the instance, what would be sent
///
/// Nothing is called; services are only asked for their descriptors, and whether they accept a connection. Secrets and
/// tokens are masked. The exit code is 1 where no row takes the call or it would be refused.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  switchboard explain GET /v1/logs
  switchboard explain 'POST /v1/logs' -d '{\"name\":\"event\",\"level\":\"INFO\"}' --as nobody
  switchboard explain --action log -d '{\"name\":\"event\"}' --json
  switchboard explain PATCH /v1/users/17 --as admin -H 'x-timeout-ms: 500'")]
pub(crate) struct Args {
    /// Method and path, as one word or two
    #[arg(value_name = "METHOD PATH", num_args = 1..=2, required_unless_present = "action", conflicts_with = "action")]
    request: Vec<String>,
    /// Instead of a path: the action of POST /handle
    #[arg(long)]
    action: Option<String>,
    /// What would be sent, in JSON; for an action its argument alone
    #[arg(short, long, value_name = "BODY")]
    data: Option<String>,
    /// A header of the call, as 'name: value'
    #[arg(short = 'H', long = "header", value_name = "HEADER")]
    headers: Vec<String>,
    /// Who calls: nobody, user, admin, or another role
    #[arg(long = "as", value_name = "WHO")]
    who: Option<String>,
    /// The Host header, for rows that are for one host
    #[arg(long)]
    host: Option<String>,
    /// For machines
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(args: &Args, env: &Env) -> anyhow::Result<ExitCode> {
    let asked = asked(args, env)?;
    let config = table::config(env, None)?;
    let table = match table::load(&config) {
        Ok(table) => table,
        Err(code) => return Ok(code),
    };
    let plan = plan::explain(&config.describe(), &table, &asked).await;
    let plan = plan.map_err(|error| anyhow::anyhow!(error.detail))?;
    let text = if args.json { serde_json::to_string_pretty(&plan)? + "\n" } else { told::told(&plan) };
    columns::print(&text);
    match plan.refused {
        Some(refused) => bail!(refused.detail),
        None => Ok(ExitCode::SUCCESS),
    }
}

fn asked(args: &Args, env: &Env) -> anyhow::Result<Asked> {
    let headers = args.headers.iter().map(|text| header_of(text)).collect::<anyhow::Result<HeaderMap>>()?;
    let body = args.data.clone().map(Bytes::from);
    let who = args.who.as_deref().map(who);
    Ok(Asked { target: target(args, &headers)?, body, headers, who, here: here(env)? })
}

fn target(args: &Args, headers: &HeaderMap) -> anyhow::Result<Target> {
    if let Some(action) = &args.action {
        return Ok(Target::Action(action.clone()));
    }
    let words: Vec<_> = args.request.iter().flat_map(|text| text.split_whitespace()).collect();
    let [method, path] = words[..] else { bail!("write the method and the path, such as 'GET /v1/logs'") };
    let method: Method = method.to_uppercase().parse().context("that is no HTTP method")?;
    let path = Some(path).filter(|path| path.starts_with('/')).and_then(|path| path.parse::<PathAndQuery>().ok());
    let path = path.context("that is no path: write it as in /v1/logs")?;
    let sent = || headers.get(header::HOST)?.to_str().ok()?.parse::<http::uri::Authority>().ok();
    let host = args.host.clone().or_else(|| sent().map(|it| it.host().to_owned()));
    Ok(Target::Path { method, host: host.map(|host| host.to_lowercase()), path })
}

fn header_of(text: &str) -> anyhow::Result<(HeaderName, HeaderValue)> {
    let read = || {
        let (name, value) = text.split_once(':')?;
        Some((name.trim().parse().ok()?, value.trim().parse().ok()?))
    };
    // The text may be a token: it is not repeated.
    read().context("that is no header: write it as -H 'name: value'")
}

fn who(word: &str) -> Who {
    match word {
        "nobody" => Who::Nobody,
        "user" => Who::User,
        role => Who::Role(role.to_owned()),
    }
}

/// What these variables make of an installation.
fn here(env: &Env) -> anyhow::Result<Here> {
    let has_redis = start::cache_url(env)?.0.is_some();
    let kept = broker::Config::from_env(env, &Process::from_env(env)?)?.kept();
    Ok(Here { is_local: is_local(env)?, has_redis, kept })
}

/// Whether nobody else reaches an installation with these variables, as its start will find out.
fn is_local(env: &Env) -> anyhow::Result<bool> {
    let is_bound_elsewhere = |service: &Service| {
        let address = env.optional(&service.address_variable());
        address.and_then(|text| text.parse::<SocketAddr>().ok()).is_some_and(|address| !address.ip().is_loopback())
    };
    Ok(!Process::from_env(env)?.production && !Service::ALL.iter().any(is_bound_elsewhere))
}
