//! Two instances of a service, one of which fails in every way that it can: what the lines make of that is the same for
//! all of them.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

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
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;

use crate::world::{self, FakeLogger, PATIENCE, World, eventually};

const LINES: [&str; 3] = ["grpc", "http", "raw"];

/// A service that speaks gRPC and HTTP, behind a socket that can be taken away as a kill does it.
struct Instance {
    address: SocketAddr,
    service: SocketAddr,
    seen: Seen,
    front: JoinHandle<()>,
}

/// What calls came, and how they are answered.
#[derive(Clone, Default)]
struct Seen {
    calls: Arc<AtomicUsize>,
    /// What each gRPC call said of earlier attempts.
    attempts: Arc<Mutex<Vec<String>>>,
    refusal: Arc<Mutex<Option<StatusCode>>>,
}

impl Instance {
    async fn start() -> Self {
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

    fn calls(&self) -> usize {
        self.seen.calls.load(Ordering::Relaxed)
    }

    fn refuses(&self, status: Option<StatusCode>) {
        *self.seen.refusal.lock().unwrap() = status;
    }

    /// Every connection breaks, and new ones are refused.
    async fn kill(&mut self) {
        self.front.abort();
        let _ = (&mut self.front).await;
    }

    fn revive(&mut self) {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_reuseaddr(true).unwrap();
        socket.bind(self.address).unwrap();
        self.front = tokio::spawn(carry(socket.listen(64).unwrap(), self.service));
    }
}

async fn echo(body: Bytes) -> Bytes {
    body
}

impl Seen {
    async fn note(self, request: Request, next: Next) -> Response {
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
async fn carry(listener: TcpListener, service: SocketAddr) {
    let mut connections = JoinSet::new();
    while let Ok((mut client, _)) = listener.accept().await {
        connections.spawn(async move {
            let mut server = TcpStream::connect(service).await.unwrap();
            let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
        });
    }
}

/// Two instances and a table with a row for each line.
async fn two() -> (World, Instance, Instance) {
    let (first, second) = (Instance::start().await, Instance::start().await);
    let world = open(first.address, second.address).await;
    (world, first, second)
}

async fn open(first: SocketAddr, second: SocketAddr) -> World {
    World::open(&table(first, second, "40s")).await.unwrap()
}

/// The services have names of their own, which metrics tell them apart by.
fn table(first: SocketAddr, second: SocketAddr, timeout: &str) -> String {
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
fn service(line: &str, first: SocketAddr) -> String {
    let kind = if line == "grpc" { "logger" } else { "web" };
    format!("{kind}-{}", first.port())
}

/// One safe call over a line; a raw one brings the service's status as it is.
async fn call(world: &World, line: &str) -> Result<(), Error> {
    if line != "raw" {
        return world.call(line, json!({})).await.map(drop);
    }
    match pass(world, http::Request::get("/"), Body::empty()).await?.0 {
        status if status.is_success() => Ok(()),
        status => Err(Error::new(Code::from_http(status), "streamed through")),
    }
}

async fn pass(world: &World, request: http::request::Builder, body: Body) -> Result<(StatusCode, Bytes), Error> {
    let request = request.body(body.map_err(Into::into).boxed_unsync()).unwrap();
    let passage = Passage::new(request, "/echo".to_owned(), Instant::now() + PATIENCE);
    let (head, body) = world.row("ANY /raw/{*path}").pass(passage).await?.into_parts();
    Ok((head.status, body.collect().await.unwrap().to_bytes()))
}

/// How many instances of the service that this line calls are in use, and how many are ejected.
fn states(line: &str, first: SocketAddr) -> (f64, f64) {
    let (text, service) = (mesh::telemetry::metrics_text(), service(line, first));
    let count = |state: &str| {
        let name = format!("instances{{service=\"{service}\",state=\"{state}\"}} ");
        text.lines().find_map(|line| line.strip_prefix(&name)?.parse().ok()).unwrap()
    };
    (count("in_use"), count("ejected"))
}

const ALL_IN_USE: (f64, f64) = (2.0, 0.0);
const ONE_EJECTED: (f64, f64) = (1.0, 1.0);

async fn calls_until(world: &World, line: &str, what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "{line}: called in vain for {what}");
        call(world, line).await.unwrap();
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn each_line_uses_all_instances() {
    for line in LINES {
        let (world, first, second) = two().await;
        calls_until(&world, line, "both", || first.calls() > 0 && second.calls() > 0).await;
    }
}

#[tokio::test]
async fn an_instance_that_is_killed_costs_no_safe_call_and_is_used_again() {
    mesh::telemetry::init_metrics().unwrap();
    for line in LINES {
        let (world, mut first, second) = two().await;
        calls_until(&world, line, "both", || first.calls() > 0 && second.calls() > 0).await;
        first.kill().await;
        calls_until(&world, line, "the ejection", || states(line, first.address) == ONE_EJECTED).await;
        first.revive();
        let before = first.calls();
        calls_until(&world, line, "its return", || first.calls() > before && states(line, first.address) == ALL_IN_USE)
            .await;
    }
}

#[tokio::test]
async fn one_that_says_it_cannot_serve_is_ejected_and_the_call_is_made_elsewhere() {
    mesh::telemetry::init_metrics().unwrap();
    for line in ["grpc", "http"] {
        for status in [StatusCode::SERVICE_UNAVAILABLE, StatusCode::BAD_GATEWAY] {
            let (world, first, second) = two().await;
            first.refuses(Some(status));
            calls_until(&world, line, "the ejection", || states(line, first.address) == ONE_EJECTED).await;
            first.refuses(None);
            calls_until(&world, line, "its return", || states(line, first.address) == ALL_IN_USE).await;
            if line == "grpc" {
                assert!(second.seen.attempts.lock().unwrap().iter().any(|it| it == "1"), "told of the first attempt");
                assert!(first.seen.attempts.lock().unwrap().iter().any(String::is_empty));
            }
        }
    }
}

#[tokio::test]
async fn a_service_that_fails_for_reasons_of_its_own_stays() {
    mesh::telemetry::init_metrics().unwrap();
    let (world, first, _second) = two().await;
    first.refuses(Some(StatusCode::INTERNAL_SERVER_ERROR));
    let before = first.calls();
    let deadline = Instant::now() + PATIENCE;
    while first.calls() < before + 20 {
        assert!(Instant::now() < deadline, "it is called no more");
        let _ = call(&world, "http").await;
    }
    assert_eq!(states("http", first.address), ALL_IN_USE);
}

#[tokio::test]
async fn a_body_that_its_caller_breaks_off_is_not_the_instances_fault() {
    mesh::telemetry::init_metrics().unwrap();
    let (world, first, _second) = two().await;
    for _ in 0..20 {
        let pieces = [Ok(Bytes::from("a")), Err(std::io::Error::other("gone"))];
        let body = Body::from_stream(futures::stream::iter(pieces));
        pass(&world, http::Request::post("/"), body).await.unwrap_err();
    }
    assert_eq!(states("raw", first.address), ALL_IN_USE);
}

#[tokio::test]
async fn a_body_that_trickles_until_the_deadline_is_not_the_instances_fault() {
    mesh::telemetry::init_metrics().unwrap();
    let (first, second) = (Instance::start().await, Instance::start().await);
    let world = World::open(&table(first.address, second.address, "1s")).await.unwrap();
    let trickle = async |_| {
        let begun = futures::stream::once(std::future::ready(Ok::<_, std::io::Error>(Bytes::from("a"))));
        let body = Body::from_stream(futures::StreamExt::chain(begun, futures::stream::pending()));
        let request = http::Request::post("/").body(body.map_err(Into::into).boxed_unsync()).unwrap();
        let passage = Passage::new(request, "/echo".to_owned(), Instant::now() + Duration::from_secs(1));
        world.row("ANY /raw/{*path}").pass(passage).await.unwrap_err()
    };
    for error in futures::future::join_all((0..20).map(trickle)).await {
        assert_eq!(error.code, Code::DeadlineExceeded);
    }
    assert!(first.calls() + second.calls() >= 5, "they came to the instances");
    assert_eq!(states("raw", first.address), ALL_IN_USE);
}

/// Answers each request with a head that promises more than comes.
async fn breaking_off() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let _ = client.read(&mut [0; 4096]).await;
            let _ = client.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{").await;
        }
    });
    address
}

#[tokio::test]
async fn one_whose_answers_break_off_is_ejected() {
    mesh::telemetry::init_metrics().unwrap();
    for line in ["http", "raw"] {
        let (broken, whole) = (breaking_off().await, Instance::start().await);
        let world = open(broken, whole.address).await;
        let deadline = Instant::now() + PATIENCE;
        while states(line, broken) != ONE_EJECTED {
            assert!(Instant::now() < deadline, "{line}: called in vain for the ejection");
            match line {
                "http" => call(&world, line).await.unwrap(),
                _ => drop(read(&world).await),
            }
        }
    }
}

/// What streams through, up to its end or to where it breaks off.
async fn read(world: &World) -> Result<Bytes, Box<dyn std::error::Error + Send + Sync>> {
    let request = http::Request::get("/").body(Body::empty().map_err(Into::into).boxed_unsync()).unwrap();
    let passage = Passage::new(request, "/echo".to_owned(), Instant::now() + PATIENCE);
    let answer = world.row("ANY /raw/{*path}").pass(passage).await.map_err(|error| error.to_string())?;
    Ok(answer.into_body().collect().await?.to_bytes())
}

#[tokio::test]
async fn an_instance_that_refuses_is_passed_over_with_the_body_whole() {
    let (_held, refusing) = world::nobody();
    let world = open(refusing, Instance::start().await.address).await;
    for _ in 0..20 {
        let answered = pass(&world, http::Request::post("/"), Body::from("body")).await.unwrap();
        assert_eq!(answered, (StatusCode::OK, Bytes::from("body")));
    }
}

#[tokio::test]
async fn when_nobody_is_there_the_caller_is_told_so_and_all_are_asked_again() {
    let (mut first, mut second) = (Instance::start().await, Instance::start().await);
    let world = open(first.address, second.address).await;
    first.kill().await;
    second.kill().await;
    for line in LINES {
        for _ in 0..10 {
            assert_eq!(call(&world, line).await.unwrap_err().code, Code::Unavailable, "{line}");
        }
    }
    first.revive();
    for line in LINES {
        call(&world, line).await.unwrap();
    }
    eventually("the calls", || first.calls() >= LINES.len()).await;
}

/// Takes each connection and ends it after the first bytes; counts those over HTTP/1.
async fn breaking() -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, taken) = (listener.local_addr().unwrap(), Arc::<AtomicUsize>::default());
    let count = Arc::clone(&taken);
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let mut first = [0; 3];
            if client.read_exact(&mut first).await.is_ok() && first != *b"PRI" {
                count.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    (address, taken)
}

#[tokio::test]
async fn a_connection_that_breaks_under_a_safe_call_costs_another_attempt() {
    for line in LINES {
        let ((broken, taken), whole) = (breaking().await, Instance::start().await);
        let world = open(broken, whole.address).await;
        for _ in 0..20 {
            call(&world, line).await.unwrap();
        }
        let is_second = whole.seen.attempts.lock().unwrap().iter().any(|before| before == "1");
        assert!(is_second || taken.load(Ordering::Relaxed) > 0, "{line}: the broken one was never called");
    }
}

#[tokio::test]
async fn what_streams_through_is_sent_again_only_where_that_is_safe_and_nothing_is_lost() {
    let cases = [("GET", "", 3), ("DELETE", "", 3), ("PUT", "body", 1), ("POST", "", 1)];
    for (method, body, attempts) in cases {
        let ((first, one), (second, other)) = (breaking().await, breaking().await);
        let world = open(first, second).await;
        let body = if body.is_empty() { Body::empty() } else { Body::from(body) };
        let error = pass(&world, http::Request::builder().method(method), body).await.unwrap_err();
        assert_eq!((error.code, error.retry_after), (Code::Unavailable, Some(Duration::from_secs(1))));
        let taken = one.load(Ordering::Relaxed) + other.load(Ordering::Relaxed);
        assert_eq!(taken, attempts, "{method}");
    }
}
