//! Whose turn it is: what waits for its queue stands in nobody's way.

use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};

use super::work::Work;
use super::world::World;
use crate::door::Door;
use crate::operations::{next, put_behind, take};

/// What is in hand stays there for as long as the test goes on.
async fn held_for_long(world: &World) -> Door {
    Door { lease: TimeDelta::minutes(5), ..world.door().await }
}

/// Operations without an instance that works on them, the first one first.
async fn begun(door: &Door, count: i64) {
    const BEGUN: &str = "
        INSERT INTO operations (id, kind, state, who, force, total, done, failed, skipped, created_at)
        VALUES ($1, 'replay', 'running', 'boss', FALSE, 0, 0, 0, 0, $2)";
    for number in 0..count {
        let at = Utc::now() - TimeDelta::minutes(60 - number);
        door.db.query(BEGUN).bind(number.to_string()).bind(at).execute().await.unwrap();
    }
}

pub(super) async fn operations_that_wait_leave_their_place_to_others(world: World) {
    let door = held_for_long(&world).await;
    begun(&door, 5).await;
    let ids = async |most| {
        let taken = take(&door, most).await.unwrap();
        let mut ids: Vec<_> = taken.iter().map(|it| it.id.clone()).collect();
        ids.sort();
        (ids, taken)
    };
    let (first, taken) = ids(3).await;
    assert_eq!(first, ["0", "1", "2"], "the oldest first");
    for (operation, milliseconds) in taken.iter().zip([1, 2, 3]) {
        operation.postpone(&door, Utc::now() - TimeDelta::milliseconds(milliseconds)).await.unwrap();
    }
    let (second, taken) = ids(2).await;
    assert_eq!(second, ["3", "4"], "those that had to wait are due, and come after those that did not");
    taken[0].postpone(&door, Utc::now() + TimeDelta::minutes(1)).await.unwrap();
    assert_eq!(ids(9).await.0, ["0", "1", "2"], "not before its time");
}

pub(super) async fn letters_that_wait_let_the_others_of_their_operation_go_first(world: World) {
    let door = held_for_long(&world).await;
    begun(&door, 1).await;
    let letter = "INSERT INTO operation_letters (operation, number, letter, state) VALUES ('0', $1, 'x', 'waiting')";
    for number in 1..=6_i64 {
        door.db.query(letter).bind(number).execute().await.unwrap();
    }
    let taken = take(&door, 1).await.unwrap().remove(0);
    let (mut tx, mut seen) = (door.db.begin().await.unwrap(), Vec::new());
    for _ in 0..4 {
        let numbers: Vec<_> = next(&mut tx, &taken, 3).await.unwrap().iter().map(|it| it.number).collect();
        put_behind(&mut tx, &taken, &numbers).await.unwrap();
        seen.extend(numbers.iter().map(|number| number % 1_000_000));
    }
    assert_eq!(seen, [1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6]);
}

pub(super) async fn operations_that_keep_to_a_rate_leave_their_place_to_others(world: World) {
    const EACH: usize = 12;
    let (work, instance) = (Work::start(&world.bus).await, world.instance().await);
    work.publish_many(8 * EACH + 1).await;
    let letters = instance.until_letters("state=dead", 8 * EACH + 1).await;
    let ids = |letters: &[Value]| letters.iter().map(|it| it["id"].clone()).collect::<Vec<_>>();
    work.mend(true);
    let mut slow = Vec::new();
    for letters in letters[1..].chunks(EACH) {
        slow.push(instance.begin(json!({"kind": "replay", "ids": ids(letters), "rate": 1})).await);
    }
    instance.done(json!({"kind": "discard", "ids": ids(&letters[..1])})).await;
    for id in slow {
        let operation = instance.get(&format!("/v1/admin/operations/{id}")).await.expect(200);
        assert_eq!(operation["state"], "running", "it had to end first: {operation}");
    }
}
