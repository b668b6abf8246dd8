//! What the service is told by its environment.

use std::net::SocketAddr;
use std::path::PathBuf;

use mesh::Env;
use mesh::config::{ConfigError, Process};
use mesh::db;
use secrecy::SecretString;

#[derive(Debug, Clone)]
pub struct Config {
    pub address: SocketAddr,
    pub(crate) postgres: Option<SecretString>,
    pub(crate) file: PathBuf,
}

impl Config {
    pub fn from_env(env: &Env, process: &Process) -> Result<Self, ConfigError> {
        Ok(Self {
            address: env.address("OPERATIONS_ADDR", 8083)?,
            postgres: process.engine_url(env, "OPERATIONS_POSTGRES_URL", &["postgres", "postgresql"])?,
            file: process.data.join("operations.db"),
        })
    }

    /// Whether its rows are in the data folder.
    pub fn is_embedded(&self) -> bool {
        self.postgres.is_none()
    }

    /// Where rows go, for a person to read.
    pub fn store(&self) -> String {
        db::describe(self.postgres.as_ref(), &self.file)
    }
}
