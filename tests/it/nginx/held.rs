//! A service in which calls can be held.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::routing::any;
use http::Method;
use tokio::sync::watch;

use super::served;

/// A service that notes what it is asked and answers when it may.
pub(super) struct Held {
    pub(super) address: SocketAddr,
    asked: Arc<Mutex<Vec<Method>>>,
    gate: watch::Sender<bool>,
}

/// What was asked, and when it may be answered.
type Gate = (Arc<Mutex<Vec<Method>>>, watch::Sender<bool>);

impl Held {
    pub(super) async fn start() -> Self {
        let (asked, gate) = (Arc::<Mutex<Vec<Method>>>::default(), watch::channel(false).0);
        let hold = |State((asked, gate)): State<Gate>, method: Method| async move {
            asked.lock().unwrap().push(method);
            let mut gate = gate.subscribe();
            let _ = gate.wait_for(|is_open| *is_open).await;
        };
        let router = Router::new().route("/open", any(|| async {})).fallback(any(hold));
        let address = served(router.with_state((Arc::clone(&asked), gate.clone()))).await;
        Self { address, asked, gate }
    }

    pub(super) fn of(&self, method: &Method) -> usize {
        self.asked.lock().unwrap().iter().filter(|it| *it == method).count()
    }

    pub(super) fn all(&self) -> usize {
        self.asked.lock().unwrap().len()
    }

    pub(super) fn release(&self) {
        self.gate.send_replace(true);
    }
}
