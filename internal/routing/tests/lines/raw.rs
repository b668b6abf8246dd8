//! Bodies that stream through: headers of one connection stay behind, forwarding headers are ours.

use axum::Json;
use axum::body::Body;
use http::{HeaderMap, Method, Request, Uri};
use http_body_util::BodyExt;
use mesh::Identity;
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
    let names = [
        "authorization",
        "connection",
        "content-type",
        "cookie",
        "traceparent",
        "x-forwarded-for",
        "x-hop",
        "x-user-id",
        "x-user-roles",
        "x_user_id",
    ];
    let seen =
        names.map(|name| (name, headers.get(name).map(|it| String::from_utf8_lossy(it.as_bytes()).into_owned())));
    let seen: std::collections::BTreeMap<_, _> = seen.into_iter().collect();
    let answer = json!({ "method": method.as_str(), "uri": uri.to_string(), "headers": seen, "body": body });
    ([("connection", "x-secret"), ("x-secret", "hop")], Json(answer))
}

/// The answer's headers and what a service saw that is sent tokens, or is not.
async fn pass(request: Request<Body>, token: bool) -> (HeaderMap, Value) {
    let address = world::serve(axum::Router::new().fallback(echo)).await;
    let table = format!(
        "version = 1\n[services]\nmine = {{ url = \"http://{address}\", token = {token} }}\n\
         [[route]]\non = \"ANY /m/{{*path}}\"\ncall = \"http mine\"\nauth = \"public\"\n"
    );
    let world = World::open(&table).await.unwrap();
    let row = world.row("ANY /m/{*path}");
    let Ready::Raw(line) = &row.line else { panic!("not a raw line") };
    let request = request.map(|body| body.map_err(Into::into).boxed_unsync());
    let passage = Passage {
        identity: Some(Identity { subject: "u-1".into(), roles: vec!["user".into(), "admin".into()], session: None }),
        origin: Some("192.0.2.7".parse().unwrap()),
        ..Passage::new(request, "/a/b?x=1".to_owned(), Instant::now() + PATIENCE)
    };
    let response = line.pass(passage).await.unwrap();
    let (head, body) = response.into_parts();
    (head.headers, serde_json::from_slice(&body.collect().await.unwrap().to_bytes()).unwrap())
}

#[tokio::test]
async fn method_path_query_body_and_ordinary_headers_pass() {
    let request = Request::put("http://front/m/a/b").header("content-type", "text/x").body(Body::from("body")).unwrap();
    let (_, seen) = pass(request, false).await;
    assert_eq!((&seen["method"], &seen["uri"], &seen["body"]), (&json!("PUT"), &json!("/a/b?x=1"), &json!("body")));
    assert_eq!(seen["headers"]["content-type"], "text/x");
    assert!(seen["headers"]["traceparent"].as_str().unwrap().starts_with("00-"));
}

#[tokio::test]
async fn what_belongs_to_one_connection_or_claims_an_identity_does_not() {
    let request = || {
        let request = Request::get("http://front/m/a").header("connection", "x-hop, keep-alive").header("x-hop", "1");
        let request = request.header("x-user-id", "admin").header("x_user_id", "admin").header("cookie", "a=b");
        request.header("authorization", "Bearer secret").body(Body::empty()).unwrap()
    };
    let (answered, seen) = pass(request(), false).await;
    for gone in ["authorization", "connection", "x-hop", "x_user_id"] {
        assert_eq!(seen["headers"][gone], Value::Null, "{gone}");
    }
    for (header, value) in
        [("x-user-id", "u-1"), ("x-user-roles", "user,admin"), ("x-forwarded-for", "192.0.2.7"), ("cookie", "a=b")]
    {
        assert_eq!(seen["headers"][header], value, "{header}");
    }
    assert!(!answered.contains_key("x-secret") && !answered.contains_key("connection"));
    let (_, seen) = pass(request(), true).await;
    assert_eq!(seen["headers"]["authorization"], "Bearer secret");
}
