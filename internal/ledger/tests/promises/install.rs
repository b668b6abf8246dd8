//! The install that is made up: the paths that a run uses, over rows in memory, with one promise that it breaks.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

/// What it does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lie {
    None,
    /// Every seventh entry is accepted and not kept.
    Forgets,
    /// The audit is told of no registration.
    TellsNobody,
    /// A repetition is done once more.
    ForgetsKeys,
    /// Now and then there is an entry of its own.
    Invents,
    /// Now and then an entry gets other words.
    Changes,
    /// Every seventh entry is answered 422.
    Refuses,
    /// Every seventh entry is kept, and its connection closed each time somebody asks.
    AnswersNobody,
    CountsNothing,
    HasNoMetrics,
    /// Health says that something is missing.
    StaysIll,
}

#[derive(Clone)]
pub(crate) struct MadeUp {
    address: SocketAddr,
    rows: Arc<Rows>,
}

struct Rows {
    lie: Lie,
    entries: Mutex<Vec<Value>>,
    users: Mutex<Vec<Value>>,
    audit: Mutex<Vec<Value>>,
    /// How often each key was seen.
    keys: Mutex<HashMap<String, u64>>,
    asked: AtomicU64,
}

impl MadeUp {
    pub(crate) async fn start(lie: Lie) -> Self {
        let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let rows = Rows {
            lie,
            entries: Mutex::default(),
            users: Mutex::default(),
            audit: Mutex::default(),
            keys: Mutex::default(),
            asked: AtomicU64::default(),
        };
        let made_up = Self { address: socket.local_addr().unwrap(), rows: Arc::new(rows) };
        let entries =
            get(async |State(it): State<Self>| json!({ "entries": *it.rows.entries.lock().unwrap() }).to_string());
        let router = Router::new()
            .route("/v1/sessions", post(async || Json(json!({ "access_token": "token" }))))
            .route("/health/ready", get(health))
            .route("/metrics", get(metrics))
            .route("/v1/logs", entries.post(entry))
            .route("/v1/events/logs", post(event))
            .route("/v1/users", get(users).post(account))
            .route("/v1/audit", get(audit))
            .with_state(made_up.clone());
        tokio::spawn(async move { axum::serve(socket, router).await });
        made_up
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Whether this key is new. Every tenth key is answered 503 at first, with its work done.
    fn key(&self, headers: &HeaderMap) -> (u64, u64) {
        let key = headers["idempotency-key"].to_str().unwrap().to_owned();
        let number = u64::from_str_radix(key.split('-').next().unwrap(), 16).unwrap();
        let mut keys = self.rows.keys.lock().unwrap();
        let times = keys.entry(key).or_default();
        *times += 1;
        (number, *times)
    }

    fn store(&self, number: u64, times: u64, mut entry: Value) {
        let (lie, is_seventh) = (self.rows.lie, number.is_multiple_of(7));
        if (times > 1 && lie != Lie::ForgetsKeys) || (lie == Lie::Forgets && is_seventh) {
            return;
        }
        let mut entries = self.rows.entries.lock().unwrap();
        if lie == Lie::Invents && is_seventh {
            entries.push(json!({ "name": entry["name"], "data": "hello" }));
        }
        if lie == Lie::Changes && is_seventh {
            entry["data"] = format!("{}!", entry["data"].as_str().unwrap()).into();
        }
        entries.push(entry);
    }
}

async fn health(State(made_up): State<MadeUp>) -> Json<Value> {
    let is_ill = made_up.rows.lie == Lie::StaysIll;
    let degraded = if is_ill { json!({ "queue": "it is away" }) } else { json!({}) };
    Json(json!({ "status": "ready", "degraded": degraded }))
}

async fn metrics(State(made_up): State<MadeUp>) -> Response {
    let count = made_up.rows.asked.fetch_add(1, Ordering::Relaxed);
    match made_up.rows.lie {
        Lie::HasNoMetrics => StatusCode::NOT_FOUND.into_response(),
        Lie::CountsNothing => "bus_redelivered_total{queue=\"a\"} 4\n".into_response(),
        _ => format!("bus_redelivered_total{{queue=\"a\"}} {count}\n").into_response(),
    }
}

/// Like the gateway: 202 for an event and for what is answered later, else 201.
fn answered(made_up: &MadeUp, number: u64, times: u64, status: StatusCode) -> Response {
    let is_seventh = number.is_multiple_of(7);
    match made_up.rows.lie {
        Lie::Refuses if is_seventh => {
            (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({ "detail": "the answer is no" }))).into_response()
        }
        Lie::AnswersNobody if is_seventh => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        _ if times == 1 && number.is_multiple_of(10) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        _ => (status, Json(json!({ "id": number.to_string() }))).into_response(),
    }
}

async fn entry(State(made_up): State<MadeUp>, headers: HeaderMap, Json(body): Json<Value>) -> Response {
    let (number, times) = made_up.key(&headers);
    made_up.store(number, times, body);
    let is_later = headers.get("prefer").is_some_and(|prefer| prefer == "respond-async");
    answered(&made_up, number, times, if is_later { StatusCode::ACCEPTED } else { StatusCode::CREATED })
}

async fn event(State(made_up): State<MadeUp>, headers: HeaderMap, Json(body): Json<Value>) -> Response {
    let (number, times) = made_up.key(&headers);
    made_up.store(number, times, body);
    answered(&made_up, number, times, StatusCode::ACCEPTED)
}

async fn account(State(made_up): State<MadeUp>, headers: HeaderMap, Json(body): Json<Value>) -> Response {
    let (number, times) = made_up.key(&headers);
    if times == 1 {
        let user = json!({ "id": format!("user {number}"), "email": body["email"] });
        let told = json!({ "data": json!({ "user": user["id"] }).to_string() });
        made_up.rows.users.lock().unwrap().push(user);
        if made_up.rows.lie != Lie::TellsNobody {
            made_up.rows.audit.lock().unwrap().push(told);
        }
    }
    answered(&made_up, number, times, StatusCode::CREATED)
}

async fn users(State(made_up): State<MadeUp>) -> Json<Value> {
    Json(json!({ "users": *made_up.rows.users.lock().unwrap() }))
}

async fn audit(State(made_up): State<MadeUp>) -> Json<Value> {
    Json(json!({ "entries": *made_up.rows.audit.lock().unwrap() }))
}
