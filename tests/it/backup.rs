//! A data folder is copied while it is used, and the copy is run on elsewhere: what was accepted before the copy was
//! begun is there, once.

use std::collections::BTreeSet;

use http::Method;
use serde_json::json;
use uuid::Uuid;

use crate::harness::{Callers, Client, Mesh, Person, Way, eventually, run, stored};

const WRITERS: usize = 4;
const NAME: &str = "saved";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn embedded_what_was_accepted_before_a_backup_is_in_it_once() {
    let mut mesh = Mesh::start(Way::Embedded).await;
    let person = Person::new(NAME);
    person.register(&mesh).await.expect(201);
    let later = mesh.request(Method::POST, "/v1/logs").header("prefer", "respond-async");
    let later = mesh.send(later, json!({"name": "later", "data": "x"}).to_string()).await;
    let place = later.expect(202)["id"].as_str().map(|id| format!("/v1/calls/{id}")).unwrap();
    let load = writers(mesh.client());
    load.calls(60).await;

    let before = load.seen().clone();
    let target = mesh.folder.path().join("elsewhere");
    let done = run(&["backup", target.to_str().unwrap()], mesh.folder.path(), &mesh.variables).await;
    assert_eq!(done.code, Some(0), "{done:?}");
    for file in ["authenticator.db", "authenticator.keys", "broker.db", "bus.db", "logger.db"] {
        assert!(done.stdout.contains(file) && target.join(file).is_file(), "{file} is missing: {}", done.stdout);
    }
    assert!(!target.join("lock").exists());
    load.calls(20).await;
    load.end().await;
    mesh.kill("broker").await;

    mesh.variables.insert("SWITCHBOARD_DATA".to_owned(), target.to_str().unwrap().to_owned());
    mesh.revive("broker").await;
    let there = stored(&mesh, NAME, &before).await;
    println!("{} accepted before, {} there", before.len(), there.len());
    person.sign_in(&mesh).await.done();
    eventually("the call for later has ended", async || {
        (mesh.get(&place).await.expect(200)["state"] == "done").then_some(())
    })
    .await;
    // Nothing of what follows from the copy comes twice either: entries have texts of their own.
    assert!(stored(&mesh, NAME, &before).await.is_superset(&there));
    mesh.stop().await;
    assert_eq!(mesh.dead_letters("listener").await, 0);
}

#[tokio::test]
async fn embedded_a_backup_says_what_it_cannot_do() {
    let mut mesh = Mesh::start(Way::Embedded).await;
    let taken = mesh.folder.path().join("taken");
    std::fs::create_dir(&taken).unwrap();
    std::fs::write(taken.join("something"), "of somebody").unwrap();
    let refused = run(&["backup", taken.to_str().unwrap()], mesh.folder.path(), &mesh.variables).await;
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("is not empty: name a folder that is"), "{}", refused.stderr);
    let mut elsewhere = mesh.variables.clone();
    elsewhere.insert("LOGGER_MONGO_URL".to_owned(), "mongodb://me:secret@127.0.0.1:9/logs".to_owned());
    let target = mesh.folder.path().join("copy");
    let done = run(&["backup", target.to_str().unwrap()], mesh.folder.path(), &elsewhere).await;
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(done.stdout.contains("not in it is what LOGGER_MONGO_URL names"), "{}", done.stdout);
    assert!(!done.stdout.contains("secret"));
    mesh.stop().await;
}

/// Over the queue and without it; seen are the ids that were accepted.
fn writers(client: Client) -> Callers<BTreeSet<String>> {
    Callers::<BTreeSet<String>>::start(WRITERS, move |number, accepted| {
        let client = client.clone();
        async move {
            let (path, status) = [("/v1/events/logs", 202), ("/v1/logs", 201)][number % 2];
            let entry = json!({"name": NAME, "data": Uuid::new_v4()});
            let answer = client.post(path, &entry).await.expect(status);
            accepted.lock().unwrap().insert(answer["id"].as_str().unwrap().to_owned());
        }
    })
}
