//! `switchboard demo` against a running all-in-one: what it prints is what happened, and the logger runs afterwards.

use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use crate::harness::{Mesh, Process, Way, eventually, run};

async fn counts_every_event(way: Way) {
    let mut mesh = Mesh::start(way).await;
    let done = run(&["demo"], mesh.folder.path(), &mesh.variables).await;
    assert_eq!(done.code, Some(0), "{done:?}");
    for line in ["1000 answered 202", "answers 503", "accepted  1000", "stored    1000", "twice     0"] {
        assert!(done.stdout.contains(line), "no '{line}' in {done:?}");
    }
    mesh.post("/v1/logs", &json!({"name": "after", "data": "x"})).await.expect(201);
    mesh.stop().await;
}

mod embedded {
    use super::*;

    #[tokio::test]
    async fn the_demo_counts_every_event_once() {
        counts_every_event(Way::Embedded).await;
    }

    #[tokio::test]
    async fn a_demo_that_is_interrupted_or_killed_leaves_the_logger_running() {
        let mut mesh = Mesh::start(Way::Embedded).await;
        let mut demo = Process::spawn(&["demo", "--events", "100000"], mesh.folder.path(), &mesh.variables);
        demo.says("stopped the logger").await;
        demo.kill().await;
        answers_again(&mesh).await;
        for signal in ["INT", "TERM"] {
            let mut demo = Process::spawn(&["demo", "--events", "100000"], mesh.folder.path(), &mesh.variables);
            demo.says("stopped the logger").await;
            demo.signal(signal);
            assert_eq!(demo.ended().await.code(), Some(1), "{signal}");
            answers_again(&mesh).await;
        }
        mesh.stop().await;
    }

    async fn answers_again(mesh: &Mesh) {
        eventually("the logger answers again", async || {
            let answer = mesh.post("/v1/logs", &json!({"name": "after", "data": "x"})).await;
            (answer.status == 201).then_some(())
        })
        .await;
    }

    #[tokio::test]
    async fn the_control_socket_is_its_owners_only_and_obeys_in_quick_succession() {
        let mut mesh = Mesh::start(Way::Embedded).await;
        let socket = mesh.folder.path().join("data/control.sock");
        assert_eq!(std::fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o600);
        for _ in 0..3 {
            mesh.stop_service("logger").await;
            assert_eq!(mesh.post("/v1/logs", &json!({"name": "while away", "data": "x"})).await.status, 503);
            mesh.start_service("logger").await;
        }
        answers_again(&mesh).await;
        mesh.stop().await;
        assert!(!socket.exists());
    }

    /// A Unix socket's path ends at 107 bytes.
    #[tokio::test]
    async fn a_data_folder_with_a_long_path_costs_the_demo_alone() {
        let long = "d".repeat(120);
        let mut mesh = Mesh::with(Way::Embedded, &[("SWITCHBOARD_DATA", &long)]).await;
        mesh.process("broker").says("`switchboard demo` is not available: cannot listen on").await;
        mesh.post("/v1/logs", &json!({"name": "all the same", "data": "x"})).await.expect(201);
        mesh.stop().await;
    }

    #[tokio::test]
    async fn without_a_running_mesh_it_says_how_to_start_one() {
        let (folder, variables) = crate::harness::alone();
        let done = run(&["demo"], folder.path(), &variables).await;
        assert_eq!(done.code, Some(1));
        assert!(done.stderr.contains("start one with `make run`"), "{done:?}");
    }
}

mod mixed_rabbitmq {
    use super::*;

    #[tokio::test]
    async fn the_demo_counts_every_event_once() {
        counts_every_event(Way::Mixed).await;
    }
}
