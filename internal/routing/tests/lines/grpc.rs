//! JSON to gRPC and back by descriptor, with reflection and without, and every way in which it can fail.

use std::time::Duration;

use futures::StreamExt;
use mesh::Code;
use routing::Reply;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::world::{self, PATIENCE, World, call};

fn table(address: impl std::fmt::Display) -> String {
    format!(
        r#"
        version = 1
        [services]
        logger = "grpc://{address}"
        [[route]]
        on = "POST /w"
        action = "write"
        call = "grpc logger logger.v1.Logger/Write"
        [[route]]
        on = "GET /q"
        action = "query"
        call = "grpc logger logger.v1.Logger/Query"
        [[route]]
        on = "GET /t"
        action = "tail"
        call = "grpc logger logger.v1.Logger/Tail"
        "#
    )
}

#[tokio::test]
async fn json_goes_in_and_comes_back_with_trace_and_deadline() {
    for with_reflection in [false, true] {
        let world = World::open(&table(world::logger(with_reflection).await)).await.unwrap();
        let call = call(json!({ "name": "n", "level": "ERROR" }));
        let trace = call.trace.trace_id();
        let Reply::Json { body, .. } = world.row("write").call(call).await.unwrap() else { panic!("not JSON") };
        let entry: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!((&entry["name"], &entry["level"]), (&json!("n"), &json!("ERROR")));
        let (traceparent, timeout) = entry["data"].as_str().unwrap().split_once(' ').unwrap();
        assert!(traceparent.contains(&trace), "{traceparent}");
        assert!(timeout.ends_with(['m', 'u', 'n']), "what is left of five seconds, not '{timeout}'");
    }
}

#[tokio::test]
async fn text_from_a_query_becomes_a_number() {
    let world = World::open(&table(world::logger(false).await)).await.unwrap();
    let page = world.call("query", json!({ "limit": "20" })).await.unwrap();
    assert_eq!(page["next_cursor"], "20");
}

#[tokio::test]
async fn a_server_stream_is_documents_and_ends_with_its_error() {
    let world = World::open(&table(world::logger(false).await)).await.unwrap();
    let Reply::Stream(documents) = world.row("tail").call(call(json!({}))).await.unwrap() else {
        panic!("not a stream")
    };
    let documents: Vec<_> = documents.collect().await;
    let name = |position: usize| {
        let document: Value = serde_json::from_slice(documents[position].as_ref().unwrap()).unwrap();
        document["entry"]["name"].clone()
    };
    assert_eq!((name(0), name(1)), (json!("a"), json!("b")));
    assert_eq!(documents[2].as_ref().unwrap_err().code, Code::Unavailable);
    assert_eq!(documents.len(), 3);
}

#[tokio::test]
async fn the_services_own_errors_keep_code_and_fields() {
    let world = World::open(&table(world::logger(false).await)).await.unwrap();
    let taken = world.call("write", json!({ "name": "taken" })).await.unwrap_err();
    assert_eq!((taken.code, taken.detail.as_str()), (Code::AlreadyExists, "taken"));
    let wrong = world.call("write", json!({ "name": "wrong" })).await.unwrap_err();
    assert_eq!(wrong.fields[0].field, "name");
}

#[tokio::test]
async fn a_slow_service_costs_no_more_than_the_deadline() {
    let world = World::open(&table(world::logger(false).await)).await.unwrap();
    let mut call = call(json!({ "name": "slow" }));
    let began = Instant::now();
    call.deadline = began + Duration::from_secs(2);
    let error = world.row("write").call(call).await.unwrap_err();
    assert_eq!(error.code, Code::DeadlineExceeded);
    assert!(began.elapsed() < PATIENCE);
}

#[tokio::test]
async fn a_service_that_is_away_is_unavailable_with_a_hint_and_back_when_it_is() {
    let (held, address) = world::nobody();
    let world = World::open(&table(address)).await.unwrap();
    let error = world.call("write", json!({ "name": "n" })).await.unwrap_err();
    assert_eq!((error.code, error.retry_after), (Code::Unavailable, Some(Duration::from_secs(1))));
    assert_eq!(error.detail, "logger is not available");
    let router = tonic::service::Routes::new(proto::logger::v1::logger_server::LoggerServer::new(world::FakeLogger));
    let socket = held.listen(16).unwrap();
    tokio::spawn(async move { axum::serve(socket, router.into_axum_router()).await });
    assert_eq!(world.call("write", json!({ "name": "n" })).await.unwrap()["name"], "n");
}

#[tokio::test]
async fn a_name_with_an_address_that_refuses_goes_on_to_the_next() {
    // localhost is ::1 and 127.0.0.1 on most machines, and the service listens on one of them only.
    let port = world::logger(false).await.port();
    let world = World::open(&table(format!("localhost:{port}"))).await.unwrap();
    for _ in 0..20 {
        world.call("write", json!({ "name": "n" })).await.unwrap();
    }
}

#[tokio::test]
async fn a_method_that_only_the_service_knows_is_learned_by_reflection() {
    // Health is not in this build's descriptors: it has to be asked for, here by v1alpha alone.
    let (_, health) = tonic_health::server::health_reporter();
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .build_v1alpha()
        .unwrap();
    let routes = tonic::service::Routes::new(health).add_service(reflection);
    let address = world::serve(routes.into_axum_router()).await;
    let table = format!(
        "version = 1\n[services]\nhealth = \"grpc://{address}\"\n[[route]]\non = \"GET /h\"\naction = \"check\"\n\
         call = \"grpc health grpc.health.v1.Health/Check\"\n"
    );
    let world = World::open(&table).await.unwrap();
    let deadline = Instant::now() + PATIENCE;
    let status = loop {
        match world.call("check", json!({})).await {
            Ok(status) => break status,
            Err(error) => assert_eq!(error.code, Code::Unavailable, "until it is learned"),
        }
        assert!(Instant::now() < deadline, "never learned");
        tokio::task::yield_now().await;
    };
    assert_eq!(status["status"], "SERVING");
}
