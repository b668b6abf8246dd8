//! `switchboard demo`: the promise of the mesh in ten seconds. The logger of a running all-in-one is taken away, events
//! are sent all the same, the logger comes back, and what arrived is counted.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use futures::{StreamExt, TryStreamExt, stream};
use http::StatusCode;
use mesh::Env;
use mesh::config::Process;
use serde_json::{Value, json};
use tokio::signal::unix::{SignalKind, signal};

use crate::client::Http;
use crate::columns::print;
use crate::control::{Away, ask};
use crate::sign_in::Who;

/// Requests in flight at once.
const CALLERS: usize = 32;
const PAGE: usize = 500;
/// How long everything may take to be stored once the logger is back.
const PATIENCE: Duration = Duration::from_secs(30);

/// Show on a running all-in-one that nothing accepted is lost
///
/// Stops the logger of the `switchboard up` that runs on SWITCHBOARD_DATA, sends events to POST /v1/events/logs,
/// starts the logger again, waits, and prints what it counted: accepted, stored, and stored twice. The logger is
/// started again also when the demo is interrupted or killed. Reading the log needs a user: the demo signs in.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  make run                   in one terminal
  switchboard demo           in another")]
pub(crate) struct Args {
    /// How many events to send
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    events: u32,

    #[command(flatten)]
    who: Who,
}

pub(crate) async fn run(args: &Args, env: &Env) -> anyhow::Result<ExitCode> {
    let data = Process::from_env(env)?.data;
    let demo = Demo::of(&ask(&data, "list")?, &args.who).await?;
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for signals")?;
    tokio::select! {
        // The signals first: they have to be caught before the logger is taken away.
        biased;
        _ = tokio::signal::ctrl_c() => bail!("interrupted; the logger runs again"),
        _ = terminate.recv() => bail!("terminated; the logger runs again"),
        done = demo.show(&data, args.events) => done,
    }
}

struct Demo {
    broker: String,
    /// Tells the entries of this run from all others.
    name: String,
    http: Http,
}

impl Demo {
    async fn of(list: &str, who: &Who) -> anyhow::Result<Self> {
        let url = list.lines().find_map(|line| line.strip_prefix("broker ")?.split(' ').next());
        let broker = url.context("the all-in-one runs no broker")?.to_owned();
        let name = format!("demo-{}", &uuid::Uuid::new_v4().simple().to_string()[..12]);
        let http = Http::new(Duration::from_secs(20));
        let token = who.token(&http, &broker).await?;
        Ok(Self { broker, name, http: http.signed_in(&token)? })
    }

    async fn show(&self, data: &Path, events: u32) -> anyhow::Result<ExitCode> {
        let away = Away::take(data, "logger")?;
        print("stopped the logger\n");
        let began = Instant::now();
        let accepted = self.publish(events).await?;
        let took = began.elapsed().as_millis();
        print(&format!(
            "sent {events} events to POST /v1/events/logs: {} answered 202, in {took} ms\n",
            accepted.len()
        ));
        self.show_the_direct_call().await?;
        away.end().context("the logger could not be started again")?;
        print("started the logger again\n");
        let began = Instant::now();
        let counted = self.count(&accepted).await?;
        print(&format!("waited {} ms\n\n{counted}\n", began.elapsed().as_millis()));
        let is_kept = counted.stored == counted.accepted && counted.twice == 0 && accepted.len() == events as usize;
        Ok(if is_kept { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// The ids of the events that were answered 202.
    async fn publish(&self, events: u32) -> anyhow::Result<HashSet<String>> {
        let url = &format!("{}/v1/events/logs", self.broker);
        let sent = stream::iter(1..=events).map(|number| {
            let body = json!({ "name": self.name, "level": "INFO", "data": format!("event {number} of {events}") });
            async move { self.http.post(url, &body).await }
        });
        let answers: Vec<_> = sent.buffer_unordered(CALLERS).try_collect().await?;
        let (accepted, refused): (Vec<_>, Vec<_>) =
            answers.into_iter().partition(|(status, _)| *status == StatusCode::ACCEPTED);
        if let Some((status, body)) = refused.first() {
            let body = String::from_utf8_lossy(body);
            print(&format!("{} were refused, the first with {status}: {body}\n", refused.len()));
        }
        accepted.iter().map(|(_, body)| id_of(body)).collect()
    }

    async fn show_the_direct_call(&self) -> anyhow::Result<()> {
        let body = json!({ "name": self.name, "data": "sent without the queue" });
        let (status, _) = self.http.post(&format!("{}/v1/logs", self.broker), &body).await?;
        print(&format!("meanwhile POST /v1/logs, which needs the logger, answers {status}\n"));
        ensure!(status == StatusCode::SERVICE_UNAVAILABLE, "expected 503 while the logger is away");
        Ok(())
    }

    /// Reads until everything accepted is there, or nothing more can be hoped for.
    async fn count(&self, accepted: &HashSet<String>) -> anyhow::Result<Counted> {
        let until = Instant::now() + PATIENCE;
        loop {
            let stored = self.stored().await.unwrap_or_default();
            let counted = Counted::of(accepted, &stored);
            if counted.stored == counted.accepted || Instant::now() > until {
                return Ok(counted);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Every entry of this run, page by page.
    async fn stored(&self) -> anyhow::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        let mut cursor = String::new();
        loop {
            let filter = format!("name={}&limit={PAGE}", self.name);
            let url = format!("{}/v1/logs?{filter}{cursor}", self.broker);
            let (status, body) = self.http.get(&url).await?;
            ensure!(status.is_success(), "GET /v1/logs answered {status}");
            let page: Value = serde_json::from_slice(&body)?;
            entries.extend(page["entries"].as_array().into_iter().flatten().map(Entry::of));
            match page["next_cursor"].as_str() {
                Some(next) if !next.is_empty() => cursor = format!("&cursor={next}"),
                _ => return Ok(entries),
            }
        }
    }
}

fn id_of(accepted: &[u8]) -> anyhow::Result<String> {
    let body: Value = serde_json::from_slice(accepted)?;
    Ok(body["id"].as_str().context("an event was accepted without an id in the answer")?.to_owned())
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    id: String,
    data: String,
}

impl Entry {
    fn of(entry: &Value) -> Self {
        let text = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
        Self { id: text("id"), data: text("data") }
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Counted {
    accepted: usize,
    stored: usize,
    twice: usize,
}

impl Counted {
    /// An event is there when its id is; it is there twice when its id or its text is found again.
    fn of(accepted: &HashSet<String>, entries: &[Entry]) -> Self {
        let ids: HashSet<_> = entries.iter().map(|entry| &entry.id).collect();
        let mut texts: HashMap<_, usize> = HashMap::new();
        for entry in entries {
            *texts.entry(&entry.data).or_default() += 1;
        }
        let stored = accepted.iter().filter(|id| ids.contains(id)).count();
        Self { accepted: accepted.len(), stored, twice: texts.values().filter(|times| **times > 1).count() }
    }
}

impl std::fmt::Display for Counted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "accepted  {}\nstored    {}\ntwice     {}", self.accepted, self.stored, self.twice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_lost_and_what_is_there_twice_is_seen() {
        let accepted = ["a", "b", "c"].map(str::to_owned).into();
        let entry = |id: &str, data: &str| Entry { id: id.into(), data: data.into() };
        let entries = [entry("a", "1"), entry("b", "2"), entry("x", "2"), entry("b", "2")];
        assert_eq!(Counted::of(&accepted, &entries), Counted { accepted: 3, stored: 2, twice: 1 });
    }
}
