//! The life of a family of refresh tokens: chains, two tabs, stolen copies, forgeries, and clocks that differ.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use serde_json::json;

use super::{Rows, Service, config, door, on_postgres, sqlite};

async fn a_chain_goes_on_and_an_old_token_ends_it(rows: Rows) {
    let config = config(&rows, &[]);
    let clock = config.clock.clone();
    let service = Service::start(config).await;
    let mut tokens = vec![service.sign_in_as_admin().await.text("refresh_token").to_owned()];
    for _ in 0..4 {
        clock.advance(TimeDelta::minutes(5));
        let next = service.refresh(tokens.last().unwrap()).await;
        assert_eq!((next.status, next.text("token_type")), (200, "Bearer"), "{next:?}");
        assert_eq!(next.body["user"]["email"], "admin@example.com");
        tokens.push(next.text("refresh_token").to_owned());
    }
    let access = service.refresh(&tokens[4]).await.text("access_token").to_owned();
    assert_eq!(service.as_bearer(&access, "GET", "/v1/sessions").await.status, 200);
    let stolen = service.refresh(&tokens[1]).await;
    assert_eq!((stolen.status, &stolen.body["code"]), (401, &json!("unauthenticated")));
    for token in &tokens {
        assert_eq!(service.refresh(token).await.status, 401, "the family has ended");
    }
    let dead = service.as_bearer(&access, "GET", "/v1/sessions").await;
    assert_eq!(
        (dead.status, dead.headers["www-authenticate"].to_str().unwrap()),
        (401, r#"Bearer error="invalid_token""#)
    );
    service.stop().await;
}

#[tokio::test]
async fn sqlite_a_chain_goes_on_and_an_old_token_ends_it() {
    let (_folder, rows) = sqlite();
    a_chain_goes_on_and_an_old_token_ends_it(rows).await;
}

#[tokio::test]
async fn postgres_a_chain_goes_on_and_an_old_token_ends_it() {
    on_postgres(a_chain_goes_on_and_an_old_token_ends_it).await;
}

async fn two_tabs_get_the_same_successor(rows: Rows) {
    let config = config(&rows, &[]);
    let clock = config.clock.clone();
    let service = Service::start(config).await;
    let first = service.sign_in_as_admin().await.text("refresh_token").to_owned();
    let (one, other) = tokio::join!(service.refresh(&first), service.refresh(&first));
    assert_eq!((one.status, other.status), (200, 200), "{one:?} {other:?}");
    let second = one.text("refresh_token").to_owned();
    assert_eq!(second, other.text("refresh_token"));
    clock.advance(TimeDelta::seconds(29));
    assert_eq!(service.refresh(&first).await.text("refresh_token"), second, "a lost answer is asked for again");
    clock.advance(TimeDelta::seconds(2));
    assert_eq!(service.refresh(&first).await.status, 401, "after half a minute it is a copy");
    assert_eq!(service.refresh(&second).await.status, 401, "and the family ends");
    service.stop().await;
}

#[tokio::test]
async fn sqlite_two_tabs_get_the_same_successor() {
    let (_folder, rows) = sqlite();
    two_tabs_get_the_same_successor(rows).await;
}

#[tokio::test]
async fn postgres_two_tabs_get_the_same_successor() {
    on_postgres(two_tabs_get_the_same_successor).await;
}

#[tokio::test]
async fn sqlite_what_we_did_not_make_changes_nothing() {
    let (_folder, rows) = sqlite();
    let config = config(&rows, &[]);
    let clock = config.clock.clone();
    let service = Service::start(config).await;
    let first = service.sign_in_as_admin().await.text("refresh_token").to_owned();
    clock.advance(TimeDelta::minutes(1));
    let second = service.refresh(&first).await.text("refresh_token").to_owned();
    clock.advance(TimeDelta::minutes(1));
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(&first).unwrap();
    let flipped = |at: usize| {
        let mut bytes = bytes.clone();
        bytes[at] ^= 1;
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    };
    // The session's id, its number and the HMAC in turn; then what is no token at all.
    let forged = [flipped(3), flipped(19), flipped(20), flipped(51), first[..50].to_owned(), String::new(), "ü".into()];
    for token in forged {
        assert_eq!(service.refresh(&token).await.status, 401, "{token}");
    }
    let strange = service.send("POST", "/v1/sessions/refresh", r#"{"refresh_token":7}"#).await;
    assert_eq!((strange.status, &strange.body["errors"][0]["field"]), (400, &json!("refresh_token")));
    let nothing = service.send("POST", "/v1/sessions/refresh", "").await;
    assert_eq!((nothing.status, nothing.headers["www-authenticate"].to_str().unwrap()), (401, "Bearer"));
    assert_eq!(service.refresh(&second).await.status, 200, "the session goes on");
    service.stop().await;
}

#[tokio::test]
async fn sqlite_clocks_may_differ_by_half_a_minute_and_tokens_end_with_their_session() {
    let (_folder, rows) = sqlite();
    let config = config(&rows, &[("AUTHENTICATOR_SESSION_LIFETIME", "15m")]);
    let clock = config.clock.clone();
    let service = Service::start(config).await;
    let signed_in = service.sign_in_as_admin().await;
    let access = signed_in.text("access_token").to_owned();
    let status = async |access: &str| service.as_bearer(access, "GET", "/v1/sessions").await.status;
    for (seconds, expected) in [(-25, 200), (-20, 401), (45 + 599, 200), (25, 200), (10, 401)] {
        clock.advance(TimeDelta::seconds(seconds));
        assert_eq!(status(&access).await, expected, "{seconds} s on");
    }
    // 634 s have gone by: a new access token has only what is left of the session.
    let refreshed = service.refresh(signed_in.text("refresh_token")).await;
    let left = refreshed.body["expires_in"].as_i64().unwrap();
    assert!((1..=900 - 634).contains(&left), "{left}");
    clock.advance(TimeDelta::seconds(900 - 634));
    assert_eq!(service.refresh(refreshed.text("refresh_token")).await.status, 401);
    service.stop().await;
}

/// Whoever reads the rows can sign in as nobody.
#[tokio::test]
async fn sqlite_rows_hold_no_token() {
    let (folder, rows) = sqlite();
    let service = Service::start(config(&rows, &[])).await;
    let signed_in = service.sign_in_as_admin().await;
    let next = service.refresh(signed_in.text("refresh_token")).await;
    assert_eq!(service.sign_in("Nobody@example.com", "hunter2hunter2").await.status, 401);
    service.stop().await;
    let secrets =
        [&signed_in, &next].map(|it| [it.text("access_token").to_owned(), it.text("refresh_token").to_owned()]);
    let secrets = secrets.concat().into_iter().chain(["hunter2hunter2".to_owned(), "obody@example".to_owned()]);
    let secrets: Vec<String> = secrets.collect();
    assert!(folder.path().join("authenticator.db").exists());
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let path = file.unwrap().path();
        // The journal of the bus may go while this looks.
        let Ok(bytes) = std::fs::read(&path) else { continue };
        for secret in &secrets {
            let is_there = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!is_there, "{} holds {secret}", path.display());
        }
    }
}

#[tokio::test]
async fn sqlite_a_token_of_an_earlier_secret_still_refreshes() {
    let (_folder, rows) = sqlite();
    let first = Service::start(config(&rows, &[])).await;
    let token = first.sign_in_as_admin().await.text("refresh_token").to_owned();
    first.stop().await;
    let other = ("AUTHENTICATOR_REFRESH_SECRET", "another secret, of forty characters or so");
    let second = Service::start(config(&rows, &[other])).await;
    let next = second.refresh(&token).await;
    assert_eq!(next.status, 200, "{next:?}");
    assert_eq!(second.refresh(next.text("refresh_token")).await.status, 200);
    second.stop().await;
}

#[tokio::test]
async fn sqlite_forged_access_tokens_are_refused() {
    let (_folder, rows) = sqlite();
    let config = config(&rows, &[]);
    let service = Service::start(config.clone()).await;
    let signed_in = service.sign_in_as_admin().await;
    let token = signed_in.text("access_token");
    let [head, claims, signature] = token.split('.').collect::<Vec<_>>()[..] else { panic!("{token}") };
    let encode = |text: String| BASE64_URL_SAFE_NO_PAD.encode(text);
    let kid = door(&config).await.keys.signing(chrono::Utc::now(), |key| key.kid.clone()).unwrap();
    let with = |head: serde_json::Value| format!("{}.{claims}.{signature}", encode(head.to_string()));
    let forged = [
        with(json!({"alg": "none", "typ": "at+jwt", "kid": kid})),
        format!("{}.{claims}.", encode(json!({"alg": "none", "typ": "at+jwt", "kid": kid}).to_string())),
        with(json!({"alg": "HS256", "typ": "at+jwt", "kid": kid})),
        with(json!({"alg": "EdDSA", "typ": "JWT", "kid": kid})),
        with(json!({"alg": "EdDSA", "typ": "at+jwt", "kid": kid, "jku": "https://evil.example"})),
        with(json!({"alg": "EdDSA", "typ": "at+jwt", "kid": "../../etc/passwd"})),
        format!("{head}.{}.{signature}", encode(json!({"sub": "x"}).to_string())),
        format!("{head}.{claims}"),
        format!("{head}.{claims}.{}", &signature[1..]),
        "x".repeat(9_000),
    ];
    for forged in forged {
        assert_eq!(service.as_bearer(&forged, "GET", "/v1/sessions").await.status, 401, "{forged}");
    }
    assert_eq!(service.as_bearer(token, "GET", "/v1/sessions").await.status, 200);
    let believed =
        service.send_with("GET", "/v1/sessions", &[("x-user-id", "admin"), ("x-user-roles", "admin")], "").await;
    assert_eq!((believed.status, believed.headers["www-authenticate"].to_str().unwrap()), (401, "Bearer"));
    service.stop().await;
}
