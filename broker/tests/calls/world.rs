//! Brokers in front of a service and an issuer, all on sockets of the test's own, with their calls in the rows of the
//! test. A broker can be ended in good order, or as if it had been killed.

use std::net::SocketAddr;
use std::time::Duration;

use bus::{Bus, Shared};
use http::Method;
use mesh::cache::Cache;
use mesh::config::{Env, Process};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::client::{Answer, Ask};
use crate::issuer::Issuer;
use crate::rows::Rows;
use crate::service::Service;

/// What a test waits at most for something that should happen at once.
pub(crate) const PATIENCE: Duration = Duration::from_secs(45);

pub(crate) struct World {
    pub(crate) rows: Rows,
    pub(crate) service: Service,
    _issuer: Issuer,
    head: String,
    table: String,
    variables: Vec<(String, String)>,
    /// Where the cache of every broker is that starts from now on; in memory without it.
    pub(crate) redis: Option<String>,
}

/// One broker.
pub(crate) struct Broker {
    address: SocketAddr,
    stop: CancellationToken,
    /// A runtime of its own: it ends as a process does, wherever its tasks are.
    runtime: Option<Runtime>,
}

impl World {
    /// With these rows of the table; services are `tiny`, `own`, which is sent tokens, and `away`.
    pub(crate) async fn new(rows: Rows, table: &str) -> Self {
        let (service, issuer) = (Service::start().await, Issuer::start().await);
        let head = format!(
            "version = 1\n[services]\ntiny = \"http://{}\"\nown = {{ url = \"http://{}\", token = true }}\n\
             away = \"http://127.0.0.1:1\"\nissuer = \"http://{}\"\n[issuers.switchboard]\nservice = \"issuer\"\n",
            service.address, service.address, issuer.address
        );
        Self { rows, service, _issuer: issuer, head, table: table.to_owned(), variables: Vec::new(), redis: None }
    }

    /// With these rows of the table for every broker that starts from now on.
    pub(crate) fn set_table(&mut self, table: &str) {
        table.clone_into(&mut self.table);
    }

    /// With this variable for every broker that starts from now on.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    fn env(&self) -> Env {
        let folder = self.rows.folder.path();
        let file = folder.join("routes.toml");
        std::fs::write(&file, format!("{}{}", self.head, self.table)).unwrap();
        let url = self.rows.url.iter().map(|url| ("BROKER_POSTGRES_URL".to_owned(), url.clone()));
        let paths = [("SWITCHBOARD_DATA", folder), ("SWITCHBOARD_ROUTES", &file)];
        let paths = paths.map(|(name, path)| (name.to_owned(), path.display().to_string()));
        Env::new(self.variables.iter().cloned().chain(url).chain(paths))
    }

    /// A broker that is ready.
    pub(crate) async fn broker(&self) -> Broker {
        let env = self.env();
        let process = Process::from_env(&env).unwrap();
        let config = broker::Config::from_env(&env, &process).unwrap();
        let mut bus_config = bus::Config::from_env(&env, &process).unwrap();
        bus_config.file = self.rows.folder.path().join(format!("bus-{}.db", uuid::Uuid::new_v4().simple()));
        let stop = CancellationToken::new();
        let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        socket.set_nonblocking(true).unwrap();
        let address = socket.local_addr().unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (stopping, redis) = (stop.clone(), self.redis.clone());
        runtime.spawn(async move {
            let bus = Bus::open(bus_config, stopping.clone()).await.unwrap();
            let cache = redis.map_or_else(Cache::in_memory, |url| Cache::redis(&url.into(), "test:").unwrap());
            let shared = Shared { bus, cache, loopback_only: true, grace: Duration::from_secs(3) };
            let socket = TcpListener::from_std(socket).unwrap();
            broker::run(config, shared, socket, stopping).await.unwrap();
        });
        let broker = Broker { address, stop, runtime: Some(runtime) };
        let ready = || async { broker.get("/health/ready").send().await.status == 200 };
        eventually("ready", ready).await;
        broker
    }
}

impl Broker {
    pub(crate) fn get(&self, path: &str) -> Ask {
        Ask::new(self.address, &Method::GET, path)
    }

    pub(crate) fn delete(&self, path: &str) -> Ask {
        Ask::new(self.address, &Method::DELETE, path)
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Ask {
        Ask::new(self.address, &Method::POST, path).json(body)
    }

    /// Ends it as SIGKILL would: nothing more is said or written.
    pub(crate) fn kill(mut self) {
        self.runtime.take().unwrap().shutdown_background();
    }

    /// The last thing that is asked of it; what is in hand may finish.
    pub(crate) fn stop(&self) {
        self.stop.cancel();
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Waits until `holds`.
pub(crate) async fn eventually<F: Future<Output = bool>>(what: &str, holds: impl Fn() -> F) {
    let deadline = Instant::now() + PATIENCE;
    let mut poll = tokio::time::interval(Duration::from_millis(50));
    while !holds().await {
        assert!(Instant::now() < deadline, "{what} did not come true");
        poll.tick().await;
    }
}

/// The call that an answer tells of.
pub(crate) fn place(answer: &Answer) -> String {
    assert_eq!(answer.status, 202, "{answer:?}");
    let place = answer.header("location").unwrap().to_owned();
    assert_eq!(place, format!("/v1/calls/{}", answer.body["id"].as_str().unwrap()));
    place
}
