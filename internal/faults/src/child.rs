//! A process that may be killed, stopped and continued, together with what it has started itself, and that ends with
//! whoever started it.

use std::process::ExitStatus;
use std::time::{Duration, Instant};

use anyhow::Context;
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tokio::process::Command;

use crate::guard::Guard;

/// How long one that was killed may take to be gone.
const GONE: Duration = Duration::from_secs(10);

pub struct Child {
    child: tokio::process::Child,
    group: Pid,
    /// Gone as soon as the process is, as its number may be another's then.
    guard: Option<Guard>,
}

impl Child {
    /// Starts `command` in a process group of its own, which a Ctrl-C at a terminal does not reach.
    pub fn spawn(mut command: Command) -> anyhow::Result<Self> {
        let program = command.as_std().get_program().to_string_lossy().into_owned();
        let child = command.process_group(0).kill_on_drop(true).spawn();
        let child = child.with_context(|| format!("cannot start {program}; is it installed?"))?;
        let pid = child.id().and_then(|pid| Pid::from_raw(pid.cast_signed()));
        let group = pid.with_context(|| format!("{program} has no process id"))?;
        Ok(Self { child, group, guard: Some(Guard::over(group)?) })
    }

    pub fn pid(&self) -> u32 {
        self.group.as_raw_nonzero().get().cast_unsigned()
    }

    /// Its standard output, input and error, where the command pipes them.
    pub fn streams(&mut self) -> &mut tokio::process::Child {
        &mut self.child
    }

    /// `kill -9`, of its whole group; returns when it is gone.
    pub async fn kill(&mut self) -> anyhow::Result<ExitStatus> {
        self.signal_group(Signal::KILL);
        self.ended(GONE).await
    }

    /// SIGSTOP: it stays where it is and answers nothing, until `resume`.
    pub fn pause(&self) {
        self.signal_group(Signal::STOP);
    }

    pub fn resume(&self) {
        self.signal_group(Signal::CONT);
    }

    /// SIGTERM, to the process alone.
    pub fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    pub fn signal(&self, signal: Signal) {
        if self.guard.is_some() {
            // An error means that it is gone.
            let _ = kill_process(self.group, signal);
        }
    }

    /// How it ended; an error where it has not after this long. What it has started ends with it.
    pub async fn ended(&mut self, within: Duration) -> anyhow::Result<ExitStatus> {
        let ended = tokio::time::timeout(within, self.child.wait()).await;
        let status = ended.with_context(|| format!("process {} does not end", self.pid()))??;
        self.is_gone();
        Ok(status)
    }

    /// How it ended, if it has. What it has started ends with it.
    pub fn status(&mut self) -> anyhow::Result<Option<ExitStatus>> {
        let status = self.child.try_wait()?;
        if status.is_some() {
            self.is_gone();
        }
        Ok(status)
    }

    /// Bytes of memory that it has in use; `None` when it is gone, and where there is no /proc.
    pub fn resident(&self) -> Option<u64> {
        resident(self.pid())
    }

    fn is_gone(&mut self) {
        self.signal_group(Signal::KILL);
        self.guard = None;
    }

    fn signal_group(&self, signal: Signal) {
        if self.guard.is_some() {
            // An error means that it is gone.
            let _ = kill_process_group(self.group, signal);
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.signal_group(Signal::KILL);
        // So that nobody finds it still writing to a folder that goes next.
        let began = Instant::now();
        while matches!(self.child.try_wait(), Ok(None)) && began.elapsed() < Duration::from_secs(2) {
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

/// Bytes of memory that a process has in use; `None` when it is gone, and where there is no /proc.
pub fn resident(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib * 1024)
}
