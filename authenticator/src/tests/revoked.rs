//! What the doors are told of sessions that ended: once each, page by page, and never missing a late commit.

use chrono::TimeDelta;
use mesh::db::Tx;

use super::store::execute;
use super::{Rows, Service, config, door, eventually, on_postgres, sqlite};
use crate::door::Door;
use crate::revocations::{add, tests::some};

async fn end(door: &Door, sessions: &[&str]) {
    let mut tx = door.db.begin().await.unwrap();
    add_all(door, &mut tx, sessions).await;
    tx.commit().await.unwrap();
}

async fn add_all(door: &Door, tx: &mut Tx, sessions: &[&str]) {
    for session in sessions {
        add(door, tx, &id(session)).await.unwrap();
    }
}

/// The id of a session that a test calls by one word.
fn id(name: &str) -> String {
    let bytes = name.bytes().fold(0, |all: u128, byte| (all << 8) | u128::from(byte));
    uuid::Uuid::from_u128(bytes).to_string()
}

/// What others write on the same server may have things told twice, but not for ever.
async fn nothing_more(door: &Door, mut cursor: String) {
    eventually("nothing is told any more", async || {
        let (page, next) = some(door, &cursor, 9).await;
        cursor = next;
        page.is_empty()
    })
    .await;
}

async fn everything_is_told_in_pages(rows: Rows) {
    let config = config(&rows, &[]);
    let (door, clock) = (door(&config).await, config.clock.clone());
    let (none, start) = some(&door, "0", 2).await;
    assert!(none.is_empty());
    end(&door, &["a", "b", "c"]).await;
    end(&door, &["d"]).await;
    let (mut told, mut cursor) = (Vec::new(), start);
    for most in [2, 2, 2] {
        let (page, next) = some(&door, &cursor, most).await;
        told.extend(page);
        cursor = next;
    }
    told.sort();
    assert_eq!(told, ["a", "b", "c", "d"].map(id));
    nothing_more(&door, cursor.clone()).await;
    let (again, _) = some(&door, "9000000000000000000", 9).await;
    assert_eq!(again.len(), 4, "a cursor from a future that never was begins anew");
    clock.advance(TimeDelta::minutes(62));
    assert!(some(&door, "0", 9).await.0.is_empty(), "none of their tokens is accepted any more");
    crate::sweep::sweep(&door).await.unwrap();
    end(&door, &["e"]).await;
    let told = some(&door, &cursor, 9).await.0;
    assert_eq!(told, ["e"].map(id), "cursors survive the deletion of all rows");
    door.db.close().await;
}

#[tokio::test]
async fn sqlite_everything_is_told_in_pages() {
    let (_folder, rows) = sqlite();
    everything_is_told_in_pages(rows).await;
}

#[tokio::test]
async fn postgres_everything_is_told_in_pages() {
    on_postgres(everything_is_told_in_pages).await;
}

#[tokio::test]
async fn postgres_a_commit_that_comes_late_is_not_missed() {
    on_postgres(async |rows| {
        let door = door(&config(&rows, &[])).await;
        let mut late = door.db.begin().await.unwrap();
        add_all(&door, &mut late, &["late"]).await;
        end(&door, &["early"]).await;
        let (told, cursor) = some(&door, "0", 9).await;
        assert_eq!(told, ["early"].map(id));
        let (_, cursor) = some(&door, &cursor, 9).await;
        late.commit().await.unwrap();
        let (told, cursor) = some(&door, &cursor, 9).await;
        assert!(told.contains(&id("late")), "{told:?}");
        nothing_more(&door, cursor).await;
        door.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn sqlite_the_doors_hear_of_a_sign_out_over_http() {
    let (_folder, rows) = sqlite();
    let service = Service::start(config(&rows, &[])).await;
    let before = service.send("GET", "/v1/revocations", "").await;
    assert_eq!((before.status, before.body["revoked"].as_array().unwrap().len()), (200, 0));
    let signed_in = service.sign_in_as_admin().await;
    service.as_bearer(signed_in.text("access_token"), "DELETE", "/v1/sessions").await;
    let path = format!("/v1/revocations?since={}", before.text("cursor"));
    let after = service.send("GET", &path, "").await;
    let revoked = &after.body["revoked"][0];
    assert!(revoked["session"].is_string() && revoked["until"].as_str().unwrap().ends_with('Z'), "{after:?}");
    let path = format!("/v1/revocations?since={}", after.text("cursor"));
    assert_eq!(service.send("GET", &path, "").await.body["revoked"].as_array().unwrap().len(), 0);
    assert_eq!(after.body["more"], false);
    for wrong in ["x", "1.%00", "1.x"] {
        assert_eq!(service.send("GET", &format!("/v1/revocations?since={wrong}"), "").await.status, 400, "{wrong}");
    }
    service.stop().await;
}

#[tokio::test]
async fn sqlite_what_is_over_is_swept_away() {
    let (_folder, rows) = sqlite();
    let config = config(&rows, &[]);
    let service = Service::start(config.clone()).await;
    service.sign_in_as_admin().await;
    let door = door(&config).await;
    config.clock.advance(TimeDelta::days(61));
    crate::sweep::sweep(&door).await.unwrap();
    // Fails unless the tables are empty.
    execute(&door.db, "INSERT INTO users SELECT * FROM users WHERE EXISTS (SELECT 1 FROM sessions)").await;
    door.db.close().await;
    service.stop().await;
}
