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

    /// Says that `part` (an engine, a background task; a word of the code) does not work, and why.
    pub fn degrade(&self, part: &str, reason: impl Into<String>) {
        let mut degraded = self.degraded();
        if degraded.insert(part.to_owned(), reason.into()).is_none() {
            self.tell(part, 1);
        }
    }

    pub fn restore(&self, part: &str) {
        let mut degraded = self.degraded();
        if degraded.remove(part).is_some() {
            self.tell(part, 0);
        }
    }

    /// For alarms, which have no use for the reason. Under the lock, so that the last one told is the last one that holds.
    fn tell(&self, part: &str, degraded: u8) {
        metrics::gauge!("health_degraded", "service" => self.state.service, "part" => part.to_owned()).set(degraded);
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

#[cfg(test)]
mod tests {
    use metrics_exporter_prometheus::PrometheusBuilder;

    use super::*;

    #[test]
    fn a_gauge_tells_what_is_degraded_and_when_it_is_over() {
        let recorder = PrometheusBuilder::new().build_recorder();
        metrics::with_local_recorder(&recorder, || {
            let health = Health::new("logger");
            let told = |value: u8| {
                let line = format!("health_degraded{{service=\"logger\",part=\"store\"}} {value}");
                let text = recorder.handle().render();
                assert!(text.lines().any(|it| it == line), "{line} is not in {text}");
            };
            health.degrade("store", "the disk is full");
            health.degrade("store", "it is still full");
            told(1);
            health.restore("store");
            told(0);
            health.degrade("store", "it is full again");
            told(1);
        });
    }
}
