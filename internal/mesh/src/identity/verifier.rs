//! Verifies what callers show: access tokens of the listed issuers and API keys. That a signature was good is
//! remembered; whether it is in time and not revoked is looked at anew each time.

use std::sync::Arc;

use moka::sync::Cache;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::api_keys::{self, ApiKeys};
use super::claims::Claims;
use super::clock::Clock;
use super::jwks::Jwks;
use super::keys::Key;
use super::revocations::Revocations;
use super::token::Token;
use super::{Access, Issuer, invalid_token, refused};
use crate::error::Error;
use crate::fetch::Fetch;
use crate::shutdown::supervise;

const MOST_SIGNATURES: u64 = 10_000;

/// Knows the keys and the revocations of its issuers; cheap to clone.
#[derive(Clone)]
pub struct Verifier {
    sources: Arc<[Arc<Source>]>,
    signatures: Cache<[u8; 32], Arc<Signed>>,
    clock: Clock,
}

/// An issuer and what is known from it.
struct Source {
    issuer: Issuer,
    jwks: Jwks,
    revocations: Option<Arc<Revocations>>,
    api_keys: Option<Arc<ApiKeys>>,
}

/// A token whose signature was good under `key`.
struct Signed {
    source: Arc<Source>,
    key_id: String,
    key: Arc<Key>,
    claims: Claims,
}

impl Verifier {
    /// Polls keys and revocations until `stop`; to be called inside a runtime. An issuer that is away is no error.
    ///
    /// Errors: two issuers that cannot be told apart, or a URL, name or role that cannot be one.
    pub fn new(issuers: Vec<Issuer>, stop: &CancellationToken) -> Result<Self, Error> {
        let fetch = Fetch::new().map_err(|error| Error::internal(error.into_boxed_dyn_error()))?;
        Self::with(issuers, stop, &fetch, Clock::default())
    }

    pub(super) fn with(
        issuers: Vec<Issuer>,
        stop: &CancellationToken,
        fetch: &Fetch,
        clock: Clock,
    ) -> Result<Self, Error> {
        super::check(&issuers)?;
        let sources: Vec<_> = issuers.into_iter().map(|it| Arc::new(Source::new(it, fetch, &clock))).collect();
        for source in &sources {
            source.clone().watch(stop);
        }
        Ok(Self { sources: sources.into(), signatures: Cache::new(MOST_SIGNATURES), clock })
    }

    /// Errors: 401 with a challenge for a token that is not believed, 503 where its issuer could not be asked yet.
    pub async fn verify(&self, token: &SecretString, deadline: Instant) -> Result<Access, Error> {
        let text = token.expose_secret();
        if text.starts_with(api_keys::PREFIX) {
            return self.api_key(token, deadline).await;
        }
        let digest: [u8; 32] = Sha256::digest(text).into();
        let known = self.signatures.get(&digest).filter(|it| it.source.jwks.still_has(&it.key_id, &it.key));
        if let Some(signed) = known {
            return self.grant(&signed, deadline).await;
        }
        let signed = Arc::new(self.examine(text, deadline).await?);
        let access = self.grant(&signed, deadline).await?;
        self.signatures.insert(digest, signed);
        Ok(access)
    }

    /// The names of the issuers that do not answer now.
    pub fn silent(&self) -> Vec<String> {
        self.sources.iter().filter(|it| it.is_silent()).map(|it| it.issuer.name.clone()).collect()
    }

    #[cfg(test)]
    pub(super) fn revocations_kept(&self) -> usize {
        self.sources.iter().filter_map(|it| it.revocations.as_ref()).map(|it| it.count()).sum()
    }

    async fn examine(&self, text: &str, deadline: Instant) -> Result<Signed, Error> {
        let token = Token::parse(text)?;
        let issuer = token.claims.get("iss").and_then(|it| it.as_str());
        let source = self.sources.iter().find(|it| issuer == Some(it.issuer.issuer.as_str()));
        let source = source.ok_or_else(|| refused("of an issuer that is not listed"))?;
        if !token.is_access_token(source.issuer.is_own()) {
            return Err(refused("not an access token by its typ"));
        }
        let key = source.jwks.key(&token.key_id, deadline).await?;
        if !token.is_signed_by(&key) {
            return Err(refused("the signature is not that of the key"));
        }
        let claims = Claims::read(&token.claims, &source.issuer)?;
        Ok(Signed { source: source.clone(), key_id: token.key_id, key, claims })
    }

    async fn grant(&self, signed: &Signed, deadline: Instant) -> Result<Access, Error> {
        let (claims, revocations) = (&signed.claims, &signed.source.revocations);
        claims.check_time(self.clock.now())?;
        if let (Some(revocations), Some(session)) = (revocations, &claims.identity.session) {
            revocations.tried(deadline).await;
            if revocations.has_ended(session) {
                return Err(invalid_token("the session has ended; sign in again"));
            }
        }
        Ok(Access::by_token(claims.identity.clone(), claims.expires, revocations.clone(), self.clock.clone()))
    }

    async fn api_key(&self, key: &SecretString, deadline: Instant) -> Result<Access, Error> {
        let keys = self.sources.iter().find_map(|it| it.api_keys.as_ref());
        let keys = keys.ok_or_else(|| refused("no issuer has API keys"))?;
        let (identity, heard) = keys.holder(key, deadline).await?;
        Ok(Access::by_api_key(identity, heard, key.clone(), keys.clone(), self.clock.clone()))
    }
}

impl Source {
    fn new(issuer: Issuer, fetch: &Fetch, clock: &Clock) -> Self {
        let jwks = Jwks::new(issuer.jwks.clone(), issuer.is_own(), fetch.clone(), clock.clone());
        let revocations = issuer.revocations.clone().map(|url| Revocations::new(url, fetch.clone(), clock.clone()));
        let api_keys = issuer.api_keys.clone().map(|url| ApiKeys::new(url, fetch.clone(), clock.clone()));
        Self { issuer, jwks, revocations: revocations.map(Arc::new), api_keys: api_keys.map(Arc::new) }
    }

    fn watch(self: Arc<Self>, stop: &CancellationToken) {
        if let Some(revocations) = self.revocations.clone() {
            let (name, stop) = (format!("revocations of {}", self.issuer.name), stop.clone());
            tokio::spawn(async move { supervise(&name, &stop, || revocations.run(&stop)).await });
        }
        let (name, stop) = (format!("keys of {}", self.issuer.name), stop.clone());
        tokio::spawn(async move { supervise(&name, &stop, || self.jwks.run(&stop)).await });
    }

    fn is_silent(&self) -> bool {
        !self.jwks.answers() || self.revocations.as_ref().is_some_and(|it| !it.is_fresh())
    }
}
