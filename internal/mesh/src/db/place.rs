//! Where the rows of a service are, apart from everything else that it is told: on PostgreSQL where a URL is set, else in
//! a file of the data folder.

use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};

use crate::config::{ConfigError, Env, Process, masked_url};

/// Where the rows of a service are.
#[derive(Debug, Clone)]
pub struct Place {
    /// The PostgreSQL that is used instead of the file.
    pub postgres: Option<SecretString>,
    pub file: PathBuf,
}

impl Place {
    /// For the service of this name: `<SERVICE>_POSTGRES_URL`, which production wants, or `<data>/<service>.db`.
    pub fn from_env(env: &Env, process: &Process, service: &str) -> Result<Self, ConfigError> {
        let variable = format!("{}_POSTGRES_URL", service.to_uppercase());
        let postgres = process.engine_url(env, &variable, &["postgres", "postgresql"])?;
        Ok(Self { postgres, file: process.data.join(format!("{service}.db")) })
    }

    /// Whether they are in the data folder.
    pub fn is_embedded(&self) -> bool {
        self.postgres.is_none()
    }

    /// What a person is shown of it, before anything is opened: without secrets.
    pub fn describe(&self) -> String {
        self.postgres.as_ref().map_or_else(
            || format!("SQLite {}", self.file.display()),
            |url| format!("PostgreSQL {}", masked_url(url.expose_secret())),
        )
    }
}
