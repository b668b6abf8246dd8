//! Each call is answered as it would have been alone, in the order in which they were asked.

use http::Method;
use serde_json::{Value, json};

use crate::client::Ask;
use crate::issuer::Token;
use crate::service::{Service, answers, batch, statuses};
use crate::world::World;

const ROWS: &str = r#"
[[route]]
on = "POST /own"
action = "own"
call = "http own POST /x"
[[route]]
on = "GET /me/{id}"
call = "http own GET /me/{id}"
[[route]]
on = "POST /open"
action = "open"
call = "http own POST /x"
auth = "public"
cookies = true
status = 201
[[route]]
on = "DELETE /admin"
call = "http own DELETE /x"
auth = "admin"
[[route]]
on = "ANY /raw/{*path}"
call = "http own"
auth = "public"
[[route]]
on = "GET /tail"
call = "grpc logger logger.v1.Logger/Tail"
auth = "public"
[[route]]
on = "POST /grpc"
call = "grpc logger logger.v1.Logger/Write"
auth = "public"
reply = "envelope"
"#;

fn signed_in(ask: Ask) -> Ask {
    ask.bearer(&Token::default().signed())
}

#[tokio::test]
async fn answers_come_in_order_and_one_that_fails_fails_alone() {
    let world = World::open(ROWS).await;
    let calls = json!([
        { "id": "made", "method": "POST", "path": "/open?x=1", "body": { "y": 2 } },
        { "method": "GET", "path": "/nothing" },
        { "id": "wrong", "method": "PUT", "path": "/own" },
        { "id": "admins", "method": "DELETE", "path": "/admin" },
        { "id": "named", "action": "own", "body": { "z": 3 } },
        { "id": "field", "method": "POST", "path": "/grpc", "body": { "nmae": "x" } },
        { "id": "grpc", "method": "POST", "path": "/grpc", "body": { "name": "x" } },
        { "id": "other", "action": "owm" },
        { "id": "body", "action": "own", "body": [1] },
    ]);
    let answer = signed_in(world.post("/v1/batch", &json!({ "calls": calls }))).send().await;
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(statuses(&answer), [201, 404, 405, 403, 200, 400, 200, 400, 400]);
    let answers = answers(&answer);
    let ids: Vec<_> = answers.iter().map(|it| it["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["made", "1", "wrong", "admins", "named", "field", "grpc", "other", "body"]);
    assert_eq!(answers[0]["body"]["body"], r#"{"x":"1","y":2}"#);
    assert_eq!(answers[1]["body"]["instance"], "/nothing");
    assert_eq!(answers[2]["headers"], json!({ "allow": "POST" }));
    assert_eq!(answers[3]["headers"]["www-authenticate"], r#"Bearer error="insufficient_scope""#);
    assert_eq!(answers[4]["body"]["body"], r#"{"z":3}"#);
    assert_eq!(answers[5]["body"]["data"]["errors"][0]["field"], "nmae");
    assert_eq!(answers[6]["body"]["data"]["name"], "x");
    assert_eq!(answers[7]["body"]["errors"][0]["field"], "action");
    assert_eq!(answers[7]["body"]["instance"], "/handle");
}

/// The same call alone and in a batch.
#[tokio::test]
async fn an_answer_is_the_one_that_the_call_alone_gets() {
    let world = World::open(ROWS).await;
    for (method, path) in [("GET", "/me/7?x=1"), ("GET", "/me/%2E"), ("DELETE", "/admin"), ("GET", "/nothing")] {
        let alone = Ask::new(world.address, &method.parse().unwrap(), path);
        let alone = signed_in(alone).send().await;
        let calls = json!({ "calls": [{ "method": method, "path": path }] });
        let together = signed_in(world.post("/v1/batch", &calls)).send().await;
        let together = &answers(&together)[0];
        assert_eq!(together["status"], alone.status, "{path}");
        for part in ["method", "uri", "status", "detail", "code", "instance", "errors", "title"] {
            assert_eq!(together["body"].get(part), alone.body.get(part), "{path}: {part}");
        }
        let user = |body: &Value| body["headers"]["x-user-id"].clone();
        assert_eq!(user(&together["body"]), user(&alone.body), "{path}");
    }
}

#[tokio::test]
async fn head_is_answered_by_the_row_for_get_and_without_a_body() {
    let world = World::open(ROWS).await;
    let token = Token::default().signed();
    let alone = Ask::new(world.address, &Method::HEAD, "/me/7").bearer(&token).send().await;
    let calls = json!({ "calls": [{ "method": "HEAD", "path": "/me/7" }, { "method": "HEAD", "path": "/own" }] });
    let together = world.post("/v1/batch", &calls).bearer(&token).send().await;
    assert_eq!(statuses(&together), [u64::from(alone.status), 405]);
    assert_eq!((alone.status, &answers(&together)[0]["body"]), (200, &Value::Null));
}

/// The services of these rows are sent tokens, or answer with secrets and cookies; the last is as open as can be.
#[tokio::test]
async fn a_batch_with_a_token_in_it_is_not_compressed() {
    let world = World::open(
        r#"
[[route]]
on = "POST /own"
call = "http own POST /x"
auth = "public"
[[route]]
on = "POST /secret"
call = "http other POST /x"
secret = ["password"]
auth = "public"
[[route]]
on = "POST /cookies"
call = "http other POST /x"
cookies = true
auth = "public"
[[route]]
on = "POST /plain"
call = "http other POST /x"
auth = "public"
"#,
    )
    .await;
    let call = |path: &str| json!({ "method": "POST", "path": path, "body": { "text": "x".repeat(3000) } });
    for (path, encoding) in [("/own", None), ("/secret", None), ("/cookies", None), ("/plain", Some("gzip"))] {
        let calls = json!({ "calls": [call("/plain"), call(path)] });
        let answer = world.post("/v1/batch", &calls).header("accept-encoding", "gzip").send().await;
        assert_eq!((answer.status, answer.header("content-encoding")), (200, encoding), "{path}");
        let alone = world.post(path, &call(path)["body"]).header("accept-encoding", "gzip").send().await;
        assert_eq!(alone.header("content-encoding"), encoding, "{path} alone");
    }
}

#[tokio::test]
async fn each_row_decides_for_itself_who_may_call() {
    let world = World::open(ROWS).await;
    let calls = json!([
        { "method": "POST", "path": "/open", "body": {} },
        { "action": "own" },
        { "method": "DELETE", "path": "/admin" },
    ]);
    let nobody = batch(&world, &calls).await;
    assert_eq!(statuses(&nobody), [201, 401, 401]);
    assert_eq!(answers(&nobody)[1]["headers"]["www-authenticate"], "Bearer");
    let token = Token { roles: &["user", "admin"], ..Token::default() }.signed();
    let admin = world.post("/v1/batch", &json!({ "calls": calls })).bearer(&token).send().await;
    assert_eq!(statuses(&admin), [201, 200, 200]);
    let told = &answers(&admin)[1]["body"]["headers"];
    assert_eq!((&told["x-user-id"], &told["x-forwarded-for"]), (&json!("u-1"), &json!("127.0.0.1")));
}

#[tokio::test]
async fn cookies_stay_behind_in_both_directions() {
    let world = World::open(ROWS).await;
    let calls = json!({ "calls": [{ "action": "open", "body": {} }] });
    let answer = world.post("/v1/batch", &calls).header("cookie", "a=1").send().await;
    assert_eq!(statuses(&answer), [201]);
    assert!(answer.header("set-cookie").is_none(), "{answer:?}");
    let answered = &answers(&answer)[0];
    assert_eq!(answered["headers"], json!({}));
    assert!(answered["body"]["headers"].get("cookie").is_none(), "{answered}");
    let alone = world.post("/open", &json!({})).header("cookie", "a=1").send().await;
    assert!(alone.header("set-cookie").is_some(), "alone they pass: {alone:?}");
}

#[tokio::test]
async fn what_streams_and_what_is_the_brokers_own_cannot_be_part_of_it() {
    let world = World::open(ROWS).await;
    let get = |path: &str| json!({ "method": "GET", "path": path });
    let paths = ["/raw/x", "/tail", "/ping", "/health/ready", "/metrics", "/handle"];
    let answer = batch(&world, &Value::Array(paths.map(get).into())).await;
    for answered in answers(&answer) {
        assert_eq!(answered["status"], 400, "{answered}");
        assert!(answered["body"]["detail"].as_str().unwrap().contains("cannot be part of a batch"), "{answered}");
    }
}

#[tokio::test]
async fn what_is_too_much_in_all_is_told_for_the_call_that_does_not_fit() {
    let service = Service::start(1).await;
    let world = World::open(&service.rows()).await;
    let get = json!({ "method": "GET", "path": "/large" });
    let small = json!({ "action": "count" });
    let answer = batch(&world, &json!([get, get, get, small])).await;
    let mut statuses = statuses(&answer);
    assert_eq!(statuses.pop(), Some(200));
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 502]);
}

#[tokio::test]
async fn calls_share_a_trace_and_each_has_a_span_of_its_own() {
    let world = World::open(ROWS).await;
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let calls = json!({ "calls": [{ "action": "open" }, { "action": "open" }, { "action": "nobody" }] });
    let ask = world.post("/v1/batch", &calls).header("traceparent", &format!("00-{trace}-b7ad6b7169203331-01"));
    let answer = ask.send().await;
    let told = |at: usize| answers(&answer)[at]["body"]["headers"]["traceparent"].as_str().unwrap().to_owned();
    assert!(told(0).contains(trace) && told(1).contains(trace), "{} {}", told(0), told(1));
    assert_ne!(told(0), told(1));
    assert_eq!(answers(&answer)[2]["body"]["trace_id"], trace);
}
