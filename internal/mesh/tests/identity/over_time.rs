//! Issuers that come late, go away, and take back what they gave; nobody here waits longer than a poll.

use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use futures::future::join_all;
use mesh::identity::Verifier;
use secrecy::SecretString;
use serde_json::json;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::issuer::{Issuer, PATIENCE, Signer, now};
use crate::{Ours, assert_refused, eventually, ours, verify};

#[tokio::test]
async fn an_issuer_that_is_away_at_the_start_means_try_again_and_then_it_is_good() {
    let signer = Signer::ed25519(1);
    let issuer = Issuer::start(vec![signer.jwk("k1")]).await;
    issuer.answers().is_away = true;
    let ours = Ours::over(issuer, signer);
    let token = ours.token("s1");
    let error = ours.verify(&token).await.unwrap_err();
    assert_eq!((error.status().as_u16(), error.challenge), (503, None));
    assert!(error.retry_after.is_some());
    assert_eq!(ours.verifier.silent(), ["switchboard"]);
    ours.issuer.answers().is_away = false;
    eventually("keys", async || ours.verify(&token).await.is_ok()).await;
    eventually("nobody silent", async || ours.verifier.silent().is_empty()).await;
}

#[tokio::test]
async fn a_call_does_not_wait_for_its_issuer_beyond_its_deadline() {
    // Bound and never accepted: whoever connects waits.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let signer = Signer::ed25519(1);
    let mut issuer = Issuer::start(vec![]).await;
    issuer.base.set_port(Some(listener.local_addr().unwrap().port())).unwrap();
    let ours = Ours::over(issuer, signer);
    let soon = Instant::now() + Duration::from_millis(20);
    let error = ours.verifier.verify(&SecretString::from(ours.token("s1")), soon).await.unwrap_err();
    assert_eq!(error.status().as_u16(), 503);
}

#[tokio::test]
async fn a_revoked_session_is_refused_within_a_poll_and_its_streams_end() {
    let ours = Ours::start().await;
    let (token, kept) = (ours.token("s1"), ours.token("s2"));
    let access = ours.verify(&token).await.unwrap();
    assert!(access.is_revocation_fresh());
    let other = ours.verify(&kept).await.unwrap();
    ours.issuer.revoke("s1", now() + 600);
    tokio::time::timeout(PATIENCE, access.ended()).await.expect("the stream of a revoked session ends");
    assert_refused(ours.verify(&token).await, "revoked");
    assert!(futures::FutureExt::now_or_never(other.ended()).is_none(), "another session goes on");
    ours.verify(&kept).await.unwrap();
}

#[tokio::test]
async fn what_was_revoked_before_the_start_is_known_to_the_first_call() {
    let signer = Signer::ed25519(1);
    let issuer = Issuer::start(vec![signer.jwk("k1")]).await;
    for n in 0..25 {
        issuer.revoke(&format!("s{n}"), now() + 600);
    }
    issuer.answers().page = 10;
    let ours = Ours::over(issuer, signer);
    for n in 0..25 {
        assert_refused(ours.verify(&ours.token(&format!("s{n}"))).await, &format!("s{n}"));
    }
    ours.verify(&ours.token("s25")).await.unwrap();
    let cursors = ours.issuer.asked.cursors.lock().unwrap().clone();
    assert!(cursors.contains("10") && cursors.contains("20"), "it went on from where it was: {cursors:?}");
}

#[tokio::test]
async fn api_keys_are_asked_about_once_for_many_and_end_when_revoked() {
    let ours = Ours::start().await;
    let key = "sbk_good-1_x";
    ours.issuer.answers().api_keys.insert(key.into(), json!({ "subject": "u1", "roles": ["admin"] }));
    let all = join_all((0..100).map(|_| ours.verify(key))).await;
    for access in all {
        let access = access.unwrap();
        assert_eq!((access.identity.subject.as_str(), access.identity.session.as_deref()), ("u1", None));
        assert!(access.identity.has_role("admin") && access.is_revocation_fresh());
    }
    let asked = ours.issuer.asked.api_keys.load(SeqCst);
    assert!(asked < 50, "a hundred callers did not ask a hundred times: {asked}");
    let access = ours.verify(key).await.unwrap();
    ours.issuer.answers().api_keys.clear();
    tokio::time::timeout(PATIENCE, access.ended()).await.expect("the stream of a revoked key ends");
    assert_refused(ours.verify(key).await, "revoked key");
}

#[tokio::test]
async fn a_stream_ends_when_its_api_key_loses_a_role() {
    let ours = Ours::start().await;
    let hold =
        |roles| ours.issuer.answers().api_keys.insert("sbk_1_x".into(), json!({ "subject": "u1", "roles": roles }));
    hold(vec!["user", "admin"]);
    let access = ours.verify("sbk_1_x").await.unwrap();
    hold(vec!["user"]);
    tokio::time::timeout(PATIENCE, access.ended()).await.expect("the stream of a key with fewer roles ends");
    assert!(!ours.verify("sbk_1_x").await.unwrap().identity.has_role("admin"));
}

#[tokio::test]
async fn an_api_key_nobody_can_be_asked_about_is_no_refusal() {
    let ours = Ours::start().await;
    ours.issuer.answers().is_away = true;
    let error = ours.verify("sbk_good").await.unwrap_err();
    assert_eq!((error.status().as_u16(), error.challenge), (503, None));
}

#[tokio::test]
async fn nothing_runs_on_after_the_stop() {
    let signer = Signer::ed25519(1);
    let issuer = Issuer::start(vec![signer.jwk("k1")]).await;
    let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let (before, stop) = (tasks(), CancellationToken::new());
    let verifier = Verifier::new(vec![ours(&issuer)], &stop).unwrap();
    assert!(tasks() >= before + 2);
    assert_refused(verify(&verifier, "x").await, "x");
    stop.cancel();
    drop(verifier);
    eventually("every task ends", async || tasks() <= before).await;
}
