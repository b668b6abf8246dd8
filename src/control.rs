//! The control socket of an all-in-one: a Unix socket in the data folder that only its owner may use. One line in
//! (`list`, `stop SERVICE`, `start SERVICE`), lines out, the first of which is `ok` or `error: …`. It is what
//! `switchboard demo` takes the logger away with.

use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio_util::sync::CancellationToken;

use crate::member::{Handle, State};
use crate::services::Service;

const FILE: &str = "control.sock";
/// A command is a short line.
const MAX_COMMAND: u64 = 256;
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

    /// One command at a time: people type them.
    pub(crate) async fn serve(self, members: Arc<[Handle]>, shutdown: CancellationToken) {
        while let Some(accepted) = shutdown.run_until_cancelled(self.listener.accept()).await {
            let Ok((stream, _)) = accepted else {
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            };
            let answered = tokio::time::timeout(PATIENCE + Duration::from_secs(5), answer(stream, &members));
            if let Some(Ok(Err(error))) = shutdown.run_until_cancelled(answered).await {
                tracing::debug!("control: {error:#}");
            }
        }
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

async fn answer(stream: UnixStream, members: &[Handle]) -> anyhow::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut command = String::new();
    BufReader::new(read.take(MAX_COMMAND)).read_line(&mut command).await?;
    let text = match obey(command.trim(), members).await {
        Ok(text) => format!("ok\n{text}"),
        Err(error) => format!("error: {error:#}\n"),
    };
    write.write_all(text.as_bytes()).await?;
    Ok(())
}

async fn obey(command: &str, members: &[Handle]) -> anyhow::Result<String> {
    let (verb, name) = command.split_once(' ').unwrap_or((command, ""));
    let running = match verb {
        "list" => return Ok(list(members)),
        "start" => true,
        "stop" => false,
        _ => bail!("expected list, start SERVICE or stop SERVICE, found '{command}'"),
    };
    let service = Service::from_name(name).with_context(|| format!("there is no service '{name}'"))?;
    let member = members.iter().find(|member| member.service == service);
    let member = member.with_context(|| format!("{name} does not run in this process"))?;
    tracing::info!(service = name, "{verb} by the control socket");
    member.want(running);
    let state = if running { State::Ready } else { State::Stopped };
    let reached = tokio::time::timeout(PATIENCE, member.reached(state)).await;
    reached.with_context(|| format!("{name} is still {} after {} s", member.state().name(), PATIENCE.as_secs()))?;
    Ok(String::new())
}

fn list(members: &[Handle]) -> String {
    let line = |it: &Handle| format!("{} {} {}\n", it.service.name(), it.service.url(it.address), it.state().name());
    members.iter().map(line).collect()
}

/// Sends one command to the all-in-one of this data folder and gives its answer, without the `ok`. Blocks, so that it
/// can be used where a task is being dropped.
pub(crate) fn ask(folder: &Path, command: &str) -> anyhow::Result<String> {
    let path = folder.join(FILE);
    let connected = std::os::unix::net::UnixStream::connect(&path);
    let mut stream = connected.with_context(|| {
        format!("no all-in-one runs on {}: start one with `make run` in another terminal first", folder.display())
    })?;
    stream.set_read_timeout(Some(PATIENCE + Duration::from_secs(5)))?;
    stream.set_write_timeout(Some(Duration::from_secs(1)))?;
    writeln!(stream, "{command}")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).with_context(|| format!("no answer to '{command}'"))?;
    match answer.split_once('\n') {
        Some(("ok", rest)) => Ok(rest.to_owned()),
        Some((line, _)) => bail!("{}", line.strip_prefix("error: ").unwrap_or(line)),
        None => bail!("the all-in-one ended while '{command}' was being done"),
    }
}
