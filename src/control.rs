//! The control socket of an all-in-one: a Unix socket in the data folder that only its owner may use. One line in
//! (`list` or `without SERVICE`), lines out, the first of which is `ok` or `error: …`. A service is away for as long as
//! the connection that asked for it: whoever took it away cannot leave it so, not even by being killed.

use std::io::{ErrorKind, Read, Write};
use std::net::Shutdown;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream as StdStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::member::{Handle, State};
use crate::services::Service;

const FILE: &str = "control.sock";
/// A command is a short line.
const MAX_COMMAND: u64 = 256;
/// People and tests open them, one or two at a time.
const MOST_CONNECTIONS: usize = 16;
/// Longer than a service may take to stop or to start.
const PATIENCE: Duration = Duration::from_secs(15);

/// Bound, and removed again when the process ends in an orderly way.
pub(crate) struct Control {
    listener: UnixListener,
    path: PathBuf,
}

impl Control {
    /// The folder has to be locked: whatever stands at the path is then left over from a process that was killed.
    pub(crate) fn bind(folder: &Path) -> anyhow::Result<Self> {
        let path = folder.join(FILE);
        match std::fs::remove_file(&path) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error).with_context(|| format!("cannot replace {}", path.display())),
        }
        let listener = UnixListener::bind(&path).with_context(|| format!("cannot listen on {}", path.display()))?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
        Ok(Self { listener, path })
    }

    /// Each connection by itself, because some last.
    pub(crate) async fn serve(self, members: Arc<[Handle]>, shutdown: CancellationToken) {
        let mut connections = JoinSet::new();
        while let Some(accepted) = shutdown.run_until_cancelled(self.listener.accept()).await {
            while connections.try_join_next().is_some() {}
            match accepted {
                Ok((stream, _)) if connections.len() < MOST_CONNECTIONS => {
                    connections.spawn(answer(stream, Arc::clone(&members)));
                }
                Ok(_) => tracing::debug!("control: too many connections at once"),
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

async fn answer(stream: UnixStream, members: Arc<[Handle]>) {
    let (read, mut write) = stream.into_split();
    let (mut read, mut command) = (BufReader::new(read.take(MAX_COMMAND)), String::new());
    if !matches!(tokio::time::timeout(PATIENCE, read.read_line(&mut command)).await, Ok(Ok(_))) {
        return;
    }
    let (text, taken) = match obey(command.trim(), &members).await {
        Ok((text, taken)) => (format!("ok\n{text}"), taken),
        Err(error) => (format!("error: {error:#}\n"), None),
    };
    let is_told = write.write_all(text.as_bytes()).await.is_ok();
    let Some(taken) = taken else { return };
    if is_told {
        // Nothing more is expected: the end of what the other side sends is the end of its wish.
        let _ = tokio::io::copy(&mut read, &mut tokio::io::sink()).await;
    }
    let text = match taken.give_back().await {
        Ok(()) => "ok\n".to_owned(),
        Err(error) => format!("error: {error:#}\n"),
    };
    let _ = write.write_all(text.as_bytes()).await;
}

async fn obey(command: &str, members: &[Handle]) -> anyhow::Result<(String, Option<Taken>)> {
    match command.split_once(' ').unwrap_or((command, "")) {
        ("list", "") => Ok((list(members), None)),
        ("without", name) => {
            let service = Service::from_name(name).with_context(|| format!("there is no service '{name}'"))?;
            let member = members.iter().find(|member| member.service == service);
            let member = member.with_context(|| format!("{name} does not run in this process"))?;
            Ok((String::new(), Some(Taken::from(member).await?)))
        }
        _ => bail!("expected list or without SERVICE, found '{command}'"),
    }
}

/// A service that is away on request; it runs again however this ends.
struct Taken {
    member: Handle,
    is_given_back: bool,
}

impl Taken {
    async fn from(member: &Handle) -> anyhow::Result<Self> {
        let name = member.service.name();
        ensure!(member.want(false), "{name} is away already, on another request");
        tracing::info!(service = name, "stopped by the control socket");
        let taken = Self { member: member.clone(), is_given_back: false };
        taken.reached(State::Stopped).await?;
        Ok(taken)
    }

    async fn give_back(mut self) -> anyhow::Result<()> {
        self.is_given_back = true;
        self.member.want(true);
        tracing::info!(service = self.member.service.name(), "started by the control socket");
        self.reached(State::Ready).await
    }

    async fn reached(&self, state: State) -> anyhow::Result<()> {
        let reached = tokio::time::timeout(PATIENCE, self.member.reached(state)).await;
        let (name, now) = (self.member.service.name(), self.member.state().name());
        reached.with_context(|| format!("{name} is still {now} after {} s", PATIENCE.as_secs()))
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        // Whoever took it after it was given back has a wish of their own.
        if !self.is_given_back {
            self.member.want(true);
        }
    }
}

fn list(members: &[Handle]) -> String {
    let line = |it: &Handle| format!("{} {} {}\n", it.service.name(), it.service.url(it.address), it.state().name());
    members.iter().map(line).collect()
}

/// What the all-in-one of this data folder answers to a command that is done at once.
pub(crate) fn ask(folder: &Path, command: &str) -> anyhow::Result<String> {
    let mut stream = send(folder, command)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).with_context(|| format!("no answer to '{command}'"))?;
    let (first, rest) = answer.split_once('\n').unwrap_or((&answer, ""));
    judged(first, command).map(|()| rest.to_owned())
}

/// A service that is away for as long as this lives.
pub(crate) struct Away {
    stream: StdStream,
    command: String,
}

impl Away {
    pub(crate) fn take(folder: &Path, service: &str) -> anyhow::Result<Self> {
        let command = format!("without {service}");
        let mut away = Self { stream: send(folder, &command)?, command };
        away.read_line()?;
        Ok(away)
    }

    /// Waits until the service is ready again.
    pub(crate) fn end(mut self) -> anyhow::Result<()> {
        self.stream.shutdown(Shutdown::Write)?;
        self.read_line()
    }

    fn read_line(&mut self) -> anyhow::Result<()> {
        let (mut line, mut byte) = (Vec::new(), [0]);
        while self.stream.read(&mut byte).with_context(|| format!("no answer to '{}'", self.command))? == 1 {
            if byte == *b"\n" {
                break;
            }
            line.push(byte[0]);
        }
        judged(&String::from_utf8_lossy(&line), &self.command)
    }
}

fn send(folder: &Path, command: &str) -> anyhow::Result<StdStream> {
    let mut stream = StdStream::connect(folder.join(FILE)).with_context(|| {
        format!("no all-in-one runs on {}: start one with `make run` in another terminal first", folder.display())
    })?;
    stream.set_read_timeout(Some(PATIENCE + Duration::from_secs(5)))?;
    stream.set_write_timeout(Some(Duration::from_secs(1)))?;
    writeln!(stream, "{command}")?;
    Ok(stream)
}

fn judged(line: &str, command: &str) -> anyhow::Result<()> {
    match line {
        "ok" => Ok(()),
        "" => bail!("the all-in-one ended while '{command}' was being done"),
        line => bail!("{}", line.strip_prefix("error: ").unwrap_or(line).to_owned()),
    }
}
