//! Admins, API keys and reset links over HTTP, on both engines; and that no secret of a whole journey is in any row.

use futures::future::join_all;
use serde_json::{Value, json};

use super::people::{Person, add};
use super::registering::{PASSWORD, ada, question};
use super::store::{count, dump, execute};
use super::{Rows, Service, config, door, on_postgres, sqlite};
use crate::register::register;
use crate::{Command, command};

async fn lists_and_changes(rows: Rows) {
    let config = config(&rows, &[]);
    let service = Service::start(config.clone()).await;
    let emails: Vec<String> = (0..7).map(|number| format!("user_{number}@example.com")).collect();
    add(&config, &emails.iter().map(String::as_str).collect::<Vec<_>>()).await;
    add(&config, &["userx1@example.com", "ÄRGER@example.com"]).await;
    let admin = Person::sign_in(&service, "admin@example.com", "password123").await;
    let user = Person::sign_in(&service, "user_0@example.com", PASSWORD).await;
    assert_eq!(user.get("/v1/users").await.status, 403);
    let (mut found, mut path) = (Vec::new(), "/v1/users?search=USER_&limit=3".to_owned());
    loop {
        let page = admin.get(&path).await;
        assert_eq!(page.status, 200, "{page:?}");
        found.extend(
            page.body["users"].as_array().unwrap().iter().map(|user| user["email"].as_str().unwrap().to_owned()),
        );
        let Some(cursor) = page.body["next_cursor"].as_str() else { break };
        path = format!("/v1/users?search=USER_&limit=3&cursor={cursor}");
    }
    assert_eq!(found, emails, "an underscore is no wildcard");
    assert_eq!(admin.get("/v1/users?search=%C3%A4rger").await.body["users"].as_array().unwrap().len(), 1);
    assert_eq!(admin.get("/v1/users?limit=0").await.status, 400);

    let path = format!("/v1/users/{}", user.id);
    assert_eq!(admin.send("PATCH", &path, &json!({"role": "root"})).await.status, 400);
    assert_eq!(admin.send("PATCH", &path, &json!({"role": "admin"})).await.text("role"), "admin");
    assert_eq!(user.get("/v1/users").await.status, 200, "rows decide, not what the token says");
    assert_eq!(admin.send("PATCH", &path, &json!({"role": "user"})).await.text("role"), "user");
    assert_eq!(user.get("/v1/me").await.status, 401, "a demotion ends sessions");
    assert_eq!(admin.send("PATCH", &path, &json!({"active": false})).await.body["active"], false);
    assert_eq!(service.sign_in("user_0@example.com", PASSWORD).await.status, 401);
    assert_eq!(admin.send("PATCH", &path, &json!({"active": true})).await.status, 200);
    let own = format!("/v1/users/{}", admin.id);
    for change in [json!({"role": "user"}), json!({"active": false})] {
        let last = admin.send("PATCH", &own, &change).await;
        assert_eq!((last.status, last.text("code")), (409, "failed_precondition"));
    }
    assert_eq!(admin.get("/v1/users/nobody").await.status, 404);
    service.stop().await;
}

async fn demotions_at_once(rows: Rows) {
    let config = config(&rows, &[]);
    let service = Service::start(config.clone()).await;
    let emails: Vec<String> = (0..4).map(|number| format!("admin{number}@example.com")).collect();
    add(&config, &emails.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let db = crate::open(&config, None).await.unwrap();
    for _ in 0..5 {
        execute(&db, "UPDATE users SET role = 'admin', active = TRUE WHERE email_key LIKE 'admin_@example.com'").await;
        execute(&db, "UPDATE users SET role = 'user' WHERE email_key = 'admin@example.com'").await;
        let mut people = Vec::new();
        for email in &emails {
            people.push(Person::sign_in(&service, email, PASSWORD).await);
        }
        // Everybody demotes the next one, disables the one after, or goes.
        let acts = people.iter().enumerate().flat_map(|(number, person)| {
            let (next, after) = (&people[(number + 1) % 4].id, &people[(number + 2) % 4].id);
            [
                (person, "PATCH", format!("/v1/users/{next}"), json!({"role": "user"})),
                (person, "PATCH", format!("/v1/users/{after}"), json!({"active": false})),
                (person, "PATCH", format!("/v1/users/{}", person.id), json!({"role": "user"})),
            ]
        });
        let acts: Vec<_> = acts.collect();
        let answers = join_all(acts.iter().map(|(person, method, path, body)| person.send(method, path, body))).await;
        assert!(answers.iter().all(|answer| [200, 401, 403, 409].contains(&answer.status)), "{answers:?}");
        let left = "SELECT COUNT(*) AS count FROM users WHERE role = 'admin' AND active AND deleted_at IS NULL";
        assert!(count(&db, left).await >= 1);
    }
    db.close().await;
    service.stop().await;
}

async fn a_dismissal(rows: Rows) {
    let config = config(&rows, &[]);
    let service = Service::start(config.clone()).await;
    add(&config, &["second@example.com", "ada@example.com"]).await;
    let first = Person::sign_in(&service, "admin@example.com", "password123").await;
    let second = Person::sign_in(&service, "second@example.com", PASSWORD).await;
    let ada = Person::sign_in(&service, "ada@example.com", PASSWORD).await;
    let role = async |role: &str| {
        let changed = first.send("PATCH", &format!("/v1/users/{}", second.id), &json!({"role": role})).await;
        assert_eq!(changed.status, 200);
    };
    let link = async |admin: &Person<'_>| {
        let made = admin.send("POST", &format!("/v1/users/{}/reset-link", ada.id), &Value::Null).await;
        assert_eq!(made.status, 201);
        made.text("token").to_owned()
    };
    let redeem = async |token: String| {
        let body = json!({"token": token, "new_password": "a quite new pass phrase"}).to_string();
        service.send("POST", "/v1/password-resets", body).await.status
    };
    role("admin").await;
    let by_second = link(&second).await;
    role("user").await;
    assert_eq!(redeem(by_second).await, 400, "the admin who made it is none any more");
    assert_eq!(redeem(link(&first).await).await, 200);
    service.stop().await;
}

async fn keys(rows: Rows) {
    let config = config(&rows, &[]);
    let service = Service::start(config.clone()).await;
    add(&config, &["ada@example.com"]).await;
    let ada = Person::sign_in(&service, "ada@example.com", PASSWORD).await;
    let admin = Person::sign_in(&service, "admin@example.com", "password123").await;
    let refused = ada.send("POST", "/v1/me/api-keys", &json!({"name": "job", "roles": ["admin"]})).await;
    assert_eq!((refused.status, &refused.body["errors"][0]["field"]), (400, &json!("roles")));
    admin.send("PATCH", &format!("/v1/users/{}", ada.id), &json!({"role": "admin"})).await;
    let made = ada.send("POST", "/v1/me/api-keys", &json!({"name": "job", "roles": ["admin", "user"]})).await;
    assert_eq!(made.status, 201, "{made:?}");
    let key = made.text("key").to_owned();
    let verify = async |key: &str| service.send("POST", "/v1/api-keys/verify", json!({ "key": key }).to_string()).await;
    assert_eq!(verify(&key).await.body, json!({"subject": ada.id, "roles": ["admin", "user"]}));
    let machine = Person { token: key.clone(), ..Person::sign_in(&service, "ada@example.com", PASSWORD).await };
    assert_eq!(machine.get("/v1/users").await.status, 200);
    for (method, path, body) in [
        ("POST", "/v1/me/password", json!({"current_password": PASSWORD, "new_password": "giraffe walk 8"})),
        ("POST", "/v1/me/email", json!({"password": PASSWORD, "email": "eve@example.com"})),
        ("DELETE", "/v1/me", json!({"password": PASSWORD})),
        ("POST", "/v1/me/api-keys", json!({"name": "more"})),
        ("GET", "/v1/me/api-keys", Value::Null),
        ("PATCH", &format!("/v1/users/{}", ada.id), json!({"role": "user"})),
        ("POST", &format!("/v1/users/{}/reset-link", admin.id), Value::Null),
    ] {
        assert_eq!(machine.send(method, path, &body).await.status, 403, "{method} {path}");
    }
    admin.send("PATCH", &format!("/v1/users/{}", ada.id), &json!({"role": "user"})).await;
    assert_eq!(verify(&key).await.body["roles"], json!(["user"]), "no wider than the owner's are now");
    assert_eq!(machine.get("/v1/users").await.status, 403);
    for wrong in ["sbk_", "sbk_x_y", "x", &key[..key.len() - 1], &format!("{key}x"), "sbk_\0_"] {
        assert_eq!(verify(wrong).await.status, 401, "{wrong}");
    }
    let ada = Person::sign_in(&service, "ada@example.com", PASSWORD).await;
    let listed = ada.get("/v1/me/api-keys").await;
    assert!(listed.body["api_keys"][0]["last_used_at"].is_string() && listed.body["api_keys"][0]["key"].is_null());
    let path = format!("/v1/me/api-keys/{}", made.text("id"));
    assert_eq!(admin.send("DELETE", &path, &Value::Null).await.status, 404);
    assert_eq!(ada.send("DELETE", &path, &Value::Null).await.status, 200);
    assert_eq!((verify(&key).await.status, machine.get("/v1/me").await.status), (401, 401));
    for over in ["2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z", "+12345-01-01T00:00:00Z"] {
        let over = json!({"name": "job", "expires_at": over});
        assert_eq!(ada.send("POST", "/v1/me/api-keys", &over).await.status, 400, "{over}");
    }
    service.stop().await;
}

/// Everything that must be in no row, beside what people are called by.
async fn nothing_stays(rows: Rows) {
    let config = config(&rows, &[]);
    let service = Service::start(config.clone()).await;
    let door = door(&config).await;
    for id in ["key-1", "key-1", "key-2"] {
        let made = register(&door, &question(id, &ada("ada@example.com"))).await;
        assert_eq!(made.is_ok(), id == "key-1");
    }
    let signed_in = service.sign_in("ada@example.com", PASSWORD).await;
    let mut secrets = ["access_token", "refresh_token"].map(|field| signed_in.text(field).to_owned()).to_vec();
    secrets.extend(["wrong guess 7", PASSWORD, "giraffe walk 8", "password123"].map(str::to_owned));
    service.sign_in("ada@example.com", "wrong guess 7").await;
    let ada = Person::sign_in(&service, "ada@example.com", PASSWORD).await;
    let admin = Person::sign_in(&service, "admin@example.com", "password123").await;
    let key = ada.send("POST", "/v1/me/api-keys", &json!({"name": "job"})).await;
    // Of `sbk_<id>_<secret>`; a secret may hold the mark, too.
    secrets.push(key.text("key").splitn(3, '_').last().unwrap().to_owned());
    let link = admin.send("POST", &format!("/v1/users/{}/reset-link", ada.id), &Value::Null).await;
    assert_eq!(link.status, 201, "{link:?}");
    let first = link.text("token").to_owned();
    let said = command(&config, Command::ResetLink { email: "ADA@example.com".to_owned() }).await.unwrap();
    let second = said.rsplit(' ').next().unwrap().to_owned();
    let reset = async |token: &str| {
        let body = json!({"token": token, "new_password": "giraffe walk 8"}).to_string();
        service.send("POST", "/v1/password-resets", body).await.status
    };
    assert_eq!((reset(&first).await, reset(&second).await, reset(&second).await), (400, 200, 400));
    assert_eq!(ada.get("/v1/me").await.status, 401);
    let asked = json!({ "key": key.text("key") }).to_string();
    assert_eq!(service.send("POST", "/v1/api-keys/verify", asked).await.status, 401, "a reset revokes keys");
    assert_eq!(service.sign_in("ada@example.com", "giraffe walk 8").await.status, 200);
    let said = command(&config, Command::CreateAdmin { email: "eve@example.com".to_owned(), password: None }).await;
    let password = said.unwrap().rsplit(' ').next().unwrap().to_owned();
    assert_eq!(Person::sign_in(&service, "eve@example.com", &password).await.get("/v1/users").await.status, 200);
    secrets.extend([first, second, password]);
    let all = dump(&door.db).await;
    assert!(all.contains("authenticator.register key-1") && all.contains("user.registered"), "{all}");
    assert!(all.contains("audit.reset_link_used") && all.contains("audit.sign_in_failed"), "{all}");
    for secret in secrets {
        assert!(!all.contains(&secret), "{secret} is in a row");
    }
    let mails = |line: &&str| line.contains("@example.com") && !line.starts_with("users ");
    assert_eq!(all.lines().find(mails), None);
    door.db.close().await;
    service.stop().await;
}

#[tokio::test]
async fn sqlite_admins_look_up_and_change_and_one_is_left() {
    let (_folder, rows) = sqlite();
    lists_and_changes(rows).await;
}

#[tokio::test]
async fn postgres_admins_look_up_and_change_and_one_is_left() {
    on_postgres(lists_and_changes).await;
}

#[tokio::test]
async fn sqlite_one_admin_is_left_however_many_are_demoted_at_once() {
    let (_folder, rows) = sqlite();
    demotions_at_once(rows).await;
}

#[tokio::test]
async fn postgres_one_admin_is_left_however_many_are_demoted_at_once() {
    on_postgres(demotions_at_once).await;
}

#[tokio::test]
async fn sqlite_a_reset_link_does_not_outlive_the_right_to_make_it() {
    let (_folder, rows) = sqlite();
    a_dismissal(rows).await;
}

#[tokio::test]
async fn postgres_a_reset_link_does_not_outlive_the_right_to_make_it() {
    on_postgres(a_dismissal).await;
}

#[tokio::test]
async fn sqlite_keys_do_no_more_than_their_owner() {
    let (_folder, rows) = sqlite();
    keys(rows).await;
}

#[tokio::test]
async fn postgres_keys_do_no_more_than_their_owner() {
    on_postgres(keys).await;
}

#[tokio::test]
async fn sqlite_no_row_holds_a_secret() {
    let (_folder, rows) = sqlite();
    nothing_stays(rows).await;
}

#[tokio::test]
async fn postgres_no_row_holds_a_secret() {
    on_postgres(nothing_stays).await;
}
