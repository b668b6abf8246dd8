//! JSON services over HTTP: where the argument goes, and which of the service's answers reach the caller how.

use std::time::Duration;

use axum::Json;
use axum::extract::{Path, RawQuery};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::{HeaderMap, StatusCode};
use mesh::Code;
use serde_json::{Value, json};

use crate::world::{self, World};

async fn echo(Path(id): Path<String>, RawQuery(query): RawQuery, headers: HeaderMap, body: String) -> Json<Value> {
    let header = |name: &str| headers.get(name).and_then(|it| it.to_str().ok()).unwrap_or_default().to_owned();
    Json(json!({
        "id": id, "query": query, "body": body, "host": header("host"),
        "traceparent": header("traceparent"), "timeout": header("x-timeout-ms")
    }))
}

async fn answer(Path(kind): Path<String>) -> Response {
    match kind.as_str() {
        "problem" => mesh::Error::field("x", "is odd").with_status(StatusCode::UNPROCESSABLE_ENTITY).into_response(),
        "plain" => (StatusCode::CONFLICT, Json(json!({ "message": "there is one already" }))).into_response(),
        "html" => (StatusCode::OK, "<p>hello").into_response(),
        "moved" => (StatusCode::FOUND, [("location", "http://elsewhere/")]).into_response(),
        "busy" => (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "7")]).into_response(),
        "slow" => {
            tokio::time::sleep(Duration::from_secs(60)).await;
            StatusCode::OK.into_response()
        }
        _ => StatusCode::NO_CONTENT.into_response(),
    }
}

async fn open() -> World {
    let router = axum::Router::new().route("/echo/{id}", post(echo).get(echo)).route("/answer/{kind}", get(answer));
    let address = world::serve(router).await;
    World::open(&format!(
        r#"
        version = 1
        [services]
        web = "http://{address}"
        [[route]]
        on = "POST /p"
        action = "post"
        call = "http web POST /echo/{{id}}"
        [[route]]
        on = "GET /g"
        action = "get"
        call = "http web GET /echo/{{id}}"
        [[route]]
        on = "GET /a"
        action = "answer"
        timeout = "300ms"
        retry = "never"
        call = "http web GET /answer/{{kind}}"
        "#
    ))
    .await
    .unwrap()
}

#[tokio::test]
async fn path_parameters_are_filled_and_the_rest_is_the_body() {
    let world = open().await;
    let seen = world.call("post", json!({ "id": "a/b c", "n": 1 })).await.unwrap();
    assert_eq!((&seen["id"], &seen["body"]), (&json!("a/b c"), &json!("{\"n\":1}")));
    assert!(seen["traceparent"].as_str().unwrap().starts_with("00-"));
    assert!(seen["timeout"].as_str().unwrap().parse::<u64>().unwrap() <= 45_000);
}

#[tokio::test]
async fn without_a_body_the_rest_is_the_query() {
    let world = open().await;
    let seen = world.call("get", json!({ "id": "7", "q": "a&b", "list": [1, "x"], "none": null })).await.unwrap();
    assert_eq!((&seen["query"], &seen["body"]), (&json!("list=1&list=x&q=a%26b"), &json!("")));
    let missing = world.call("get", json!({})).await.unwrap_err();
    assert_eq!(missing.fields[0].field, "id");
}

#[tokio::test]
async fn the_services_errors_keep_their_status_and_words() {
    let world = open().await;
    let cases = [
        ("problem", 422, Code::InvalidArgument, "x: is odd"),
        ("plain", 409, Code::AlreadyExists, "there is one already"),
        ("html", 502, Code::Internal, "web answered something that is not JSON"),
        ("moved", 502, Code::Internal, "web answered 302 Found, which is not followed"),
        ("busy", 503, Code::Unavailable, "web answered 503 Service Unavailable"),
    ];
    for (kind, status, code, detail) in cases {
        let error = world.call("answer", json!({ "kind": kind })).await.unwrap_err();
        assert_eq!((error.status().as_u16(), error.code, error.detail.as_str()), (status, code, detail));
        assert_eq!(error.retry_after, (kind == "busy").then_some(Duration::from_secs(7)));
    }
    assert_eq!(world.call("answer", json!({ "kind": "empty" })).await.unwrap(), json!({}));
}

#[tokio::test]
async fn a_value_too_long_for_a_url_is_the_callers_mistake() {
    let world = open().await;
    let error = world.call("get", json!({ "id": "7".repeat(70_000) })).await.unwrap_err();
    assert_eq!((error.code, error.status().as_u16()), (Code::InvalidArgument, 414));
}

#[tokio::test]
async fn a_slow_service_costs_no_more_than_the_deadline() {
    let world = open().await;
    let mut call = world::call(json!({ "kind": "slow" }));
    call.deadline = tokio::time::Instant::now() + Duration::from_secs(2);
    assert_eq!(world.row("answer").call(call).await.unwrap_err().code, Code::DeadlineExceeded);
}

#[tokio::test]
async fn a_service_that_is_away_is_unavailable() {
    let (_held, address) = world::nobody();
    let table = format!("version = 1\n[[route]]\non = \"GET /x\"\naction = \"x\"\ncall = \"http {address} GET /\"\n");
    let world = World::open(&table).await.unwrap();
    let error = world.call("x", json!({})).await.unwrap_err();
    assert_eq!((error.code, error.status().as_u16()), (Code::Unavailable, 503));
}
