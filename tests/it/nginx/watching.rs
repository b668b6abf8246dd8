//! A stream of `/v1/live` that outlives the broker that it came from.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

use super::NAME;
use crate::harness::{Client, Lines, eventually};

/// Somebody at `/v1/live`, who comes back where it was when the stream breaks.
pub(super) struct Watching {
    found: Arc<Mutex<(BTreeSet<String>, usize)>>,
    task: tokio::task::JoinHandle<()>,
}

impl Watching {
    /// Once the stream has begun: what is written from now on is for it.
    pub(super) async fn start(client: Client) -> Self {
        let found = Arc::<Mutex<(BTreeSet<String>, usize)>>::default();
        let mut lines = opened(&client, None).await;
        let mut id = lines.with("id: ").await.replacen("id: ", "", 1);
        let kept = Arc::clone(&found);
        let task = tokio::spawn(async move {
            loop {
                // A ping comes every 10 s: whoever hears nothing for longer has lost the connection.
                match lines.within(Duration::from_secs(25)).await {
                    Some(line) => {
                        if let Some(position) = line.strip_prefix("id: ") {
                            id = position.to_owned();
                        } else if let Some(data) = line.strip_prefix("data: ") {
                            let data: Value = serde_json::from_str(data).unwrap();
                            let entries = data["entries"].as_array().cloned().unwrap_or_default();
                            let ids = entries.iter().map(|it| it["id"].as_str().unwrap().to_owned());
                            kept.lock().unwrap().0.extend(ids);
                        }
                    }
                    None => {
                        kept.lock().unwrap().1 += 1;
                        lines = opened(&client, Some(&id)).await;
                    }
                }
            }
        });
        Self { found, task }
    }

    /// All that it was told until this entry came, and how often the stream broke.
    pub(super) async fn until(self, last: &str) -> (BTreeSet<String>, usize) {
        let all = eventually("the stream brings the last entry", async || {
            let found = self.found.lock().unwrap();
            found.0.contains(last).then(|| found.clone())
        });
        let all = all.await;
        self.task.abort();
        all
    }
}

async fn opened(client: &Client, after: Option<&str>) -> Lines {
    let after = after.map(|id| format!("&after={}", id.replace('%', "%25").replace('&', "%26").replace('=', "%3D")));
    let path = format!("/v1/live?topics=logs%3Fname%3D{NAME}{}", after.unwrap_or_default());
    client.open(&path, "text/event-stream").await
}
