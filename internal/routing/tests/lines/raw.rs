//! Bodies that stream through: headers of one connection stay behind, forwarding headers are ours.

use axum::Json;
use axum::body::Body;
use http::{HeaderMap, Method, Request, Uri};
use http_body_util::BodyExt;
use mesh::TraceContext;
use routing::line::Ready;
use routing::line::raw::Passage;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::world::{self, PATIENCE, World};

async fn echo(
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: String,
) -> ([(&'static str, &'static str); 2], Json<Value>) {
    let names =
        ["connection", "x-hop", "x-user-id", "x-forwarded-for", "x-forwarded-host", "content-type", "traceparent"];
    let seen =
        names.map(|name| (name, headers.get(name).map(|it| String::from_utf8_lossy(it.as_bytes()).into_owned())));
    let seen: std::collections::BTreeMap<_, _> = seen.into_iter().collect();
    let answer = json!({ "method": method.as_str(), "uri": uri.to_string(), "headers": seen, "body": body });
    ([("connection", "x-secret"), ("x-secret", "hop")], Json(answer))
}

async fn pass(request: Request<Body>) -> (HeaderMap, Value) {
    let address = world::serve(axum::Router::new().fallback(echo)).await;
    let table =
        format!("version = 1\n[[route]]\non = \"ANY /m/{{*path}}\"\ncall = \"http {address}\"\nauth = \"public\"\n");
    let world = World::open(&table).await.unwrap();
    let row = world.row("ANY /m/{*path}");
    let Ready::Raw(line) = &row.line else { panic!("not a raw line") };
    let passage = Passage {
        request: request.map(|body| body.map_err(Into::into).boxed_unsync()),
        target: "/a/b?x=1".to_owned(),
        peer: "192.0.2.7".parse().unwrap(),
        deadline: Instant::now() + PATIENCE,
        trace: TraceContext::new(),
    };
    let response = line.pass(passage).await.unwrap();
    let (head, body) = response.into_parts();
    (head.headers, serde_json::from_slice(&body.collect().await.unwrap().to_bytes()).unwrap())
}

#[tokio::test]
async fn method_path_query_body_and_ordinary_headers_pass() {
    let request = Request::put("http://front/m/a/b").header("content-type", "text/x").body(Body::from("body")).unwrap();
    let (_, seen) = pass(request).await;
    assert_eq!((&seen["method"], &seen["uri"], &seen["body"]), (&json!("PUT"), &json!("/a/b?x=1"), &json!("body")));
    assert_eq!(seen["headers"]["content-type"], "text/x");
    assert!(seen["headers"]["traceparent"].as_str().unwrap().starts_with("00-"));
}

#[tokio::test]
async fn what_belongs_to_one_connection_or_claims_an_identity_does_not() {
    let request = Request::get("http://front/m/a")
        .header("connection", "x-hop, keep-alive")
        .header("x-hop", "1")
        .header("x-user-id", "admin")
        .header("x-forwarded-for", "203.0.113.1")
        .header("host", "front")
        .body(Body::empty())
        .unwrap();
    let (answered, seen) = pass(request).await;
    for gone in ["connection", "x-hop", "x-user-id"] {
        assert_eq!(seen["headers"][gone], Value::Null, "{gone}");
    }
    assert_eq!(seen["headers"]["x-forwarded-for"], "192.0.2.7");
    assert_eq!(seen["headers"]["x-forwarded-host"], "front");
    assert!(!answered.contains_key("x-secret") && !answered.contains_key("connection"));
}
