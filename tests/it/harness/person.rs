//! Somebody with an account, signed in or not yet.

use serde_json::{Value, json};
use uuid::Uuid;

use super::client::{Answer, Client};

pub(crate) struct Person {
    pub(crate) email: String,
    pub(crate) password: String,
}

/// One sign-in of somebody.
pub(crate) struct SignedIn {
    /// Bears the access token.
    pub(crate) client: Client,
    pub(crate) access: String,
    pub(crate) refresh: String,
    /// As the answer holds it.
    pub(crate) user: Value,
}

impl Person {
    /// Who is there where every address is loopback.
    pub(crate) fn development() -> Self {
        Self { email: "admin@example.com".to_owned(), password: "password123".to_owned() }
    }

    /// Somebody whom nobody has heard of; an e-mail as people write them.
    pub(crate) fn new(name: &str) -> Self {
        let unique = Uuid::new_v4().simple().to_string();
        Self { email: format!("{name}.{unique}@Example.com"), password: format!("correct horse {}", &unique[..8]) }
    }

    pub(crate) fn registration(&self) -> Value {
        json!({"email": self.email, "password": self.password, "first_name": "Ada", "last_name": "Lovelace"})
    }

    pub(crate) fn credentials(&self) -> Value {
        json!({"email": self.email, "password": self.password})
    }

    pub(crate) async fn register(&self, broker: &Client) -> Answer {
        broker.stranger().post("/v1/users", &self.registration()).await
    }

    pub(crate) async fn sign_in(&self, broker: &Client) -> Answer {
        broker.stranger().post("/v1/sessions", &self.credentials()).await
    }

    pub(crate) async fn signed_in(&self, broker: &Client) -> SignedIn {
        let answer = self.sign_in(broker).await;
        answer.done();
        SignedIn::from(&answer, broker)
    }
}

impl SignedIn {
    /// What a sign-in or a renewal answered.
    pub(crate) fn from(answer: &Answer, broker: &Client) -> Self {
        let body = answer.json();
        let text = |name: &str| body[name].as_str().unwrap_or_else(|| panic!("no {name} in {body}")).to_owned();
        let (access, refresh) = (text("access_token"), text("refresh_token"));
        Self { client: broker.bearing(&access), access, refresh, user: body["user"].clone() }
    }

    pub(crate) fn id(&self) -> &str {
        self.user["id"].as_str().unwrap()
    }
}
