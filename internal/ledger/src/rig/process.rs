//! One process of the mesh: what it is started with, again and again at the same addresses, and what it says of itself.
//! What it writes is in a file of the mesh's folder, of which an error shows the end.

use std::collections::BTreeMap;
use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use faults::Child;
use http::StatusCode;
use serde_json::Value;
use tokio::process::Command;
use tokio::time::Instant;

use crate::client::Client;

const READY: Duration = Duration::from_secs(60);
/// The default grace period, what a closing takes after it, and a busy machine.
const STOPPED: Duration = Duration::from_secs(30);
const HEALTH: Duration = Duration::from_secs(1);
const LOOK: Duration = Duration::from_millis(25);
const SHOWN: usize = 15;

/// The process ids by name, as they are now.
pub(super) type Pids = Arc<Mutex<BTreeMap<String, u32>>>;

pub(super) struct Process {
    name: String,
    program: PathBuf,
    arguments: Vec<String>,
    folder: PathBuf,
    variables: BTreeMap<String, String>,
    addresses: Vec<SocketAddr>,
    child: Option<Child>,
    pids: Pids,
}

impl Process {
    pub(super) fn new(
        name: &str,
        program: &Path,
        arguments: &[&str],
        folder: &Path,
        variables: BTreeMap<String, String>,
        addresses: Vec<SocketAddr>,
        pids: &Pids,
    ) -> Self {
        let arguments = arguments.iter().map(|&it| it.to_owned()).collect();
        let (name, program, folder, pids) = (name.to_owned(), program.to_owned(), folder.to_owned(), Arc::clone(pids));
        Self { name, program, arguments, folder, variables, addresses, child: None, pids }
    }

    pub(super) fn set(&mut self, variable: &str, value: &str) {
        self.variables.insert(variable.to_owned(), value.to_owned());
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// What it runs: its name, but for the number of its instance.
    pub(super) fn service(&self) -> &str {
        self.name.split_once('-').map_or(&self.name, |(service, _)| service)
    }

    /// Of its first service; its metrics are the same at each of them.
    pub(super) fn address(&self) -> SocketAddr {
        self.addresses[0]
    }

    /// Does not wait for anything.
    pub(super) fn start(&mut self) -> anyhow::Result<()> {
        ensure!(self.child.is_none(), "{} runs already", self.name);
        let log = File::options().create(true).append(true).open(self.log()).context("cannot write a log")?;
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).current_dir(&self.folder).env_clear().envs(&self.variables);
        command.stdin(std::process::Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let child = Child::spawn(command)?;
        self.pids().insert(self.name.clone(), child.pid());
        self.child = Some(child);
        Ok(())
    }

    /// Waits until every service of it is ready, also with something degraded.
    pub(super) async fn ready(&mut self, client: &Client) -> anyhow::Result<()> {
        let give_up = Instant::now() + READY;
        while !self.is_ready(client, |_| true).await {
            let ended = self.child.as_mut().map(Child::status).transpose()?.flatten();
            if let Some(status) = ended {
                bail!("{} ended ({status}) before it was ready:\n{}", self.name, self.last_words());
            }
            ensure!(Instant::now() < give_up, "{} does not become ready:\n{}", self.name, self.last_words());
            tokio::time::sleep(LOOK).await;
        }
        Ok(())
    }

    pub(super) async fn is_healthy(&self, client: &Client) -> bool {
        self.is_ready(client, |report| report["degraded"].as_object().is_none_or(serde_json::Map::is_empty)).await
    }

    async fn is_ready(&self, client: &Client, is_well: impl Fn(&Value) -> bool) -> bool {
        for address in &self.addresses {
            let url = format!("http://{address}/health/ready");
            let Ok(Ok(answer)) = tokio::time::timeout(HEALTH, client.get(&url)).await else { return false };
            if answer.status != StatusCode::OK || !answer.json().is_ok_and(|report| is_well(&report)) {
                return false;
            }
        }
        true
    }

    /// `kill -9`.
    pub(super) async fn kill(&mut self) -> anyhow::Result<()> {
        let mut child = self.child.take().with_context(|| format!("{} does not run", self.name))?;
        self.pids().remove(&self.name);
        child.kill().await.map(drop)
    }

    /// SIGTERM, and how it ended; none where it does not run.
    pub(super) async fn stop(&mut self) -> anyhow::Result<Option<ExitStatus>> {
        let Some(mut child) = self.child.take() else { return Ok(None) };
        self.pids().remove(&self.name);
        child.terminate();
        let ended = child.ended(STOPPED).await;
        Ok(Some(ended.with_context(|| format!("{} was asked to stop", self.name))?))
    }

    pub(super) fn is_running(&self) -> bool {
        self.child.is_some()
    }

    pub(super) fn pause(&self) {
        self.child.iter().for_each(Child::pause);
    }

    pub(super) fn resume(&self) {
        self.child.iter().for_each(Child::resume);
    }

    fn pids(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, u32>> {
        self.pids.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn log(&self) -> PathBuf {
        self.folder.join(format!("{}.log", self.name))
    }

    fn last_words(&self) -> String {
        let text = std::fs::read_to_string(self.log()).unwrap_or_default();
        let lines: Vec<_> = text.lines().collect();
        lines[lines.len().saturating_sub(SHOWN)..].join("\n")
    }
}

/// Bytes in use by name; who is gone meanwhile is left out.
pub(super) fn resident(pids: &Pids) -> BTreeMap<String, u64> {
    let pids = pids.lock().unwrap_or_else(PoisonError::into_inner).clone();
    pids.into_iter().filter_map(|(name, pid)| Some((name, faults::resident(pid)?))).collect()
}
