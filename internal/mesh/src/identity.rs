//! Who calls: what a verified token or API key says of its bearer. Only this travels on (over the bus, into rows); the
//! token itself stays where it was verified.

use serde::{Deserialize, Serialize};

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
