//! Clocks of two machines may differ by 30 s, both ways, and not by a second more.

use std::time::Duration;

use futures::FutureExt;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::claims::Claims;
use super::super::clock::Clock;
use super::super::{Issuer, Roles};
use super::issuer::claims;
use super::{Ours, SECOND, assert_refused, ends};

#[tokio::test]
async fn thirty_seconds_after_the_expiry_is_too_late_even_for_a_token_that_is_remembered() {
    let ours = Ours::start(Clock::standing()).await;
    let (token, begin) = (ours.token("s1"), ours.clock.now());
    for (after, good) in [(599, true), (600, true), (629, true), (630, false), (631, false), (629, true), (9999, false)]
    {
        ours.clock.set(begin + SECOND * after);
        let outcome = ours.verify(&token).await;
        assert_eq!(outcome.is_ok(), good, "after {after} s: {outcome:?}");
        outcome.err().into_iter().for_each(|error| assert_refused(Err(error)));
    }
}

#[tokio::test]
async fn thirty_seconds_before_the_beginning_is_early_enough() {
    let ours = Ours::start(Clock::standing()).await;
    let (token, begin) = (ours.token("s1"), ours.clock.now());
    for (before, good) in [(3600, false), (31, false), (30, true), (1, true), (31, false)] {
        ours.clock.set(begin - SECOND * before);
        assert_eq!(ours.verify(&token).await.is_ok(), good, "{before} s before");
    }
}

#[tokio::test]
async fn an_access_ends_with_its_token_without_leeway() {
    let ours = Ours::start(Clock::standing()).await;
    let access = ours.verify(&ours.token("s1")).await.unwrap();
    ours.clock.advance(SECOND * 599);
    assert!(access.ended().now_or_never().is_none());
    ours.clock.advance(SECOND);
    ends(&access).await;
}

fn ours() -> Issuer {
    let url = "http://127.0.0.1/".parse::<url::Url>().unwrap();
    let roles = Roles::Claim { claim: "roles".into(), map: std::collections::BTreeMap::new() };
    let (name, issuer, audience) = ("switchboard".into(), "switchboard".into(), "switchboard".into());
    Issuer { name, issuer, audience, jwks: url, revocations: None, api_keys: None, roles }
}

fn read(iat: u64, nbf: u64, exp: u64) -> Claims {
    let mut claims = claims("s", 0);
    for (name, time) in [("iat", iat), ("nbf", nbf), ("exp", exp)] {
        claims[name] = json!(time);
    }
    let Value::Object(claims) = claims else { panic!("claims are an object") };
    Claims::read(&claims, &ours()).unwrap()
}

proptest! {
    #[test]
    fn time_is_judged_the_same_however_the_claims_stand(
        now in 1_000_000_u64..2_000_000,
        iat in -100_i64..100,
        nbf in -100_i64..100,
        exp in -100_i64..100,
        millis in 0_u64..1000,
    ) {
        let at = |offset: i64| now.checked_add_signed(offset).unwrap();
        let claims = read(at(iat), at(nbf), at(exp));
        let outcome = claims.check_time(Duration::from_secs(now) + Duration::from_millis(millis));
        // Offsets are whole seconds from the second in which the fraction lies: it never decides.
        let good = iat <= 30 && nbf <= 30 && exp > -30;
        prop_assert_eq!(outcome.is_ok(), good, "iat {} nbf {} exp {} and {} ms", iat, nbf, exp, millis);
    }
}
