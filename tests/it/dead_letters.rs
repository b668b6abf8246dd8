//! What could not be done: found by its cause, mended, replayed, and done once, also where whoever replays it is killed;
//! and the audit says who did so.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{Mesh, eventually};

over_every_way! {
    what_can_never_succeed_is_found_edited_and_stored_once
    a_replay_goes_on_after_a_kill_of_operations
}

const LETTERS: usize = 120;

async fn what_can_never_succeed_is_found_edited_and_stored_once(mesh: &mut Mesh) {
    let name = format!("mended-{}", Uuid::new_v4());
    // Without a schema nothing is checked at the door.
    mesh.add_routes("[[route]]\non = \"POST /v1/events/unchecked\"\ncall = \"event log.RAW\"\nauth = \"public\"\n");
    let event = accepted(mesh, "/v1/events/unchecked", &json!({"name": name, "level": "LOUD"})).await;
    let group = eventually("its cause is told of", async || {
        let groups = mesh.get("/v1/admin/dead-letters/groups?state=dead&kind=log.RAW").await.expect(200);
        groups["groups"].as_array()?.first().cloned()
    })
    .await;
    assert_eq!((&group["queue"], &group["count"]), (&json!("v1.listener.store-logs"), &json!(1)), "{group}");
    let found = mesh.get(&format!("/v1/admin/dead-letters?text={name}&service=listener")).await.expect(200);
    let letter = &found["letters"][0];
    assert_eq!((&letter["event_id"], &letter["cause"]), (&json!(event), &group["cause"]), "{found}");
    let path = format!("/v1/admin/dead-letters/{}", letter["id"].as_str().unwrap());
    let shown = mesh.get(&path).await.expect(200);
    assert_eq!((&shown["body"]["level"], &shown["is_json"]), (&json!("LOUD"), &json!(true)), "{shown}");
    let mended = json!({"body": {"name": name, "level": "INFO", "data": "mended"}});
    let copy = mesh.post(&format!("{path}/edited"), &mended).await.expect(201);
    let ids = json!([letter["id"], copy["id"]]);
    let first = done(mesh, &json!({"kind": "replay", "ids": ids})).await;
    assert_eq!((&first["done"], &first["skipped"]), (&json!(1), &json!(1)), "{first}");
    let second = done(mesh, &json!({"kind": "replay", "ids": ids, "force": true})).await;
    assert_eq!((&second["done"], &second["skipped"]), (&json!(0), &json!(2)), "{second}");
    let entry = eventually("it is stored", async || {
        let page = mesh.get(&format!("/v1/logs?name={name}")).await.expect(200);
        let entries = page["entries"].as_array()?.clone();
        assert!(entries.len() <= 1, "{page}");
        entries.first().cloned()
    })
    .await;
    assert_eq!((&entry["id"], &entry["data"]), (&copy["event_id"], &json!("mended")), "{entry}");
    the_audit_tells_who(mesh, &first).await;
}

async fn the_audit_tells_who(mesh: &Mesh, operation: &Value) {
    let me = mesh.get("/v1/me").await.expect(200);
    let who = me["id"].as_str().unwrap();
    assert_eq!(operation["who"], who);
    for kind in ["audit.operations.edited", "audit.operations.replay", "audit.operations.ended"] {
        eventually(&format!("{kind} is kept"), async || {
            let page = mesh.get(&format!("/v1/audit?name={kind}")).await.expect(200);
            page["entries"].as_array()?.iter().any(|it| it.to_string().contains(who)).then_some(())
        })
        .await;
    }
}

async fn a_replay_goes_on_after_a_kill_of_operations(mesh: &mut Mesh) {
    let things = Things::start().await;
    mesh.add_routes(&things.rows());
    for number in 0..LETTERS {
        accepted(mesh, "/v1/events/things", &json!({"number": number})).await;
    }
    eventually("all of them are dead letters", async || {
        let groups = mesh.get("/v1/admin/dead-letters/groups?state=dead&kind=thing.done").await.expect(200);
        (groups["groups"][0]["count"] == LETTERS).then_some(())
    })
    .await;
    things.are_mended.store(true, Ordering::SeqCst);
    let asked = json!({"kind": "replay", "filter": {"kind": "thing.done"}, "rate": 10});
    let operation = mesh.post("/v1/admin/operations", &asked).await.expect(202);
    eventually("it is under way", async || (things.done().len() >= 20).then_some(())).await;
    mesh.kill("operations").await;
    assert!(things.done().len() < LETTERS, "it was over before it could be killed");
    mesh.revive("operations").await;
    let ended = ended(mesh, operation["id"].as_str().unwrap()).await;
    assert_eq!((&ended["state"], &ended["done"]), (&json!("done"), &json!(LETTERS)), "{ended}");
    let all = eventually("all of them are done", async || {
        let done = things.done();
        (numbers(&done).len() == LETTERS).then_some(done)
    })
    .await;
    // Deliveries may repeat, under their keys.
    let keys: BTreeSet<_> = all.iter().map(|(_, key)| key).collect();
    assert_eq!(keys.len(), LETTERS, "one key for each");
}

fn numbers(done: &[(u64, String)]) -> BTreeSet<u64> {
    done.iter().map(|(number, _)| *number).collect()
}

/// The id of an event, once its row is in force and somebody takes it.
async fn accepted(mesh: &Mesh, path: &str, body: &Value) -> String {
    eventually("the event is accepted", async || {
        let answer = mesh.post(path, body).await;
        (answer.status == 202).then(|| answer.json()["id"].as_str().unwrap().to_owned())
    })
    .await
}

async fn done(mesh: &Mesh, asked: &Value) -> Value {
    let accepted = mesh.post("/v1/admin/operations", asked).await.expect(202);
    ended(mesh, accepted["id"].as_str().unwrap()).await
}

async fn ended(mesh: &Mesh, id: &str) -> Value {
    eventually("the operation has ended", async || {
        let answer = mesh.get(&format!("/v1/admin/operations/{id}")).await;
        // Operations may just have come back.
        (answer.status == 200).then(|| answer.json()).filter(|operation| operation["state"] != "running")
    })
    .await
}

/// A service of the test's own that takes nothing until it is mended.
#[derive(Clone)]
struct Things {
    address: SocketAddr,
    are_mended: Arc<AtomicBool>,
    /// Numbers and keys, once for each delivery.
    done: Arc<Mutex<Vec<(u64, String)>>>,
}

impl Things {
    async fn start() -> Self {
        let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let things = Self { address, are_mended: Arc::default(), done: Arc::default() };
        let router = Router::new().route("/things", post(thing)).with_state(things.clone());
        tokio::spawn(async move { axum::serve(socket, router).await });
        things
    }

    fn rows(&self) -> String {
        format!(
            "[[route]]\non = \"POST /v1/events/things\"\ncall = \"event thing.done\"\nauth = \"public\"\n\
             [[route]]\non = \"event thing.#\"\naction = \"things\"\ncall = \"http {} POST /things\"\n",
            self.address
        )
    }

    fn done(&self) -> Vec<(u64, String)> {
        self.done.lock().unwrap().clone()
    }
}

async fn thing(State(things): State<Things>, headers: HeaderMap, Json(body): Json<Value>) -> StatusCode {
    if !things.are_mended.load(Ordering::SeqCst) {
        return StatusCode::UNPROCESSABLE_ENTITY;
    }
    let key = headers["idempotency-key"].to_str().unwrap().to_owned();
    things.done.lock().unwrap().push((body["number"].as_u64().unwrap(), key));
    StatusCode::NO_CONTENT
}
