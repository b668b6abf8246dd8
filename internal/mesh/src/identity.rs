//! Who calls: what a verified token or API key says of its bearer. Only this travels on (over the bus, into rows); the
//! token itself stays where it was verified.

mod access;
mod api_keys;
mod bearer;
mod claims;
mod clock;
mod json;
mod jwks;
mod keys;
mod revocations;
#[cfg(test)]
mod tests;
mod token;
mod verifier;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use url::Url;

pub use access::Access;
pub use bearer::bearer;
pub use clock::LEEWAY;
pub use keys::Key;
pub use token::Token;
pub use verifier::Verifier;

use crate::error::{Code, Error};

/// What WWW-Authenticate says where nothing was shown (RFC 6750, section 3).
pub const BEARER: &str = "Bearer";
/// What it says where a token or API key was sent and is not believed.
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

impl Issuer {
    fn is_own(&self) -> bool {
        self.name == OWN
    }
}

/// 401; `why` is for the log, callers learn no more than that they should sign in again.
fn refused(why: impl Into<String>) -> Error {
    invalid_token("the token or API key is not valid; sign in again").caused_by(why.into())
}

fn invalid_token(detail: &'static str) -> Error {
    Error::new(Code::Unauthenticated, detail).with_challenge(INVALID_TOKEN)
}

/// Issuers that could be taken for one another are a mistake to say, not to guess about.
fn check(issuers: &[Issuer]) -> Result<(), Error> {
    for (at, issuer) in issuers.iter().enumerate() {
        let said = |what: &str| Err(Error::invalid(format!("issuer {}: {what}", issuer.name)));
        let is_fit = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_');
        if issuer.name.is_empty() || !issuer.name.bytes().all(is_fit) {
            return said("a name is lowercase letters, digits, - and _");
        }
        if issuer.issuer.is_empty() || issuer.audience.is_empty() {
            return said("issuer and audience have to be said");
        }
        if issuers[..at].iter().any(|other| other.name == issuer.name || other.issuer == issuer.issuer) {
            return said("its name or its issuer is that of another one");
        }
        let urls = [Some(&issuer.jwks), issuer.revocations.as_ref(), issuer.api_keys.as_ref()];
        if urls.into_iter().flatten().any(|url| !matches!(url.scheme(), "http" | "https") || !url.has_host()) {
            return said("its URLs have to begin with http:// or https://");
        }
        let Roles::Claim { map, .. } = &issuer.roles;
        if let Some(role) = map.values().find(|role| !claims::is_role(role)) {
            return said(&format!("{role:?} is no name of a role"));
        }
    }
    Ok(())
}
