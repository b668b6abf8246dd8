//! Switchboard as a process: the binary that stands beside this one, with a data folder of its own on the disk that the
//! build is on, every port chosen by the system, and nothing taken over from the environment.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::process::Command;

use crate::load;
use crate::process::{Addresses, Process};

const SERVICES: [&str; 5] = ["BROKER", "LISTENER", "LOGGER", "AUTHENTICATOR", "MATH"];

pub(crate) struct Mesh {
    pub(crate) process: Process,
    /// From the start of the process until it said that it is ready.
    pub(crate) ready_after: Duration,
    addresses: Addresses,
    folder: TempDir,
}

impl Mesh {
    /// Everything in one process; embedded unless `variables` say otherwise.
    pub(crate) async fn all_in_one(variables: &[(&str, &str)]) -> anyhow::Result<Self> {
        Self::start(&["up"], variables).await
    }

    pub(crate) async fn serve(service: &str, variables: &[(&str, &str)]) -> anyhow::Result<Self> {
        Self::start(&["serve", service], variables).await
    }

    async fn start(arguments: &[&str], variables: &[(&str, &str)]) -> anyhow::Result<Self> {
        let release = release_folder()?;
        let binary = release.join("switchboard");
        ensure!(binary.exists(), "there is no {}: run `cargo build --release --workspace` first", binary.display());
        let folder = tempfile::Builder::new().prefix("bench-").tempdir_in(&release)?;
        let log = folder.path().join("log");
        let mut all: BTreeMap<_, _> = SERVICES.map(|name| (format!("{name}_ADDR"), "127.0.0.1:0")).into();
        all.extend(variables.iter().map(|(name, value)| ((*name).to_owned(), *value)));
        let mut command = Command::new(binary);
        command.args(arguments).current_dir(folder.path()).env_clear().envs(all);
        command.stderr(Stdio::from(std::fs::File::create(&log)?));
        let began = Instant::now();
        let started = Process::start(command).await;
        let ready_after = began.elapsed();
        let told = || std::fs::read_to_string(&log).unwrap_or_default();
        let (process, addresses) = started.with_context(|| format!("switchboard {arguments:?}\n{}", told()))?;
        Ok(Self { process, ready_after, addresses, folder })
    }

    pub(crate) fn address(&self, service: &str) -> anyhow::Result<SocketAddr> {
        self.addresses.get(service).copied().with_context(|| format!("the {service} told no address"))
    }

    /// Takes a service out of an all-in-one until it is told to come back, or what this gives is dropped.
    pub(crate) async fn without(&self, service: &str) -> anyhow::Result<Away> {
        let socket = UnixStream::connect(self.folder.path().join("data/control.sock")).await?;
        let mut away = Away(BufReader::new(socket));
        away.0.write_all(format!("without {service}\n").as_bytes()).await?;
        away.is_ok().await?;
        Ok(away)
    }

    /// How many entries the logger of this process has stored so far.
    pub(crate) async fn stored(&self) -> anyhow::Result<u64> {
        let metrics = load::get(self.address("broker")?, "/metrics").await?;
        let line = metrics.lines().find_map(|line| line.strip_prefix(r#"logger_entries_total{outcome="stored"} "#));
        Ok(line.map_or(Ok(0), str::parse)?)
    }
}

/// A service that is away.
pub(crate) struct Away(BufReader<UnixStream>);

impl Away {
    /// Returns when it has come back.
    pub(crate) async fn back(mut self) -> anyhow::Result<()> {
        self.0.shutdown().await?;
        self.is_ok().await
    }

    async fn is_ok(&mut self) -> anyhow::Result<()> {
        let mut answer = String::new();
        self.0.read_line(&mut answer).await?;
        ensure!(answer == "ok\n", "the control socket answered '{}'", answer.trim());
        Ok(())
    }
}

/// Where cargo put the programs.
pub(crate) fn release_folder() -> anyhow::Result<PathBuf> {
    let program = std::env::current_exe()?;
    Ok(program.parent().context("this program is in no folder")?.to_owned())
}
