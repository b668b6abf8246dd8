//! Bodies that are wrong in every way there is: each answer says where and what to do, and repeats no value.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::IntoResponse;
use axum::routing::post;
use futures::StreamExt;
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use mesh::body::{Json, parse};
use mesh::problem::Problem;
use serde::Deserialize;
use tower::ServiceExt;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct Account {
    email: String,
    password: String,
    #[serde(default)]
    addresses: Vec<Address>,
    #[serde(default)]
    level: Level,
    #[serde(default)]
    labels: BTreeMap<String, u32>,
    #[serde(default)]
    anything: serde_json::Value,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct Address {
    street: String,
    number: Option<u16>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    #[default]
    Info,
    Error,
}

async fn send(body: impl Into<Body>) -> (StatusCode, Problem) {
    let take = async |Json(account): Json<Account, 1024>| account.email.into_response();
    let request = Request::post("/").body(body.into()).unwrap();
    let response = Router::new().route("/", post(take)).oneshot(request).await.unwrap();
    let status = response.status();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&bytes).unwrap())
}

#[test]
fn a_wrong_field_is_named_by_its_path_with_the_remedy() {
    let whole = |more: &str| format!(r#"{{"email":"a","password":"b",{more}}}"#);
    let cases = [
        (r#"{"email":"a"}"#.to_owned(), "password", "is required"),
        (r#"{"email":"a","password":12345}"#.to_owned(), "password", "expected a string, found a number"),
        (r#"{"email":null,"password":"b"}"#.to_owned(), "email", "expected a string, found null"),
        (r#"{"email":"a","email":"b"}"#.to_owned(), "email", "is given twice"),
        (whole(r#""passwort":"x""#), "passwort", "no such field: did you mean password?"),
        (whole(r#""zzz":"x""#), "zzz", "no such field: there are email, password, addresses, level, labels, anything"),
        (
            whole(r#""addresses":[{"street":"s"},{"street":true}]"#),
            "addresses[1].street",
            "expected a string, found a boolean",
        ),
        (whole(r#""addresses":[{"number":1}]"#), "addresses[0].street", "is required"),
        (
            whole(r#""addresses":[{"street":"s","numbre":1}]"#),
            "addresses[0].numbre",
            "no such field: did you mean number?",
        ),
        (
            whole(r#""addresses":[{"street":"s","number":70000}]"#),
            "addresses[0].number",
            "expected a whole number, found one that is out of range",
        ),
        (
            whole(r#""addresses":[{"street":"s","number":1.5}]"#),
            "addresses[0].number",
            "expected a whole number, found a decimal number",
        ),
        (whole(r#""addresses":{"street":"s"}"#), "addresses", "expected an array, found an object"),
        (whole(r#""level":"loud""#), "level", "expected `info` or `error`"),
        (whole(r#""labels":{"a":"secret, expected nothing"}"#), "labels.a", "expected a whole number, found a string"),
    ];
    for (body, field, detail) in cases {
        let error = parse::<Account>(body.as_bytes()).unwrap_err();
        assert_eq!(error.status(), StatusCode::BAD_REQUEST, "{body}");
        let fields: Vec<_> = error.fields.iter().map(|it| (it.field.as_str(), it.detail.as_str())).collect();
        assert_eq!(fields, [(field, detail)], "{body}");
        assert_eq!(error.detail, format!("{field}: {detail}"), "{body}");
    }
}

#[test]
fn what_is_not_a_json_object_is_told_where_it_breaks() {
    let deep = format!(r#"{{"email":"a","password":"b","anything":{}1{}}}"#, "[".repeat(200), "]".repeat(200));
    let cases: [(&[u8], &str); 11] = [
        (b"", "the body is empty: send a JSON object"),
        (b" \r\n\t", "the body is empty: send a JSON object"),
        (b"[1]", "the body must be a JSON object: begin with {"),
        (br#""text""#, "the body must be a JSON object: begin with {"),
        (b"null", "the body must be a JSON object: begin with {"),
        (b"email=a&password=b", "malformed JSON at line 1 column 1: expected value"),
        (b"{\n  \"email\": \"a\",\n  password: 1}", "malformed JSON at line 3 column 3: key must be a string"),
        (br#"{"email":"a","password""#, "malformed JSON: it ends too early, at line 1 column 23"),
        (br#"{"email":"a","password":"b"} {}"#, "malformed JSON at line 1 column 30: trailing characters"),
        (b"{\"email\":\"\xff\"}", "the body is not UTF-8: byte 11 is the first wrong one"),
        (deep.as_bytes(), "nested too deeply, at line 1 column 166: at most 128 levels are read"),
    ];
    for (body, detail) in cases {
        let error = parse::<Account>(body).unwrap_err();
        assert_eq!(error.detail, detail, "{}", String::from_utf8_lossy(body));
        assert_eq!(error.status(), StatusCode::BAD_REQUEST);
    }
}

#[test]
fn no_value_that_was_sent_is_repeated() {
    for body in [
        r#"{"email":"a","password":{"hunter2":1}}"#,
        r#"{"email":"a","password":["hunter2"]}"#,
        r#"{"email":"a","password":"b","level":"hunter2"}"#,
        r#"{"email":"a","password":"b","labels":{"x":"hunter2"}}"#,
        r#"{"email":"a","password":"hunter2"#,
    ] {
        let error = parse::<Account>(body.as_bytes()).unwrap_err();
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    }
}

#[test]
fn a_long_name_is_cut_where_the_error_repeats_it() {
    let body = format!(r#"{{"{}":1}}"#, "ä".repeat(5_000));
    let error = parse::<Account>(body.as_bytes()).unwrap_err();
    assert_eq!(error.fields[0].field.chars().count(), 64);
}

#[tokio::test]
async fn the_extractor_takes_json_without_a_content_type_and_answers_with_a_problem() {
    let (status, problem) = send(r#"{"email":"a"}"#).await;
    assert_eq!((status, problem.status, problem.code.as_str()), (StatusCode::BAD_REQUEST, 400, "invalid_argument"));
    assert_eq!(problem.errors[0].field, "password");
}

#[tokio::test]
async fn a_body_over_the_limit_is_413_whether_its_length_is_told_or_not() {
    let told = send("x".repeat(1025)).await;
    let chunks = futures::stream::repeat(Ok::<_, Infallible>("x".repeat(100)));
    let untold = send(Body::from_stream(chunks)).await;
    for (status, problem) in [told, untold] {
        assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
        assert!(problem.detail.contains("1024 bytes"), "{}", problem.detail);
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_never_ends_is_408() {
    let first = futures::stream::iter([Ok::<_, Infallible>("{")]).chain(futures::stream::pending());
    let (status, problem) =
        tokio::time::timeout(Duration::from_secs(30), send(Body::from_stream(first))).await.unwrap();
    assert_eq!((status, problem.code.as_str()), (StatusCode::REQUEST_TIMEOUT, "deadline_exceeded"));
}
