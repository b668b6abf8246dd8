//! Signing keys: made once and kept to their owner, shared by instances, and rolled over without a token being refused.

use std::os::unix::fs::PermissionsExt;

use chrono::TimeDelta;
use mesh::identity::Token;
use serde_json::Value;

use super::{Rows, Service, config, eventually, on_postgres, sqlite};
use crate::{Command, command};

async fn published(service: &Service) -> Vec<String> {
    let answer = service.send("GET", "/.well-known/jwks.json", "").await;
    let keys = answer.body["keys"].as_array().unwrap();
    for key in keys {
        assert_eq!(
            (&key["kty"], &key["crv"], &key["alg"], &key["use"]),
            (&s("OKP"), &s("Ed25519"), &s("EdDSA"), &s("sig"))
        );
        assert!(key["d"].is_null() && key["x"].as_str().unwrap().len() == 43, "{key}");
    }
    keys.iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

fn s(text: &str) -> Value {
    Value::from(text)
}

async fn sign_in(service: &Service) -> (String, String) {
    let token = service.sign_in_as_admin().await.text("access_token").to_owned();
    let kid = Token::parse(&token).unwrap().key_id;
    (token, kid)
}

async fn a_new_key_takes_over_and_no_token_is_refused(rows: Rows) {
    let config = config(&rows, &[]);
    let clock = config.clock.clone();
    let (one, other) = (Service::start(config.clone()).await, Service::start(config.clone()).await);
    let (old_token, old) = sign_in(&one).await;
    assert!(published(&one).await.iter().eq([&old]));
    assert!(published(&other).await.iter().eq([&old]));
    let said = command(&config, Command::RotateKeys).await.unwrap();
    for service in [&one, &other] {
        eventually("both keys are published", async || published(service).await.len() == 2).await;
    }
    let new = published(&one).await.into_iter().find(|kid| *kid != old).unwrap();
    assert!(said.contains(&new), "{said}");
    assert_eq!(sign_in(&one).await.1, old, "the new one does not sign before every door knows it");
    clock.advance(TimeDelta::minutes(6));
    let (new_token, signing) = sign_in(&one).await;
    assert_eq!(signing, new);
    for token in [&old_token, &new_token] {
        for service in [&one, &other] {
            assert_eq!(service.as_bearer(token, "GET", "/v1/sessions").await.status, 200);
        }
    }
    // The last token of the old key lives ten minutes more.
    clock.advance(TimeDelta::minutes(10));
    assert_eq!(published(&one).await.len(), 2);
    clock.advance(TimeDelta::minutes(2));
    assert!(published(&one).await.iter().eq([&new]));
    command(&config, Command::RotateKeys).await.unwrap();
    eventually("the oldest is gone for good", async || {
        let kids = published(&other).await;
        kids.len() == 2 && !kids.contains(&old)
    })
    .await;
    one.stop().await;
    other.stop().await;
}

#[tokio::test]
async fn sqlite_a_new_key_takes_over_and_no_token_is_refused() {
    let (_folder, rows) = sqlite();
    a_new_key_takes_over_and_no_token_is_refused(rows).await;
}

#[tokio::test]
async fn postgres_a_new_key_takes_over_and_no_token_is_refused() {
    on_postgres(a_new_key_takes_over_and_no_token_is_refused).await;
}

async fn rotations_at_once_lose_no_key(rows: Rows) {
    let config = config(&rows, &[]);
    let service = Service::start(config.clone()).await;
    futures::future::try_join_all((0..4).map(|_| command(&config, Command::RotateKeys))).await.unwrap();
    eventually("all keys are published", async || published(&service).await.len() == 5).await;
    service.stop().await;
}

#[tokio::test]
async fn sqlite_rotations_at_once_lose_no_key() {
    let (_folder, rows) = sqlite();
    rotations_at_once_lose_no_key(rows).await;
}

#[tokio::test]
async fn postgres_rotations_at_once_lose_no_key() {
    on_postgres(rotations_at_once_lose_no_key).await;
}

#[tokio::test]
async fn postgres_two_authenticators_accept_and_refresh_what_either_gave() {
    on_postgres(async |rows| {
        let config = config(&rows, &[]);
        let (one, other) = (Service::begin(config.clone(), true).await, Service::begin(config, true).await);
        one.ready().await;
        other.ready().await;
        let mut answer = one.sign_in_as_admin().await;
        for service in [&other, &one, &other] {
            let access = answer.text("access_token").to_owned();
            assert_eq!(service.as_bearer(&access, "GET", "/v1/sessions").await.status, 200);
            answer = service.refresh(answer.text("refresh_token")).await;
            assert_eq!(answer.status, 200);
        }
        let token = answer.text("refresh_token").to_owned();
        let (a, b) = tokio::join!(one.refresh(&token), other.refresh(&token));
        assert_eq!(a.text("refresh_token"), b.text("refresh_token"), "two tabs, two instances, one successor");
        one.stop().await;
        other.stop().await;
    })
    .await;
}

#[tokio::test]
async fn sqlite_keys_are_a_file_that_only_its_owner_reads() {
    let (folder, rows) = sqlite();
    let service = Service::start(config(&rows, &[])).await;
    let (token, kid) = sign_in(&service).await;
    service.stop().await;
    let file = folder.path().join("authenticator.keys");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let service = Service::start(config(&rows, &[])).await;
    assert_eq!(service.as_bearer(&token, "GET", "/v1/sessions").await.status, 200, "kept over a restart");
    assert_eq!(published(&service).await, [kid]);
    service.stop().await;
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let refused = command(&config(&rows, &[]), Command::RotateKeys).await.unwrap_err().to_string();
    assert!(refused.contains("others may read") && refused.contains("chmod 600"), "{refused}");
}

#[tokio::test]
async fn sqlite_given_keys_sign_in_their_order_and_leave_no_file() {
    let (folder, rows) = sqlite();
    let keys = "two:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8,one:HwECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
    let secret = ("AUTHENTICATOR_REFRESH_SECRET", "a secret of thirty-two characters");
    let config = config(&rows, &[("AUTHENTICATOR_SIGNING_KEYS", keys), secret]);
    let service = Service::start(config.clone()).await;
    assert_eq!(sign_in(&service).await.1, "two");
    assert_eq!(published(&service).await, ["two", "one"]);
    assert!(!folder.path().join("authenticator.keys").exists());
    let refused = command(&config, Command::RotateKeys).await.unwrap_err().to_string();
    assert!(refused.starts_with("AUTHENTICATOR_SIGNING_KEYS gives the keys"), "{refused}");
    service.stop().await;
}
