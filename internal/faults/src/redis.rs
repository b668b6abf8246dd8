//! A private Redis that keeps nothing on a disk: what it held is gone when it is killed, as after a fail-over to nobody.
//! Whoever uses one must do without its rows then.

use std::net::Ipv4Addr;
use std::time::Duration;

use anyhow::{Context, ensure};
use rustix::process::Signal;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::account::find;
use crate::engine::Engine;
use crate::free_port;

pub struct Redis {
    engine: Engine,
    folder: TempDir,
    port: u16,
}

impl Redis {
    pub async fn start() -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("switchboard-redis-").tempdir()?;
        let mut server = Self { engine: Engine::new("Redis", folder.path(), Signal::KILL), folder, port: free_port()? };
        server.restart().await?;
        Ok(server)
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub async fn kill(&mut self) -> anyhow::Result<()> {
        self.engine.end().await
    }

    /// Starts it again, empty.
    pub async fn restart(&mut self) -> anyhow::Result<()> {
        let program = find("redis-server", &[]).context("no redis-server here: install the package redis-server")?;
        let mut server = std::process::Command::new(program);
        server.args(["--bind", "127.0.0.1", "--port", &self.port.to_string(), "--save", "", "--dir"]);
        server.arg(self.folder.path());
        self.engine.start(server)?;
        let port = self.port;
        self.engine.until(|| async { ask(port, "PING").await.is_ok() }).await
    }

    /// Forgets everything.
    pub async fn flush(&self) -> anyhow::Result<()> {
        ask(self.port, "FLUSHALL").await
    }
}

/// An inline command, whose answer is one line that begins with a plus.
async fn ask(port: u16, command: &str) -> anyhow::Result<()> {
    let asked = async {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
        stream.write_all(format!("{command}\r\n").as_bytes()).await?;
        let answer = stream.read_u8().await?;
        ensure!(answer == b'+', "Redis refuses {command}");
        Ok(())
    };
    tokio::time::timeout(Duration::from_secs(5), asked).await.with_context(|| format!("no answer to {command}"))?
}
