//! Two instances of one service behind sockets that can be taken away, with a row for each line that leads to them.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::StatusCode;
use http_body_util::BodyExt;
use mesh::{Code, Error};
use proto::logger::v1::logger_server::LoggerServer;
use routing::line::raw::Passage;
use serde_json::json;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;

use crate::world::{self, FakeLogger, PATIENCE, World};

pub(super) const LINES: [&str; 3] = ["grpc", "http", "raw"];

/// A service that speaks gRPC and HTTP, behind a socket that can be taken away as a kill does it.
pub(super) struct Instance {
    pub(super) address: SocketAddr,
    pub(super) service: SocketAddr,
    pub(super) seen: Seen,
    pub(super) front: JoinHandle<()>,
}

/// What calls came, and how they are answered.
#[derive(Clone, Default)]
pub(super) struct Seen {
    pub(super) calls: Arc<AtomicUsize>,
    /// What each gRPC call said of earlier attempts.
    pub(super) attempts: Arc<Mutex<Vec<String>>>,
    pub(super) refusal: Arc<Mutex<Option<StatusCode>>>,
}

impl Instance {
    pub(super) async fn start() -> Self {
        let seen = Seen::default();
        let noted = seen.clone();
        let routes = tonic::service::Routes::new(LoggerServer::new(FakeLogger)).into_axum_router();
        let router = routes.route("/json", get(|| async { "{}" })).route("/echo", get(echo).post(echo));
        let router = router.layer(from_fn(move |request: Request, next: Next| noted.clone().note(request, next)));
        let service = world::serve(router).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        Self { address, service, seen, front: tokio::spawn(carry(listener, service)) }
    }

    pub(super) fn calls(&self) -> usize {
        self.seen.calls.load(Ordering::Relaxed)
    }

    pub(super) fn refuses(&self, status: Option<StatusCode>) {
        *self.seen.refusal.lock().unwrap() = status;
    }

    /// Every connection breaks, and new ones are refused.
    pub(super) async fn kill(&mut self) {
        self.front.abort();
        let _ = (&mut self.front).await;
    }

    pub(super) fn revive(&mut self) {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_reuseaddr(true).unwrap();
        socket.bind(self.address).unwrap();
        self.front = tokio::spawn(carry(socket.listen(64).unwrap(), self.service));
    }
}

pub(super) async fn echo(body: Bytes) -> Bytes {
    body
}

impl Seen {
    pub(super) async fn note(self, request: Request, next: Next) -> Response {
        let is_grpc = request.headers().get("content-type").is_some_and(|it| it == "application/grpc");
        if request.uri().path().contains("Reflection") {
            return next.run(request).await;
        }
        self.calls.fetch_add(1, Ordering::Relaxed);
        if is_grpc {
            let before = request.headers().get("grpc-previous-rpc-attempts");
            let before = before.map_or("", |it| it.to_str().unwrap()).to_owned();
            self.attempts.lock().unwrap().push(before);
        }
        let refusal = *self.refusal.lock().unwrap();
        match refusal {
            Some(_) if is_grpc => [("content-type", "application/grpc"), ("grpc-status", "14")].into_response(),
            Some(status) => status.into_response(),
            None => next.run(request).await,
        }
    }
}

/// Ends with all its connections.
pub(super) async fn carry(listener: TcpListener, service: SocketAddr) {
    let mut connections = JoinSet::new();
    while let Ok((mut client, _)) = listener.accept().await {
        connections.spawn(async move {
            let mut server = TcpStream::connect(service).await.unwrap();
            let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
        });
    }
}

/// Two instances and a table with a row for each line.
pub(super) async fn two() -> (World, Instance, Instance) {
    let (first, second) = (Instance::start().await, Instance::start().await);
    let world = open(first.address, second.address).await;
    (world, first, second)
}

pub(super) async fn open(first: SocketAddr, second: SocketAddr) -> World {
    World::open(&table(first, second, "40s")).await.unwrap()
}

/// The services have names of their own, which metrics tell them apart by.
pub(super) fn table(first: SocketAddr, second: SocketAddr, timeout: &str) -> String {
    let (logger, web) = (service("grpc", first), service("http", first));
    format!(
        r#"
        version = 1
        [services]
        {logger} = "grpc://{first},{second}"
        {web} = "http://{first},{second}"
        [[route]]
        on = "GET /q"
        action = "grpc"
        call = "grpc {logger} logger.v1.Logger/Query"
        timeout = "{timeout}"
        [[route]]
        on = "GET /h"
        action = "http"
        call = "http {web} GET /json"
        timeout = "{timeout}"
        [[route]]
        on = "ANY /raw/{{*path}}"
        call = "http {web}"
        timeout = "{timeout}"
        "#
    )
}

/// The service that this line calls, of which `first` is the first instance.
pub(super) fn service(line: &str, first: SocketAddr) -> String {
    let kind = if line == "grpc" { "logger" } else { "web" };
    format!("{kind}-{}", first.port())
}

/// One safe call over a line; a raw one brings the service's status as it is.
pub(super) async fn call(world: &World, line: &str) -> Result<(), Error> {
    if line != "raw" {
        return world.call(line, json!({})).await.map(drop);
    }
    match pass(world, http::Request::get("/"), Body::empty()).await?.0 {
        status if status.is_success() => Ok(()),
        status => Err(Error::new(Code::from_http(status), "streamed through")),
    }
}

pub(super) async fn pass(
    world: &World,
    request: http::request::Builder,
    body: Body,
) -> Result<(StatusCode, Bytes), Error> {
    let request = request.body(body.map_err(Into::into).boxed_unsync()).unwrap();
    let passage = Passage::new(request, "/echo".to_owned(), Instant::now() + PATIENCE);
    let (head, body) = world.row("ANY /raw/{*path}").pass(passage).await?.into_parts();
    Ok((head.status, body.collect().await.unwrap().to_bytes()))
}

/// How many instances of the service that this line calls are in use, and how many are ejected.
pub(super) fn states(line: &str, first: SocketAddr) -> (f64, f64) {
    let (text, service) = (mesh::telemetry::metrics_text(), service(line, first));
    let count = |state: &str| {
        let name = format!("instances{{service=\"{service}\",state=\"{state}\"}} ");
        text.lines().find_map(|line| line.strip_prefix(&name)?.parse().ok()).unwrap()
    };
    (count("in_use"), count("ejected"))
}

pub(super) const ALL_IN_USE: (f64, f64) = (2.0, 0.0);
pub(super) const ONE_EJECTED: (f64, f64) = (1.0, 1.0);

pub(super) async fn calls_until(world: &World, line: &str, what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "{line}: called in vain for {what}");
        call(world, line).await.unwrap();
        tokio::task::yield_now().await;
    }
}
