//! Callers beside the test, and what they saw.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use http::Method;
use serde_json::json;
use uuid::Uuid;

use super::NAME;
use crate::harness::{Callers, Client};

/// What the callers saw.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) failed: Vec<String>,
    /// Unsafe calls without a key that got no answer of a broker.
    pub(super) cut: Vec<String>,
    pub(super) accepted: BTreeSet<String>,
}

/// Reads, entries without a key, and entries with one, which are repeated once.
pub(super) fn load(client: &Client) -> Callers<Seen> {
    let client = client.clone();
    Callers::start(9, move |number, seen| one_call(client.clone(), number % 3, seen))
}

async fn one_call(client: Client, kind: usize, seen: Arc<Mutex<Seen>>) {
    let key = Uuid::new_v4().to_string();
    let (mut tries, began) = (if kind == 2 { 2 } else { 1 }, Instant::now());
    let mut last = String::new();
    while tries > 0 {
        tries -= 1;
        let (request, body) = match kind {
            0 => (client.request(Method::GET, "/v1/logs?limit=1"), String::new()),
            _ => (client.request(Method::POST, "/v1/logs"), json!({"name": NAME, "data": key}).to_string()),
        };
        let request = if kind == 2 { request.header("idempotency-key", &key) } else { request };
        match client.try_send(request, body).await {
            Ok(answer) if answer.status == 200 => return,
            Ok(answer) if answer.status == 201 => {
                let id = answer.json()["id"].as_str().unwrap().to_owned();
                seen.lock().unwrap().accepted.insert(id);
                return;
            }
            // Who held the key may be dead: until its lease is over, 10 s here, the answer says to come again.
            Ok(answer) if answer.status == 409 && kind == 2 && began.elapsed() < Duration::from_secs(30) => {
                tries += 1;
                last = format!("{kind}: {} {:?}", answer.status, answer.body);
            }
            Ok(answer) => last = format!("{kind}: {} {:?}", answer.status, answer.body),
            Err(error) => last = format!("{kind}: {error}"),
        }
        if kind == 2 {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }
    let mut seen = seen.lock().unwrap();
    if kind == 1 { seen.cut.push(last) } else { seen.failed.push(last) }
}
