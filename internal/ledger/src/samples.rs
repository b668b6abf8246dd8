//! What is looked at beside the work while it goes on: deliveries that came again, memory, and what waits in the queues.

use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::client::Client;
use crate::repeats::Repeats;

const EVERY: Duration = Duration::from_millis(500);
/// A mesh that is stopped must not stop the looks at it as well.
const PATIENCE: Duration = Duration::from_secs(2);

/// One look, so long after the run began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Sample {
    pub(crate) at: Duration,
    pub(crate) repeated: Option<u64>,
    /// Bytes of all processes of the install.
    pub(crate) resident: Option<u64>,
    /// Messages in the work queues.
    pub(crate) waiting: Option<u64>,
}

/// Looks until `stop`, and once more. `resident` is asked each time.
pub(crate) async fn take(
    client: &Client,
    mut repeats: Repeats,
    began: Instant,
    resident: impl Fn() -> Option<u64>,
    stop: &CancellationToken,
) -> Vec<Sample> {
    let mut samples = Vec::new();
    loop {
        let goes_on = stop.run_until_cancelled(tokio::time::sleep(EVERY)).await.is_some();
        let (repeated, waiting) = (repeats.look(client).await, waiting(client).await);
        samples.push(Sample { at: began.elapsed(), repeated, resident: resident(), waiting });
        if !goes_on {
            return samples;
        }
    }
}

/// Messages in all work queues and their suspects; none where nobody can tell of one of them.
pub(crate) async fn waiting(client: &Client) -> Option<u64> {
    let answer = tokio::time::timeout(PATIENCE, client.get("/v1/admin/queues")).await.ok()?.ok()?;
    let answer = Some(answer).filter(|answer| answer.status.is_success())?;
    depth(&answer.json().ok()?)
}

fn depth(queues: &Value) -> Option<u64> {
    let is_work = |queue: &&Value| matches!(queue["kind"].as_str(), Some("work" | "suspect"));
    let queues = queues["queues"].as_array()?.iter().filter(is_work);
    // Where the engine does not tell of those in hand, those that are ready have to do.
    queues.map(|queue| queue["depth"].as_u64().or_else(|| queue["ready"].as_u64())).sum()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn work_queues_are_added_and_what_is_not_known_is_no_zero() {
        let queue = |kind: &str, depth: Value, ready: Value| json!({ "kind": kind, "depth": depth, "ready": ready });
        let all = json!({ "queues": [
            queue("work", json!(3), json!(1)), queue("suspect", json!(null), json!(2)), queue("dead", json!(9), json!(9)),
        ] });
        assert_eq!(depth(&all), Some(5));
        assert_eq!(depth(&json!({ "queues": [queue("work", json!(null), json!(null))] })), None);
        assert_eq!(depth(&json!({ "detail": "no such path" })), None);
    }
}
