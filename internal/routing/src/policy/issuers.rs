//! The issuers of one table and the verifier of their tokens. Kept over changes of the table that leave them as they
//! are, so that a saved row costs nobody a fetched key.

use std::sync::Arc;

use mesh::Error;
use mesh::identity::{Access, Roles, Verifier};
use secrecy::SecretString;
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::table::{Issuer, Source};

/// Clones share one verifier, which polls for as long as one of them is held.
#[derive(Clone)]
pub(crate) struct Issuers {
    inner: Arc<Inner>,
}

struct Inner {
    listed: Vec<Issuer>,
    verifier: Verifier,
    _polling: DropGuard,
}

impl Issuers {
    /// The verifier polls until `stop`, or until the last clone is gone.
    pub(crate) fn new(listed: &[Issuer], stop: &CancellationToken) -> Result<Self, Error> {
        let stop = stop.child_token();
        let issuers = listed.iter().map(known).collect::<Result<_, Error>>()?;
        let verifier = Verifier::new(issuers, &stop)?;
        let inner = Inner { listed: listed.to_vec(), verifier, _polling: stop.drop_guard() };
        Ok(Self { inner: Arc::new(inner) })
    }

    pub(crate) fn are(&self, listed: &[Issuer]) -> bool {
        self.inner.listed == listed
    }

    pub(crate) async fn verify(&self, token: &SecretString, deadline: Instant) -> Result<Access, Error> {
        self.inner.verifier.verify(token, deadline).await
    }

    /// Why tokens of some issuers cannot be judged right now, if so.
    pub(crate) fn trouble(&self) -> Option<String> {
        let silent = self.inner.verifier.silent();
        let told: Vec<_> = silent.iter().map(|name| format!("issuer {name} is silent")).collect();
        (!told.is_empty()).then(|| told.join(", "))
    }
}

/// An issuer as the verifier wants it.
fn known(issuer: &Issuer) -> Result<mesh::identity::Issuer, Error> {
    let Issuer { name, issuer, audience, source } = issuer.clone();
    let (jwks, revocations, api_keys, roles) = match source {
        Source::Service(base) => {
            let at = |path: &str| base.join(path).map_err(Error::internal);
            let roles = Roles::Claim { claim: "roles".to_owned(), map: std::collections::BTreeMap::new() };
            let (revocations, api_keys) = (at("/v1/revocations")?, at("/v1/api-keys/verify")?);
            (at("/.well-known/jwks.json")?, Some(revocations), Some(api_keys), roles)
        }
        Source::Keys { jwks, claim, roles } => (jwks, None, None, Roles::Claim { claim, map: roles }),
    };
    Ok(mesh::identity::Issuer { name, issuer, audience, jwks, revocations, api_keys, roles })
}
