//! What a server promises its callers and whoever stops it, over real sockets.

mod http2;
mod probes;
mod slow;
mod stopping;

use std::convert::Infallible;
use std::io::Write;
use std::net::SocketAddr;
use std::sync::Mutex;

use axum::body::Bytes;
use axum::routing::{get, post};
use http::{HeaderValue, Request, StatusCode};
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::connection::PREFACE;
use super::*;

const PATIENCE: Duration = Duration::from_secs(45);
/// So long that no test ends because of it.
const LONG: Duration = Duration::from_secs(600);

struct Running {
    address: SocketAddr,
    stop: CancellationToken,
    ended: JoinHandle<anyhow::Result<()>>,
}

impl Running {
    async fn start(
        limits: Limits,
        grace: Duration,
        build: impl Future<Output = anyhow::Result<Router>> + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
        let server = Server { listener, health: Health::new("test"), grace };
        let ended = tokio::spawn(server.run_within(limits, build, stop.clone()));
        Self { address, stop, ended }
    }

    async fn with(limits: Limits, grace: Duration, gate: &Gate) -> Self {
        let router = router(gate);
        Self::start(limits, grace, async { Ok(router) }).await
    }

    async fn client(&self) -> Client {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let (sender, connection) = handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        Client { sender }
    }

    async fn ended(self) {
        tokio::time::timeout(PATIENCE, self.ended).await.expect("the server does not end").unwrap().unwrap();
    }
}

/// Holds calls to /slow until it is opened, and tells when one has arrived.
#[derive(Clone, Default)]
struct Gate {
    arrived: Arc<Notify>,
    open: Arc<Notify>,
}

fn router(gate: &Gate) -> Router {
    let gate = gate.clone();
    let slow = || async move {
        gate.arrived.notify_one();
        gate.open.notified().await;
        "done"
    };
    let logged = || async { tracing::info!("handled") };
    let repeated = |body: Bytes| async { body };
    let host = |headers: http::HeaderMap| async move { headers[http::header::HOST].to_str().unwrap().to_owned() };
    let router = Router::new().route("/ok", get(logged)).route("/slow", get(slow)).route("/panic", get(panics));
    router
        .route("/echo", post(repeated))
        .route("/host", get(host))
        .route("/endless", get(endless))
        .route("/long", get(|| async { "long" }))
}

/// A body that has always more to say.
async fn endless() -> axum::body::Body {
    let piece = Bytes::from(vec![b'x'; 1 << 16]);
    axum::body::Body::from_stream(futures::stream::repeat_with(move || Ok::<_, Infallible>(piece.clone())))
}

async fn panics() -> &'static str {
    panic!("as it should")
}

/// One connection.
struct Client {
    sender: SendRequest<Empty<Bytes>>,
}

impl Client {
    async fn get(&mut self, path: &str, headers: &[(&str, &str)]) -> hyper::Result<(http::response::Parts, String)> {
        let mut request = Request::get(path).header("host", "test");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.sender.send_request(request.body(Empty::new()).unwrap()).await?;
        let (head, body) = response.into_parts();
        let body = body.collect().await?.to_bytes();
        Ok((head, String::from_utf8(body.to_vec()).unwrap()))
    }

    async fn status(&mut self, path: &str) -> StatusCode {
        self.get(path, &[]).await.unwrap().0.status
    }
}

/// Sends these bytes and gives all that comes back until the connection ends.
async fn spoken(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let (mut reader, mut writer) = stream.split();
    let mut answer = Vec::new();
    // Who is refused may be reset while it still writes; what was answered before that counts.
    let speaking = async { writer.write_all(bytes).await.ok() };
    let reading = async { reader.read_to_end(&mut answer).await.ok() };
    tokio::time::timeout(PATIENCE, async { tokio::join!(speaking, reading) })
        .await
        .expect("the connection does not end");
    String::from_utf8_lossy(&answer).into_owned()
}

fn problem(head: &http::response::Parts, body: &str) -> Value {
    assert_eq!(head.headers["content-type"], "application/problem+json");
    serde_json::from_str(body).unwrap()
}

#[tokio::test]
async fn a_drain_lets_a_call_in_flight_finish() {
    let gate = Gate::default();
    let running = Running::with(Limits::behind(), LONG, &gate).await;
    let mut client = running.client().await;
    let slow = tokio::spawn(async move { client.get("/slow", &[]).await.unwrap().1 });
    gate.arrived.notified().await;
    running.stop.cancel();
    while TcpStream::connect(running.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(!running.ended.is_finished());
    gate.open.notify_one();
    assert_eq!(slow.await.unwrap(), "done");
    running.ended().await;
}

#[tokio::test]
async fn a_call_that_outlasts_the_grace_period_is_cut() {
    let gate = Gate::default();
    let running = Running::with(Limits::behind(), Duration::from_millis(20), &gate).await;
    let mut client = running.client().await;
    let slow = tokio::spawn(async move { client.get("/slow", &[]).await });
    gate.arrived.notified().await;
    running.stop.cancel();
    running.ended().await;
    assert!(slow.await.unwrap().is_err());
}

#[tokio::test]
async fn connections_without_a_call_do_not_hold_the_end_up() {
    let running = Running::with(Limits::behind(), LONG, &Gate::default()).await;
    let _silent = TcpStream::connect(running.address).await.unwrap();
    let mut client = running.client().await;
    assert_eq!(client.status("/ok").await, 200);
    running.stop.cancel();
    running.ended().await;
}

#[tokio::test]
async fn a_panic_costs_one_caller_a_500_and_the_connection_lives() {
    let running = Running::with(Limits::behind(), LONG, &Gate::default()).await;
    let mut client = running.client().await;
    let (head, body) = client.get("/panic", &[]).await.unwrap();
    assert_eq!(head.status, 500);
    let problem = problem(&head, &body);
    assert_eq!((&problem["instance"], &problem["code"]), (&"/panic".into(), &"internal".into()), "{body}");
    assert_eq!(head.headers["x-request-id"], problem["trace_id"].as_str().unwrap());
    assert_eq!(client.status("/ok").await, 200);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_send_its_head_is_closed() {
    let running = Running::with(Limits::behind(), LONG, &Gate::default()).await;
    for said in ["", "P", "PRI * HTTP/2.0\r\n", "GET /ok HTTP/1.1\r\nhost: t", "GET /ok HTTP/1.1\r\nhost: t\r\n\r\n"] {
        let mut stream = TcpStream::connect(running.address).await.unwrap();
        stream.write_all(said.as_bytes()).await.unwrap();
        let began = tokio::time::Instant::now();
        let closed = tokio::time::timeout(LONG, stream.read_to_end(&mut Vec::new())).await;
        assert!(closed.is_ok(), "still open after '{said}'");
        let head = Limits::behind().head;
        assert!((head..head * 2).contains(&began.elapsed()), "'{said}': {:?}", began.elapsed());
    }
}

#[tokio::test]
async fn a_preface_in_pieces_is_understood() {
    let running = Running::with(Limits::behind(), LONG, &Gate::default()).await;
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    for piece in [&PREFACE[..3], &PREFACE[3..], b"\0\0\0\x04\0\0\0\0\0"] {
        stream.write_all(piece).await.unwrap();
        tokio::task::yield_now().await;
    }
    let mut head = [0; 9];
    tokio::time::timeout(PATIENCE, stream.read_exact(&mut head)).await.expect("no answer").unwrap();
    assert_eq!(head[3], 4, "a SETTINGS frame: {head:?}");
}

#[tokio::test]
async fn calls_get_503_while_the_service_is_starting() {
    let running = Running::start(Limits::behind(), LONG, std::future::pending()).await;
    let mut client = running.client().await;
    let (head, body) = client.get("/ok", &[]).await.unwrap();
    assert_eq!((head.status.as_u16(), &head.headers["retry-after"]), (503, &HeaderValue::from(1)));
    assert!(problem(&head, &body)["detail"].as_str().unwrap().starts_with("test is starting"), "{body}");
    for (name, value) in [("x-content-type-options", "nosniff"), ("x-frame-options", "DENY")] {
        assert_eq!(head.headers[name], value, "a browser is told before the router is there too");
    }
    let (head, _) = client.get("/a.B/C", &[("content-type", "application/grpc")]).await.unwrap();
    assert_eq!((head.status.as_u16(), &head.headers["grpc-status"]), (200, &HeaderValue::from(14)));
    assert_eq!(client.status("/health/ready").await, 503);
    assert_eq!(client.status("/health/live").await, 200);
    running.stop.cancel();
    running.ended().await;
}

#[tokio::test]
async fn beyond_the_most_calls_there_is_a_503_at_once() {
    let gate = Gate::default();
    let running = Running::with(Limits { calls: 1, ..Limits::behind() }, LONG, &gate).await;
    let (mut first, mut second) = (running.client().await, running.client().await);
    let slow = tokio::spawn(async move { first.status("/slow").await });
    gate.arrived.notified().await;
    let (head, body) = second.get("/ok", &[]).await.unwrap();
    assert_eq!((head.status.as_u16(), &head.headers["retry-after"]), (503, &HeaderValue::from(1)));
    assert_eq!(problem(&head, &body)["detail"], "test has too many calls in hand");
    assert_eq!(second.status("/health/ready").await, 200);
    gate.open.notify_one();
    assert_eq!(slow.await.unwrap(), 200);
    assert_eq!(second.status("/ok").await, 200);
}

#[tokio::test]
async fn beyond_the_most_connections_the_next_one_waits() {
    let running = Running::with(Limits { connections: 1, ..Limits::behind() }, LONG, &Gate::default()).await;
    let mut first = running.client().await;
    assert_eq!(first.status("/ok").await, 200);
    let mut second = running.client().await;
    let waiting = tokio::spawn(async move { second.status("/ok").await });
    assert_eq!(first.status("/ok").await, 200);
    assert!(!waiting.is_finished());
    drop(first);
    assert_eq!(tokio::time::timeout(PATIENCE, waiting).await.expect("still waiting").unwrap(), 200);
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn every_answer_has_the_id_that_finds_it_in_the_log() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
    let _logging = tracing::subscriber::set_default(subscriber);
    let running = Running::with(Limits::behind(), LONG, &Gate::default()).await;
    let mut client = running.client().await;
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let parent = format!("00-{trace}-b7ad6b7169203331-01");
    let too_long = "x".repeat(129);
    for (given, shown) in [(None, trace), (Some("abc-1.2_3"), "abc-1.2_3"), (Some("a b"), trace), (Some(""), trace)]
        .into_iter()
        .chain([(Some(&*too_long), trace)])
    {
        let mut headers = vec![("traceparent", &*parent)];
        headers.extend(given.map(|id| ("x-request-id", id)));
        let (head, _) = client.get("/ok", &headers).await.unwrap();
        assert_eq!(head.headers["x-request-id"], shown, "{given:?}");
        let logged = String::from_utf8(std::mem::take(&mut *log.0.lock().unwrap())).unwrap();
        assert!(logged.contains("handled") && logged.contains(trace) && logged.contains(shown), "{logged}");
        assert_eq!(logged.contains("request="), shown != trace, "{logged}");
    }
}
