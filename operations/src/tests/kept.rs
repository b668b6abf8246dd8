//! What is kept and for how long.

use serde_json::json;

use super::work::Work;
use super::world::{World, eventually};

pub(super) async fn what_is_over_goes_after_its_time_and_what_is_dead_stays(world: World) {
    let world = world.with("OPERATIONS_KEPT", "1s");
    let (work, instance) = (Work::start(&world.bus).await, world.instance().await);
    work.publish_many(4).await;
    let letters = instance.until_letters("", 4).await;
    let path = format!("/v1/admin/dead-letters/{}/edited", letters[0]["id"].as_str().unwrap());
    instance.post(&path, json!({"body": {}})).await.expect(201);
    instance.done(json!({"kind": "discard", "ids": [letters[1]["id"]]})).await;
    eventually("the replaced and the discarded one are gone", async || {
        (instance.letters("").await.len() == 3).then_some(())
    })
    .await;
    assert_eq!(instance.letters("state=dead").await.len(), 3);
    eventually("the operation is gone", async || {
        let operations = instance.get("/v1/admin/operations").await.expect(200);
        (operations["operations"] == json!([])).then_some(())
    })
    .await;
    let door = world.door().await;
    let (left,): (i64,) = door.db.query("SELECT COUNT(*) FROM operation_letters").fetch_one().await.unwrap();
    assert_eq!(left, 0);
}

pub(super) async fn letters_left_in_hand_by_a_stopped_operation_are_dead_again(world: World) {
    let (work, instance) = (Work::start(&world.bus).await, world.instance().await);
    work.publish_many(2).await;
    let letters = instance.until_letters("state=dead", 2).await;
    let id = instance.begin(json!({"kind": "discard", "ids": [letters[0]["id"]]})).await;
    instance.ended(&id).await;
    // As an instance leaves it that was killed with a letter in hand, after somebody had stopped its operation.
    let door = world.door().await;
    let left = door.db.query("UPDATE letters SET state = 'replaying', operation = $1 WHERE state = 'dead'").bind(id);
    assert_eq!(left.execute().await.unwrap(), 1);
    crate::sweep::sweep(&door).await.unwrap();
    assert_eq!(instance.letters("state=dead").await.len(), 1);
}
