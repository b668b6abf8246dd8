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
    let user = &right.body["user"];
    let told = json!({"id": user["id"], "email": "admin@example.com", "first_name": "Admin", "last_name": "User",
        "role": "admin", "active": true});
    assert_eq!(user, &told);
    assert_eq!((right.text("token_type"), &right.body["expires_in"]), ("Bearer", &json!(600)));
    assert_eq!(right.headers["cache-control"], "no-store");
    assert!(right.text("access_token").split('.').count() == 3 && right.text("refresh_token").len() > 60);

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
        let answer = service.send("POST", "/v1/sessions", body.clone()).await;
        assert_eq!(answer.status, 400, "{body}: {answer:?}");
        assert_eq!(answer.body["errors"][0]["field"].as_str(), field, "{body}: {answer:?}");
        assert!(
            !answer.body.to_string().contains("hunter2") && !answer.body.to_string().contains("123456"),
            "{answer:?}"
        );
    }
    let longest = service.send("POST", "/v1/sessions", with(&format!(r#""{}""#, "ä".repeat(36)))).await;
    assert_eq!(longest.status, 401, "72 bytes are allowed");
    service.stop().await;
}

#[tokio::test]
async fn other_mistakes_are_problems_too() {
    let (_folder, rows) = sqlite();
    let service = Service::start(config(&rows, &[])).await;
    let large = service.send("POST", "/v1/sessions", "x".repeat(20_000)).await;
    assert_eq!((large.status, &large.body["code"]), (413, &json!("invalid_argument")));
    let method = service.send("GET", "/v1/sessions/refresh", "").await;
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

const SIGNING_KEY: &str = "one:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

#[test]
fn only_a_development_process_on_loopback_seeds() {
    let postgres = ("AUTHENTICATOR_POSTGRES_URL", "postgres://me@db/users_db");
    let keys = ("AUTHENTICATOR_SIGNING_KEYS", SIGNING_KEY);
    let secret = ("AUTHENTICATOR_REFRESH_SECRET", "a secret of thirty-two characters");
    let with = |environment| config(&Rows::new(), &[("SWITCHBOARD_ENV", environment), postgres, keys, secret]);
    assert!(with("development").may_seed(true));
    assert!(!with("development").may_seed(false));
    assert!(!with("production").may_seed(true));
}

#[test]
fn a_person_is_shown_where_users_are_kept_and_production_refuses_a_file() {
    let postgres = ("AUTHENTICATOR_POSTGRES_URL", "postgres://me:s3cret@db/users_db");
    assert_eq!(config(&Rows::new(), &[postgres]).store(), "PostgreSQL postgres://me:***@db/users_db");
    assert_eq!(config(&Rows::new(), &[]).store(), "SQLite ./data/authenticator.db");
}

#[test]
fn production_names_each_variable_that_it_lacks_and_secrets_that_are_none() {
    let refused = |variables: &[(&str, &str)]| {
        let env = Env::new(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        Config::from_env(&env, &Process::from_env(&env).unwrap()).unwrap_err()
    };
    let all = [
        ("SWITCHBOARD_ENV", "production"),
        ("AUTHENTICATOR_POSTGRES_URL", "postgres://me@db/users_db"),
        ("AUTHENTICATOR_SIGNING_KEYS", SIGNING_KEY),
    ];
    assert_eq!(refused(&all[..1]).variable, "AUTHENTICATOR_POSTGRES_URL");
    assert_eq!(refused(&all[..2]).variable, "AUTHENTICATOR_SIGNING_KEYS");
    assert_eq!(refused(&all).variable, "AUTHENTICATOR_REFRESH_SECRET");
    let twice = format!("{SIGNING_KEY},{SIGNING_KEY}");
    for keys in ["s3cret", "a:s3cret", ":AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", &twice] {
        let error = refused(&[("AUTHENTICATOR_SIGNING_KEYS", keys)]);
        assert!(error.variable == "AUTHENTICATOR_SIGNING_KEYS" && !error.detail.contains("s3cret"), "{error}");
        assert!(!error.detail.contains("AAEC"), "{error}");
    }
    let error = refused(&[("AUTHENTICATOR_REFRESH_SECRET", "s3cret")]);
    assert!(error.variable == "AUTHENTICATOR_REFRESH_SECRET" && !error.detail.contains("s3cret"), "{error}");
    assert_eq!(refused(&[("AUTHENTICATOR_ORIGINS", "panel")]).variable, "AUTHENTICATOR_ORIGINS");
    assert_eq!(refused(&[("AUTHENTICATOR_ACCESS_LIFETIME", "0s")]).variable, "AUTHENTICATOR_ACCESS_LIFETIME");
}

#[test]
fn what_is_configured_can_be_shown_without_its_secrets() {
    let secret = ("AUTHENTICATOR_REFRESH_SECRET", "a secret of thirty-two characters");
    let shown = format!("{:?}", config(&Rows::new(), &[("AUTHENTICATOR_SIGNING_KEYS", SIGNING_KEY), secret]));
    assert!(!shown.contains("AAEC") && !shown.contains("a secret"), "{shown}");
}
