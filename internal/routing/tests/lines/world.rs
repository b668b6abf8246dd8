//! A table in force with services behind it, all on sockets and files of the test's own.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use bus::{Bus, Shared};
use mesh::Error;
use mesh::cache::Cache;
use mesh::config::{Env, Process};
use mesh::health::Health;
use proto::logger::v1::logger_server::{Logger, LoggerServer};
use proto::logger::v1::{
    Entry, QueryRequest, QueryResponse, TailRequest, TailResponse, WriteBatchRequest, WriteBatchResponse, WriteRequest,
    WriteResult, tail_response,
};
use routing::{Argument, Call, Reply, Routing, Row};
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpSocket};
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::{Request, Response, Status};

/// Long enough for a busy machine; only a failing test waits this long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(45);

/// A table in force; everything ends when it is dropped.
pub(crate) struct World {
    pub(crate) routing: Routing,
    pub(crate) shared: Shared,
    pub(crate) file: PathBuf,
    pub(crate) health: Health,
    _folder: TempDir,
    _stop: DropGuard,
}

impl World {
    pub(crate) async fn open(table: &str) -> anyhow::Result<Self> {
        Self::with_rungs(table, &bus::RUNGS).await
    }

    /// The same with other waits between the attempts of an event.
    pub(crate) async fn with_rungs(table: &str, rungs: &[Duration]) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("routes.toml");
        std::fs::write(&file, table)?;
        let set = |name: &str, value: &std::path::Path| (name.to_owned(), value.display().to_string());
        let env = Env::new([set("SWITCHBOARD_DATA", folder.path()), set("SWITCHBOARD_ROUTES", &file)]);
        let stop = CancellationToken::new();
        let process = Process::from_env(&env)?;
        let bus = bus::Config { rungs: rungs.to_vec(), ..bus::Config::from_env(&env, &process)? };
        let bus = Bus::open(bus, stop.clone()).await?;
        let shared = Shared { bus, cache: Cache::in_memory(), loopback_only: true, grace: Duration::from_secs(1) };
        let (config, health) = (routing::Config::from_env(&env)?, Health::new("test"));
        let routing = Routing::open(config, &shared, "/test", health.clone(), stop.clone()).await?;
        shared.bus.declare(&routing::work_queues(&routing.current().table)).await?;
        Ok(Self { routing, shared, file, health, _folder: folder, _stop: stop.drop_guard() })
    }

    pub(crate) fn row(&self, name: &str) -> Arc<Row> {
        let table = self.routing.current();
        let row = table.rows.iter().find(|row| row.route.name == name);
        Arc::clone(row.unwrap_or_else(|| panic!("no row {name}")))
    }

    /// Calls the row named `name` and gives the JSON that came back.
    pub(crate) async fn call(&self, name: &str, argument: Value) -> Result<Value, Error> {
        match self.row(name).call(call(argument)).await? {
            Reply::Json { body, .. } => Ok(serde_json::from_slice(&body).unwrap()),
            other => panic!("not one document: {other:?}"),
        }
    }
}

pub(crate) fn call(argument: Value) -> Call {
    let Value::Object(argument) = argument else { panic!("not an object") };
    Call::new(Argument::Object(argument), Instant::now() + PATIENCE)
}

/// Serves a router on a port of its own.
pub(crate) async fn serve(router: Router) -> SocketAddr {
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(socket, router).await });
    address
}

/// An address that nobody listens on and that nobody else is given as long as the socket is held.
pub(crate) fn nobody() -> (TcpSocket, SocketAddr) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

/// Waits until `holds`.
pub(crate) async fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    let mut poll = tokio::time::interval(Duration::from_millis(20));
    while !holds() {
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        poll.tick().await;
    }
}

/// A logger whose answers are fixed by the names it is sent.
pub(crate) struct FakeLogger;

/// A gRPC server with `FakeLogger` and, if wanted, reflection.
pub(crate) async fn logger(with_reflection: bool) -> SocketAddr {
    let mut routes = tonic::service::Routes::new(LoggerServer::new(FakeLogger));
    if with_reflection {
        let builder =
            tonic_reflection::server::Builder::configure().register_encoded_file_descriptor_set(proto::DESCRIPTORS);
        routes = routes.add_service(builder.build_v1alpha().unwrap());
    }
    serve(routes.into_axum_router()).await
}

/// The same on this socket.
pub(crate) fn serve_logger(socket: TcpListener) {
    let router = tonic::service::Routes::new(LoggerServer::new(FakeLogger)).into_axum_router();
    tokio::spawn(async move { axum::serve(socket, router).await });
}

#[tonic::async_trait]
impl Logger for FakeLogger {
    type TailStream = futures::stream::BoxStream<'static, Result<TailResponse, Status>>;

    async fn write(&self, request: Request<WriteRequest>) -> Result<Response<Entry>, Status> {
        let header =
            |name: &str| request.metadata().get(name).and_then(|it| it.to_str().ok()).unwrap_or_default().to_owned();
        let data = format!("{} {}", header("traceparent"), header("grpc-timeout"));
        let written = request.into_inner();
        match written.name.as_str() {
            "slow" => tokio::time::sleep(Duration::from_secs(60)).await,
            "taken" => return Err(Error::new(mesh::Code::AlreadyExists, "taken").into()),
            "wrong" => return Err(Error::field("name", "must not be wrong").into()),
            _ => {}
        }
        Ok(Response::new(Entry {
            name: written.name,
            level: written.level,
            data,
            audit: written.audit,
            ..Entry::default()
        }))
    }

    async fn write_batch(&self, request: Request<WriteBatchRequest>) -> Result<Response<WriteBatchResponse>, Status> {
        let entries = request.into_inner().entries;
        if entries.iter().any(|entry| entry.name == "poison") {
            return Err(Status::invalid_argument("cannot take it"));
        }
        if entries.iter().any(|entry| entry.name == "hung") {
            tokio::time::sleep(Duration::from_secs(60)).await;
        }
        if entries.iter().any(|entry| entry.name == "away") {
            return Err(Status::unavailable("closed for today"));
        }
        let code = |name: &str| if name == "conflict" { 6 } else { 0 };
        let results = entries.into_iter().map(|it| WriteResult { code: code(&it.name), id: it.id, message: it.name });
        Ok(Response::new(WriteBatchResponse { results: results.collect() }))
    }

    async fn query(&self, request: Request<QueryRequest>) -> Result<Response<QueryResponse>, Status> {
        Ok(Response::new(QueryResponse {
            entries: Vec::new(),
            next_cursor: format!("{:?}", request.into_inner().limit),
        }))
    }

    async fn tail(&self, request: Request<TailRequest>) -> Result<Response<Self::TailStream>, Status> {
        let audit = request.into_inner().audit;
        let entry = |name: &str| TailResponse {
            event: Some(tail_response::Event::Entry(Entry { name: name.to_owned(), audit, ..Entry::default() })),
            position: None,
        };
        let items = [Ok(entry("a")), Ok(entry("b")), Err(Status::unavailable("enough"))];
        Ok(Response::new(Box::pin(futures::stream::iter(items))))
    }
}
