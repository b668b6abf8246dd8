//! The load: a closed loop over HTTP/1.1. Each connection is kept alive and has one request under way at a time; the next
//! one is sent when the answer is there. An answer with another status than expected ends the measurement.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

pub(crate) type Sender = SendRequest<Full<Bytes>>;

/// As many as the aims speak of.
pub(crate) const CONNECTIONS: usize = 64;

/// A log entry of a usual size.
pub(crate) const BODY: &str =
    r#"{"name":"bench","level":"INFO","data":"an order was placed, and this line of the log tells about it"}"#;

/// Where requests go, and what is a good answer.
#[derive(Clone)]
pub(crate) struct Target {
    address: SocketAddr,
    path: &'static str,
    expected: StatusCode,
    bearer: Option<HeaderValue>,
}

impl Target {
    pub(crate) fn new(address: SocketAddr, path: &'static str, expected: StatusCode) -> Self {
        Self { address, path, expected, bearer: None }
    }

    /// The same, sent by whoever has this access token.
    pub(crate) fn with_token(self, token: &str) -> anyhow::Result<Self> {
        Ok(Self { bearer: Some(format!("Bearer {token}").parse()?), ..self })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The same at another address.
    pub(crate) fn at(&self, address: SocketAddr) -> Self {
        Self { address, ..self.clone() }
    }
}

/// When the load ends: whatever comes first.
#[derive(Clone)]
pub(crate) struct Budget {
    until: Instant,
    left: Arc<AtomicU64>,
}

impl Budget {
    pub(crate) fn time(time: Duration) -> Self {
        Self { until: Instant::now() + time, left: Arc::new(u64::MAX.into()) }
    }

    pub(crate) fn requests(number: u64) -> Self {
        Self { until: Instant::now() + Duration::from_secs(600), left: Arc::new(number.into()) }
    }

    /// Whether there is another request to send.
    pub(crate) fn take(&self) -> bool {
        let one_less = |left: u64| left.checked_sub(1);
        Instant::now() < self.until && self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less).is_ok()
    }
}

/// What a load saw.
pub(crate) struct Seen {
    pub(crate) elapsed: Duration,
    /// From request to answer, in microseconds, ascending.
    pub(crate) latencies: Vec<u32>,
}

impl Seen {
    pub(crate) fn new(began: Instant, mut latencies: Vec<u32>) -> Self {
        let elapsed = began.elapsed();
        latencies.sort_unstable();
        Self { elapsed, latencies }
    }

    pub(crate) fn per_second(&self) -> f64 {
        self.latencies.len() as f64 / self.elapsed.as_secs_f64()
    }

    /// In milliseconds; `share` is between 0 and 1.
    pub(crate) fn percentile(&self, share: f64) -> f64 {
        let position = (self.latencies.len() as f64 * share) as usize;
        let latency = self.latencies.get(position.min(self.latencies.len().saturating_sub(1)));
        f64::from(latency.copied().unwrap_or_default()) / 1000.0
    }
}

/// Sends to `target` over 64 connections.
pub(crate) async fn run(target: &Target, budget: &Budget) -> anyhow::Result<Seen> {
    let began = Instant::now();
    let mut connections = JoinSet::new();
    for _ in 0..CONNECTIONS {
        connections.spawn(connection(target.clone(), budget.clone()));
    }
    let mut latencies = Vec::new();
    while let Some(done) = connections.join_next().await {
        latencies.append(&mut done??);
    }
    Ok(Seen::new(began, latencies))
}

async fn connection(target: Target, budget: Budget) -> anyhow::Result<Vec<u32>> {
    over_connection(target.address, async |sender| requests(sender, &target, &budget).await).await
}

async fn requests(sender: &mut Sender, target: &Target, budget: &Budget) -> anyhow::Result<Vec<u32>> {
    let mut latencies = Vec::with_capacity(1 << 14);
    while budget.take() {
        let began = Instant::now();
        request(sender, target).await?;
        latencies.push(began.elapsed().as_micros() as u32);
    }
    Ok(latencies)
}

async fn request(sender: &mut Sender, target: &Target) -> anyhow::Result<()> {
    let mut request = post(target.path, Bytes::from_static(BODY.as_bytes()))?;
    if let Some(bearer) = &target.bearer {
        request.headers_mut().insert(header::AUTHORIZATION, bearer.clone());
    }
    let answer = ask(sender, request).await?;
    if answer.status() != target.expected {
        bail!("{} answered {}: {}", target.path, answer.status(), String::from_utf8_lossy(answer.body()));
    }
    Ok(())
}

pub(crate) fn post(path: &str, json: Bytes) -> anyhow::Result<Request<Full<Bytes>>> {
    let request = Request::post(path).header(header::HOST, "localhost");
    Ok(request.header(header::CONTENT_TYPE, "application/json").body(Full::new(json))?)
}

/// Sends a request and reads all of its answer.
pub(crate) async fn ask(sender: &mut Sender, request: Request<Full<Bytes>>) -> anyhow::Result<Response<Bytes>> {
    sender.ready().await?;
    let (head, body) = sender.send_request(request).await?.into_parts();
    Ok(Response::from_parts(head, body.collect().await?.to_bytes()))
}

/// Gives `asking` a connection of its own.
pub(crate) async fn over_connection<T>(
    address: SocketAddr,
    asking: impl AsyncFnOnce(&mut Sender) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let stream = TcpStream::connect(address).await.context("cannot connect")?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // In one task with its requests: no hand-over between tasks is measured.
    tokio::select! {
        asked = asking(&mut sender) => asked,
        ended = connection => match ended {
            Ok(()) => bail!("the connection was closed"),
            Err(error) => bail!("the connection broke: {error}"),
        },
    }
}

/// One request on a connection of its own; the body of its answer.
pub(crate) async fn get(address: SocketAddr, path: &str) -> anyhow::Result<String> {
    let request = Request::get(path).header(header::HOST, "localhost").body(Full::default())?;
    let answer = over_connection(address, async |sender| ask(sender, request).await).await?;
    Ok(String::from_utf8(answer.into_body().to_vec())?)
}
