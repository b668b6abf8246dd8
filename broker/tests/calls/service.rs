//! A service that does what it is asked as often as it is asked, and remembers under which keys: what it did once, the
//! broker asked for once.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use tokio::sync::watch;

/// One thing that was asked for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Asked {
    pub(crate) key: String,
    pub(crate) user: Option<String>,
    pub(crate) body: Value,
}

#[derive(Clone)]
pub(crate) struct Service {
    pub(crate) address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    /// What `/do` answers.
    status: Arc<Mutex<StatusCode>>,
    /// Whether `/do` answers at all.
    open: watch::Sender<bool>,
}

impl Service {
    pub(crate) async fn start() -> Self {
        let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let service = Self {
            address: socket.local_addr().unwrap(),
            asked: Arc::default(),
            status: Arc::new(Mutex::new(StatusCode::CREATED)),
            open: watch::Sender::new(true),
        };
        let router =
            Router::new().route("/do", post(act)).route("/large/{bytes}", post(large)).with_state(service.clone());
        tokio::spawn(async move { axum::serve(socket, router).await });
        service
    }

    /// Everything that was asked for, in order.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    pub(crate) fn answers(&self, status: u16) {
        *self.status.lock().unwrap() = StatusCode::from_u16(status).unwrap();
    }

    /// Takes what it is asked for and says nothing, until it is let go.
    pub(crate) fn hold(&self) {
        self.open.send_replace(false);
    }

    pub(crate) fn let_go(&self) {
        self.open.send_replace(true);
    }

    fn note(&self, headers: &HeaderMap, body: &str) -> usize {
        let text = |name: &str| headers.get(name).map(|it| it.to_str().unwrap().to_owned());
        let mut asked = self.asked.lock().unwrap();
        let body = serde_json::from_str(body).unwrap();
        asked.push(Asked { key: text("idempotency-key").unwrap_or_default(), user: text("x-user-id"), body });
        asked.len()
    }
}

async fn act(State(service): State<Service>, headers: HeaderMap, body: String) -> Response {
    let number = service.note(&headers, &body);
    service.open.subscribe().wait_for(|open| *open).await.unwrap();
    let status = *service.status.lock().unwrap();
    if status.is_success() {
        return (status, axum::Json(json!({ "number": number }))).into_response();
    }
    mesh::Error::new(mesh::Code::from_http(status), format!("no, for the {number}. time"))
        .with_status(status)
        .into_response()
}

async fn large(State(service): State<Service>, Path(bytes): Path<usize>, headers: HeaderMap, body: String) -> Response {
    service.note(&headers, &body);
    axum::Json(json!("x".repeat(bytes - 2))).into_response()
}
