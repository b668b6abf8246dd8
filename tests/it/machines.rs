//! API keys: what machines sign in with.

use serde_json::json;

use crate::harness::{Mesh, Person, eventually};

over_every_way! {
    a_key_stands_for_its_owner_until_it_is_revoked
}

async fn a_key_stands_for_its_owner_until_it_is_revoked(mesh: &mut Mesh) {
    let person = Person::new("ada");
    person.register(mesh).await.expect(201);
    let owner = person.signed_in(mesh).await;
    let made = owner.client.post("/v1/me/api-keys", &json!({"name": "nightly"})).await.expect(201);
    let (id, key) = (made["id"].as_str().unwrap(), made["key"].as_str().expect("the key, shown once"));
    assert!(key.starts_with("sbk_"), "{made}");
    let listed = owner.client.get("/v1/me/api-keys").await.expect(200);
    assert!(listed.to_string().contains(id) && !listed.to_string().contains(&key[8..]), "{listed}");

    let machine = mesh.stranger().bearing(key);
    assert_eq!(machine.get("/v1/me").await.expect(200)["id"], owner.user["id"]);
    let mut tail = machine.open("/v1/logs/tail?name=machine", "application/x-ndjson").await;
    mesh.post("/v1/logs", &json!({"name": "machine", "data": "seen"})).await.expect(201);
    tail.with("seen").await;
    machine.get("/v1/audit").await.problem(403);
    let change = json!({"current_password": person.password, "new_password": "a machine's own horse"});
    machine.post("/v1/me/password", &change).await.problem(403);
    machine.post("/v1/me/api-keys", &json!({"name": "more"})).await.problem(403);
    machine.delete_with("/v1/me", &json!({"password": person.password})).await.problem(403);
    assert_eq!(owner.client.post("/v1/me/api-keys", &json!({"name": "x", "roles": ["admin"]})).await.status / 100, 4);

    let admin = mesh.post("/v1/me/api-keys", &json!({"name": "audit", "roles": ["user", "admin"]})).await.expect(201);
    let auditor = mesh.stranger().bearing(admin["key"].as_str().unwrap());
    auditor.get("/v1/audit").await.expect(200);

    let eve = Person::new("eve");
    eve.register(mesh).await.expect(201);
    let path = format!("/v1/me/api-keys/{id}");
    eve.signed_in(mesh).await.client.delete(&path).await.problem(404);
    owner.client.delete(&path).await.done();
    eventually("the key is refused", async || {
        let answer = machine.get("/v1/logs?limit=1").await;
        (answer.status != 200).then(|| answer.problem(401))
    })
    .await;
    while tail.within(crate::harness::PATIENCE).await.is_some() {}
}
