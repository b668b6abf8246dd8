//! Two instances of a service, one of which fails in every way that it can: what the lines make of that is the same for
//! all of them.

mod pair;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::{Body, Bytes};
use http::StatusCode;
use http_body_util::BodyExt;
use mesh::Code;
use routing::line::raw::Passage;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::Instant;

use crate::world::{self, PATIENCE, World, eventually};
use pair::{ALL_IN_USE, Instance, LINES, ONE_EJECTED, call, calls_until, open, pass, states, table, two};

#[tokio::test]
async fn each_line_uses_all_instances() {
    for line in LINES {
        let (world, first, second) = two().await;
        calls_until(&world, line, "both", || first.calls() > 0 && second.calls() > 0).await;
    }
}

#[tokio::test]
async fn an_instance_that_is_killed_costs_no_safe_call_and_is_used_again() {
    mesh::telemetry::init_metrics().unwrap();
    for line in LINES {
        let (world, mut first, second) = two().await;
        calls_until(&world, line, "both", || first.calls() > 0 && second.calls() > 0).await;
        first.kill().await;
        calls_until(&world, line, "the ejection", || states(line, first.address) == ONE_EJECTED).await;
        first.revive();
        let before = first.calls();
        calls_until(&world, line, "its return", || first.calls() > before && states(line, first.address) == ALL_IN_USE)
            .await;
    }
}

#[tokio::test]
async fn one_that_says_it_cannot_serve_is_ejected_and_the_call_is_made_elsewhere() {
    mesh::telemetry::init_metrics().unwrap();
    for line in ["grpc", "http"] {
        for status in [StatusCode::SERVICE_UNAVAILABLE, StatusCode::BAD_GATEWAY] {
            let (world, first, second) = two().await;
            first.refuses(Some(status));
            calls_until(&world, line, "the ejection", || states(line, first.address) == ONE_EJECTED).await;
            first.refuses(None);
            calls_until(&world, line, "its return", || states(line, first.address) == ALL_IN_USE).await;
            if line == "grpc" {
                assert!(second.seen.attempts.lock().unwrap().iter().any(|it| it == "1"), "told of the first attempt");
                assert!(first.seen.attempts.lock().unwrap().iter().any(String::is_empty));
            }
        }
    }
}

#[tokio::test]
async fn a_service_that_fails_for_reasons_of_its_own_stays() {
    mesh::telemetry::init_metrics().unwrap();
    let (world, first, _second) = two().await;
    first.refuses(Some(StatusCode::INTERNAL_SERVER_ERROR));
    let before = first.calls();
    let deadline = Instant::now() + PATIENCE;
    while first.calls() < before + 20 {
        assert!(Instant::now() < deadline, "it is called no more");
        let _ = call(&world, "http").await;
    }
    assert_eq!(states("http", first.address), ALL_IN_USE);
}

#[tokio::test]
async fn a_body_that_its_caller_breaks_off_is_not_the_instances_fault() {
    mesh::telemetry::init_metrics().unwrap();
    let (world, first, _second) = two().await;
    for _ in 0..20 {
        let pieces = [Ok(Bytes::from("a")), Err(std::io::Error::other("gone"))];
        let body = Body::from_stream(futures::stream::iter(pieces));
        pass(&world, http::Request::post("/"), body).await.unwrap_err();
    }
    assert_eq!(states("raw", first.address), ALL_IN_USE);
}

#[tokio::test]
async fn a_body_that_trickles_until_the_deadline_is_not_the_instances_fault() {
    mesh::telemetry::init_metrics().unwrap();
    let (first, second) = (Instance::start().await, Instance::start().await);
    let world = World::open(&table(first.address, second.address, "1s")).await.unwrap();
    let trickle = async |_| {
        let begun = futures::stream::once(std::future::ready(Ok::<_, std::io::Error>(Bytes::from("a"))));
        let body = Body::from_stream(futures::StreamExt::chain(begun, futures::stream::pending()));
        let request = http::Request::post("/").body(body.map_err(Into::into).boxed_unsync()).unwrap();
        let passage = Passage::new(request, "/echo".to_owned(), Instant::now() + Duration::from_secs(1));
        world.row("ANY /raw/{*path}").pass(passage).await.unwrap_err()
    };
    for error in futures::future::join_all((0..20).map(trickle)).await {
        assert_eq!(error.code, Code::DeadlineExceeded);
    }
    assert!(first.calls() + second.calls() >= 5, "they came to the instances");
    assert_eq!(states("raw", first.address), ALL_IN_USE);
}

/// Answers each request with a head that promises more than comes.
async fn breaking_off() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let _ = client.read(&mut [0; 4096]).await;
            let _ = client.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{").await;
        }
    });
    address
}

#[tokio::test]
async fn one_whose_answers_break_off_is_ejected() {
    mesh::telemetry::init_metrics().unwrap();
    for line in ["http", "raw"] {
        let (broken, whole) = (breaking_off().await, Instance::start().await);
        let world = open(broken, whole.address).await;
        let deadline = Instant::now() + PATIENCE;
        while states(line, broken) != ONE_EJECTED {
            assert!(Instant::now() < deadline, "{line}: called in vain for the ejection");
            match line {
                "http" => call(&world, line).await.unwrap(),
                _ => drop(read(&world).await),
            }
        }
    }
}

/// What streams through, up to its end or to where it breaks off.
async fn read(world: &World) -> Result<Bytes, Box<dyn std::error::Error + Send + Sync>> {
    let request = http::Request::get("/").body(Body::empty().map_err(Into::into).boxed_unsync()).unwrap();
    let passage = Passage::new(request, "/echo".to_owned(), Instant::now() + PATIENCE);
    let answer = world.row("ANY /raw/{*path}").pass(passage).await.map_err(|error| error.to_string())?;
    Ok(answer.into_body().collect().await?.to_bytes())
}

#[tokio::test]
async fn an_instance_that_refuses_is_passed_over_with_the_body_whole() {
    let (_held, refusing) = world::nobody();
    let world = open(refusing, Instance::start().await.address).await;
    for _ in 0..20 {
        let answered = pass(&world, http::Request::post("/"), Body::from("body")).await.unwrap();
        assert_eq!(answered, (StatusCode::OK, Bytes::from("body")));
    }
}

#[tokio::test]
async fn when_nobody_is_there_the_caller_is_told_so_and_all_are_asked_again() {
    let (mut first, mut second) = (Instance::start().await, Instance::start().await);
    let world = open(first.address, second.address).await;
    first.kill().await;
    second.kill().await;
    for line in LINES {
        for _ in 0..10 {
            assert_eq!(call(&world, line).await.unwrap_err().code, Code::Unavailable, "{line}");
        }
    }
    first.revive();
    for line in LINES {
        call(&world, line).await.unwrap();
    }
    eventually("the calls", || first.calls() >= LINES.len()).await;
}

/// Takes each connection and ends it after the first bytes; counts those over HTTP/1.
async fn breaking() -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, taken) = (listener.local_addr().unwrap(), Arc::<AtomicUsize>::default());
    let count = Arc::clone(&taken);
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let mut first = [0; 3];
            if client.read_exact(&mut first).await.is_ok() && first != *b"PRI" {
                count.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    (address, taken)
}

#[tokio::test]
async fn a_connection_that_breaks_under_a_safe_call_costs_another_attempt() {
    for line in LINES {
        let ((broken, taken), whole) = (breaking().await, Instance::start().await);
        let world = open(broken, whole.address).await;
        for _ in 0..20 {
            call(&world, line).await.unwrap();
        }
        let is_second = whole.seen.attempts.lock().unwrap().iter().any(|before| before == "1");
        assert!(is_second || taken.load(Ordering::Relaxed) > 0, "{line}: the broken one was never called");
    }
}

#[tokio::test]
async fn what_streams_through_is_sent_again_only_where_that_is_safe_and_nothing_is_lost() {
    let cases = [("GET", "", 3), ("DELETE", "", 3), ("PUT", "body", 1), ("POST", "", 1)];
    for (method, body, attempts) in cases {
        let ((first, one), (second, other)) = (breaking().await, breaking().await);
        let world = open(first, second).await;
        let body = if body.is_empty() { Body::empty() } else { Body::from(body) };
        let error = pass(&world, http::Request::builder().method(method), body).await.unwrap_err();
        assert_eq!((error.code, error.retry_after), (Code::Unavailable, Some(Duration::from_secs(1))));
        let taken = one.load(Ordering::Relaxed) + other.load(Ordering::Relaxed);
        assert_eq!(taken, attempts, "{method}");
    }
}
