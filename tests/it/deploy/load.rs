//! Callers who go on while versions change: those who read, and those who write under a key and try once more.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use http::Method;
use serde_json::json;
use uuid::Uuid;

use crate::harness::{Callers, Client};

pub(super) const NAME: &str = "deployed";
const CALLERS: usize = 6;
/// What the answer asks for, and a 502 as well.
const AGAIN: Duration = Duration::from_secs(1);
/// How long somebody else may have a key in hand.
const LEASE: Duration = Duration::from_secs(30);

/// What the callers saw.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) failed: Vec<String>,
    /// What the first try met where the second one was good.
    pub(super) again: Vec<String>,
    /// Ids of entries.
    pub(super) accepted: BTreeSet<String>,
}

pub(super) fn load(client: &Client) -> Callers<Seen> {
    let client = client.clone();
    Callers::start(CALLERS, move |number, seen| {
        let client = client.clone();
        async move {
            match number % 2 {
                0 => read(&client, &seen).await,
                _ => write(&client, &seen).await,
            }
        }
    })
}

/// A connection for each call: nginx is told of brokers by a reload here, which ends idle connections as a client uses them.
fn request(client: &Client, method: Method, path: &str) -> http::request::Builder {
    client.request(method, path).header("connection", "close")
}

async fn read(client: &Client, seen: &Mutex<Seen>) {
    let answer = client.try_send(request(client, Method::GET, "/v1/logs?limit=1"), "").await;
    match answer {
        Ok(answer) if answer.status == 200 => {}
        other => seen.lock().unwrap().failed.push(format!("GET: {other:?}")),
    }
}

async fn write(client: &Client, seen: &Mutex<Seen>) {
    let key = Uuid::new_v4().to_string();
    let body = json!({"name": NAME, "data": key}).to_string();
    let (began, mut met, mut tries) = (Instant::now(), None, 2);
    while tries > 0 {
        let post = request(client, Method::POST, "/v1/logs").header("idempotency-key", &key);
        let what = match client.try_send(post.header("content-type", "application/json"), body.clone()).await {
            Ok(answer) if answer.status == 201 => {
                let mut seen = seen.lock().unwrap();
                seen.accepted.insert(answer.json()["id"].as_str().unwrap().to_owned());
                seen.again.extend(met);
                return;
            }
            // The first try is being made: that is no answer to it.
            Ok(answer) if answer.status == 409 && began.elapsed() < LEASE => "409".to_owned(),
            other => {
                tries -= 1;
                format!("POST: {other:?}")
            }
        };
        met = Some(what);
        tokio::time::sleep(AGAIN).await;
    }
    seen.lock().unwrap().failed.extend(met);
}
