//! Seeing one's sessions, ending one, this one, the others or all, and having one at a time.

use serde_json::json;

use super::store::{count, execute};
use super::{Rows, Service, config, on_postgres, sqlite};

async fn sessions_are_listed_and_ended(rows: Rows) {
    let service = Service::start(config(&rows, &[])).await;
    let firefox = ("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0");
    let credentials = json!({"email": "admin@example.com", "password": "password123"}).to_string();
    let from = [firefox, ("x-forwarded-for", "2001:db8::7")];
    let one = service.send_with("POST", "/v1/sessions", &from, credentials).await;
    let [two, three] = [service.sign_in_as_admin().await, service.sign_in_as_admin().await];
    let access = one.text("access_token").to_owned();
    let list = async || service.as_bearer(&access, "GET", "/v1/sessions").await;
    let listed = list().await;
    let listed = listed.body["sessions"].as_array().unwrap();
    assert_eq!(listed.len(), 3);
    let current: Vec<_> = listed.iter().filter(|it| it["current"] == true).collect();
    assert_eq!(current.len(), 1);
    assert_eq!((&current[0]["device"], &current[0]["address"]), (&json!("Firefox on Linux"), &json!("2001:db8::7")));
    for field in ["id", "created_at", "last_seen_at", "expires_at", "browser"] {
        assert!(!current[0][field].is_null(), "{field}");
    }

    let other = listed[0]["id"].as_str().unwrap();
    assert_ne!(listed[0]["current"], true, "the newest comes first");
    let end = async |id: &str| service.as_bearer(&access, "DELETE", &format!("/v1/sessions/{id}")).await.status;
    assert_eq!([end(other).await, end(other).await, end("nonsense").await], [204, 404, 404]);
    assert_eq!(end("%00").await, 404);
    assert_eq!(service.refresh(three.text("refresh_token")).await.status, 401);

    let by_token = json!({"refresh_token": two.text("refresh_token")}).to_string();
    assert_eq!(service.send("DELETE", "/v1/sessions/current", by_token.clone()).await.status, 204);
    assert_eq!(service.send("DELETE", "/v1/sessions/current", by_token).await.status, 401);
    assert_eq!(service.send("DELETE", "/v1/sessions/current", "").await.status, 401);
    assert_eq!(service.send("DELETE", "/v1/sessions/current", r#"{"refresh_token":"x"}"#).await.status, 401);
    assert_eq!(list().await.body["sessions"].as_array().unwrap().len(), 1);

    let three = service.sign_in_as_admin().await;
    let shown = three.text("refresh_token");
    let in_query = format!("/v1/sessions/current?refresh_token={shown}");
    assert_eq!(service.send("DELETE", &in_query, "").await.status, 401, "never in a query");
    let ending = async |body: String| service.send("POST", "/v1/sessions/current/end", body).await.status;
    let by_token = json!({ "refresh_token": shown }).to_string();
    assert_eq!(
        [ending(by_token.clone()).await, ending(by_token).await, ending("{}".to_owned()).await],
        [204, 401, 401]
    );
    let three = service.sign_in_as_admin().await;
    assert_eq!(service.as_bearer(three.text("access_token"), "POST", "/v1/sessions/current/end").await.status, 204);
    let four = service.sign_in_as_admin().await;
    assert_eq!(service.as_bearer(four.text("access_token"), "DELETE", "/v1/sessions/current").await.status, 204);
    assert_eq!(service.as_bearer(&access, "DELETE", "/v1/sessions").await.body, json!({"ended": 1}));
    assert_eq!(list().await.status, 401);
    service.stop().await;
}

#[tokio::test]
async fn sqlite_sessions_are_listed_and_ended() {
    let (_folder, rows) = sqlite();
    sessions_are_listed_and_ended(rows).await;
}

#[tokio::test]
async fn postgres_sessions_are_listed_and_ended() {
    on_postgres(sessions_are_listed_and_ended).await;
}

/// However many there were, a few statements end them, and nobody keeps more than a hundred.
async fn sessions_are_bounded(rows: Rows) {
    let config = config(&rows, &[]);
    let service = Service::start(config.clone()).await;
    let db = crate::open(&config, None).await.unwrap();
    let first = service.sign_in_as_admin().await;
    let double =
        "INSERT INTO sessions SELECT id || 'x', user_id, number, current_hash, previous_hash, rotated_at, device,
        address, browser, created_at, last_seen_at, expires_at, ended_at, ended_because FROM sessions";
    for length in 1..8 {
        execute(&db, &double.replace("'x'", &format!("'{length}'"))).await;
    }
    let live = "SELECT COUNT(*) AS count FROM sessions WHERE ended_at IS NULL";
    assert_eq!(count(&db, live).await, 128);
    let last = service.sign_in_as_admin().await;
    assert_eq!(count(&db, live).await, 100);
    assert_eq!(count(&db, "SELECT COUNT(*) AS count FROM revocations").await, 29);
    let everywhere = service.as_bearer(last.text("access_token"), "DELETE", "/v1/sessions").await;
    assert_eq!(everywhere.body, json!({"ended": 100}));
    assert_eq!(count(&db, "SELECT COUNT(*) AS count FROM revocations").await, 129);
    assert_eq!(service.as_bearer(first.text("access_token"), "GET", "/v1/sessions").await.status, 401);
    db.close().await;
    service.stop().await;
}

#[tokio::test]
async fn sqlite_sessions_are_bounded() {
    let (_folder, rows) = sqlite();
    sessions_are_bounded(rows).await;
}

#[tokio::test]
async fn postgres_sessions_are_bounded() {
    on_postgres(sessions_are_bounded).await;
}

async fn the_newest_session_wins(rows: Rows) {
    let service = Service::start(config(&rows, &[("AUTHENTICATOR_ONE_SESSION", "true")])).await;
    let all = futures::future::join_all((0..4).map(|_| service.sign_in_as_admin())).await;
    let last = service.sign_in_as_admin().await;
    for older in &all {
        assert_eq!(service.refresh(older.text("refresh_token")).await.status, 401);
        assert_eq!(service.as_bearer(older.text("access_token"), "GET", "/v1/sessions").await.status, 401);
    }
    let listed = service.as_bearer(last.text("access_token"), "GET", "/v1/sessions").await;
    assert_eq!(listed.body["sessions"].as_array().unwrap().len(), 1);
    service.stop().await;
}

#[tokio::test]
async fn sqlite_the_newest_session_wins_where_one_is_allowed() {
    let (_folder, rows) = sqlite();
    the_newest_session_wins(rows).await;
}

#[tokio::test]
async fn postgres_the_newest_session_wins_where_one_is_allowed() {
    on_postgres(the_newest_session_wins).await;
}
