//! A virtual host of its own for each test, the bus in it, and a second way in for looking and meddling.

use std::time::Duration;

use bus::{Bus, Config};
use lapin::{Channel, Connection, ConnectionProperties};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::host::VirtualHost;
pub(crate) use crate::host::{PATIENCE, soon, until};

pub(crate) const RUNGS: [Duration; 2] = [Duration::from_millis(100), Duration::from_secs(2)];

pub(crate) struct Fresh {
    pub(crate) bus: Bus,
    pub(crate) host: VirtualHost,
    pub(crate) _tasks: tokio_util::sync::DropGuard,
}

impl Fresh {
    pub(crate) async fn start() -> Self {
        let host = VirtualHost::add();
        let shutdown = CancellationToken::new();
        let bus = Bus::open(config(&host.url), shutdown.clone()).await.unwrap();
        until("RabbitMQ answers at TEST_RABBITMQ_URL", async || bus.declare(&[]).await.is_ok()).await;
        Self { bus, host, _tasks: shutdown.drop_guard() }
    }
}

pub(crate) fn config(url: &str) -> Config {
    Config {
        url: Some(url.to_owned().into()),
        management: None,
        file: "unused".into(),
        instance: format!("test-{}", Uuid::new_v4().simple()),
        rungs: RUNGS.to_vec(),
        unconfirmed: 1000,
        bug: None,
    }
}

impl VirtualHost {
    /// A channel beside the bus.
    pub(crate) async fn channel(&self) -> Channel {
        let connection = Connection::connect(&self.url, ConnectionProperties::default()).await.unwrap();
        connection.create_channel().await.unwrap()
    }
}
