//! NestJS's transport over RabbitMQ, as two processes of node: `bench/nestjs`, copied to a folder beside the build, where
//! npm installs the versions that it names.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, ensure};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use super::{PATIENCE, QUESTION, RABBITMQ_URL};
use crate::load::Seen;
use crate::mesh::release_folder;
use crate::process::Process;

const FILES: [(&str, &str); 4] = [
    ("package.json", include_str!("../../nestjs/package.json")),
    ("options.js", include_str!("../../nestjs/options.js")),
    ("server.js", include_str!("../../nestjs/server.js")),
    ("client.js", include_str!("../../nestjs/client.js")),
];
/// The network is slow now and then.
const INSTALLING: Duration = Duration::from_secs(300);

pub(super) struct Pair {
    _answering: Process,
    _asking: Child,
    orders: ChildStdin,
    told: Lines<BufReader<ChildStdout>>,
}

impl Pair {
    /// Returns once questions are answered.
    pub(super) async fn start(url: &str) -> anyhow::Result<Self> {
        let folder = installed().await?;
        let (answering, _) = Process::start(node(&folder, "server.js", url)).await.context("the server")?;
        let mut client = node(&folder, "client.js", url);
        client.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut client = client.spawn().context("cannot start node")?;
        let orders = client.stdin.take().context("no standard input")?;
        let told = BufReader::new(client.stdout.take().context("no standard output")?).lines();
        let mut pair = Self { _answering: answering, _asking: client, orders, told };
        let ready = tokio::time::timeout(PATIENCE, pair.line("ready in ")).await;
        ready.context("its client is not ready")??;
        Ok(pair)
    }

    pub(super) async fn load(&mut self, in_flight: usize, time: Duration) -> anyhow::Result<Seen> {
        self.orders.write_all(format!("{in_flight} {}\n", time.as_millis()).as_bytes()).await?;
        let line = tokio::time::timeout(time + PATIENCE, self.line("seen ")).await.context("no load was told")??;
        let mut numbers = line.split(' ').map(str::parse::<u32>);
        let elapsed = Duration::from_millis(numbers.next().context("an empty line")??.into());
        let mut latencies = numbers.collect::<Result<Vec<_>, _>>()?;
        latencies.sort_unstable();
        ensure!(!latencies.is_empty(), "no question was answered");
        Ok(Seen { elapsed, latencies })
    }

    /// What stands behind `beginning` in the first line that has it.
    async fn line(&mut self, beginning: &str) -> anyhow::Result<String> {
        loop {
            let line = self.told.next_line().await?.context("the client of NestJS ended")?;
            if let Some(rest) = line.strip_prefix(beginning) {
                return Ok(rest.to_owned());
            }
        }
    }
}

fn node(folder: &Path, script: &str, url: &str) -> Command {
    let mut command = Command::new("node");
    command.arg(script).current_dir(folder).env(RABBITMQ_URL, url).env("BENCH_QUESTION", QUESTION);
    command.stderr(Stdio::inherit());
    command
}

/// The folder with everything in it; what an earlier run has installed in the same versions is there already.
async fn installed() -> anyhow::Result<PathBuf> {
    let folder = release_folder()?.join("bench-nestjs");
    std::fs::create_dir_all(&folder)?;
    for (name, text) in FILES {
        std::fs::write(folder.join(name), text)?;
    }
    let mut npm = Command::new("npm");
    npm.args(["install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]);
    npm.current_dir(&folder).stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true);
    let done = tokio::time::timeout(INSTALLING, npm.status()).await.context("npm takes too long")?;
    ensure!(done.context("cannot run npm")?.success(), "npm cannot install what bench/nestjs names");
    Ok(folder)
}
