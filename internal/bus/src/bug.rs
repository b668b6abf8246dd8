//! Two bugs on purpose: a checker that promises to find what is lost has to be seen finding it. Only builds for debugging
//! know them; anywhere else the type has no value, and `SWITCHBOARD_BUG` is not read.

use mesh::config::{ConfigError, Env};

#[cfg(debug_assertions)]
const VARIABLE: &str = "SWITCHBOARD_BUG";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bug {
    /// A message is acknowledged before its handler has seen it.
    #[cfg(debug_assertions)]
    AckEarly,
    /// A publish is answered before it is confirmed.
    #[cfg(debug_assertions)]
    IgnoreConfirms,
}

impl Bug {
    #[cfg(debug_assertions)]
    pub(crate) fn from_env(env: &Env) -> Result<Option<Self>, ConfigError> {
        // Looked for without being remembered: who sets none is not shown that there is such a thing.
        let Some(word) = env.variables().get(VARIABLE) else { return Ok(None) };
        let bug = match word.as_str() {
            "ack-early" => Self::AckEarly,
            "ignore-confirms" => Self::IgnoreConfirms,
            other => {
                let detail = format!("expected ack-early or ignore-confirms, found '{other}'");
                return Err(ConfigError::new(VARIABLE, detail));
            }
        };
        tracing::error!("{VARIABLE}={word}: this process loses messages on purpose");
        Ok(Some(bug))
    }

    #[cfg(not(debug_assertions))]
    pub(crate) fn from_env(_env: &Env) -> Result<Option<Self>, ConfigError> {
        Ok(None)
    }

    pub(crate) fn acks_early(self) -> bool {
        match self {
            #[cfg(debug_assertions)]
            Self::AckEarly => true,
            #[cfg(debug_assertions)]
            Self::IgnoreConfirms => false,
        }
    }

    pub(crate) fn ignores_confirms(self) -> bool {
        match self {
            #[cfg(debug_assertions)]
            Self::AckEarly => false,
            #[cfg(debug_assertions)]
            Self::IgnoreConfirms => true,
        }
    }
}
