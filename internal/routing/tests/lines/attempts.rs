//! How often a call is made over each line, and how long it may take: the row's policy over real services.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use mesh::Code;
use routing::line::raw::Passage;
use routing::policy::{Caller, admit};
use serde_json::json;
use tokio::time::Instant;

use crate::world::{self, World};

/// A service over HTTP and gRPC that is not available the first `failures` times, and how often it was called.
async fn flaky(failures: usize) -> (SocketAddr, Arc<AtomicUsize>) {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let answer = move |request: Request<Body>| {
        let is_first = counted.fetch_add(1, Ordering::Relaxed) < failures;
        let is_grpc = request.headers().get("content-type").is_some_and(|it| it == "application/grpc");
        async move {
            match (is_grpc, is_first) {
                (true, _) => [("content-type", "application/grpc"), ("grpc-status", "14")].into_response(),
                (false, true) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
                (false, false) => StatusCode::NO_CONTENT.into_response(),
            }
        }
    };
    (world::serve(axum::Router::new().fallback(answer)).await, calls)
}

#[tokio::test]
async fn a_call_is_made_again_where_that_is_safe() {
    let cases = [
        ("GET /x", "http web GET /", "safe", None, true),
        ("POST /x", "http web POST /", "safe", None, false),
        ("POST /x", "http web POST /", "safe", Some("k"), true),
        ("GET /x", "http web GET /", "never", None, false),
        // The service itself says that a query has no side effects; of a write it says nothing, and then doors count.
        ("POST /x", "grpc logger logger.v1.Logger/Query", "safe", None, true),
        ("POST /x", "grpc logger logger.v1.Logger/Write", "safe", None, false),
        ("PUT /x", "grpc logger logger.v1.Logger/Write", "safe", None, true),
        // Where nobody is bound or answers, a moment changes nothing.
        ("POST /x", "event nobody.listens", "safe", None, false),
        ("GET /x", "rpc nobody asks", "safe", Some("k"), false),
    ];
    for (on, line, retry, key, is_made_again) in cases {
        let ((web, called), (logger, _)) = (flaky(1).await, flaky(0).await);
        let table = format!(
            "version = 1\n[services]\nweb = \"http://{web}\"\nlogger = \"grpc://{logger}\"\n\
             [[route]]\non = \"{on}\"\naction = \"x\"\ncall = \"{line}\"\nretry = \"{retry}\"\n"
        );
        let (world, mut call) = (World::open(&table).await.unwrap(), world::call(json!({})));
        (call.key, call.is_keyed) = (key.map(str::to_owned), key.is_some());
        let trail = call.trail.clone();
        let answered = world.row("x").call(call).await;
        let attempts = match line.split(' ').next() {
            Some("http") => called.load(Ordering::Relaxed),
            _ => trail.count(),
        };
        assert_eq!((attempts, attempts > 1), (trail.count(), is_made_again), "{on} = {line} {key:?}");
        match answered {
            Ok(_) => assert_eq!((line.starts_with("http"), is_made_again), (true, true), "{on} = {line}"),
            Err(error) => {
                assert_eq!((error.code, error.retry_after), (Code::Unavailable, Some(Duration::from_secs(1))));
            }
        }
    }
}

#[tokio::test]
async fn what_streams_through_tells_its_attempts_whatever_the_answer_and_never_is_never() {
    for (retry, told) in [("safe", Some("3")), ("never", None)] {
        let (_held, away) = world::nobody();
        let table = format!(
            "version = 1\n[services]\naway = \"http://{away}\"\n\
             [[route]]\non = \"GET /raw\"\ncall = \"http away\"\nauth = \"public\"\nretry = \"{retry}\"\n"
        );
        let world = World::open(&table).await.unwrap();
        let (row, deadline) = (world.row("GET /raw"), Instant::now() + Duration::from_secs(45));
        let (headers, mut notes) = (HeaderMap::new(), HeaderMap::new());
        let caller = Caller { headers: &headers, origin: None, is_forwarded: false };
        let admitted = admit(&row, caller, deadline, &mut notes).await.unwrap();
        let request = Request::new(Body::empty().map_err(Into::into).boxed_unsync());
        let passage = Passage::new(request, "/".to_owned(), deadline);
        let error = admitted.pass(&row, passage, &mut notes).await.unwrap_err();
        assert_eq!(error.code, Code::Unavailable);
        assert_eq!(notes.get("x-attempts").map(|it| it.to_str().unwrap()), told, "{retry}");
    }
}

#[tokio::test]
async fn the_deadline_is_kept_in_one_place_whatever_the_line() {
    async fn hang() -> Response {
        std::future::pending().await
    }
    let [web, logger] = [(); 2].map(|()| world::serve(axum::Router::new().fallback(hang)));
    let (web, logger) = futures::join!(web, logger);
    let table = format!(
        "version = 1\n[services]\nweb = \"http://{web}\"\nlogger = \"grpc://{logger}\"\n\
         [[route]]\non = \"GET /json\"\ncall = \"http web GET /\"\n\
         [[route]]\non = \"GET /grpc\"\ncall = \"grpc logger logger.v1.Logger/Query\"\n\
         [[route]]\non = \"GET /raw\"\ncall = \"http web\"\n\
         [[route]]\non = \"POST /event\"\ncall = \"event nobody.listens\"\n\
         [[route]]\non = \"GET /rpc\"\ncall = \"rpc nobody asks\"\n"
    );
    let world = World::open(&table).await.unwrap();
    let late = async |row: &str, left: Duration| {
        let (row, deadline) = (world.row(row), Instant::now() + left);
        if row.route.name == "GET /raw" {
            let request = Request::new(Body::empty().map_err(Into::into).boxed_unsync());
            return row.pass(Passage::new(request, "/".to_owned(), deadline)).await.unwrap_err();
        }
        let mut call = world::call(json!({}));
        call.deadline = deadline;
        row.call(call).await.unwrap_err()
    };
    for (row, service) in [("GET /json", "web"), ("GET /grpc", "logger"), ("GET /raw", "web")] {
        let error = late(row, Duration::from_millis(200)).await;
        let names_it = error.detail.starts_with(service) && error.detail.contains("did not answer within");
        assert!(error.status().as_u16() == 504 && names_it, "{row}: {error:?}");
        assert!(error.detail.contains("were left"), "{row}: {error:?}");
    }
    for row in ["GET /json", "GET /grpc", "GET /raw", "POST /event", "GET /rpc"] {
        let error = late(row, Duration::ZERO).await;
        assert!(error.detail.starts_with("the deadline passed before the call was sent to "), "{row}: {error:?}");
    }
}
