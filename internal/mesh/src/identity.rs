//! Who calls: what a verified token or API key says of its bearer. Only this travels on (over the bus, into rows); the
//! token itself stays where it was verified.

mod access;
mod verifier;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use url::Url;

pub use access::Access;
pub use verifier::Verifier;

/// What WWW-Authenticate says where a token or API key was sent and is not believed (RFC 6750, section 3).
pub const INVALID_TOKEN: &str = r#"Bearer error="invalid_token""#;
/// What it says where the caller is known and may not do this.
pub const INSUFFICIENT_SCOPE: &str = r#"Bearer error="insufficient_scope""#;
/// The name of our own issuer: its subjects are used bare, those of others as `<name>:<subject>`.
pub const OWN: &str = "switchboard";

/// A caller who was verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The user's id; for other issuers than our own `<issuer name>:<their subject>`.
    pub subject: String,
    #[serde(default)]
    pub roles: Vec<String>,
    /// The session that the token belongs to; API keys have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
}

impl Identity {
    pub fn has_role(&self, role: &str) -> bool {
        self.roles.iter().any(|it| it == role)
    }
}

/// Somebody whose tokens are believed, and where its keys are.
#[derive(Debug, Clone)]
pub struct Issuer {
    /// `switchboard` for our own authenticator.
    pub name: String,
    /// What `iss` has to say.
    pub issuer: String,
    /// What `aud` has to say or to hold.
    pub audience: String,
    pub jwks: Url,
    pub revocations: Option<Url>,
    pub api_keys: Option<Url>,
    pub roles: Roles,
}

/// How the claims of a token become roles.
#[derive(Debug, Clone)]
pub enum Roles {
    /// The values of one claim: a string or a list of strings, by its name or by a dotted path such as
    /// `realm_access.roles`. An empty map takes them as they are from our own issuer and drops those of others.
    Claim { claim: String, map: BTreeMap<String, String> },
}
