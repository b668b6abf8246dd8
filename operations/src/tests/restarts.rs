//! Operations outlive the instances that work on them.

use std::collections::BTreeSet;

use mesh::db::Db;
use serde_json::json;

use super::work::Work;
use super::world::{World, eventually};

const LETTERS: usize = 300;

pub(super) async fn a_replay_goes_on_after_its_instance_was_killed(world: World) {
    let (work, instance) = (Work::start(&world.bus).await, world.instance().await);
    work.publish_many(LETTERS).await;
    instance_has(&world, LETTERS as i64).await;
    work.mend(true);
    let id = instance.begin(json!({"kind": "replay", "filter": {}, "rate": 100})).await;
    eventually("it is under way", async || (work.handled().len() >= 40).then_some(())).await;
    instance.kill();
    let before = work.handled().len();
    assert!(before < LETTERS, "it was over before it could be killed");
    let instance = world.instance_that_heard_nothing().await;
    let ended = instance.ended(&id).await;
    assert_eq!((&ended["done"], &ended["total"], &ended["state"]), (&json!(LETTERS), &json!(LETTERS), &json!("done")));
    let effects: BTreeSet<_> = work.handled().into_iter().map(|event| event.id).collect();
    assert_eq!(effects.len(), LETTERS, "each has its effect");
    // Deliveries may repeat, under their ids: those of the batch that was in hand.
    assert!(work.handled().len() <= LETTERS + 100, "{}", work.handled().len());
    assert_eq!(instance.letters("state=replaying").await.len(), 0);
}

/// More than fit on a page.
async fn instance_has(world: &World, letters: i64) {
    let door = world.door().await;
    eventually("all letters are drained", async || {
        let counted: (i64,) =
            door.db.query("SELECT COUNT(*) FROM letters WHERE state = 'dead'").fetch_one().await.unwrap();
        (counted.0 == letters).then_some(())
    })
    .await;
}

pub(super) async fn instances_share_operations_and_do_nothing_twice(world: World) {
    let (work, one) = (Work::start(&world.bus).await, world.instance().await);
    work.publish_many(100).await;
    one.until_letters("state=dead", 100).await;
    work.mend(true);
    // A file has one process; rows on a server have as many as one likes.
    let other = match world.door().await.db {
        Db::Postgres(_) => Some(world.instance_that_heard_nothing().await),
        Db::Sqlite(_) => None,
    };
    let by = other.as_ref().unwrap_or(&one);
    let mut ids = Vec::new();
    for _ in 0..6 {
        ids.push(by.begin(json!({"kind": "replay", "filter": {}})).await);
    }
    let mut done = 0;
    for id in ids {
        let ended = one.ended(&id).await;
        assert_eq!(ended["state"], "done", "{ended}");
        done += ended["done"].as_i64().unwrap();
    }
    assert_eq!(done, 100);
    eventually("all are handled", async || (work.handled().len() >= 100).then_some(())).await;
    assert_eq!(work.handled().len(), 100, "nobody sent what another one had in hand");
}
