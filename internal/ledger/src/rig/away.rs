//! A service that is away while the rest of its process goes on, as the control socket of the process has it: for as long as
//! the connection that asked for it.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, ensure};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;

/// Longer than a service may take to stop.
const PATIENCE: Duration = Duration::from_secs(20);

/// It comes back when this is dropped.
pub(super) struct Away {
    _connection: BufReader<UnixStream>,
}

impl Away {
    /// Comes back when it has stopped. `data` is the data folder of its process.
    pub(super) async fn take(data: &Path, service: &str) -> anyhow::Result<Self> {
        let taken = tokio::time::timeout(PATIENCE, take(data, service)).await;
        taken.with_context(|| format!("{service} does not stop within {} s", PATIENCE.as_secs()))?
    }
}

async fn take(data: &Path, service: &str) -> anyhow::Result<Away> {
    let socket = UnixStream::connect(data.join("control.sock")).await.context("there is no control socket")?;
    let (mut connection, mut answer) = (BufReader::new(socket), String::new());
    connection.write_all(format!("without {service}\n").as_bytes()).await?;
    connection.read_line(&mut answer).await?;
    ensure!(answer == "ok\n", "{service} is not stopped: {}", answer.trim());
    Ok(Away { _connection: connection })
}
