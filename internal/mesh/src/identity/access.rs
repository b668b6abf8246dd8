//! What a verified token or API key grants, and for how long.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use tokio::time::Instant;

use super::Identity;
use super::api_keys::ApiKeys;
use super::clock::Clock;
use super::revocations::Revocations;

/// An API key was asked about so lately that its answer counts as the present.
const FRESH: Duration = Duration::from_secs(5);

/// The right to call as `identity`, as it was when it was verified.
#[derive(Clone)]
pub struct Access {
    pub identity: Identity,
    clock: Clock,
    ground: Ground,
}

/// What the access rests on, and hence how it ends.
#[derive(Clone)]
enum Ground {
    Token { expires: Duration, revocations: Option<Arc<Revocations>> },
    ApiKey { key: SecretString, keys: Arc<ApiKeys>, heard: Instant },
}

impl Access {
    pub(super) fn by_token(
        identity: Identity,
        expires: Duration,
        revocations: Option<Arc<Revocations>>,
        clock: Clock,
    ) -> Self {
        Self { identity, clock, ground: Ground::Token { expires, revocations } }
    }

    pub(super) fn by_api_key(
        identity: Identity,
        heard: Instant,
        key: SecretString,
        keys: Arc<ApiKeys>,
        clock: Clock,
    ) -> Self {
        Self { identity, clock, ground: Ground::ApiKey { key, keys, heard } }
    }

    /// Whether it was an API key that was shown: nobody who is signed in, but a machine in somebody's name.
    pub fn is_by_api_key(&self) -> bool {
        matches!(self.ground, Ground::ApiKey { .. })
    }

    /// Whether revocations were heard of within the last 5 s. Administrators are refused while they are not.
    ///
    /// Issuers that publish none are always fresh: their tokens live until they expire.
    pub fn is_revocation_fresh(&self) -> bool {
        match &self.ground {
            Ground::Token { revocations, .. } => revocations.as_ref().is_none_or(|it| it.is_fresh()),
            Ground::ApiKey { heard, .. } => self.clock.instant().duration_since(*heard) <= FRESH,
        }
    }

    /// Whether the time of its token is over; an API key has none.
    pub fn is_expired(&self) -> bool {
        matches!(&self.ground, Ground::Token { expires, .. } if *expires <= self.clock.now())
    }

    /// Resolves when the token has expired or was revoked; streams end then.
    pub async fn ended(&self) {
        match &self.ground {
            Ground::ApiKey { key, keys, .. } => keys.ended(key, &self.identity).await,
            Ground::Token { expires, revocations } => tokio::select! {
                () = self.expired(*expires) => {}
                () = self.revoked(revocations.as_deref()) => {}
            },
        }
    }

    async fn expired(&self, expires: Duration) {
        while let Some(left) = expires.checked_sub(self.clock.now()).filter(|left| !left.is_zero()) {
            tokio::time::sleep(left.min(self.clock.pace.expiry)).await;
        }
    }

    async fn revoked(&self, revocations: Option<&Revocations>) {
        match (revocations, &self.identity.session) {
            (Some(revocations), Some(session)) => revocations.ended(session).await,
            _ => std::future::pending().await,
        }
    }
}

impl fmt::Debug for Access {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Access").field("identity", &self.identity).finish_non_exhaustive()
    }
}
