//! Where calls are kept, for how long, and how many are carried out at once.

use std::time::Duration;

use chrono::TimeDelta;
use mesh::config::{ConfigError, Env, Process};
use mesh::db::Place;

const KEPT: &str = "BROKER_CALLS_KEPT";
const DAY: Duration = Duration::from_secs(24 * 3600);
const LONGEST: Duration = Duration::from_secs(30 * 24 * 3600);
const LEASE: &str = "BROKER_CALLS_LEASE";

#[derive(Debug, Clone)]
pub(crate) struct Config {
    pub(super) place: Place,
    /// For how long a key counts and a result is kept.
    pub(super) kept: TimeDelta,
    /// How many calls that are answered later this process has in hand at once.
    pub(super) workers: usize,
    /// How long such a call stays with a broker that says nothing any more.
    pub(super) lease: Duration,
}

impl Config {
    pub(crate) fn from_env(env: &Env, process: &Process) -> Result<Self, ConfigError> {
        Ok(Self {
            place: Place::from_env(env, process, "broker")?,
            kept: kept(env)?,
            workers: env.number("BROKER_CALLS_WORKERS", 32, (1, 1_000))? as usize,
            lease: lease(env)?,
        })
    }

    pub(crate) fn is_embedded(&self) -> bool {
        self.place.is_embedded()
    }

    pub(crate) fn kept(&self) -> Duration {
        self.kept.to_std().unwrap_or(DAY)
    }

    pub(crate) fn describe(&self) -> String {
        self.place.describe()
    }
}

fn kept(env: &Env) -> Result<TimeDelta, ConfigError> {
    let kept = env.duration(KEPT, DAY)?;
    let wrong = || ConfigError::new(KEPT, "expected a duration from 1s to 30d");
    if !(Duration::from_secs(1)..=LONGEST).contains(&kept) {
        return Err(wrong());
    }
    TimeDelta::from_std(kept).map_err(|_| wrong())
}

fn lease(env: &Env) -> Result<Duration, ConfigError> {
    let lease = env.duration(LEASE, Duration::from_secs(15))?;
    if !(Duration::from_secs(1)..=Duration::from_secs(300)).contains(&lease) {
        return Err(ConfigError::new(LEASE, "expected a duration from 1s to 5m"));
    }
    Ok(lease)
}
