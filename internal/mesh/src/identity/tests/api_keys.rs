//! How long an answer about an API key is believed.

use std::sync::atomic::Ordering::SeqCst;

use serde_json::json;

use super::super::clock::Clock;
use super::{Ours, SECOND, assert_refused, ends};

const KEY: &str = "sbk_k";

fn slow() -> Clock {
    let mut clock = Clock::standing();
    clock.pace.api_key = SECOND * 2;
    clock
}

#[tokio::test]
async fn yes_is_believed_for_two_seconds_and_no_for_ten() {
    let ours = Ours::start(slow()).await;
    let asked = || ours.issuer.asked.api_keys.load(SeqCst);
    assert_refused(ours.verify(KEY).await);
    ours.issuer.answers().api_keys.insert(KEY.into(), json!({ "subject": "u1", "roles": ["user"] }));
    ours.clock.advance(SECOND * 9);
    assert_refused(ours.verify(KEY).await);
    assert_eq!(asked(), 1);
    ours.clock.advance(SECOND);
    ours.verify(KEY).await.unwrap();
    ours.issuer.answers().api_keys.clear();
    ours.clock.advance(SECOND);
    ours.verify(KEY).await.unwrap();
    assert_eq!(asked(), 2);
    ours.clock.advance(SECOND);
    assert_refused(ours.verify(KEY).await);
    assert_eq!(asked(), 3);
}

#[tokio::test]
async fn while_the_authenticator_is_away_a_stream_lives_on_for_one_lifetime_of_a_token() {
    let ours = Ours::start(Clock::standing()).await;
    ours.issuer.answers().api_keys.insert(KEY.into(), json!({ "subject": "u1", "roles": [] }));
    let access = ours.verify(KEY).await.unwrap();
    ours.issuer.answers().is_away = true;
    ours.clock.advance(SECOND * 500);
    assert!(!access.is_revocation_fresh());
    let mut ended = std::pin::pin!(access.ended());
    let before = ours.issuer.asked.api_keys.load(SeqCst);
    tokio::select! {
        () = &mut ended => panic!("too soon"),
        () = super::eventually("asked in vain", || ours.issuer.asked.api_keys.load(SeqCst) >= before + 3) => {}
    }
    ours.clock.advance(SECOND * 601);
    tokio::time::timeout(super::PATIENCE, ended).await.expect("it ends");
}

#[tokio::test]
async fn the_streams_of_a_revoked_key_end() {
    let ours = Ours::start(Clock::standing()).await;
    ours.issuer.answers().api_keys.insert(KEY.into(), json!({ "subject": "u1", "roles": [] }));
    let access = ours.verify(KEY).await.unwrap();
    ours.issuer.answers().api_keys.clear();
    ours.clock.advance(SECOND);
    ends(&access).await;
}

#[tokio::test]
async fn a_holder_that_is_not_fit_for_a_header_is_refused() {
    let ours = Ours::start(Clock::standing()).await;
    for (subject, role) in [("", "user"), ("u 1", "user"), ("u1", "user,admin"), ("u1", ""), ("u1", "ädmin")] {
        ours.issuer.answers().api_keys.insert(KEY.into(), json!({ "subject": subject, "roles": [role] }));
        assert_refused(ours.verify(KEY).await);
    }
    ours.issuer.answers().api_keys.insert(KEY.into(), json!({ "subject": "u1", "roles": ["admin"] }));
    assert_eq!(ours.verify(KEY).await.unwrap().identity.roles, ["admin"]);
}
