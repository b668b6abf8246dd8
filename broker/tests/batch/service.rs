//! A service behind the rows of these tests: it counts its calls, and can hold them until enough are there.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::sync::Barrier;

use crate::client::Answer;
use crate::world::World;

#[derive(Clone)]
pub(crate) struct Service {
    pub(crate) address: SocketAddr,
    calls: Arc<AtomicUsize>,
    inside: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
    /// Opens for so many at once.
    gate: Arc<Barrier>,
}

impl Service {
    pub(crate) async fn start(at_once: usize) -> Self {
        let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let (calls, inside, most) = (Arc::default(), Arc::default(), Arc::default());
        let service = Self { address, calls, inside, most, gate: Arc::new(Barrier::new(at_once)) };
        let router = Router::new()
            .route("/count", post(count))
            .route("/gate", get(gate))
            .route("/never", get(std::future::pending::<String>))
            .route("/large", get(|| async { Json(json!({ "text": "x".repeat(6 << 20) })) }))
            .with_state(service.clone());
        tokio::spawn(async move { axum::serve(socket, router).await });
        service
    }

    /// How many calls were counted.
    pub(crate) fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    /// The most calls that were at the gate at once.
    pub(crate) fn most(&self) -> usize {
        self.most.load(Ordering::SeqCst)
    }

    pub(crate) fn rows(&self) -> String {
        let row = |on: &str, call: &str, more: &str| {
            format!("[[route]]\non = \"{on}\"\ncall = \"http {} {call}\"\nauth = \"public\"\n{more}\n", self.address)
        };
        let count = row("POST /count", "POST /count", "action = \"count\"");
        let gate = row("GET /gate", "GET /gate", "timeout = \"60s\"");
        let never = row("GET /never", "GET /never", "timeout = \"60s\"");
        let large = row("GET /large", "GET /large", "timeout = \"60s\"");
        [count, gate, never, large].concat()
    }
}

async fn count(State(service): State<Service>, body: Json<Value>) -> Json<Value> {
    let calls = service.calls.fetch_add(1, Ordering::SeqCst) + 1;
    Json(json!({ "calls": calls, "sent": body.0, "list": [{ "id": "a/b" }, { "id": 7 }], "none": null }))
}

async fn gate(State(service): State<Service>) -> Json<Value> {
    let inside = service.inside.fetch_add(1, Ordering::SeqCst) + 1;
    service.most.fetch_max(inside, Ordering::SeqCst);
    service.gate.wait().await;
    service.inside.fetch_sub(1, Ordering::SeqCst);
    Json(json!({}))
}

/// A batch of these calls by nobody.
pub(crate) async fn batch(world: &World, calls: &Value) -> Answer {
    world.post("/v1/batch", &json!({ "calls": calls })).send().await
}

/// The answers, after making sure that there were some.
#[track_caller]
pub(crate) fn answers(answer: &Answer) -> &[Value] {
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body["answers"].as_array().unwrap()
}

pub(crate) fn statuses(answer: &Answer) -> Vec<u64> {
    answers(answer).iter().map(|it| it["status"].as_u64().unwrap()).collect()
}
