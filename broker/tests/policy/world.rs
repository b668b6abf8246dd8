//! A broker in front of an issuer and a logger, all on sockets of the test's own; everything ends when it is dropped.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use bus::{Bus, Shared};
use http::Method;
use mesh::cache::Cache;
use mesh::config::{Env, Process};
use panel::Files;
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::client::{Answer, Ask};
use crate::issuer::Issuer;
use crate::logger;

/// What a test waits at most for something that should happen at once.
pub(crate) const PATIENCE: Duration = Duration::from_secs(45);

pub(crate) struct World {
    pub(crate) address: SocketAddr,
    pub(crate) issuer: Issuer,
    pub(crate) bus: Bus,
    file: PathBuf,
    head: String,
    _folder: TempDir,
    stop: Option<DropGuard>,
}

/// Where the broker stands.
#[derive(Clone, Copy, Default)]
pub(crate) struct Place {
    pub(crate) is_open: bool,
    pub(crate) is_production: bool,
    pub(crate) proxies: &'static str,
    /// None inside of the program, unless there is one here.
    pub(crate) panel: Option<Files>,
    pub(crate) is_panel_off: bool,
}

impl World {
    /// These rows on this machine alone. Services are `own` (with the token), `other` (without) and `logger`.
    pub(crate) async fn open(rows: &str) -> Self {
        Self::at(Place::default(), rows).await
    }

    pub(crate) async fn at(place: Place, rows: &str) -> Self {
        let (issuer, logger) = (Issuer::start().await, logger::start().await);
        let address = issuer.address;
        let head = format!(
            "version = 1\n[services]\nown = {{ url = \"http://{address}\", token = true }}\nother = \"http://{address}\"\n\
             logger = \"grpc://{logger}\"\n[issuers.switchboard]\nservice = \"own\"\n"
        );
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("routes.toml");
        std::fs::write(&file, format!("{head}{rows}")).unwrap();
        let variables = [
            ("SWITCHBOARD_DATA", folder.path().display().to_string()),
            ("SWITCHBOARD_ROUTES", file.display().to_string()),
            ("BROKER_TRUSTED_PROXIES", place.proxies.to_owned()),
            ("BROKER_PANEL", if place.is_panel_off { "off" } else { "" }.to_owned()),
            // Nothing is kept here, and nobody answers there; production wants to know all the same.
            ("BROKER_POSTGRES_URL", if place.is_production { "postgres://127.0.0.1:9/none" } else { "" }.to_owned()),
        ];
        let env = Env::new(variables.map(|(name, value)| (name.to_owned(), value)));
        let mut process = Process::from_env(&env).unwrap();
        let stop = CancellationToken::new();
        let bus = Bus::open(bus::Config::from_env(&env, &process).unwrap(), stop.clone()).await.unwrap();
        process.production = place.is_production;
        let (loopback_only, grace) = (!place.is_open, Duration::from_secs(1));
        let shared = Shared { bus: bus.clone(), cache: Cache::in_memory(), loopback_only, grace };
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let config = broker::Config::from_env(&env, &process).unwrap();
        let config = config.with_panel(place.panel.unwrap_or(Files::of(&[])));
        let stopping = stop.clone();
        tokio::spawn(async move { broker::run(config, shared, socket, stopping).await.unwrap() });
        let world = Self { address, issuer, bus, file, head, _folder: folder, stop: Some(stop.drop_guard()) };
        world.eventually("ready", || async { world.get("/health/ready").send().await.status == 200 }).await;
        world
    }

    /// The broker stops as it does on a signal.
    pub(crate) fn stop(&mut self) {
        self.stop = None;
    }

    /// Other rows from now on, which are in force a moment later.
    pub(crate) fn change(&self, rows: &str) {
        std::fs::write(&self.file, format!("{}{rows}", self.head)).unwrap();
    }

    pub(crate) fn get(&self, path: &str) -> Ask {
        Ask::new(self.address, &Method::GET, path)
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Ask {
        Ask::new(self.address, &Method::POST, path).json(body)
    }

    /// Waits until `holds`.
    pub(crate) async fn eventually<F: Future<Output = bool>>(&self, what: &str, holds: impl Fn() -> F) {
        let deadline = Instant::now() + PATIENCE;
        let mut poll = tokio::time::interval(Duration::from_millis(50));
        while !holds().await {
            assert!(Instant::now() < deadline, "{what} did not come true");
            poll.tick().await;
        }
    }
}

/// The header of a refusal that says what to do about it.
pub(crate) fn challenge(answer: &Answer) -> Option<&str> {
    answer.header("www-authenticate")
}
