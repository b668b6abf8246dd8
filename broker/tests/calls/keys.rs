//! The same call under the same key.

use serde_json::json;

use crate::rows::Rows;
use crate::world::World;

const ROWS: &str = r#"
[[route]]
on = "POST /do"
action = "do"
call = "http tiny POST /do"
auth = "public"
"#;

pub(crate) async fn the_same_key_and_body_get_the_same_answer(rows: Rows) {
    let world = World::new(rows, ROWS).await;
    let broker = world.broker().await;
    let ask = || broker.post("/do", &json!({ "a": 1, "b": 2 })).header("idempotency-key", "k");
    let first = ask().send().await;
    assert_eq!((first.status, &first.body, first.header("idempotency-replayed")), (201, &json!({ "number": 1 }), None));
    let again = ask().send().await;
    assert_eq!((again.status, &again.body), (201, &first.body));
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(world.service.asked().len(), 1);
}
