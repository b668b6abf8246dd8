//! What a caller may do for longer than one call, and when that is over: for streams that the door itself makes out of many
//! calls, each of which is judged by itself as well.

use mesh::Identity;
use mesh::identity::Access;

use super::Issuers;

/// A caller who may call, by whatever was shown; nobody in particular where nothing was.
pub struct Standing {
    access: Option<Access>,
    /// Their revocations matter for as long as this is held, also after a change of the table.
    _issuers: Issuers,
}

/// Why a standing is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    Expired,
    Revoked,
}

impl Standing {
    pub(super) fn new(access: Option<Access>, issuers: Issuers) -> Self {
        Self { access, _issuers: issuers }
    }

    pub fn identity(&self) -> Option<&Identity> {
        self.access.as_ref().map(|access| &access.identity)
    }

    /// Comes when the token has expired or was revoked; never to nobody.
    pub async fn ended(&self) -> Why {
        let Some(access) = &self.access else { return std::future::pending().await };
        access.ended().await;
        if access.is_expired() { Why::Expired } else { Why::Revoked }
    }
}
