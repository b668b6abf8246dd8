//! Keys that come, go and change while tokens of theirs are about.

use std::sync::atomic::Ordering::SeqCst;

use futures::future::join_all;

use super::super::clock::Clock;
use super::issuer::Signer;
use super::{Ours, SECOND, assert_refused, eventually, signed};

#[tokio::test]
async fn a_new_key_is_found_by_its_first_token_and_the_old_one_goes_on() {
    let ours = Ours::start(Clock::standing()).await;
    let old = ours.token("s1");
    ours.verify(&old).await.unwrap();
    let next = Signer::ed25519(2);
    ours.issuer.answers().keys.push(next.jwk("k2"));
    ours.verify(&signed(&next, "k2", "s2", &ours.clock)).await.unwrap();
    ours.verify(&old).await.unwrap();
    assert_eq!(ours.issuer.asked.keys.load(SeqCst), 2);
}

#[tokio::test]
async fn unknown_key_ids_make_the_issuer_be_asked_once_a_minute() {
    let ours = Ours::start(Clock::standing()).await;
    ours.verify(&ours.token("s1")).await.unwrap();
    let asked = || ours.issuer.asked.keys.load(SeqCst);
    let storm = async || {
        let tokens: Vec<_> = (0..50).map(|n| signed(&ours.signer, &format!("x{n}"), "s", &ours.clock)).collect();
        join_all(tokens.iter().map(|token| ours.verify(token))).await.into_iter().for_each(assert_refused);
    };
    storm().await;
    storm().await;
    assert_eq!(asked(), 2, "the first fetch and one more");
    ours.clock.advance(SECOND * 59);
    storm().await;
    assert_eq!(asked(), 2, "not within the minute");
    let next = Signer::ed25519(2);
    ours.issuer.answers().keys.push(next.jwk("k2"));
    assert_refused(ours.verify(&signed(&next, "k2", "s2", &ours.clock)).await);
    ours.clock.advance(SECOND);
    ours.verify(&signed(&next, "k2", "s2", &ours.clock)).await.unwrap();
    assert_eq!(asked(), 3);
}

#[tokio::test]
async fn a_key_that_is_taken_back_or_changed_takes_the_remembered_tokens_with_it() {
    let other = Signer::ed25519(7);
    for keys in [vec![other.jwk("k2")], vec![other.jwk("k1")], vec![Signer::p256().jwk("k1")], vec![]] {
        let ours = Ours::start(Clock::standing()).await;
        let token = ours.token("s1");
        ours.verify(&token).await.unwrap();
        ours.issuer.answers().keys = keys;
        assert_refused(ours.verify(&signed(&other, "unheard-of", "s", &ours.clock)).await);
        assert_refused(ours.verify(&token).await);
    }
}

#[tokio::test]
async fn keys_are_looked_at_now_and_then_without_being_asked() {
    let mut clock = Clock::standing();
    clock.pace.keys = clock.pace.first_keys;
    let ours = Ours::start(clock).await;
    let token = ours.token("s1");
    ours.verify(&token).await.unwrap();
    ours.issuer.answers().keys.clear();
    let before = ours.issuer.asked.keys.load(SeqCst);
    eventually("two more looks", || ours.issuer.asked.keys.load(SeqCst) >= before + 2).await;
    assert_refused(ours.verify(&token).await);
}

#[tokio::test]
async fn an_issuer_that_went_away_leaves_its_keys_behind() {
    let mut clock = Clock::standing();
    clock.pace.keys = clock.pace.first_keys;
    let ours = Ours::start(clock).await;
    ours.verify(&ours.token("s1")).await.unwrap();
    ours.issuer.answers().is_away = true;
    eventually("silence", || ours.verifier.silent() == ["switchboard"]).await;
    ours.verify(&ours.token("s2")).await.unwrap();
    let error = ours.verify(&signed(&ours.signer, "k2", "s", &ours.clock)).await.unwrap_err();
    assert_eq!(error.status().as_u16(), 503, "whether it has such a key nobody knows");
}
