//! `switchboard explain`: which row of the table a request meets, and who may make it.

use std::process::ExitCode;

use anyhow::Context;
use http::{Method, Uri};
use mesh::Env;
use routing::Route;
use routing::index::{Index, Match};
use routing::table::Auth;

use super::table;
use crate::columns;

/// Tell which row a request meets, and who may make it
///
/// Nothing is called. The exit code is 1 where no row takes the request.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  switchboard explain GET /v1/logs
  switchboard explain PATCH /v1/users/17 --host api.example.com")]
pub(crate) struct Args {
    method: String,
    path: String,
    /// The Host header, for rows that are for one host
    #[arg(long)]
    host: Option<String>,
}

pub(crate) fn run(args: &Args, env: &Env) -> anyhow::Result<ExitCode> {
    let method: Method = args.method.to_uppercase().parse().context("that is no HTTP method")?;
    let path: Uri = args.path.parse().context("that is no path: write it as in /v1/logs")?;
    let config = table::config(env, None)?;
    let table = match table::load(&config) {
        Ok(table) => table,
        Err(code) => return Ok(code),
    };
    let index = Index::new(&table).map_err(|error| anyhow::anyhow!(error.detail))?;
    let host = args.host.as_ref().map(|host| host.to_lowercase());
    let found = match index.find(&method, host.as_deref(), path.path()) {
        Ok(found) => found,
        Err(none) => anyhow::bail!(none.error(&method, path.path()).detail),
    };
    columns::print(&told(&config.describe(), &table.routes[found.row], &found));
    Ok(ExitCode::SUCCESS)
}

fn told(file: &str, route: &Route, found: &Match<'_>) -> String {
    let doors: Vec<_> = route.on.iter().map(ToString::to_string).collect();
    let mut rows = vec![
        ("row", format!("{file}:{}", route.line)),
        ("on", doors.join(", ")),
        ("call", route.call.to_string()),
        ("who", who(&route.auth)),
        ("timeout", humantime::format_duration(route.timeout).to_string()),
    ];
    rows.extend(route.action.iter().map(|action| ("action", action.clone())));
    rows.extend(found.fields.iter().map(|(field, value)| ("field", format!("{field} = {value}"))));
    let rows: Vec<_> = rows.into_iter().map(|(name, value)| [name.to_owned(), value]).collect();
    columns::aligned(&rows)
}

fn who(auth: &Auth) -> String {
    match auth {
        Auth::Public => "public: everybody".to_owned(),
        Auth::Local => {
            "local: everybody while every address is loopback and it is not production, else users".to_owned()
        }
        Auth::User => "user: everybody who is signed in".to_owned(),
        Auth::Role(role) => format!("{role}: who is signed in and has this role"),
    }
}
