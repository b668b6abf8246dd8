//! The table in force follows its file, except into a mistake.

use serde_json::json;

use crate::world::{self, World, eventually};

const FIRST: &str = "version = 1\n[[route]]\non = \"POST /one\"\naction = \"one\"\ncall = \"event a.b\"\n";

#[tokio::test]
async fn a_saved_change_is_in_force_without_a_restart() {
    let address = world::serve(axum::Router::new().fallback(|| async { "{\"mine\":true}" })).await;
    let world = World::open(FIRST).await.unwrap();
    let held = world.routing.current();
    let row = format!("[[route]]\non = \"GET /mine\"\naction = \"mine\"\ncall = \"http {address} GET /\"\n");
    std::fs::write(&world.file, format!("{FIRST}{row}")).unwrap();
    eventually("the new row", || world.routing.current().rows.len() == 2).await;
    assert_eq!(world.call("mine", json!({})).await.unwrap(), json!({ "mine": true }));
    assert_eq!(held.rows.len(), 1, "a call in flight keeps the table that it began with");
}

#[tokio::test]
async fn a_wrong_table_changes_nothing_until_it_is_mended() {
    let world = World::open(FIRST).await.unwrap();
    let mut changes = world.routing.changes();
    changes.mark_unchanged();
    std::fs::write(&world.file, format!("{FIRST}[[route]]\non = \"GET /x\"\ncall = \"grpc nobody a.B/C\"\n")).unwrap();
    let mended = format!("{FIRST}[[route]]\non = \"GET /x\"\naction = \"x\"\ncall = \"event x\"\n");
    eventually("the refusal", || !world.health.troubles().is_empty()).await;
    assert!(!changes.has_changed().unwrap(), "a wrong table came into force");
    assert_eq!(world.routing.current().rows.len(), 1);
    std::fs::write(&world.file, mended).unwrap();
    eventually("the mended table", || world.routing.current().rows.len() == 2).await;
}

#[tokio::test]
async fn a_method_that_its_service_does_not_have_is_refused_on_reload() {
    let address = world::logger(false).await;
    let world = World::open(FIRST).await.unwrap();
    let row = |method: &str| {
        format!(
            "version = 1\n[services]\nlogger = \"grpc://{address}\"\n[[route]]\non = \"POST /w\"\naction = \"w\"\n\
             call = \"grpc logger logger.v1.Logger/{method}\"\n"
        )
    };
    let mut changes = world.routing.changes();
    changes.mark_unchanged();
    std::fs::write(&world.file, row("Wriet")).unwrap();
    eventually("the refusal", || !world.health.troubles().is_empty()).await;
    assert!(!changes.has_changed().unwrap(), "a table with an unknown method came into force");
    std::fs::write(&world.file, row("Write")).unwrap();
    eventually("the right method", || world.routing.current().rows.iter().any(|row| row.route.name == "w")).await;
}

#[tokio::test]
async fn a_wrong_method_refuses_the_start_too() {
    let table = |method: &str, batch: &str| {
        format!(
            "version = 1\n[services]\nlogger = \"grpc://127.0.0.1:1\"\n[[route]]\non = \"event log.#\"\naction = \"w\"\n\
             call = \"grpc logger logger.v1.Logger/{method}\"\nbatch = {{ into = \"{batch}\" }}\n"
        )
    };
    let refused = async |method, batch| World::open(&table(method, batch)).await.map(drop).unwrap_err().to_string();
    let wrong = refused("WriteBatsh", "entries").await;
    assert!(wrong.contains(":4:1: service 'logger' has no method 'logger.v1.Logger/WriteBatsh'"), "{wrong}");
    assert!(wrong.contains("did you mean 'logger.v1.Logger/WriteBatch'?"), "{wrong}");
    let wrong = refused("WriteBatch", "entrys").await;
    assert!(wrong.contains("batch.into is 'entrys', which logger.v1.WriteBatchRequest does not have"), "{wrong}");
    World::open(&table("WriteBatch", "entries")).await.unwrap();
}

#[tokio::test]
async fn a_file_that_was_away_for_a_moment_leaves_no_trace_in_health() {
    let world = World::open(FIRST).await.unwrap();
    std::fs::remove_file(&world.file).unwrap();
    eventually("the trouble", || !world.health.troubles().is_empty()).await;
    std::fs::write(&world.file, FIRST).unwrap();
    eventually("the end of the trouble", || world.health.troubles().is_empty()).await;
}
