//! Two instances of a service, one of which fails in every way that it can: what the lines make of that is the same for
//! all of them.

mod pair;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::{Body, Bytes};
use http::StatusCode;
use mesh::Code;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::time::Instant;

use crate::world::{self, PATIENCE, eventually};
use pair::{Instance, LINES, call, calls_until, metric, open, pass, two};

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
        let state = |instance: &Instance| metric("instance_state", line, instance);
        calls_until(&world, line, "the ejection", || state(&first) == Some(2.0)).await;
        assert_eq!(state(&second), Some(0.0), "{line}");
        first.revive();
        let before = first.calls();
        calls_until(&world, line, "its return", || first.calls() > before && state(&first) == Some(0.0)).await;
    }
}

#[tokio::test]
async fn one_that_says_it_cannot_serve_is_ejected_and_the_call_is_made_elsewhere() {
    mesh::telemetry::init_metrics().unwrap();
    for line in ["grpc", "http"] {
        for status in [StatusCode::SERVICE_UNAVAILABLE, StatusCode::BAD_GATEWAY] {
            let (world, first, second) = two().await;
            first.refuses(Some(status));
            calls_until(&world, line, "the ejection", || metric("instance_state", line, &first) == Some(2.0)).await;
            first.refuses(None);
            calls_until(&world, line, "its return", || metric("instance_state", line, &first) == Some(0.0)).await;
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
    assert_eq!(metric("instance_state", "http", &first), Some(0.0));
}

#[tokio::test]
async fn a_body_that_its_caller_breaks_off_is_not_the_instances_fault() {
    mesh::telemetry::init_metrics().unwrap();
    let (world, first, second) = two().await;
    for _ in 0..20 {
        let pieces = [Ok(Bytes::from("a")), Err(std::io::Error::other("gone"))];
        let body = Body::from_stream(futures::stream::iter(pieces));
        pass(&world, http::Request::post("/"), body).await.unwrap_err();
    }
    for instance in [first, second] {
        assert_eq!(metric("instance_state", "raw", &instance), Some(0.0));
    }
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
        assert_eq!((error.code, error.retry_after), (Code::Unavailable, Some(std::time::Duration::from_secs(1))));
        let taken = one.load(Ordering::Relaxed) + other.load(Ordering::Relaxed);
        assert_eq!(taken, attempts, "{method}");
    }
}
