//! A whole mesh, in one of the ways that it can run. Services can be taken away and brought back one by one; they come
//! back at the address that they had.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::ops::Deref;
use std::path::Path;

use bus::Bus;
use sqlx::{Connection, PgConnection, PgPool, SqliteConnection};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio_util::sync::CancellationToken;

use super::client::Client;
use super::engines::Engines;
use super::eventually;
use super::person::Person;
use super::process::{Process, Variables};
use super::proxy::Proxy;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// One process, everything embedded.
    Embedded,
    /// One process, events over RabbitMQ, rows embedded.
    Mixed,
    /// A process for each service, on PostgreSQL, RabbitMQ and MongoDB.
    Engines,
}

/// The services that others call come first: their addresses have to be known.
const BEHIND: [&str; 4] = ["logger", "authenticator", "math", "operations"];
const DOORS: [&str; 2] = ["listener", "broker"];

pub(crate) struct Mesh {
    way: Way,
    pub(crate) folder: TempDir,
    pub(crate) variables: Variables,
    /// What one service sees of them otherwise.
    otherwise: BTreeMap<&'static str, Variables>,
    client: Client,
    /// By service, or the one under `up`. Dropped before the engines, which they use.
    processes: BTreeMap<&'static str, Process>,
    /// Services that are away for as long as these connections to the control socket.
    away: BTreeMap<&'static str, BufReader<UnixStream>>,
    addresses: BTreeMap<String, SocketAddr>,
    engines: Option<Engines>,
}

/// Requests go to the broker, as the development user.
impl Deref for Mesh {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

/// A folder with the default route table, and variables that keep a mesh apart from all others.
pub(crate) fn alone() -> (TempDir, Variables) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("routes.toml"), folder.path().join("routes.toml"))
        .unwrap();
    let addresses = BEHIND.iter().chain(&DOORS).map(|service| (variable(service, "ADDR"), "127.0.0.1:0".to_owned()));
    let variables = addresses.chain([("AUTHENTICATOR_BCRYPT_COST".to_owned(), "4".to_owned())]).collect();
    (folder, variables)
}

fn variable(service: &str, what: &str) -> String {
    format!("{}_{what}", service.to_uppercase())
}

impl Mesh {
    pub(crate) async fn start(way: Way) -> Self {
        Self::with(way, &[]).await
    }

    /// With these variables on top.
    pub(crate) async fn with(way: Way, variables: &[(&str, &str)]) -> Self {
        let engines = match way {
            Way::Embedded => None,
            Way::Mixed => Some(Engines::rabbitmq()),
            Way::Engines => Some(Engines::all().await),
        };
        Self::on(way, engines, variables).await
    }

    /// Mixed, with RabbitMQ reached by way of `proxy`.
    pub(crate) async fn behind(proxy: &Proxy) -> Self {
        let mut engines = Engines::rabbitmq();
        engines.by_way_of(proxy.address());
        Self::on(Way::Mixed, Some(engines), &[]).await
    }

    async fn on(way: Way, engines: Option<Engines>, variables: &[(&str, &str)]) -> Self {
        let (folder, mut all) = alone();
        all.extend(engines.iter().flat_map(Engines::variables));
        all.extend(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let mut mesh = Self {
            way,
            folder,
            variables: all,
            otherwise: BTreeMap::new(),
            client: Client::new(([127, 0, 0, 1], 9).into()),
            processes: BTreeMap::new(),
            away: BTreeMap::new(),
            addresses: BTreeMap::new(),
            engines,
        };
        mesh.start_all().await;
        mesh
    }

    async fn start_all(&mut self) {
        if self.way == Way::Engines {
            // Operations asks the authenticator about tokens, and has to know where it is.
            let (first, then) = BEHIND.split_at(BEHIND.len() - 1);
            self.start_together(first).await;
            self.start_together(then).await;
            self.start_together(&DOORS).await;
        } else {
            self.start_together(&["up"]).await;
        }
        let broker = Client::new(self.addresses["broker"]);
        self.client = Person::development().signed_in(&broker).await.client;
        // A broker that looked for keys and revocations before they were there looks again a second later.
        for path in ["/v1/users?limit=1", "/v1/admin/operations?limit=1"] {
            eventually("the development user is let in", async || {
                (self.client.get(path).await.status == 200).then_some(())
            })
            .await;
        }
    }

    async fn start_together(&mut self, names: &[&'static str]) {
        for name in names {
            let arguments = if *name == "up" { vec!["up"] } else { vec!["serve", name] };
            let mut variables = self.variables.clone();
            variables.extend(self.otherwise.get(name).cloned().unwrap_or_default());
            let process = Process::spawn(&arguments, self.folder.path(), &variables);
            self.processes.insert(name, process);
        }
        for name in names {
            let found = self.processes.get_mut(name).unwrap().ready().await;
            for (service, address) in found {
                self.variables.insert(variable(&service, "ADDR"), address.to_string());
                self.addresses.insert(service, address);
            }
        }
        for service in BEHIND {
            if let Some(address) = self.addresses.get(service) {
                let scheme = if service == "logger" { "grpc" } else { "http" };
                // They come back where they were, and a test may have named more of them.
                let url = || format!("{scheme}://{address}");
                self.variables.entry(variable(service, "URL")).or_insert_with(url);
            }
        }
    }

    /// For calls that go on beside the test.
    pub(crate) fn client(&self) -> Client {
        self.client.clone()
    }

    pub(crate) fn address(&self, service: &str) -> SocketAddr {
        self.addresses[service]
    }

    /// The process that runs `service`.
    pub(crate) fn process(&mut self, service: &'static str) -> &mut Process {
        let name = self.process_name(service);
        self.processes.get_mut(name).unwrap()
    }

    fn process_name(&self, service: &'static str) -> &'static str {
        if self.way == Way::Engines { service } else { "up" }
    }

    /// Takes one service away in an orderly way.
    pub(crate) async fn stop_service(&mut self, service: &'static str) {
        if self.way == Way::Engines {
            self.processes.remove(service).unwrap().stop().await;
        } else {
            let socket = UnixStream::connect(self.folder.path().join("data/control.sock")).await.unwrap();
            let mut socket = BufReader::new(socket);
            socket.write_all(format!("without {service}\n").as_bytes()).await.unwrap();
            is_ok(&mut socket).await;
            self.away.insert(service, socket);
        }
    }

    pub(crate) async fn start_service(&mut self, service: &'static str) {
        if self.way == Way::Engines {
            self.start_together(&[service]).await;
        } else {
            let mut socket = self.away.remove(service).unwrap();
            socket.shutdown().await.unwrap();
            is_ok(&mut socket).await;
        }
    }

    /// Kills the process that runs `service`, with whatever else runs in it.
    pub(crate) async fn kill(&mut self, service: &'static str) {
        let name = self.process_name(service);
        self.processes.remove(name).unwrap().kill().await;
    }

    /// Starts again what was killed.
    pub(crate) async fn revive(&mut self, service: &'static str) {
        self.start_together(&[self.process_name(service)]).await;
    }

    /// From its next start on `service` reaches RabbitMQ by way of `proxy`, and the others as before.
    pub(crate) fn by_way_of(&mut self, service: &'static str, proxy: &Proxy) {
        let url = self.engines.as_ref().unwrap().rabbitmq_by_way_of(proxy.address());
        self.otherwise.entry(service).or_default().insert("RABBITMQ_URL".to_owned(), url);
    }

    /// The rows of accounts, where they are in PostgreSQL.
    pub(crate) async fn rows(&self) -> PgPool {
        PgPool::connect(&self.variables["AUTHENTICATOR_POSTGRES_URL"]).await.unwrap()
    }

    /// Adds rows to the table of the running mesh.
    pub(crate) fn add_routes(&self, rows: &str) {
        let file = self.folder.path().join("routes.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(file, format!("{text}\n{rows}")).unwrap();
    }

    /// How its bus is found; only RabbitMQ has room for another one while it runs.
    pub(crate) fn bus(&self) -> bus::Config {
        bus::Config {
            url: self.engines.as_ref().map(|engines| engines.rabbitmq_url().to_owned().into()),
            management: None,
            file: self.folder.path().join("data/bus.db"),
            instance: "test".to_owned(),
            rungs: bus::RUNGS.to_vec(),
            unconfirmed: 1,
            bug: None,
        }
    }

    /// How many dead letters a service has, in its queue and in the rows; for a mesh that was stopped, as the embedded
    /// queue has one owner.
    pub(crate) async fn dead_letters(&self, service: &str) -> u64 {
        let shutdown = CancellationToken::new();
        let bus = Bus::open(self.bus(), shutdown.clone()).await.unwrap();
        let queue = bus::topology::dead_letters(service);
        let depth = eventually("the queue answers", async || bus.depth(&queue).await.ok()).await;
        bus.close().await;
        shutdown.cancel();
        depth.unwrap_or_else(|| panic!("there is no queue {queue}")) + self.drained(service).await
    }

    /// Dead letters of a service in the rows of operations.
    async fn drained(&self, service: &str) -> u64 {
        const COUNT: &str = "SELECT COUNT(*) FROM letters WHERE service = $1 AND state = 'dead'";
        let count: i64 = if let Some(url) = self.variables.get("OPERATIONS_POSTGRES_URL") {
            let mut rows = PgConnection::connect(url).await.unwrap();
            sqlx::query_scalar(COUNT).bind(service).fetch_one(&mut rows).await.unwrap()
        } else {
            let file = format!("sqlite://{}", self.folder.path().join("data/operations.db").display());
            let mut rows = SqliteConnection::connect(&file).await.unwrap();
            sqlx::query_scalar(COUNT).bind(service).fetch_one(&mut rows).await.unwrap()
        };
        count.unsigned_abs()
    }

    /// SIGTERM to every process, doors first; each has to end with 0. Gives what they wrote.
    pub(crate) async fn stop(&mut self) -> String {
        let mut output = String::new();
        for name in DOORS.iter().chain(&BEHIND).chain(&["up"]) {
            if let Some(mut process) = self.processes.remove(name) {
                process.stop().await;
                output.push_str(&process.output());
            }
        }
        output
    }
}

async fn is_ok(socket: &mut BufReader<UnixStream>) {
    let mut line = String::new();
    socket.read_line(&mut line).await.unwrap();
    assert_eq!(line, "ok\n");
}
