//! What is kept and for how long.

use chrono::{TimeDelta, Utc};
use serde_json::json;

use super::work::Work;
use super::world::{World, eventually};
use crate::operations::REMEMBERED;

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

pub(super) async fn letters_left_in_hand_by_an_operation_that_is_gone_are_dead_again(world: World) {
    let (work, instance) = (Work::start(&world.bus).await, world.instance().await);
    work.publish_many(1).await;
    instance.until_letters("state=dead", 1).await;
    let door = world.door().await;
    let left = "UPDATE letters SET state = 'replaying', operation = 'gone'";
    assert_eq!(door.db.query(left).execute().await.unwrap(), 1);
    crate::sweep::sweep(&door).await.unwrap();
    assert_eq!(instance.letters("state=dead").await.len(), 1, "nothing else could be done with it ever again");
}

pub(super) async fn letters_left_in_hand_by_a_stopped_operation_are_dead_again(world: World) {
    let (work, instance) = (Work::start(&world.bus).await, world.instance().await);
    work.publish_many(2).await;
    let letters = instance.until_letters("state=dead", 2).await;
    let id = instance.begin(json!({"kind": "discard", "ids": [letters[0]["id"]]})).await;
    instance.ended(&id).await;
    // As an instance leaves it that was killed with a letter in hand, after somebody had stopped its operation.
    let door = world.door().await;
    let left = "UPDATE letters SET state = 'replaying', operation = $1 WHERE state = 'dead'";
    assert_eq!(door.db.query(left).bind(id.clone()).execute().await.unwrap(), 1);
    crate::sweep::sweep(&door).await.unwrap();
    let dead = instance.letters("state=dead").await;
    assert_eq!((dead.len(), &dead[0]["operation"]), (1, &json!(id)), "whoever had it in hand is still told");
    // Nobody knows whether it arrived: a copy under another id could be a second effect.
    let path = format!("/v1/admin/dead-letters/{}/edited", dead[0]["id"].as_str().unwrap());
    let refused = instance.post(&path, json!({"body": {}})).await.expect(409);
    assert!(refused["detail"].as_str().unwrap().contains("may have sent it"), "{refused}");
    instance.post(&path, json!({"body": {}, "force": true})).await.expect(201);
}

/// The oldest that goes without force, and some time to arrive in.
pub(super) async fn what_is_replayed_without_force_is_remembered_by_its_consumers(world: World) {
    let door = world.door().await;
    let begun = "INSERT INTO bus_dedupe (consumer, id, fingerprint, begun_at) VALUES ('work', $1, 'x', $2)";
    for (id, age) in [("young", REMEMBERED + TimeDelta::days(1)), ("old", TimeDelta::days(60))] {
        door.db.query(begun).bind(id.to_owned()).bind(Utc::now() - age).execute().await.unwrap();
    }
    // Its outbox tidies up, as that of any service does.
    let _instance = world.instance_that_heard_nothing().await;
    let known = async || {
        let ids: Vec<(String,)> = door.db.query("SELECT id FROM bus_dedupe").fetch_all().await.unwrap();
        ids.into_iter().map(|(id,)| id).collect::<Vec<_>>()
    };
    eventually("the old one is forgotten", async || (!known().await.contains(&"old".to_owned())).then_some(())).await;
    assert_eq!(known().await, ["young"]);
}
