//! Stopping: what is in flight finishes, nothing new is taken, and the process ends with 0.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::{Mesh, Way, eventually, stored};

async fn a_slow_call_finishes(way: Way) {
    let mut mesh = Mesh::with(way, &[("MATH_DELAY", "1s")]).await;
    let client = mesh.client();
    let slow = tokio::spawn(async move { client.get("/v1/math/add/1,2").await });
    in_flight(&mesh).await;
    let output = mesh.stop().await;
    assert_eq!(slow.await.unwrap().expect(200)["result"], "3");
    let alarming: Vec<_> = output.lines().filter(|line| line.contains(" WARN ") || line.contains(" ERROR ")).collect();
    assert!(alarming.is_empty(), "a stop in good order is nothing to be warned of: {alarming:#?}");
}

/// Math has the call in hand: its own metrics do not tell before the answer, its connections do.
async fn in_flight(mesh: &Mesh) {
    let port = format!(":{:04X}", mesh.address("math").port());
    eventually("the call has reached math", async || {
        let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
        let is_open = |line: &str| {
            let mut columns = line.split_whitespace().skip(1);
            let (local, state) = (columns.next()?, columns.nth(1)?);
            (local.ends_with(&port) && state == "01").then_some(())
        };
        table.lines().find_map(is_open)
    })
    .await;
}

mod embedded {
    use super::*;

    #[tokio::test]
    async fn a_call_in_flight_finishes_before_the_end() {
        a_slow_call_finishes(Way::Embedded).await;
    }

    #[tokio::test]
    async fn a_second_interrupt_ends_at_once() {
        let mut mesh = Mesh::with(Way::Embedded, &[("MATH_DELAY", "10s"), ("SWITCHBOARD_GRACE", "60s")]).await;
        let client = mesh.client();
        let slow = tokio::spawn(async move { client.get("/v1/math/add/1,2").await });
        in_flight(&mesh).await;
        mesh.process("broker").signal("INT");
        mesh.process("broker").says("once more to stop at once").await;
        let began = Instant::now();
        mesh.process("broker").signal("INT");
        assert_eq!(mesh.process("broker").ended().await.code(), Some(130));
        // The call in hand takes ten.
        assert!(began.elapsed() < Duration::from_secs(9), "{:?}", began.elapsed());
        assert!(slow.await.is_err(), "nobody is left to answer");
    }

    #[tokio::test]
    async fn a_reader_of_the_tail_does_not_hold_the_end_up() {
        let mut mesh = Mesh::with(Way::Embedded, &[("SWITCHBOARD_GRACE", "60s")]).await;
        let mut tail = mesh.open("/v1/logs/tail", "application/x-ndjson").await;
        mesh.post("/v1/logs", &json!({"name": "last", "data": "x"})).await.expect(201);
        tail.with("last").await;
        let began = Instant::now();
        mesh.stop().await;
        assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
        assert_eq!(tail.within(Duration::from_secs(30)).await, None, "the stream ends");
    }

    #[tokio::test]
    async fn what_was_accepted_is_there_after_a_stop_and_a_start() {
        let mut mesh = Mesh::start(Way::Embedded).await;
        let mut accepted = std::collections::BTreeSet::new();
        for number in 0..50 {
            let body = json!({"name": "kept", "data": format!("event {number}")});
            let answer = mesh.post("/v1/events/logs", &body).await.expect(202);
            accepted.insert(answer["id"].as_str().unwrap().to_owned());
        }
        mesh.stop().await;
        mesh.revive("broker").await;
        assert_eq!(stored(&mesh, "kept", &accepted).await, accepted);
        mesh.stop().await;
    }
}

mod engines_rabbitmq_postgres_mongo {
    use super::*;

    #[tokio::test]
    async fn a_call_in_flight_finishes_before_the_end() {
        a_slow_call_finishes(Way::Engines).await;
    }
}
