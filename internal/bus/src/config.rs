//! Which engine a process uses for its bus, and how; read from the environment.

use std::path::PathBuf;
use std::time::Duration;

use mesh::config::{ConfigError, Env, Process};
use secrecy::SecretString;

use crate::Bug;

/// The waits between the attempts of one failing message; the last one serves all further attempts.
pub const RUNGS: [Duration; 6] = [
    Duration::from_secs(1),
    Duration::from_secs(5),
    Duration::from_secs(30),
    Duration::from_secs(120),
    Duration::from_secs(600),
    Duration::from_secs(3600),
];

/// Which engine, and how it is used.
#[derive(Debug, Clone)]
pub struct Config {
    /// RabbitMQ, or the embedded queue in `file` when there is none.
    pub url: Option<SecretString>,
    /// RabbitMQ's management API, which tells of its queues what AMQP does not.
    pub management: Option<SecretString>,
    pub file: PathBuf,
    /// Names this process among its kind in the names of its own queues.
    pub instance: String,
    /// `RUNGS`, shortened in tests.
    pub rungs: Vec<Duration>,
    /// How many published messages may wait for their confirm at once.
    pub unconfirmed: usize,
    /// One on purpose, which only builds for debugging can have.
    pub bug: Option<Bug>,
}

impl Config {
    pub fn from_env(env: &Env, process: &Process) -> Result<Self, ConfigError> {
        Ok(Self {
            url: process.engine_url(env, "RABBITMQ_URL", &["amqp", "amqps"])?,
            management: env.engine_url("RABBITMQ_MANAGEMENT_URL", &["http", "https"])?,
            file: process.data.join("bus.db"),
            instance: process.instance.clone(),
            rungs: RUNGS.to_vec(),
            unconfirmed: env.number("BUS_UNCONFIRMED", 5_000, (1, 50_000))? as usize,
            bug: Bug::from_env(env)?,
        })
    }
}
