//! The rows are away: what needs them is refused rather than made without their protection, everything else goes on.

use serde_json::json;

use crate::rows::Rows;
use crate::world::World;

const ROWS: &str = r#"
[[route]]
on = "POST /do"
call = "http tiny POST /do"
auth = "public"
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_its_rows_a_broker_makes_calls_that_need_none() {
    // Bound and not listening: it refuses, and nobody else is given the port.
    let refusing = tokio::net::TcpSocket::new_v4().unwrap();
    refusing.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let url = format!("postgres://me:s3cret@{}/calls", refusing.local_addr().unwrap());
    let world = World::new(Rows { url: Some(url), folder: tempfile::tempdir().unwrap() }, ROWS).await;
    let broker = world.broker().await;
    let health = broker.get("/health/ready").send().await;
    assert!(health.body["degraded"]["calls"].is_string(), "{health:?}");
    let ask = || broker.post("/do", &json!({}));
    assert_eq!(ask().send().await.status, 201);
    let id = "/v1/calls/00000000-0000-4000-8000-000000000000";
    let needing = [ask().header("idempotency-key", "k"), ask().header("prefer", "respond-async"), broker.get(id)];
    for ask in needing {
        let answer = ask.send().await;
        assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")), "{answer:?}");
    }
    assert_eq!(world.service.asked().len(), 1);
}
