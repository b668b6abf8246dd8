//! One logger of its own for each test, served over loopback like in production, and taken down whatever happens.

use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use mesh::config::{Env, Process};
use proto::logger::v1;
use proto::logger::v1::logger_client::LoggerClient;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;

/// So long that no test ends well because of it.
const GRACE: Duration = Duration::from_secs(600);

pub(crate) type Client = LoggerClient<Channel>;

#[derive(Clone, Copy)]
pub(crate) enum Engine {
    Sqlite,
    Mongo,
}

pub(crate) struct Home {
    pub(crate) logger: Running,
    data: TempDir,
    pub(crate) mongo: Option<String>,
}

/// A logger that serves.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) stop: CancellationToken,
    task: JoinHandle<anyhow::Result<()>>,
}

impl Running {
    pub(crate) fn channel(&self) -> Channel {
        Channel::from_shared(format!("http://{}", self.address)).unwrap().connect_lazy()
    }

    pub(crate) fn client(&self) -> Client {
        LoggerClient::new(self.channel())
    }

    pub(crate) async fn ready(&self) -> bool {
        self.health().await.starts_with("HTTP/1.1 200")
    }

    pub(crate) async fn health(&self) -> String {
        self.get("/health/ready").await
    }

    /// The whole answer, head and body.
    pub(crate) async fn get(&self, path: &str) -> String {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let mut stream = tokio::net::TcpStream::connect(self.address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: logger\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    pub(crate) async fn ended(self) {
        self.stop.cancel();
        tokio::time::timeout(PATIENCE, self.task).await.unwrap().unwrap().unwrap();
    }
}

impl Home {
    /// One more logger on the same store.
    pub(crate) async fn start(&self) -> Running {
        let running = start(self.data.path(), self.mongo.as_deref()).await;
        eventually("the logger is ready", async || running.ready().await).await;
        running
    }
}

/// A logger with its data in `data`; it need not be ready yet.
pub(crate) async fn start(data: &std::path::Path, mongo: Option<&str>) -> Running {
    start_with(data, mongo, &[]).await
}

/// With these variables on top.
pub(crate) async fn start_with(data: &std::path::Path, mongo: Option<&str>, variables: &[(&str, &str)]) -> Running {
    let place = [("SWITCHBOARD_DATA", data.to_str().unwrap())];
    let all = place.into_iter().chain(mongo.map(|url| ("LOGGER_MONGO_URL", url))).chain(variables.iter().copied());
    let env = Env::new(all.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let config = logger::Config::from_env(&env, &Process::from_env(&env).unwrap()).unwrap();
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, stop) = (socket.local_addr().unwrap(), CancellationToken::new());
    let task = tokio::spawn(logger::run(config, shared(data).await, socket, stop.clone()));
    Running { address, stop, task }
}

async fn shared(data: &std::path::Path) -> bus::Shared {
    let config = bus::Config {
        url: None,
        management: None,
        file: data.join(format!("bus-{}.db", uuid::Uuid::new_v4())),
        instance: "test".into(),
        rungs: bus::RUNGS.to_vec(),
        unconfirmed: 10,
        bug: None,
    };
    let bus = bus::Bus::open(config, CancellationToken::new()).await.unwrap();
    bus::Shared { bus, cache: mesh::cache::Cache::in_memory(), loopback_only: true, grace: GRACE }
}

/// Runs `test` on a logger with this engine.
pub(crate) async fn with<F, Fut>(engine: Engine, test: F)
where
    F: FnOnce(Arc<Home>) -> Fut,
    Fut: Future<Output = ()>,
{
    let data = tempfile::tempdir().unwrap();
    let mongo = match engine {
        Engine::Sqlite => None,
        Engine::Mongo => Some(mongo_url().await),
    };
    let logger = start(data.path(), mongo.as_deref()).await;
    eventually("the logger is ready", async || logger.ready().await).await;
    let home = Arc::new(Home { logger, data, mongo });
    let tested = AssertUnwindSafe(test(Arc::clone(&home))).catch_unwind().await;
    home.logger.stop.cancel();
    if let Some(url) = &home.mongo {
        drop_database(url).await;
    }
    if let Err(panic) = tested {
        std::panic::resume_unwind(panic);
    }
    let home = Arc::into_inner(home).expect("the test keeps nothing");
    home.logger.ended().await;
}

/// A database of its own on the MongoDB of the tests.
pub(crate) async fn mongo_url() -> String {
    let base = std::env::var("TEST_MONGO_URL").unwrap_or_else(|_| "mongodb://127.0.0.1:27017".to_owned());
    let url = format!("{}/logger_{}", base.trim_end_matches('/'), uuid::Uuid::new_v4().simple());
    let (client, database) = driver(&url).await;
    let ping = client.database(&database).run_command(mongodb::bson::doc! { "ping": 1 }).await;
    if let Err(error) = ping {
        panic!("MongoDB does not answer at {base}: start it, or set TEST_MONGO_URL to where it is ({error})");
    }
    url
}

pub(crate) async fn drop_database(url: &str) {
    let (client, database) = driver(url).await;
    client.database(&database).drop().await.unwrap();
}

pub(crate) async fn driver(url: &str) -> (mongodb::Client, String) {
    let mut options = mongodb::options::ClientOptions::parse(url).await.unwrap();
    options.server_selection_timeout = Some(Duration::from_secs(30));
    let database = options.default_database.clone().unwrap();
    (mongodb::Client::with_options(options).unwrap(), database)
}

/// Long enough for a busy machine; only a failing test waits this long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(45);

/// Waits until `condition` holds.
pub(crate) async fn eventually(what: &str, condition: impl AsyncFn() -> bool) {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while !condition().await {
        assert!(tokio::time::Instant::now() < deadline, "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

pub(crate) fn request(name: &str, data: &str) -> v1::WriteRequest {
    v1::WriteRequest { name: name.into(), data: data.into(), ..Default::default() }
}

/// The fields that the answer names as wrong.
pub(crate) fn fields(status: tonic::Status) -> Vec<String> {
    mesh::Error::from(status).fields.into_iter().map(|it| it.field).collect()
}
