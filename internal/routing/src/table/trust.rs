//! Whom a table believes: the issuers of tokens, and the pages of other origins that may call.

use std::collections::BTreeMap;
use std::time::Duration;

use http::{HeaderName, Method};
use url::Url;

/// Whose tokens are believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    pub name: String,
    /// What its tokens say in `iss` and `aud`.
    pub issuer: String,
    pub audience: String,
    pub source: Source,
}

/// Where an issuer's keys are, and what its tokens say of roles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A service of this mesh, by its base URL: it tells keys, revocations and API keys, and its roles are ours.
    Service(Url),
    /// Somebody else: only roles that `roles` translates count, as `{ theirs = "ours" }`.
    Keys { jwks: Url, claim: String, roles: BTreeMap<String, String> },
}

/// Which pages of other origins may call, as browsers ask for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cors {
    pub origins: Origins,
    /// Those of the table's doors when missing.
    pub methods: Option<Vec<Method>>,
    /// What they may send.
    pub headers: Vec<HeaderName>,
    /// Whether cookies go along.
    pub credentials: bool,
    /// How long a browser may keep what it was told.
    pub max_age: Duration,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origins {
    Any,
    /// Exactly as browsers send them.
    These(Vec<String>),
}
