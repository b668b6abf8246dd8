//! Health as laid out in ARCHITECTURE.md: live means that the process answers, ready that it can do its own work. An
//! engine that is away is listed as degraded with 200, because the rest of the service still works.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::json;

/// What one service tells about itself; clones share the same state.
#[derive(Debug, Clone)]
pub struct Health {
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    service: &'static str,
    ready: AtomicBool,
    degraded: Mutex<BTreeMap<String, String>>,
}

impl Health {
    pub fn new(service: &'static str) -> Self {
        let state = State { service, ready: AtomicBool::new(false), degraded: Mutex::default() };
        Self { state: Arc::new(state) }
    }

    pub fn service(&self) -> &'static str {
        self.state.service
    }

    pub fn set_ready(&self, ready: bool) {
        self.state.ready.store(ready, Ordering::Release);
    }

    pub fn is_ready(&self) -> bool {
        self.state.ready.load(Ordering::Acquire)
    }

    /// Says that `part` (an engine, a background task) does not work, and why.
    pub fn degrade(&self, part: &str, reason: impl Into<String>) {
        self.degraded().insert(part.to_owned(), reason.into());
    }

    pub fn restore(&self, part: &str) {
        self.degraded().remove(part);
    }

    /// What does not work right now, by part, with the reason.
    pub fn troubles(&self) -> BTreeMap<String, String> {
        self.degraded().clone()
    }

    pub(crate) fn live(&self) -> Response {
        Json(json!({ "status": "live", "service": self.state.service })).into_response()
    }

    pub(crate) fn ready(&self) -> Response {
        let ready = self.is_ready();
        let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        let word = if ready { "ready" } else { "starting" };
        let degraded = self.troubles();
        let body = json!({ "status": word, "service": self.state.service, "degraded": degraded });
        (status, Json(body)).into_response()
    }

    fn degraded(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, String>> {
        self.state.degraded.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
