//! A call that is repeated under its key is the same call: by whichever door it comes, and after the broker that made
//! it has gone.

use std::collections::BTreeSet;

use http::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, Effects, Mesh, eventually, stored};

over_every_way! {
    a_repeated_call_gets_the_same_answer
}

async fn under(mesh: &Mesh, key: &str, path: &str, body: &Value) -> Answer {
    mesh.send(mesh.request(Method::POST, path).header("idempotency-key", key), body.to_string()).await
}

fn is_replayed(answer: &Answer) -> bool {
    answer.header("idempotency-replayed") == Some("true")
}

async fn a_repeated_call_gets_the_same_answer(mesh: &mut Mesh) {
    let effects = Effects::start().await;
    mesh.add_routes(&effects.row("auth = \"public\"\nstatus = 201"));
    let body = json!({ "a": 1 });
    eventually("the row is in force", async || (mesh.post("/v1/effects", &body).await.status == 201).then_some(()))
        .await;
    let before = effects.keys().len();
    let first = under(mesh, "k", "/v1/effects", &body).await;
    assert!(!is_replayed(&first), "{first:?}");
    let number = first.expect(201);
    let again = under(mesh, "k", "/v1/effects", &body).await;
    assert!(is_replayed(&again) && again.expect(201) == number, "{again:?}");
    let handle = under(mesh, "k", "/handle", &json!({ "action": "effect", "effect": body })).await;
    assert!(is_replayed(&handle) && handle.expect(201)["data"] == number, "{handle:?}");
    let other = under(mesh, "k", "/v1/effects", &json!({ "a": 2 })).await.problem(422);
    assert_eq!(other["errors"][0]["field"], "Idempotency-Key");
    an_event_is_published_once(mesh).await;
    mesh.kill("broker").await;
    mesh.revive("broker").await;
    eventually("the row is in force again", async || {
        (mesh.post("/v1/effects", &body).await.status == 201).then_some(())
    })
    .await;
    let after = under(mesh, "k", "/v1/effects", &body).await;
    assert!(is_replayed(&after) && after.expect(201) == number, "{after:?}");
    assert_eq!(effects.keys()[before..].iter().filter(|key| !key.is_empty()).count(), 1);
}

async fn an_event_is_published_once(mesh: &Mesh) {
    let body = json!({ "name": "once", "data": "an event under a key" });
    let first = under(mesh, "event", "/v1/events/logs", &body).await.expect(202);
    let again = under(mesh, "event", "/v1/events/logs", &body).await;
    assert!(is_replayed(&again) && again.expect(202) == first, "{again:?}");
    stored(mesh, "once", &BTreeSet::from([first["id"].as_str().unwrap().to_owned()])).await;
}
