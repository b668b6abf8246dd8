//! How much may wait to be made is counted in the rows: brokers that know nothing of each other share them.

use serde_json::json;

use crate::client::Answer;
use crate::rows::Rows;
use crate::world::{Broker, World, eventually};

const ROWS: &str = r#"
[[route]]
on = "POST /full"
call = "http tiny POST /do"
auth = "public"
[[route]]
on = "POST /other"
call = "http tiny POST /do"
auth = "public"
"#;

async fn later(broker: &Broker, path: &str) -> Answer {
    broker.post(path, &json!({ "a": 1 })).header("prefer", "respond-async").send().await
}

/// As many calls of one row as may wait, which this broker did not take in itself and does not make soon.
const FULL: &str = "
    WITH RECURSIVE numbers(number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < 50000)
    INSERT INTO calls (id, route, fingerprint, later, state, attempts, tries, due_at, accepted_at, expires_at)
    SELECT 'call-' || number, 'POST /full', '', TRUE, 'queued', 0, 0, '2999-01-01T00:00:00+00:00',
        '2026-01-01T00:00:00+00:00', '2999-01-01T00:00:00+00:00' FROM numbers";

pub(crate) async fn what_waits_in_the_rows_is_counted_against_what_may_wait(rows: Rows) {
    let world = World::new(rows, ROWS).await.with("BROKER_CALLS_KEPT", "4s");
    let broker = world.broker().await;
    world.rows.execute(FULL).await;
    eventually("it is counted", || async {
        let answer = later(&broker, "/full").await;
        assert!([202, 503].contains(&answer.status), "{answer:?}");
        answer.status == 503
    })
    .await;
    let answer = later(&broker, "/full").await;
    let detail = answer.body["detail"].as_str().unwrap();
    assert!(detail.contains("too many calls of the row 'POST /full' wait to be made"), "{answer:?}");
    let other = later(&broker, "/other").await;
    assert_eq!(other.status, 202, "other rows have room of their own: {other:?}");
}
