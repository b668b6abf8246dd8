//! A bus, an issuer and rows that instances of the service share. An instance has a runtime of its own, so that it can end
//! as a process does when it is killed, wherever its tasks are.

use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Body;
use bus::heartbeat::{Activity, Consumed, Heartbeat, TOPIC};
use bus::{Bus, Shared};
use chrono::{TimeDelta, Utc};
use http::Request;
use http_body_util::BodyExt;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use mesh::cache::Cache;
use mesh::config::{Env, Process};
use mesh::identity::Verifier;
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::issuer::{Issuer, Token};
use super::work::SERVICE;
use crate::door::Door;
use crate::{Config, run};

const PATIENCE: Duration = Duration::from_secs(45);
/// Shorter than one may be that somebody sets: nobody waits for long here.
const LEASE: TimeDelta = TimeDelta::seconds(2);

pub(super) struct World {
    pub(super) bus: Bus,
    env: Vec<(String, String)>,
    stop: CancellationToken,
    _issuer: Issuer,
    _tasks: DropGuard,
    _folder: TempDir,
}

/// One instance, and a client of it that is an admin.
pub(super) struct Instance {
    address: SocketAddr,
    client: Client<HttpConnector, Body>,
    stop: CancellationToken,
    runtime: Option<Runtime>,
}

#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Value,
}

impl Answer {
    #[track_caller]
    pub(super) fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        self.body
    }
}

impl World {
    pub(super) async fn new(postgres: Option<String>) -> Self {
        let (folder, issuer, stop) = (tempfile::tempdir().unwrap(), Issuer::start().await, CancellationToken::new());
        let mut env = vec![
            ("SWITCHBOARD_DATA".to_owned(), folder.path().display().to_string()),
            ("AUTHENTICATOR_URL".to_owned(), format!("http://{}", issuer.address)),
            ("OPERATIONS_ADDR".to_owned(), "127.0.0.1:0".to_owned()),
        ];
        env.extend(postgres.map(|url| ("OPERATIONS_POSTGRES_URL".to_owned(), url)));
        let all = Env::new(env.iter().cloned());
        let bus = bus::Config::from_env(&all, &Process::from_env(&all).unwrap()).unwrap();
        let bus = Bus::open(bus, stop.clone()).await.unwrap();
        let tasks = stop.clone().drop_guard();
        Self { bus, env, stop, _issuer: issuer, _tasks: tasks, _folder: folder }
    }

    /// The same with this variable for instances that start from now on.
    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The URL of its rows, where they are on a server.
    pub(super) fn postgres(&self) -> &str {
        &self.env.iter().find(|(name, _)| name == "OPERATIONS_POSTGRES_URL").expect("rows on PostgreSQL").1
    }

    fn config(&self) -> Config {
        let env = Env::new(self.env.iter().cloned());
        let config = Config::from_env(&env, &Process::from_env(&env).unwrap()).unwrap();
        Config { lease: LEASE, ..config }
    }

    fn shared(&self) -> Shared {
        let (bus, cache) = (self.bus.clone(), Cache::in_memory());
        Shared { bus, cache, loopback_only: true, grace: Duration::from_secs(5) }
    }

    /// One that is ready, and drains what dies in `SERVICE`.
    pub(super) async fn instance(&self) -> Instance {
        let instance = self.instance_that_heard_nothing().await;
        eventually("the service is drained", async || {
            self.tell_of(SERVICE).await;
            let (known,): (i64,) =
                self.door().await.db.query("SELECT COUNT(*) FROM drained").fetch_one().await.unwrap();
            (known > 0).then_some(())
        })
        .await;
        instance
    }

    pub(super) async fn instance_that_heard_nothing(&self) -> Instance {
        let (config, shared, stop) = (self.config(), self.shared(), CancellationToken::new());
        let socket = std::net::TcpListener::bind(config.address).unwrap();
        socket.set_nonblocking(true).unwrap();
        let address = socket.local_addr().unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let stopped = stop.clone();
        runtime.spawn(async move { run(config, shared, TcpListener::from_std(socket).unwrap(), stopped).await });
        let client = Client::builder(TokioExecutor::new()).build_http();
        let instance = Instance { address, client, stop, runtime: Some(runtime) };
        eventually("the instance lets an admin in", async || {
            (instance.get("/v1/admin/operations").await.status == 200).then_some(())
        })
        .await;
        instance
    }

    /// As a process does that consumes the queues of `service`.
    pub(super) async fn tell_of(&self, service: &str) {
        let consumed = Consumed { service: service.to_owned(), ..Consumed::default() };
        let queues = [(format!("v1.{service}.store"), consumed)].into();
        let heartbeat = Heartbeat {
            instance: "worker".to_owned(),
            version: "0".to_owned(),
            started_at: Utc::now(),
            sent_at: Utc::now(),
            is_last: false,
            services: Vec::new(),
            bus: Activity { queues, ..Activity::default() },
            routes: Vec::new(),
        };
        self.bus.tell(TOPIC, serde_json::to_vec(&heartbeat).unwrap().into()).await;
    }

    /// What handlers and tasks work with, over the same rows.
    pub(super) async fn door(&self) -> Door {
        let config = self.config();
        let verifier = Verifier::new(Vec::new(), &self.stop).unwrap();
        crate::opened(&config, &self.shared(), &verifier).await.unwrap()
    }
}

impl Instance {
    pub(super) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, Value::Null).await
    }

    pub(super) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send("POST", path, body).await
    }

    pub(super) async fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, Value::Null).await
    }

    async fn send(&self, method: &str, path: &str, body: Value) -> Answer {
        let token = Token { subject: "boss", roles: &["user", "admin"], ..Token::default() }.signed();
        self.send_as(Some(&token), method, path, body).await
    }

    pub(super) async fn send_as(&self, token: Option<&str>, method: &str, path: &str, body: Value) -> Answer {
        let mut request = Request::builder().method(method).uri(format!("http://{}{path}", self.address));
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let response = self.client.request(request.body(Body::from(body)).unwrap()).await.unwrap();
        let status = response.status().as_u16();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        Answer { status, body: serde_json::from_slice(&bytes).unwrap_or_default() }
    }

    /// All letters that a query finds.
    pub(super) async fn letters(&self, query: &str) -> Vec<Value> {
        let page = self.get(&format!("/v1/admin/dead-letters?limit=200&{query}")).await.expect(200);
        page["letters"].as_array().unwrap().clone()
    }

    /// So many letters that a query finds, once they are there.
    pub(super) async fn until_letters(&self, query: &str, count: usize) -> Vec<Value> {
        eventually(&format!("there are {count} letters of {query}"), async || {
            let letters = self.letters(query).await;
            (letters.len() == count).then_some(letters)
        })
        .await
    }

    /// The id of an operation that was accepted.
    pub(super) async fn begin(&self, asked: Value) -> String {
        let accepted = self.post("/v1/admin/operations", asked).await.expect(202);
        accepted["id"].as_str().unwrap().to_owned()
    }

    /// An operation that has ended.
    pub(super) async fn ended(&self, id: &str) -> Value {
        eventually("the operation has ended", async || {
            let operation = self.get(&format!("/v1/admin/operations/{id}")).await.expect(200);
            (operation["state"] != "running").then_some(operation)
        })
        .await
    }

    pub(super) async fn done(&self, asked: Value) -> Value {
        let id = self.begin(asked).await;
        self.ended(&id).await
    }

    /// Without a word to anybody.
    pub(super) fn kill(mut self) {
        self.runtime.take().unwrap().shutdown_background();
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

pub(super) async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let looking = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let found = tokio::time::timeout(PATIENCE, looking).await;
    found.unwrap_or_else(|_| panic!("waited in vain until {what}"))
}
