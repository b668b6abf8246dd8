//! A private RabbitMQ node: its own name, ports, cookie and folder, so that killing it, filling its memory or closing all
//! of its connections is nobody else's business. It takes some 5 s to start.

mod program;

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::Context;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

use self::program::Place;
use crate::{Child, free_port};

/// Generous, for a machine on which several of them start at once.
const START_TIMEOUT: Duration = Duration::from_secs(120);
const CTL_TIMEOUT: Duration = Duration::from_secs(60);

/// Ended, with its folder, when it is dropped.
pub struct RabbitNode {
    // Before the folder, which it writes to.
    node: Option<Child>,
    place: Place,
    _folder: TempDir,
}

impl RabbitNode {
    /// Without any plugin, as Debian's package has it.
    pub async fn start() -> anyhow::Result<Self> {
        Self::with(None).await
    }

    /// With the management plugin, at `management_url`.
    pub async fn with_management() -> anyhow::Result<Self> {
        Self::with(Some(free_port()?)).await
    }

    async fn with(management: Option<u16>) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("rabbitmq-").tempdir().context("cannot make a folder")?;
        let place = Place::prepare(folder.path(), free_port()?, management)?;
        let mut node = Self { node: None, place, _folder: folder };
        node.restart().await?;
        Ok(node)
    }

    /// Of the default virtual host, as guest.
    pub fn url(&self) -> String {
        format!("amqp://guest:guest@{}", self.address())
    }

    /// Of a virtual host of its own.
    pub async fn url_of_new_host(&self) -> anyhow::Result<String> {
        let name = uuid::Uuid::new_v4().simple().to_string();
        self.ctl(&["add_vhost", &name]).await?;
        self.ctl(&["set_permissions", "-p", &name, "guest", ".*", ".*", ".*"]).await?;
        Ok(format!("{}/{name}", self.url()))
    }

    pub fn management_url(&self) -> Option<String> {
        self.place.management.map(|port| format!("http://guest:guest@127.0.0.1:{port}"))
    }

    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.place.port).into()
    }

    /// `kill -9`: what it has in memory alone is lost, what it confirmed must not be.
    pub async fn kill(&mut self) -> anyhow::Result<()> {
        if let Some(mut node) = self.node.take() {
            node.kill().await?;
        }
        Ok(())
    }

    /// Brings to the disk which queues there are. RabbitMQ writes the names of new quorum queues there up to 3 s late (Ra's
    /// `names.dets`): one that is killed before comes back with such a queue, but without its leader and its messages.
    pub async fn settle(&self) -> anyhow::Result<()> {
        self.ctl(&["eval", "[ok = dets:sync(Table) || Table <- dets:all()]."]).await.map(drop)
    }

    /// SIGSTOP: it takes connections and answers nothing.
    pub fn pause(&self) {
        self.node.iter().for_each(Child::pause);
    }

    pub fn resume(&self) {
        self.node.iter().for_each(Child::resume);
    }

    /// Starts it again at the same place, with what it has on disk; returns when it answers.
    pub async fn restart(&mut self) -> anyhow::Result<()> {
        self.kill().await?;
        let started = Child::spawn(self.place.server())?;
        let node = self.node.insert(started);
        let deadline = Instant::now() + START_TIMEOUT;
        while !answers(self.place.port).await {
            let ended = node.status()?;
            let hint = || format!("the private RabbitMQ does not start:\n{}", self.place.last_words());
            anyhow::ensure!(ended.is_none() && Instant::now() < deadline, hint());
            sleep(Duration::from_millis(100)).await;
        }
        Ok(())
    }

    /// A command of rabbitmqctl, and what it says.
    pub async fn ctl(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let done = timeout(CTL_TIMEOUT, self.place.ctl(arguments).output()).await;
        let done = done.with_context(|| format!("rabbitmqctl {arguments:?} does not end"))?;
        let output = done.context("cannot run rabbitmqctl; install the package rabbitmq-server")?;
        let failure = || format!("rabbitmqctl {arguments:?}: {}", String::from_utf8_lossy(&output.stderr).trim());
        anyhow::ensure!(output.status.success(), failure());
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// As an operator would.
    pub async fn close_connections(&self) -> anyhow::Result<()> {
        self.ctl(&["close_all_connections", "closed by an operator"]).await.map(drop)
    }

    /// The alarm for memory, which stops whoever publishes, on or off.
    pub async fn memory_alarm(&self, on: bool) -> anyhow::Result<()> {
        let limit = if on { "0.00001" } else { "0.4" };
        self.ctl(&["set_vm_memory_high_watermark", limit]).await.map(drop)
    }
}

/// Says the protocol's header and waits for connection.start, which is a method frame: an open port is not enough.
async fn answers(port: u16) -> bool {
    let asked = async {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
        stream.write_all(b"AMQP\x00\x00\x09\x01").await?;
        stream.read_u8().await
    };
    matches!(timeout(Duration::from_secs(2), asked).await, Ok(Ok(1)))
}
