//! What operators type: dead letters found, looked at, edited and sent again; an operation that goes on unwatched; the
//! queues and the mesh in tables.

use serde_json::{Value, json};

use crate::harness::{Mesh, Process, Way, eventually, run};

/// Letters that nobody can store as they are.
const POISON: usize = 4;

struct Typed {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Typed {
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error} in {} {}", self.out, self.err))
    }
}

async fn typed(mesh: &Mesh, arguments: &[&str]) -> Typed {
    let done = run(arguments, mesh.folder.path(), &mesh.variables).await;
    Typed { code: done.code, out: done.stdout, err: done.stderr }
}

/// The ids of the letters that are dead, once there are so many.
async fn dead(mesh: &Mesh, count: usize) -> Vec<String> {
    eventually(&format!("{count} letters are dead"), async || {
        let page = mesh.get("/v1/admin/dead-letters?state=dead").await.expect(200);
        let letters = page["letters"].as_array().unwrap();
        let ids = letters.iter().map(|letter| letter["id"].as_str().unwrap().to_owned());
        (letters.len() == count).then(|| ids.collect())
    })
    .await
}

async fn poison(mesh: &Mesh, count: usize) {
    mesh.add_routes("[[route]]\non = \"POST /v1/events/unchecked\"\ncall = \"event log.RAW\"\nauth = \"public\"\n");
    for number in 0..count {
        let body = json!({"name": "poison", "level": "LOUD", "data": number.to_string()});
        eventually("the poison is accepted", async || {
            (mesh.post("/v1/events/unchecked", &body).await.status == 202).then_some(())
        })
        .await;
    }
}

mod embedded {
    use super::*;

    #[tokio::test]
    async fn a_dead_letter_is_found_looked_at_edited_and_sent_again() {
        let mut mesh = Mesh::start(Way::Embedded).await;
        let none = typed(&mesh, &["dead", "list"]).await;
        assert_eq!((none.code, &*none.out), (Some(0), "no letters\n"), "{}", none.err);
        poison(&mesh, POISON).await;
        let ids = dead(&mesh, POISON).await;
        let id = ids[0].as_str();

        let groups = typed(&mesh, &["dead", "list", "--groups"]).await;
        let count = groups.out.lines().nth(1).and_then(|line| line.split_whitespace().next());
        assert_eq!(count, Some("4"), "{}", groups.out);
        let listed = typed(&mesh, &["dead", "list", "--kind", "log.RAW", "--since", "1h", "--limit", "2"]).await;
        assert!(listed.out.contains(id) && listed.out.contains("more: --cursor "), "{}", listed.out);
        let other = typed(&mesh, &["dead", "list", "--queue", "v1.listener.other"]).await;
        assert_eq!(other.out, "no letters\n");
        let shown = typed(&mesh, &["dead", "show", id]).await;
        for part in ["v1.listener.store-logs", "log.RAW", "traceparent", "LOUD"] {
            assert!(shown.out.contains(part), "no {part} in {}", shown.out);
        }
        let mut body = typed(&mesh, &["dead", "show", id, "--body"]).await.json();
        assert_eq!(body["level"], "LOUD");

        body["level"] = "INFO".into();
        std::fs::write(mesh.folder.path().join("letter.json"), body.to_string()).unwrap();
        let edited = typed(&mesh, &["dead", "edit", id, "letter.json", "--replay"]).await;
        assert!(edited.code == Some(0) && edited.out.contains("1 of 1 done"), "{} {}", edited.out, edited.err);
        eventually("the mended one is stored", async || {
            let page = mesh.get("/v1/logs?name=poison").await.expect(200);
            (page["entries"].as_array().unwrap().len() == 1).then_some(())
        })
        .await;
        let again = typed(&mesh, &["dead", "replay", id]).await;
        assert!(again.code == Some(0) && again.out.contains("1 skipped") && again.out.contains(id), "{}", again.out);
        mesh.stop().await;
    }

    #[tokio::test]
    async fn letters_that_nobody_named_are_left_alone_and_others_are_discarded_and_purged() {
        let mut mesh = Mesh::start(Way::Embedded).await;
        poison(&mesh, POISON).await;
        dead(&mesh, POISON).await;
        for line in [&["dead", "replay"][..], &["dead", "discard", "--force"], &["dead", "purge", "1", "--all"]] {
            let refused = typed(&mesh, line).await;
            assert!(refused.code == Some(1) && refused.err.contains("letters"), "{line:?}: {}", refused.err);
        }
        let discarded = typed(&mesh, &["dead", "discard", "--text", "LOUD", "--json"]).await;
        assert_eq!((discarded.code, &discarded.json()["done"]), (Some(0), &json!(POISON)), "{}", discarded.out);
        dead(&mesh, 0).await;
        let listed = typed(&mesh, &["dead", "operations"]).await;
        assert!(listed.out.lines().nth(1).is_some_and(|line| line.contains("discard  done")), "{}", listed.out);
        let purged = typed(&mesh, &["dead", "purge", "--all"]).await;
        assert!(purged.code == Some(0) && purged.out.contains("4 of 4 done"), "{} {}", purged.out, purged.err);
        assert_eq!(typed(&mesh, &["dead", "list"]).await.out, "no letters\n");
        mesh.stop().await;
    }

    #[tokio::test]
    async fn an_operation_goes_on_when_nobody_watches_it_any_more() {
        let mut mesh = Mesh::start(Way::Embedded).await;
        poison(&mesh, POISON).await;
        dead(&mesh, POISON).await;
        let line = ["dead", "discard", "--all", "--rate", "1"];
        let mut watching = Process::spawn(&line, mesh.folder.path(), &mesh.variables);
        watching.says("is running").await;
        watching.signal("INT");
        assert_eq!(watching.ended().await.code(), Some(130));
        // What it said last may be read after its end.
        let output = eventually("it says how to watch it again", async || {
            Some(watching.output()).filter(|output| output.contains("goes on without being watched"))
        })
        .await;
        let id =
            output.split("switchboard dead watch ").nth(1).and_then(|rest| rest.split_whitespace().next()).unwrap();
        let watched = typed(&mesh, &["dead", "watch", id]).await;
        assert!(watched.code == Some(0) && watched.out.contains("is done: 4 of 4 done"), "{}", watched.out);
        let none = typed(&mesh, &["dead", "watch", "nope"]).await;
        assert!(none.code == Some(1) && none.err.contains("answers 404"), "{}", none.err);
        assert!(!none.err.contains("watch it again"), "{}", none.err);
        let late = typed(&mesh, &["dead", "stop", id]).await;
        assert!(late.code == Some(1) && late.err.contains("nothing left to stop"), "{}", late.err);
        mesh.stop().await;
    }

    #[tokio::test]
    async fn queues_and_mesh_are_tables_and_an_alarm_is_an_exit_code() {
        let mut mesh = Mesh::start(Way::Embedded).await;
        let well = eventually("nothing is wrong", async || {
            let seen = typed(&mesh, &["mesh"]).await;
            (seen.code == Some(0) && seen.out.contains("listener")).then_some(seen.out)
        })
        .await;
        assert!(well.starts_with("service ") && well.ends_with("\nno alarms\n"), "{well}");
        let queues = typed(&mesh, &["queues"]).await;
        assert!(queues.out.lines().any(|line| line.starts_with("v1.listener.store-logs ")), "{}", queues.out);
        poison(&mesh, 1).await;
        dead(&mesh, 1).await;
        let seen = typed(&mesh, &["mesh"]).await;
        let alarm = "alarm: 1 dead letter of listener waits to be looked at\n";
        assert!(seen.code == Some(1) && seen.out.contains(alarm), "{}", seen.out);
        let json = typed(&mesh, &["mesh", "--json"]).await.json();
        assert_eq!(json["services"].as_array().unwrap().len(), 6, "{json}");
        mesh.stop().await;
    }
}
