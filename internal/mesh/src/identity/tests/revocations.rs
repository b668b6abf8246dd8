//! How long a revocation is kept, and when no news stops being good news.

use std::sync::atomic::Ordering::SeqCst;

use super::super::clock::Clock;
use super::{Ours, SECOND, assert_refused, ends, eventually};

#[tokio::test]
async fn a_revocation_is_kept_as_long_as_a_token_could_be_accepted_and_then_forgotten() {
    let ours = Ours::start(Clock::standing()).await;
    let token = ours.token("s1");
    let access = ours.verify(&token).await.unwrap();
    ours.issuer.revoke("s1", ours.clock.now().as_secs() + 600);
    ends(&access).await;
    let polled = async || {
        let before = ours.issuer.asked.revocations.load(SeqCst);
        eventually("two more polls", || ours.issuer.asked.revocations.load(SeqCst) >= before + 2).await;
    };
    for after in [1, 598, 30] {
        ours.clock.advance(SECOND * after);
        polled().await;
        assert_refused(ours.verify(&token).await);
        assert_eq!(ours.verifier.revocations_kept(), 1);
    }
    ours.clock.advance(SECOND);
    eventually("it is forgotten", || ours.verifier.revocations_kept() == 0).await;
    assert_refused(ours.verify(&token).await);
}

#[tokio::test]
async fn what_is_known_already_may_fill_pages_before_the_news() {
    let ours = Ours::start(Clock::standing()).await;
    let token = ours.token("news");
    let access = ours.verify(&token).await.unwrap();
    let until = ours.clock.now().as_secs() + 600;
    (0..50).for_each(|number| ours.issuer.revoke(&format!("s{number}"), until));
    ours.issuer.answers().page = 1;
    eventually("all are known", || ours.verifier.revocations_kept() == 50).await;
    // After a poll that failed the door begins from the first page.
    ours.issuer.answers().is_away = true;
    let before = ours.issuer.asked.revocations.load(SeqCst);
    eventually("no answer is under way", || ours.issuer.asked.revocations.load(SeqCst) >= before + 2).await;
    ours.clock.advance(SECOND * 6);
    assert!(!access.is_revocation_fresh());
    ours.issuer.revoke("news", until);
    ours.issuer.answers().is_away = false;
    eventually("it is heard again", || access.is_revocation_fresh()).await;
    assert_refused(ours.verify(&token).await);
}

#[tokio::test]
async fn more_than_can_be_kept_is_silence_but_what_was_learned_holds() {
    let ours = Ours::start(Clock::standing()).await;
    let access = ours.verify(&ours.token("s0")).await.unwrap();
    let until = ours.clock.now().as_secs() + 600;
    {
        ours.issuer.answers().is_away = true;
        (0..101).for_each(|number| ours.issuer.revoke(&format!("s{number}"), until));
        ours.issuer.answers().is_away = false;
    }
    ends(&access).await;
    ours.clock.advance(SECOND * 6);
    let before = ours.issuer.asked.revocations.load(SeqCst);
    eventually("two more polls", || ours.issuer.asked.revocations.load(SeqCst) >= before + 2).await;
    assert!(!access.is_revocation_fresh());
    assert_eq!(ours.verifier.revocations_kept(), 100);
}

#[tokio::test]
async fn five_seconds_of_silence_are_not_fresh_any_more_but_tokens_live_on() {
    let ours = Ours::start(Clock::standing()).await;
    let token = ours.token("s1");
    let access = ours.verify(&token).await.unwrap();
    assert!(access.is_revocation_fresh());
    ours.issuer.answers().is_away = true;
    let before = ours.issuer.asked.revocations.load(SeqCst);
    eventually("no answer is under way", || ours.issuer.asked.revocations.load(SeqCst) >= before + 2).await;
    ours.clock.advance(SECOND * 5);
    assert!(access.is_revocation_fresh());
    ours.clock.advance(SECOND);
    assert!(!access.is_revocation_fresh());
    assert!(!ours.verify(&token).await.unwrap().is_revocation_fresh());
    assert_eq!(ours.verifier.silent(), ["switchboard"]);
    ours.issuer.answers().is_away = false;
    eventually("it is heard again", || access.is_revocation_fresh()).await;
    assert!(ours.verifier.silent().is_empty());
}
