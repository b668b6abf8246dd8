//! The process of a private engine: started, waited for until it answers, ended by a signal, started again. What it
//! writes goes to a file in its folder, of which an error shows the end. It does not outlive its handle.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use rustix::process::Signal;
use tokio::process::Command;

use crate::Child;

/// How long an engine may take to answer, or to end.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// How long a handle that is dropped waits for the process, which it has to do without the runtime.
const FAREWELL: Duration = Duration::from_secs(5);

pub(crate) struct Engine {
    name: &'static str,
    log: PathBuf,
    /// What ends it at once: SIGKILL, or something gentler where that leaves shared memory behind.
    ending: Signal,
    child: Option<Child>,
}

impl Engine {
    pub(crate) fn new(name: &'static str, folder: &Path, ending: Signal) -> Self {
        Self { name, log: folder.join("log"), ending, child: None }
    }

    pub(crate) fn start(&mut self, command: std::process::Command) -> anyhow::Result<()> {
        ensure!(self.child.is_none(), "{} runs already", self.name);
        let log = File::options().create(true).append(true).open(&self.log)?;
        let mut command = Command::from(command);
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        self.child = Some(Child::spawn(command)?);
        Ok(())
    }

    /// Waits until `answers`.
    pub(crate) async fn until<F: Future<Output = bool>>(&mut self, answers: impl Fn() -> F) -> anyhow::Result<()> {
        let give_up = Instant::now() + PATIENCE;
        while !answers().await {
            let ended = self.child.as_mut().map(Child::status).transpose()?.flatten();
            if let Some(status) = ended {
                bail!("{} ended ({status}) before it answered: {}", self.name, self.last_words());
            }
            ensure!(Instant::now() < give_up, "{} does not answer: {}", self.name, self.last_words());
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Ok(())
    }

    /// Ends it at once and waits until it is gone.
    pub(crate) async fn end(&mut self) -> anyhow::Result<()> {
        let mut child = self.child.take().with_context(|| format!("{} does not run", self.name))?;
        child.signal(self.ending);
        child.ended(PATIENCE).await.with_context(|| format!("{} was to end", self.name)).map(drop)
    }

    fn last_words(&self) -> String {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<_> = text.lines().collect();
        lines[lines.len().saturating_sub(5)..].join("\n")
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let Some(child) = &mut self.child else { return };
        child.signal(self.ending);
        let give_up = Instant::now() + FAREWELL;
        while matches!(child.status(), Ok(None)) && Instant::now() < give_up {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// Runs a program to its end, which has to be a good one.
pub(crate) async fn done(command: std::process::Command, patience: Duration) -> anyhow::Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let running = Command::from(command).stdin(Stdio::null()).kill_on_drop(true).output();
    let ended = tokio::time::timeout(patience, running).await;
    let output =
        ended.with_context(|| format!("{name} does not end"))?.with_context(|| format!("cannot run {name}"))?;
    ensure!(output.status.success(), "{name} failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(())
}
