//! The audit: what was done to accounts and by whom, for admins alone, and written by nobody but the services.

use serde_json::{Value, json};

use crate::harness::{Mesh, Person, eventually, run};

over_every_way! {
    what_is_done_to_accounts_is_kept_for_admins
}

async fn what_is_done_to_accounts_is_kept_for_admins(mesh: &mut Mesh) {
    let person = Person::new("ada");
    let id = person.register(mesh).await.expect(201)["id"].as_str().unwrap().to_owned();
    let wrong = Person { password: "not the password".to_owned(), email: person.email.clone() };
    wrong.sign_in(mesh).await.problem(401);
    let user = person.signed_in(mesh).await;
    promoted_and_disabled(mesh, &id).await;
    person.sign_in(mesh).await.problem(401);
    let kinds = ["audit.registered", "audit.sign_in", "audit.sign_in_failed", "audit.role_changed", "audit.disabled"];
    for kind in kinds {
        let what = format!("{kind} is kept");
        let entries = eventually(&what, async || {
            let page = mesh.get(&format!("/v1/audit?name={kind}&limit=500")).await.expect(200);
            let entries = page["entries"].as_array()?.clone();
            entries.iter().any(|entry| entry.to_string().contains(&id)).then_some(entries)
        });
        for entry in entries.await {
            assert_eq!(entry["name"], kind, "{entry}");
            tells_no_secret(&entry, &person);
        }
    }
    eventually("who was disabled is refused", async || {
        (user.client.get("/v1/audit").await.status == 401).then_some(())
    })
    .await;
    nobody_else_reads_or_writes_it(mesh).await;
}

async fn promoted_and_disabled(mesh: &Mesh, id: &str) {
    let path = format!("/v1/users/{id}");
    let change = async |body: Value| mesh.patch(&path, &body).await.expect(200);
    assert_eq!(change(json!({"role": "admin"})).await["role"], "admin");
    assert_eq!(change(json!({"role": "user"})).await["role"], "user");
    assert_eq!(change(json!({"active": false})).await["active"], false);
    let page = mesh.get("/v1/users?search=ada.&limit=1").await.expect(200);
    assert_eq!(page["users"][0]["id"], id, "{page}");
    the_last_admin_stays(mesh).await;
}

async fn the_last_admin_stays(mesh: &Mesh) {
    let me = mesh.get("/v1/me").await.expect(200);
    let path = format!("/v1/users/{}", me["id"].as_str().unwrap());
    for body in [json!({"role": "user"}), json!({"active": false})] {
        let refused = mesh.patch(&path, &body).await;
        assert!([400, 409].contains(&refused.status), "{refused:?}");
    }
    let refused = mesh.delete_with("/v1/me", &json!({"password": "password123"})).await;
    assert!([400, 409].contains(&refused.status), "{refused:?}");
}

fn tells_no_secret(entry: &Value, person: &Person) {
    let text = entry.to_string().to_lowercase();
    for secret in [person.email.to_lowercase(), person.password.to_lowercase(), "$2b$".to_owned(), "eyj".to_owned()] {
        assert!(!text.contains(&secret), "{secret} in {entry}");
    }
}

async fn nobody_else_reads_or_writes_it(mesh: &Mesh) {
    let public = mesh.get("/v1/logs?limit=500").await.expect(200);
    assert!(!public.to_string().contains("audit."), "{public}");
    mesh.get("/v1/logs?audit=true").await.problem(400);
    mesh.post("/v1/logs", &json!({"name": "audit.sign_in", "data": "forged", "audit": true})).await.problem(400);
    mesh.post("/v1/events/logs", &json!({"name": "x", "level": "INFO", "audit": true})).await.problem(400);
    mesh.post("/v1/events/logs", &json!({"name": "x", "level": "INFO", "via": "GRPC"})).await.problem(400);
    // The name is free text; what makes an entry one of the audit is not to be had from outside.
    mesh.post("/v1/logs", &json!({"name": "audit.forged", "data": "x"})).await.expect(201);
    let audit = mesh.get("/v1/audit?name=audit.forged").await.expect(200);
    assert_eq!(audit["entries"].as_array().map(Vec::len), Some(0), "{audit}");
    for row in ["event audit.forged", "event {kind}.forged"] {
        let table = format!("version = 1\n[[route]]\non = \"POST /x\"\ncall = \"{row}\"\nauth = \"public\"\n");
        std::fs::write(mesh.folder.path().join("forged.toml"), table).unwrap();
        let done = run(&["check", "forged.toml"], mesh.folder.path(), &mesh.variables).await;
        assert!(done.code == Some(1) && done.stdout.contains("audit"), "{done:?}");
    }
}
