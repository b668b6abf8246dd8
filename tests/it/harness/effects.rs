//! A service of the test's own that counts what it is asked to do, and can be made to keep its callers waiting.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::sync::watch;

#[derive(Clone)]
pub(crate) struct Effects {
    address: SocketAddr,
    /// The keys of all that was asked for, in order.
    keys: Arc<Mutex<Vec<String>>>,
    open: watch::Sender<bool>,
}

impl Effects {
    pub(crate) async fn start() -> Self {
        let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let effects = Self { address, keys: Arc::default(), open: watch::Sender::new(true) };
        let router = Router::new().route("/effects", post(effect)).with_state(effects.clone());
        tokio::spawn(async move { axum::serve(socket, router).await });
        effects
    }

    /// The row that leads here, with these options.
    pub(crate) fn row(&self, options: &str) -> String {
        format!(
            "[[route]]\non = \"POST /v1/effects\"\naction = \"effect\"\ncall = \"http {} POST /effects\"\n{options}\n",
            self.address
        )
    }

    pub(crate) fn keys(&self) -> Vec<String> {
        self.keys.lock().unwrap().clone()
    }

    /// Whether what is asked for is answered.
    pub(crate) fn answer(&self, open: bool) {
        self.open.send_replace(open);
    }
}

async fn effect(State(effects): State<Effects>, headers: HeaderMap) -> Json<Value> {
    let key = headers.get("idempotency-key").map(|it| it.to_str().unwrap().to_owned()).unwrap_or_default();
    let number = {
        let mut keys = effects.keys.lock().unwrap();
        keys.push(key);
        keys.len()
    };
    effects.open.subscribe().wait_for(|open| *open).await.unwrap();
    Json(json!({ "number": number }))
}
