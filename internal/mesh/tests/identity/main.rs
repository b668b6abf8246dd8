//! Verification through the public door: an issuer on a port of its own, tokens good and forged, and what happens when
//! the issuer is slow to come, goes away or takes something back.

#![expect(clippy::unwrap_used, reason = "tests")]

mod accepted;
mod forged;
mod issuer;
mod over_time;

use std::collections::BTreeMap;

use issuer::{Issuer, PATIENCE, Signer};
use mesh::Error;
use mesh::identity::{Access, INVALID_TOKEN, Roles, Verifier};
use secrecy::SecretString;
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};

/// A verifier over one issuer of ours, stopped when the test ends.
struct Ours {
    issuer: Issuer,
    signer: Signer,
    verifier: Verifier,
    _stop: DropGuard,
}

impl Ours {
    async fn start() -> Self {
        let signer = Signer::ed25519(1);
        let issuer = Issuer::start(vec![signer.jwk("k1")]).await;
        Self::over(issuer, signer)
    }

    fn over(issuer: Issuer, signer: Signer) -> Self {
        let stop = CancellationToken::new();
        let verifier = Verifier::new(vec![ours(&issuer)], &stop).unwrap();
        Self { issuer, signer, verifier, _stop: stop.drop_guard() }
    }

    /// A good token of `session`.
    fn token(&self, session: &str) -> String {
        self.signer.token(&issuer::header("k1"), &issuer::claims(session, issuer::now()))
    }

    async fn verify(&self, token: &str) -> Result<Access, Error> {
        verify(&self.verifier, token).await
    }
}

fn ours(issuer: &Issuer) -> mesh::identity::Issuer {
    mesh::identity::Issuer {
        name: "switchboard".into(),
        issuer: "switchboard".into(),
        audience: "switchboard".into(),
        jwks: issuer.url("/jwks"),
        revocations: Some(issuer.url("/revocations")),
        api_keys: Some(issuer.url("/api-keys")),
        roles: Roles::Claim { claim: "roles".into(), map: BTreeMap::new() },
    }
}

fn other(issuer: &Issuer, name: &str, claim: &str, map: &[(&str, &str)]) -> mesh::identity::Issuer {
    let map = map.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect();
    mesh::identity::Issuer {
        name: name.into(),
        issuer: format!("https://{name}.example/"),
        audience: "api".into(),
        revocations: None,
        api_keys: None,
        roles: Roles::Claim { claim: claim.into(), map },
        ..ours(issuer)
    }
}

async fn verify(verifier: &Verifier, token: &str) -> Result<Access, Error> {
    verifier.verify(&SecretString::from(token), Instant::now() + PATIENCE).await
}

/// 401 with the challenge that says so.
#[track_caller]
fn assert_refused(outcome: Result<Access, Error>, what: &str) {
    let error = outcome.expect_err(what);
    assert_eq!((error.status().as_u16(), error.challenge), (401, Some(INVALID_TOKEN)), "{what}: {error}");
}

/// Asks until the answer is yes.
async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let started = Instant::now();
    while !holds().await {
        assert!(started.elapsed() < PATIENCE, "waited in vain: {what}");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}
