//! A call that was accepted for later has its result, whoever is killed in between.

use std::collections::BTreeSet;

use http::Method;
use serde_json::{Value, json};

use crate::harness::{Client, Effects, Mesh, eventually};

over_every_way! {
    an_accepted_call_outlives_the_broker
}

/// The place of a call that is answered later.
async fn accepted(client: &Client, method: Method, path: &str) -> String {
    let request = client.request(method, path).header("prefer", "respond-async");
    let answer = client.send(request, "").await;
    assert_eq!(answer.header("preference-applied"), Some("respond-async"), "{answer:?}");
    let place = answer.header("location").unwrap().to_owned();
    assert!(["queued", "running"].contains(&answer.expect(202)["state"].as_str().unwrap()));
    place
}

async fn ended(client: &Client, place: &str) -> Value {
    eventually("the call has ended", async || {
        let request = client.request(Method::GET, place).header("prefer", "wait=5");
        let answer = client.try_send(request, "").await.ok()?;
        let call = answer.expect(200);
        call["finished_at"].is_string().then_some(call)
    })
    .await
}

async fn an_accepted_call_outlives_the_broker(mesh: &mut Mesh) {
    let effects = Effects::start().await;
    mesh.add_routes(&effects.row("timeout = \"40s\""));
    eventually("the row is in force", async || {
        (mesh.post("/v1/effects", &json!({})).await.status == 200).then_some(())
    })
    .await;
    effects.answer(false);
    let before = effects.keys().len();
    let mut places = Vec::new();
    for _ in 0..3 {
        places.push(accepted(mesh, Method::POST, "/v1/effects").await);
    }
    eventually("the calls are in hand", async || (effects.keys().len() == before + 3).then_some(())).await;
    mesh.kill("broker").await;
    effects.answer(true);
    mesh.revive("broker").await;
    for place in &places {
        let call = ended(mesh, place).await;
        assert_eq!((&call["state"], &call["status"]), (&json!("done"), &json!(200)), "{call}");
        mesh.stranger().get(place).await.problem(404);
        mesh.delete(place).await.problem(409);
    }
    let keys: BTreeSet<_> = effects.keys().split_off(before).into_iter().collect();
    assert_eq!(keys.len(), 3, "each call has one effect id, however often it is made");
}

mod engines_rabbitmq_postgres_mongo_alone {
    use super::*;
    use crate::harness::Way;

    #[tokio::test]
    async fn an_accepted_call_outlives_its_service() {
        let mut mesh = Mesh::with(Way::Engines, &[("MATH_DELAY", "2s")]).await;
        let in_hand = accepted(&mesh, Method::GET, "/v1/math/add/1,2").await;
        eventually("it is in hand", async || {
            (mesh.get(&in_hand).await.expect(200)["state"] == "running").then_some(())
        })
        .await;
        mesh.kill("math").await;
        let meanwhile = accepted(&mesh, Method::GET, "/v1/math/add/3,4").await;
        mesh.revive("math").await;
        for (place, result) in [(in_hand, "3"), (meanwhile, "7")] {
            let call = ended(&mesh, &place).await;
            assert_eq!(call["state"], "done", "{call}");
            assert!(call["result"].to_string().contains(result), "{call}");
        }
        mesh.stop().await;
    }
}
