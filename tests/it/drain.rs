//! Stopping: what is in flight finishes, nothing new is taken, and the process ends with 0.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use uuid::Uuid;

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
    async fn a_hang_up_is_an_order_to_stop_too() {
        let mut mesh = Mesh::with(Way::Embedded, &[("MATH_DELAY", "1s")]).await;
        let client = mesh.client();
        let slow = tokio::spawn(async move { client.get("/v1/math/add/1,2").await });
        in_flight(&mesh).await;
        mesh.process("broker").signal("HUP");
        assert_eq!(mesh.process("broker").ended().await.code(), Some(0));
        assert_eq!(slow.await.unwrap().expect(200)["result"], "3");
    }

    #[tokio::test]
    async fn what_outlasts_the_grace_period_does_not_hold_the_end_up() {
        let mut mesh = Mesh::with(Way::Embedded, &[("MATH_DELAY", "10s"), ("SWITCHBOARD_GRACE", "1s")]).await;
        let client = mesh.client();
        let slow = tokio::spawn(async move { client.get("/v1/math/add/1,2").await });
        in_flight(&mesh).await;
        let began = Instant::now();
        mesh.stop().await;
        assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
        // Answered within the little time that there was, or cut: not left to wait.
        let _ = slow.await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn no_request_goes_unanswered_when_a_mesh_stops_under_load() {
        let mut mesh = Mesh::start(Way::Embedded).await;
        let (broker, accepted) = (mesh.address("broker"), Arc::<Mutex<BTreeSet<String>>>::default());
        let callers: Vec<_> = (0..16).map(|_| tokio::spawn(keeps_asking(broker, Arc::clone(&accepted)))).collect();
        eventually("there is load", async || (accepted.lock().unwrap().len() >= 100).then_some(())).await;
        mesh.stop().await;
        let (mut answered, mut unanswered) = (0, Vec::new());
        for caller in callers {
            let (count, end) = caller.await.unwrap();
            answered += count;
            unanswered.extend(end.err());
        }
        println!("{answered} answered, {} not", unanswered.len());
        assert_eq!(unanswered, [""; 0], "of {answered}");
        mesh.revive("broker").await;
        let accepted = accepted.lock().unwrap().clone();
        assert_eq!(stored(&mesh, "asked", &accepted).await, accepted);
        mesh.stop().await;
    }

    /// Asks over one connection for as long as it is kept; an error is a request that went out and got no answer.
    async fn keeps_asking(broker: SocketAddr, accepted: Arc<Mutex<BTreeSet<String>>>) -> (usize, Result<(), String>) {
        let stream = tokio::net::TcpStream::connect(broker).await.unwrap();
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        for count in 0.. {
            if sender.ready().await.is_err() {
                return (count, Ok(()));
            }
            let body = json!({"name": "asked", "data": Uuid::new_v4()}).to_string();
            let request = Request::post("/v1/events/logs").header("host", "test").body(Full::new(Bytes::from(body)));
            match sender.send_request(request.unwrap()).await {
                Ok(answer) if answer.status() == 202 => {
                    let Ok(body) = answer.into_body().collect().await else { return (count, Err("cut".to_owned())) };
                    let body: Value = serde_json::from_slice(&body.to_bytes()).unwrap();
                    accepted.lock().unwrap().insert(body["id"].as_str().unwrap().to_owned());
                }
                Ok(answer) => return (count, Err(format!("{answer:?}"))),
                // It was not sent: the connection had ended before.
                Err(error) if error.is_canceled() => return (count, Ok(())),
                Err(error) => return (count, Err(format!("{error:?}"))),
            }
        }
        unreachable!("it goes on for ever")
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
