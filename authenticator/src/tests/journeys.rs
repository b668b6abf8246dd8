//! Signing in, being refused, and every way to ask wrongly.

use mesh::Env;
use mesh::config::Process;
use serde_json::json;

use super::store::execute;
use super::{Answer, Rows, Service, config, on_postgres, sqlite};
use crate::Config;

async fn signs_in_and_refuses(rows: Rows) {
    let service = Service::start(config(&rows, &[])).await;
    let right = service.sign_in("Admin@Example.COM", "password123").await;
    assert_eq!(right.status, 200, "{right:?}");
    let id = right.body["user"]["id"].as_str().unwrap();
    let user = json!({"id": id, "email": "admin@example.com", "first_name": "Admin", "last_name": "User", "role": "admin", "active": true});
    assert_eq!(right.body, json!({ "user": user }));

    let db = crate::open(&config(&rows, &[]), None).await.unwrap();
    let wrong = [("admin@example.com", "password124"), ("nobody@example.com", "password123"), ("admin", "Password123")];
    let mut refusals = Vec::new();
    for (email, password) in wrong {
        refusals.push(service.sign_in(email, password).await);
    }
    execute(&db, "UPDATE users SET active = FALSE").await;
    refusals.push(service.sign_in_as_admin().await);
    execute(&db, "UPDATE users SET active = TRUE, password_hash = 'nonsense'").await;
    refusals.push(service.sign_in_as_admin().await);
    for refusal in &refusals {
        assert_eq!(without_trace(refusal), without_trace(&refusals[0]));
        assert_eq!((refusal.status, &refusal.body["detail"]), (401, &json!("wrong e-mail or password")));
        assert_eq!(refusal.headers["content-type"], "application/problem+json");
    }
    db.close().await;
    service.stop().await;
}

fn without_trace(answer: &Answer) -> serde_json::Value {
    let mut body = answer.body.clone();
    body.as_object_mut().unwrap().remove("trace_id").expect("a trace id");
    body
}

#[tokio::test]
async fn sqlite_users_sign_in_and_all_others_get_the_same_refusal() {
    let (_folder, rows) = sqlite();
    signs_in_and_refuses(rows).await;
}

#[tokio::test]
async fn postgres_users_sign_in_and_all_others_get_the_same_refusal() {
    on_postgres(signs_in_and_refuses).await;
}

#[tokio::test]
async fn what_is_asked_wrongly_is_400_with_the_field_and_never_repeats_the_password() {
    let (_folder, rows) = sqlite();
    let service = Service::start(config(&rows, &[])).await;
    let with = |password: &str| format!(r#"{{"email":"a@b","password":{password}}}"#);
    let cases = [
        (String::new(), None),
        ("{".to_owned(), None),
        (r#"{"email":"a@b"}"#.to_owned(), Some("password")),
        (r#"{"password":"hunter2"}"#.to_owned(), Some("email")),
        (r#"{"email":"a@b","password":"hunter2","passwort":"hunter2"}"#.to_owned(), Some("passwort")),
        (r#"{"email":["hunter2"],"password":"hunter2"}"#.to_owned(), Some("email")),
        (r#"{"email":" ","password":"hunter2"}"#.to_owned(), Some("email")),
        (r#"{"email":"a\u0000@b","password":"hunter2"}"#.to_owned(), Some("email")),
        (format!(r#"{{"email":"{}","password":"hunter2"}}"#, "a".repeat(255)), Some("email")),
        (with("123456"), Some("password")),
        (with(r#""""#), Some("password")),
        (with(r#""hunter2\u0000""#), Some("password")),
        (with(&format!(r#""{}""#, "hunter2".repeat(11))), Some("password")),
    ];
    for (body, field) in cases {
        let answer = service.send("POST", "/v1/authenticate", body.clone()).await;
        assert_eq!(answer.status, 400, "{body}: {answer:?}");
        assert_eq!(answer.body["errors"][0]["field"].as_str(), field, "{body}: {answer:?}");
        assert!(
            !answer.body.to_string().contains("hunter2") && !answer.body.to_string().contains("123456"),
            "{answer:?}"
        );
    }
    let longest = service.send("POST", "/v1/authenticate", with(&format!(r#""{}""#, "ä".repeat(36)))).await;
    assert_eq!(longest.status, 401, "72 bytes are allowed");
    service.stop().await;
}

#[tokio::test]
async fn other_mistakes_are_problems_too() {
    let (_folder, rows) = sqlite();
    let service = Service::start(config(&rows, &[])).await;
    let large = service.send("POST", "/v1/authenticate", "x".repeat(20_000)).await;
    assert_eq!((large.status, &large.body["code"]), (413, &json!("invalid_argument")));
    let method = service.send("GET", "/v1/authenticate", "").await;
    assert_eq!((method.status, method.headers["allow"].to_str().unwrap()), (405, "POST"));
    let path = service.send("POST", "/v1/login", "{}").await;
    assert_eq!((path.status, &path.body["detail"]), (404, &json!("nothing is served at /v1/login")));
    service.stop().await;
}

#[tokio::test]
async fn the_development_user_is_there_only_where_it_may_be_and_survives_a_restart() {
    let (_folder, rows) = sqlite();
    let bare = Service::begin(config(&rows, &[]), false).await;
    bare.ready().await;
    assert_eq!(bare.sign_in_as_admin().await.status, 401);
    bare.stop().await;
    for _ in 0..2 {
        let service = Service::start(config(&rows, &[])).await;
        assert_eq!(service.sign_in_as_admin().await.status, 200);
        service.stop().await;
    }
}

#[test]
fn only_a_development_process_on_loopback_seeds() {
    let postgres = ("AUTHENTICATOR_POSTGRES_URL", "postgres://me@db/users_db");
    let with = |environment| config(&Rows::new(), &[("SWITCHBOARD_ENV", environment), postgres]);
    assert!(with("development").may_seed(true));
    assert!(!with("development").may_seed(false));
    assert!(!with("production").may_seed(true));
}

#[test]
fn a_person_is_shown_where_users_are_kept_and_production_refuses_a_file() {
    let postgres = ("AUTHENTICATOR_POSTGRES_URL", "postgres://me:s3cret@db/users_db");
    assert_eq!(config(&Rows::new(), &[postgres]).store(), "PostgreSQL postgres://me:***@db/users_db");
    assert_eq!(config(&Rows::new(), &[]).store(), "SQLite ./data/authenticator.db");
    let env = Env::new([("SWITCHBOARD_ENV".to_owned(), "production".to_owned())]);
    let error = Config::from_env(&env, &Process::from_env(&env).unwrap()).unwrap_err();
    assert_eq!(error.variable, "AUTHENTICATOR_POSTGRES_URL");
}
