//! Time in the hands of the test: leeway to the second, key roll-over, and what is forgotten or goes stale.

mod api_keys;
#[path = "../../tests/identity/issuer.rs"]
#[allow(dead_code, reason = "the tests outside use more of it")]
mod issuer;
mod keys;
mod leeway;
mod revocations;

use std::collections::BTreeMap;
use std::time::Duration;

use secrecy::SecretString;
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};

use self::issuer::{PATIENCE, Signer};
use super::clock::Clock;
use super::{Access, INVALID_TOKEN, Issuer, Roles, Verifier};
use crate::error::Error;
use crate::fetch::Fetch;

const SECOND: Duration = Duration::from_secs(1);

struct Ours {
    issuer: issuer::Issuer,
    signer: Signer,
    verifier: Verifier,
    clock: Clock,
    _stop: DropGuard,
}

impl Ours {
    async fn start(clock: Clock) -> Self {
        let signer = Signer::ed25519(1);
        let issuer = issuer::Issuer::start(vec![signer.jwk("k1")]).await;
        let listed = Issuer {
            name: "switchboard".into(),
            issuer: "switchboard".into(),
            audience: "switchboard".into(),
            jwks: issuer.url("/jwks"),
            revocations: Some(issuer.url("/revocations")),
            api_keys: Some(issuer.url("/api-keys")),
            roles: Roles::Claim { claim: "roles".into(), map: BTreeMap::new() },
        };
        let stop = CancellationToken::new();
        let verifier = Verifier::with(vec![listed], &stop, &Fetch::new().unwrap(), clock.clone()).unwrap();
        Self { issuer, signer, verifier, clock, _stop: stop.drop_guard() }
    }

    /// A token of `session` that begins now, by the clock of the test.
    fn token(&self, session: &str) -> String {
        signed(&self.signer, "k1", session, &self.clock)
    }

    async fn verify(&self, token: &str) -> Result<Access, Error> {
        self.verifier.verify(&SecretString::from(token), Instant::now() + PATIENCE).await
    }
}

fn signed(signer: &Signer, kid: &str, session: &str, clock: &Clock) -> String {
    signer.token(&issuer::header(kid), &issuer::claims(session, clock.now().as_secs()))
}

#[track_caller]
fn assert_refused(outcome: Result<Access, Error>) {
    let error = outcome.unwrap_err();
    assert_eq!((error.status().as_u16(), error.challenge), (401, Some(INVALID_TOKEN)), "{error}");
}

async fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < PATIENCE, "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn ends(access: &Access) {
    tokio::time::timeout(PATIENCE, access.ended()).await.expect("the access ends");
}
