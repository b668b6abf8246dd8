//! A bus of its own for each test: a temporary folder, or a virtual host that is deleted at the end.

use std::path::{Path, PathBuf};
use std::time::Duration;

use bus::{Bus, Config};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::host::VirtualHost;
pub(crate) use crate::host::{PATIENCE, soon, until};

/// The waits between attempts in every test.
pub(crate) const RUNGS: [Duration; 3] =
    [Duration::from_millis(100), Duration::from_millis(400), Duration::from_millis(1200)];

pub(crate) struct Fresh {
    pub(crate) bus: Bus,
    _tasks: tokio_util::sync::DropGuard,
    _home: Home,
}

/// Where the bus keeps its messages; dropped with the test, also when it fails.
enum Home {
    Folder(#[expect(dead_code, reason = "held for its drop")] TempDir),
    Host(#[expect(dead_code, reason = "held for its drop")] VirtualHost),
}

impl Fresh {
    pub(crate) async fn embedded() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = config(folder.path().join("bus.db"));
        Self::open(config, Home::Folder(folder)).await
    }

    pub(crate) async fn rabbitmq() -> Self {
        let host = VirtualHost::add();
        let config = Config { url: Some(host.url.clone().into()), ..config(PathBuf::new()) };
        let fresh = Self::open(config, Home::Host(host)).await;
        until("RabbitMQ answers at TEST_RABBITMQ_URL", async || fresh.bus.declare(&[]).await.is_ok()).await;
        fresh
    }

    async fn open(config: Config, home: Home) -> Self {
        let shutdown = CancellationToken::new();
        let bus = Bus::open(config, shutdown.clone()).await.unwrap();
        Self { bus, _tasks: shutdown.drop_guard(), _home: home }
    }
}

pub(crate) fn config(file: impl AsRef<Path>) -> Config {
    Config {
        url: None,
        management: None,
        file: file.as_ref().to_owned(),
        instance: format!("test-{}", Uuid::new_v4().simple()),
        rungs: RUNGS.to_vec(),
        unconfirmed: 1000,
        bug: None,
    }
}
