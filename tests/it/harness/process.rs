//! The binary as a process of its own: its output is kept, its addresses are read from the table that it prints, and
//! it does not outlive the test.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};

use super::{PATIENCE, eventually};

pub(crate) type Variables = BTreeMap<String, String>;

pub(crate) struct Process {
    child: Child,
    output: Arc<Mutex<String>>,
}

fn command(arguments: &[&str], folder: &Path, variables: &Variables) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_switchboard"));
    command.args(arguments).current_dir(folder).env_clear().envs(variables);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

/// What a command that ends by itself left behind.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs a command to its end.
pub(crate) async fn run(arguments: &[&str], folder: &Path, variables: &Variables) -> Done {
    run_with(arguments, "", folder, variables).await
}

/// With this on its standard input.
pub(crate) async fn run_with(arguments: &[&str], input: &str, folder: &Path, variables: &Variables) -> Done {
    let mut child = command(arguments, folder, variables).stdin(Stdio::piped()).spawn().unwrap();
    // An error means that it does not read, and has ended already.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes()).await;
    let ended = tokio::time::timeout(PATIENCE, child.wait_with_output()).await;
    let output = ended.unwrap_or_else(|_| panic!("{arguments:?} does not end")).unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Done { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

impl Process {
    /// Starts it without waiting for anything.
    pub(crate) fn spawn(arguments: &[&str], folder: &Path, variables: &Variables) -> Self {
        let mut child = command(arguments, folder, variables).spawn().unwrap();
        let output = Arc::default();
        keep(child.stdout.take().unwrap(), &output);
        keep(child.stderr.take().unwrap(), &output);
        Self { child, output }
    }

    /// Waits until it says that it is ready and gives the addresses of its services.
    pub(crate) async fn ready(&mut self) -> BTreeMap<String, SocketAddr> {
        self.says("ready in ").await;
        addresses(&self.output())
    }

    /// Waits until its output holds `text`.
    pub(crate) async fn says(&mut self, text: &str) {
        let what = format!("the process says '{text}'");
        let ended = eventually(&what, async || {
            if self.output().contains(text) {
                return Some(None);
            }
            self.child.try_wait().unwrap().map(Some)
        });
        if let Some(status) = ended.await
            && !self.output().contains(text)
        {
            panic!("the process ended ({status}) before it said '{text}'");
        }
    }

    /// Standard output and standard error so far.
    pub(crate) fn output(&self) -> String {
        self.output.lock().unwrap().clone()
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id().expect("it runs")
    }

    pub(crate) fn signal(&self, name: &str) {
        let pid = self.pid().to_string();
        let sent = std::process::Command::new("kill").args([&format!("-{name}"), &pid]).status().unwrap();
        assert!(sent.success());
    }

    pub(crate) async fn ended(&mut self) -> ExitStatus {
        tokio::time::timeout(PATIENCE, self.child.wait()).await.expect("the process does not end").unwrap()
    }

    /// SIGTERM, and the end that it should bring.
    pub(crate) async fn stop(&mut self) {
        self.signal("TERM");
        let status = self.ended().await;
        assert_eq!(status.code(), Some(0), "stopping: {status}");
    }

    /// SIGKILL: no chance to say goodbye.
    pub(crate) async fn kill(&mut self) {
        self.child.kill().await.unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- output of process {:?} ---\n{}", self.child.id(), self.output.lock().unwrap());
        }
    }
}

fn keep(from: impl AsyncRead + Unpin + Send + 'static, output: &Arc<Mutex<String>>) {
    let output = Arc::clone(output);
    let mut lines = BufReader::new(from).lines();
    tokio::spawn(async move {
        while let Ok(Some(line)) = lines.next_line().await {
            let mut output = output.lock().unwrap();
            output.push_str(&line);
            output.push('\n');
        }
    });
}

/// `logger  grpc://127.0.0.1:50001  SQLite …`
fn addresses(output: &str) -> BTreeMap<String, SocketAddr> {
    let address = |line: &str| {
        let mut columns = line.split_whitespace();
        let (service, url) = (columns.next()?, columns.next()?);
        Some((service.to_owned(), url.split_once("://")?.1.parse().ok()?))
    };
    output.lines().filter_map(address).collect()
}
