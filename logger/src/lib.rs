//! The activity log: what happened, where and how badly, over gRPC, in MongoDB or in SQLite. Writes share their commits
//! (`batch`), pages are read by keyset (`query`), and tails follow what any instance commits (`tail`).

mod batch;
mod deadline;
mod entry;
mod mongo;
mod query;
mod retention;
mod service;
mod sqlite;
mod store;
mod tail;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use mesh::config::{ConfigError, Env, Process, masked_url};
use mesh::health::Health;
use mesh::serve::Server;
use mesh::shutdown::{supervise, until_open};
use proto::logger::v1::logger_server::{LoggerServer, SERVICE_NAME};
use secrecy::{ExposeSecret, SecretString};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tonic::codec::CompressionEncoding;
use tonic::service::Routes;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

use crate::batch::Writer;
use crate::mongo::Mongo;
use crate::retention::Retention;
use crate::service::Service;
use crate::sqlite::Sqlite;
use crate::store::Store;
use crate::tail::Tails;

/// Batches of large entries; a caller that sends more is told so by tonic, and sends fewer at a time.
const MAX_REQUEST: usize = 16 << 20;
const CLOSING: Duration = Duration::from_secs(5);

#[derive(Debug, Clone)]
pub struct Config {
    pub address: SocketAddr,
    place: Place,
    retention: Retention,
}

/// Where entries are.
#[derive(Debug, Clone)]
pub struct Place(Engine);

#[derive(Debug, Clone)]
enum Engine {
    Mongo { url: SecretString, database: String },
    Sqlite(PathBuf),
}

impl Place {
    pub fn from_env(env: &Env, process: &Process) -> Result<Self, ConfigError> {
        let url = process.engine_url(env, "LOGGER_MONGO_URL", &["mongodb", "mongodb+srv"])?;
        Ok(Self(match url {
            Some(url) => Engine::Mongo { database: mongo::database(&url)?, url },
            None => Engine::Sqlite(process.data.join("logger.db")),
        }))
    }

    /// Whether entries go to a file in the data folder.
    pub fn is_embedded(&self) -> bool {
        matches!(self.0, Engine::Sqlite(_))
    }

    /// For a person, without secrets: `MongoDB mongodb://me:***@host, logs_db.logs` or `SQLite data/logger.db`.
    pub fn describe(&self) -> String {
        match &self.0 {
            Engine::Mongo { url, database } => {
                format!("MongoDB {}, {database}.{}", masked_url(url.expose_secret()), mongo::COLLECTION)
            }
            Engine::Sqlite(file) => format!("SQLite {}", file.display()),
        }
    }
}

/// Brings tables or indexes up to date, as every start does; needs nothing else of the configuration.
pub async fn migrate(place: &Place) -> anyhow::Result<()> {
    match &place.0 {
        Engine::Mongo { url, database } => Mongo::open(url, database).await?.close().await,
        Engine::Sqlite(file) => Sqlite::open(file).await?.close().await,
    }
    Ok(())
}

impl Config {
    pub fn from_env(env: &Env, process: &Process) -> Result<Self, ConfigError> {
        let place = Place::from_env(env, process)?;
        Ok(Self { address: env.address("LOGGER_ADDR", 50001)?, place, retention: Retention::from_env(env)? })
    }

    /// Whether entries go to a file in the data folder.
    pub fn is_embedded(&self) -> bool {
        self.place.is_embedded()
    }

    /// Where entries go, for a person to read.
    pub fn store(&self) -> String {
        self.place.describe()
    }
}

/// Serves until `shutdown`. A store that cannot be opened is tried again until it can; health says so meanwhile.
pub async fn run(
    config: Config,
    shared: bus::Shared,
    socket: TcpListener,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    let server = Server { listener: socket, health: Health::new("logger"), grace: shared.grace };
    match &config.place.0 {
        Engine::Mongo { url, database } => {
            serve(server, config.retention, || Mongo::open(url, database), shutdown).await
        }
        Engine::Sqlite(file) => serve(server, config.retention, || Sqlite::open(file), shutdown).await,
    }
}

async fn serve<S, O, F>(
    server: Server,
    retention: Retention,
    open: O,
    shutdown: CancellationToken,
) -> anyhow::Result<()>
where
    S: Store,
    O: Fn() -> F,
    F: Future<Output = anyhow::Result<S>>,
{
    let health = server.health.clone();
    let background = Background::default();
    let build = async {
        let Some(store) = opened(open, &health, &shutdown).await else { return Ok(Router::new()) };
        let store = Arc::new(store);
        background.forget(retention, Arc::clone(&store));
        routes(store, health.clone(), &background, shutdown.clone()).await
    };
    let served = server.run(build, shutdown.clone()).await;
    background.end().await;
    served
}

async fn opened<S, O, F>(open: O, health: &Health, shutdown: &CancellationToken) -> Option<S>
where
    O: Fn() -> F,
    F: Future<Output = anyhow::Result<S>>,
{
    let store =
        until_open(shutdown, async || open().await.inspect_err(|error| health.degrade("store", error.to_string())));
    let store = store.await?;
    health.restore("store");
    Some(store)
}

async fn routes<S: Store>(
    store: Arc<S>,
    health: Health,
    background: &Background,
    shutdown: CancellationToken,
) -> anyhow::Result<Router> {
    let tails = Arc::new(Tails::new(S::SHARED));
    let (queue, writer) = Writer::new(Arc::clone(&store), Arc::clone(&tails), health);
    background.write(writer, Arc::clone(&store));
    background.follow(Arc::clone(&tails), Arc::clone(&store));
    let (reporter, health) = tonic_health::server::health_reporter();
    reporter.set_serving::<LoggerServer<Service<S>>>().await;
    background.end_watches(reporter, shutdown.clone());
    let logger = LoggerServer::new(Service { queue, store, tails, shutdown })
        .accept_compressed(CompressionEncoding::Gzip)
        .max_decoding_message_size(MAX_REQUEST);
    let routes = Routes::new(logger)
        .add_service(health)
        .add_service(descriptors().build_v1().context("reflection v1")?)
        .add_service(descriptors().build_v1alpha().context("reflection v1alpha")?);
    Ok(routes.prepare().into_axum_router())
}

/// What runs beside the server, and ends after it.
#[derive(Default)]
struct Background {
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Background {
    fn write<S: Store>(&self, writer: Writer<S>, store: Arc<S>) {
        let stop = self.stop.clone();
        self.tasks.spawn(async move {
            supervise("logger writer", &stop, || writer.run(&stop)).await;
            store.close().await;
        });
    }

    fn follow<S: Store>(&self, tails: Arc<Tails>, store: Arc<S>) {
        let stop = self.stop.clone();
        if S::SHARED {
            let follow = async move { supervise("logger tails", &stop, || tails.follow(store.as_ref(), &stop)).await };
            self.tasks.spawn(follow);
        }
    }

    fn forget<S: Store>(&self, retention: Retention, store: Arc<S>) {
        let stop = self.stop.clone();
        self.tasks.spawn(async move {
            supervise("logger retention", &stop, || retention.run(store.as_ref(), &stop)).await;
        });
    }

    /// A watch of grpc.health.v1 has no end of its own, and the drain would wait for it.
    fn end_watches(&self, mut reporter: HealthReporter, shutdown: CancellationToken) {
        let stop = self.stop.clone();
        self.tasks.spawn(async move {
            tokio::select! { () = shutdown.cancelled() => {}, () = stop.cancelled() => {} }
            for service in ["", SERVICE_NAME] {
                reporter.set_service_status(service, ServingStatus::NotServing).await;
                reporter.clear_service_status(service).await;
            }
        });
    }

    async fn end(self) {
        self.stop.cancel();
        self.tasks.close();
        if tokio::time::timeout(CLOSING, self.tasks.wait()).await.is_err() {
            tracing::warn!("the log's store did not close in time");
        }
    }
}

fn descriptors() -> tonic_reflection::server::Builder<'static> {
    tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(proto::DESCRIPTORS)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
}
