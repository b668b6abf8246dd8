//! A program under measurement: started, asked for the addresses that it was given, and observed by what the kernel
//! keeps about it under /proc.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

const PATIENCE: Duration = Duration::from_secs(30);
/// The kernel counts CPU time for others in hundredths of a second on every architecture that Rust's standard library
/// supports Linux on.
const TICK: Duration = Duration::from_millis(10);

/// Ends with its handle.
pub(crate) struct Process {
    child: Child,
    pid: u32,
    /// Kept open: what is printed later needs somewhere to go.
    _output: Option<Lines<BufReader<ChildStdout>>>,
}

pub(crate) type Addresses = BTreeMap<String, SocketAddr>;

impl Process {
    /// Waits until the program prints that it is ready, and gives the addresses by service that it printed before.
    pub(crate) async fn start(mut command: Command) -> anyhow::Result<(Self, Addresses)> {
        command.stdout(Stdio::piped());
        let mut process = Self::spawn(command)?;
        let output = process.child.stdout.take().context("no standard output")?;
        let mut lines = BufReader::new(output).lines();
        let addresses = tokio::time::timeout(PATIENCE, addresses(&mut lines)).await.context("it is not ready")??;
        process._output = Some(lines);
        Ok((process, addresses))
    }

    /// For a program that prints nothing.
    pub(crate) fn spawn(mut command: Command) -> anyhow::Result<Self> {
        command.stdin(Stdio::null()).kill_on_drop(true);
        let name = command.as_std().get_program().to_string_lossy().into_owned();
        let child = command.spawn().with_context(|| format!("cannot start {name}"))?;
        let pid = child.id().context("it ended at once")?;
        Ok(Self { child, pid, _output: None })
    }

    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        Ok(self.child.kill().await?)
    }

    /// CPU time so far, of all threads, in user and kernel mode.
    pub(crate) fn cpu(&self) -> anyhow::Result<Duration> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid))?;
        // The name before the last parenthesis may hold anything; utime and stime are fields 14 and 15, see proc(5).
        let (_, fields) = stat.rsplit_once(')').context("no name in stat")?;
        let ticks: Vec<u32> = fields.split_whitespace().skip(11).take(2).flat_map(str::parse).collect();
        Ok(TICK * ticks.iter().sum::<u32>())
    }

    /// The most memory that was resident at a time, in MB.
    pub(crate) fn peak_megabytes(&self) -> anyhow::Result<f64> {
        self.status_megabytes("VmHWM:")
    }

    /// The memory that is resident now, in MB.
    pub(crate) fn resident_megabytes(&self) -> anyhow::Result<f64> {
        self.status_megabytes("VmRSS:")
    }

    fn status_megabytes(&self, field: &str) -> anyhow::Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid))?;
        let line = status.lines().find_map(|line| line.strip_prefix(field)).context("no such field in status")?;
        let kib: f64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kib * 1024.0 / 1e6)
    }
}

async fn addresses(lines: &mut Lines<BufReader<ChildStdout>>) -> anyhow::Result<Addresses> {
    let mut addresses = Addresses::new();
    while let Some(line) = lines.next_line().await? {
        if line.starts_with("ready in ") {
            return Ok(addresses);
        }
        // `logger  grpc://127.0.0.1:50001  SQLite …`
        let mut columns = line.split_whitespace();
        if let (Some(service), Some(url)) = (columns.next(), columns.next())
            && let Some(address) = url.split_once("://").and_then(|(_, rest)| rest.parse().ok())
        {
            addresses.insert(service.to_owned(), address);
        }
    }
    bail!("it ended before it was ready")
}
