//! What people do with their accounts, and admins with those of others, over HTTP and on both engines.

use axum::body::Body;
use serde_json::{Value, json};

use super::registering::PASSWORD;
use super::store::dump;
use super::{Answer, Rows, Service, config, door, on_postgres, secret, sqlite};
use crate::Config;
use crate::users::{NewUser, Users};

/// Somebody who is signed in.
pub(super) struct Person<'s> {
    pub(super) service: &'s Service,
    pub(super) id: String,
    pub(super) token: String,
}

impl<'s> Person<'s> {
    pub(super) async fn sign_in(service: &'s Service, email: &str, password: &str) -> Self {
        let answer = service.sign_in(email, password).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let id = answer.body["user"]["id"].as_str().unwrap().to_owned();
        Self { service, id, token: answer.text("access_token").to_owned() }
    }

    pub(super) async fn send(&self, method: &str, path: &str, body: &Value) -> Answer {
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        let bearer = format!("Bearer {}", self.token);
        self.service.send_with(method, path, &[("authorization", &bearer)], body).await
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &Value::Null).await
    }
}

/// Accounts with `PASSWORD`, beside the development user, who is an admin.
pub(super) async fn add(config: &Config, emails: &[&str]) {
    let db = crate::open(config, None).await.unwrap();
    let hash = secret(&bcrypt::hash(PASSWORD, 4).unwrap());
    for email in emails {
        let new = NewUser { email, first_name: "Ada", last_name: "", role: "user", password_hash: hash.clone() };
        assert!(Users::new(db.clone()).add(new, config.clock.now()).await.unwrap());
    }
    db.close().await;
}

fn field(answer: &Answer) -> &str {
    answer.body["errors"][0]["field"].as_str().unwrap_or_default()
}

async fn profile(rows: Rows) {
    let config = config(&rows, &[]);
    let service = Service::start(config.clone()).await;
    add(&config, &["ada@example.com", "bob@example.com"]).await;
    let ada = Person::sign_in(&service, "ada@example.com", PASSWORD).await;
    let told = ada.send("PATCH", "/v1/me", &json!({"last_name": " Lovelace "})).await;
    assert_eq!((told.status, told.text("first_name"), told.text("last_name")), (200, "Ada", "Lovelace"));
    assert_eq!(ada.get("/v1/me").await.body, told.body);
    assert_eq!(field(&ada.send("PATCH", "/v1/me", &json!({"role": "admin"})).await), "role");
    assert_eq!(service.send("GET", "/v1/me", "").await.status, 401);
    addresses(&ada, &Person::sign_in(&service, "bob@example.com", PASSWORD).await).await;

    let wrong = ada.send("POST", "/v1/me/email", &json!({"password": "wrong", "email": "ada@example.org"})).await;
    assert_eq!((wrong.status, field(&wrong)), (403, "password"));
    let change = |email: &str| json!({"password": PASSWORD, "email": email});
    assert_eq!(ada.send("POST", "/v1/me/email", &change("BOB@example.com")).await.status, 409);
    assert_eq!(ada.send("POST", "/v1/me/email", &change("Ada@Example.org")).await.text("email"), "Ada@Example.org");
    assert_eq!(service.sign_in("ada@example.com", PASSWORD).await.status, 401);

    let other = Person::sign_in(&service, "ada@example.org", PASSWORD).await;
    let change = |new: &str| json!({"current_password": PASSWORD, "new_password": new});
    for new in [PASSWORD, "password123", "ada@example.org", "short"] {
        assert_eq!(field(&ada.send("POST", "/v1/me/password", &change(new)).await), "new_password", "{new}");
    }
    assert_eq!(ada.send("POST", "/v1/me/password", &change("giraffe walk 8")).await.body["sessions_ended"], 1);
    assert_eq!((ada.get("/v1/me").await.status, other.get("/v1/me").await.status), (200, 401));
    assert_eq!(service.sign_in("ada@example.org", PASSWORD).await.status, 401);
    assert_eq!(service.sign_in("ada@example.org", "giraffe walk 8").await.status, 200);
    guesses(&ada).await;
    service.stop().await;
}

/// Who took over a session cannot try passwords out.
async fn guesses(ada: &Person<'_>) {
    let mut last = None;
    for _ in 0..8 {
        last = Some(ada.send("DELETE", "/v1/me", &json!({"password": "wrong"})).await);
    }
    let last = last.unwrap();
    assert_eq!(last.status, 429, "{last:?}");
    assert!(last.headers.contains_key("retry-after"));
}

async fn addresses(ada: &Person<'_>, bob: &Person<'_>) {
    let home = json!({"name": "Ada", "street": "St James's Square 12", "city": "London", "postal_code": "SW1Y",
        "country": "gb"});
    let added = ada.send("POST", "/v1/me/addresses", &home).await;
    assert_eq!((added.status, added.text("country")), (201, "GB"), "{added:?}");
    let path = format!("/v1/me/addresses/{}", added.text("id"));
    let wrong = json!({"name": "Ada", "street": "x", "city": "x", "country": "UK"});
    assert_eq!(field(&ada.send("POST", "/v1/me/addresses", &wrong).await), "country");
    let mut moved = home.clone();
    moved["city"] = json!("Paris");
    assert_eq!(bob.send("PUT", &path, &moved).await.status, 404);
    assert_eq!(bob.send("DELETE", &path, &Value::Null).await.status, 404);
    assert_eq!(ada.send("PUT", &path, &moved).await.text("city"), "Paris");
    assert_eq!(ada.send("PUT", "/v1/me/addresses/%00", &moved).await.status, 404);
    assert_eq!(ada.get("/v1/me/addresses").await.body["addresses"][0]["city"], "Paris");
    assert_eq!(ada.send("DELETE", &path, &Value::Null).await.status, 200);
    for _ in 0..20 {
        assert_eq!(ada.send("POST", "/v1/me/addresses", &home).await.status, 201);
    }
    assert_eq!(ada.send("POST", "/v1/me/addresses", &home).await.status, 409);
}

async fn deletion(rows: Rows) {
    let config = config(&rows, &[]);
    let service = Service::start(config.clone()).await;
    add(&config, &["ada@example.com"]).await;
    let ada = Person::sign_in(&service, "ada@example.com", PASSWORD).await;
    let key = ada.send("POST", "/v1/me/api-keys", &json!({"name": "job"})).await;
    let address = json!({"name": "Ada", "street": "x", "city": "London", "country": "GB"});
    assert_eq!(ada.send("POST", "/v1/me/addresses", &address).await.status, 201);
    assert_eq!(field(&ada.send("DELETE", "/v1/me", &json!({})).await), "password");
    let gone = ada.send("POST", "/v1/me/deletion", &json!({"password": PASSWORD})).await;
    assert_eq!(gone.status, 200, "{gone:?}");
    assert_eq!(ada.get("/v1/me").await.status, 401);
    assert_eq!(service.sign_in("ada@example.com", PASSWORD).await.status, 401);
    let question = json!({"key": key.text("key")}).to_string();
    assert_eq!(service.send("POST", "/v1/api-keys/verify", question).await.status, 401);
    let door = door(&config).await;
    let all = dump(&door.db).await;
    assert!(!all.contains("ada@example.com") && !all.contains("London"), "{all}");
    assert_eq!(super::registering::outbox(&door, "user.deleted").await, 1);
    door.db.close().await;
    add(&config, &["ADA@example.com"]).await;
    let again = Person::sign_in(&service, "ada@example.com", PASSWORD).await;
    assert_ne!(again.id, ada.id);
    let admin = Person::sign_in(&service, "admin@example.com", "password123").await;
    assert_eq!(admin.get(&format!("/v1/users/{}", ada.id)).await.status, 404);
    let last = admin.send("DELETE", "/v1/me", &json!({"password": "password123"})).await;
    assert_eq!((last.status, last.text("code")), (409, "failed_precondition"));
    service.stop().await;
}

#[tokio::test]
async fn sqlite_a_profile_is_changed_by_its_owner_alone() {
    let (_folder, rows) = sqlite();
    profile(rows).await;
}

#[tokio::test]
async fn postgres_a_profile_is_changed_by_its_owner_alone() {
    on_postgres(profile).await;
}

#[tokio::test]
async fn sqlite_a_deleted_account_leaves_nothing_and_its_email_is_free() {
    let (_folder, rows) = sqlite();
    deletion(rows).await;
}

#[tokio::test]
async fn postgres_a_deleted_account_leaves_nothing_and_its_email_is_free() {
    on_postgres(deletion).await;
}
