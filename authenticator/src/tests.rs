//! The service as its callers meet it, over real sockets and on both engines. Every test has rows of its own.

mod administration;
mod browser;
mod journeys;
mod key_roll;
mod load;
mod outage;
mod own_sessions;
mod people;
mod refreshing;
mod registering;
mod revoked;
mod slowing;
mod store;
mod sweeping;

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use axum::body::Body;
use futures::FutureExt;
use http::{HeaderMap, Request};
use http_body_util::BodyExt;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use mesh::Env;
use mesh::config::Process;
use secrecy::SecretString;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::{Config, run, seed};

/// Where a test's rows are: the variables that lead there.
type Rows = Vec<(String, String)>;

/// Rows in a folder that goes when the test is over.
fn sqlite() -> (TempDir, Rows) {
    let folder = tempfile::tempdir().unwrap();
    let rows = vec![("SWITCHBOARD_DATA".to_owned(), folder.path().to_str().unwrap().to_owned())];
    (folder, rows)
}

/// A new PostgreSQL database for `test`, dropped also when it fails.
async fn on_postgres(test: impl AsyncFnOnce(Rows)) {
    let server = std::env::var("TEST_POSTGRES_URL");
    let server = server.unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".to_owned());
    let mut admin = PgConnection::connect(&server).await.unwrap_or_else(|error| {
        panic!("this test needs PostgreSQL: start it, or set TEST_POSTGRES_URL to where it is ({error})")
    });
    let name = format!("test_authenticator_{}", uuid::Uuid::new_v4().simple());
    admin.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
    let mut url = url::Url::parse(&server).unwrap();
    url.set_path(&name);
    let (_folder, folder) = sqlite();
    let rows = [vec![("AUTHENTICATOR_POSTGRES_URL".to_owned(), url.to_string())], folder].concat();
    let outcome = AssertUnwindSafe(test(rows)).catch_unwind().await;
    admin.execute(AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)"))).await.unwrap();
    outcome.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
}

fn config(rows: &Rows, more: &[(&str, &str)]) -> Config {
    let fixed = [("AUTHENTICATOR_ADDR", "127.0.0.1:0"), ("AUTHENTICATOR_BCRYPT_COST", "4")].into_iter();
    let more = more.iter().copied().chain(fixed).map(|(name, value)| (name.to_owned(), value.to_owned()));
    let env = Env::default().with_defaults(rows.iter().cloned().chain(more));
    Config::from_env(&env, &Process::from_env(&env).unwrap()).unwrap()
}

/// A bus of the service's own, in its folder.
async fn shared(config: &Config, loopback_only: bool, shutdown: &CancellationToken) -> bus::Shared {
    let env = Env::default();
    let file = config.rows.file.with_file_name(format!("bus-{}.db", uuid::Uuid::new_v4().simple()));
    let process = Process::from_env(&env).unwrap();
    let bus = bus::Config { file, ..bus::Config::from_env(&env, &process).unwrap() };
    let bus = bus::Bus::open(bus, shutdown.clone()).await.unwrap();
    let cache = mesh::cache::Cache::in_memory();
    bus::Shared { bus, cache, loopback_only, grace: Duration::from_secs(5) }
}

/// A running service and a client for it.
struct Service {
    base: String,
    client: Client<HttpConnector, Body>,
    shutdown: CancellationToken,
    running: JoinHandle<anyhow::Result<()>>,
}

#[derive(Debug)]
struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Value,
}

impl Answer {
    /// A text in the answer.
    fn text(&self, field: &str) -> &str {
        self.body[field].as_str().unwrap_or_else(|| panic!("no {field} in {self:?}"))
    }
}

impl Service {
    /// Begins to serve; `ready` waits until it does.
    async fn begin(config: Config, is_seeded: bool) -> Self {
        let socket = TcpListener::bind(config.address).await.unwrap();
        let base = format!("http://{}", socket.local_addr().unwrap());
        let shutdown = CancellationToken::new();
        let shared = shared(&config, is_seeded, &shutdown).await;
        let running = tokio::spawn(run(config, shared, socket, shutdown.clone()));
        Self { base, client: Client::builder(TokioExecutor::new()).build_http(), shutdown, running }
    }

    /// A service that has the development user and is ready.
    async fn start(config: Config) -> Self {
        let service = Self::begin(config, true).await;
        service.ready().await;
        service
    }

    async fn ready(&self) {
        eventually("ready", async || self.send("GET", "/health/ready", "").await.status == 200).await;
    }

    async fn send(&self, method: &str, path: &str, body: impl Into<Body>) -> Answer {
        self.send_with(method, path, &[], body).await
    }

    async fn send_with(&self, method: &str, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Answer {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.client.request(request.body(body.into()).unwrap()).await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        Answer { status, headers, body: serde_json::from_slice(&bytes).unwrap_or_default() }
    }

    /// With an access token.
    async fn as_bearer(&self, token: &str, method: &str, path: &str) -> Answer {
        self.send_with(method, path, &[("authorization", &format!("Bearer {token}"))], "").await
    }

    async fn refresh(&self, token: &str) -> Answer {
        self.send("POST", "/v1/sessions/refresh", json!({ "refresh_token": token }).to_string()).await
    }

    async fn sign_in(&self, email: &str, password: &str) -> Answer {
        self.sign_in_from("192.0.2.1", email, password).await
    }

    async fn sign_in_from(&self, address: &str, email: &str, password: &str) -> Answer {
        let body = json!({ "email": email, "password": password }).to_string();
        self.send_with("POST", "/v1/sessions", &[("x-forwarded-for", address)], body).await
    }

    async fn sign_in_as_admin(&self) -> Answer {
        self.sign_in(seed::EMAIL, seed::PASSWORD).await
    }

    async fn stop(self) {
        self.shutdown.cancel();
        self.running.await.unwrap().unwrap();
    }
}

async fn eventually(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(45);
    while !condition().await {
        assert!(tokio::time::Instant::now() < deadline, "not in time: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn secret(text: &str) -> SecretString {
    SecretString::from(text)
}

/// What handlers work with, over the same rows as a service.
async fn door(config: &Config) -> crate::door::Door {
    let shared = shared(config, false, &CancellationToken::new()).await;
    crate::enter(config, &shared, &crate::passwords::Passwords::new(4, 8)).await.unwrap().0
}
