//! What the service is told by its environment.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use chrono::TimeDelta;
use mesh::Env;
use mesh::config::{ConfigError, Process};
use mesh::db::Place;
use mesh::identity::{Issuer, OWN, Roles};
use url::Url;

const KEPT: &str = "OPERATIONS_KEPT";
const LEASE: &str = "OPERATIONS_LEASE";
const AUTHENTICATOR: &str = "AUTHENTICATOR_URL";
const DAY: Duration = Duration::from_secs(24 * 3600);

#[derive(Debug, Clone)]
pub struct Config {
    pub address: SocketAddr,
    pub(crate) rows: Place,
    /// For how long letters and operations are kept that are over. Dead letters stay.
    pub(crate) kept: TimeDelta,
    /// How long an operation stays with an instance that says nothing any more: longer than a batch may take.
    pub(crate) lease: TimeDelta,
    /// Whose tokens are believed.
    pub(crate) issuer: Issuer,
}

impl Config {
    pub fn from_env(env: &Env, process: &Process) -> Result<Self, ConfigError> {
        Ok(Self {
            address: env.address("OPERATIONS_ADDR", 8083)?,
            rows: Place::from_env(env, process, "operations")?,
            kept: within(env, KEPT, 30 * DAY, (Duration::from_secs(1), 3660 * DAY), "from 1s to 10 years")?,
            lease: within(
                env,
                LEASE,
                Duration::from_secs(15),
                (Duration::from_secs(10), Duration::from_secs(300)),
                "from 10s to 5m",
            )?,
            issuer: issuer(env)?,
        })
    }

    /// Whether its rows are in the data folder.
    pub fn is_embedded(&self) -> bool {
        self.rows.is_embedded()
    }

    /// Where rows go, for a person to read.
    pub fn store(&self) -> String {
        self.rows.describe()
    }
}

fn within(
    env: &Env,
    variable: &str,
    default: Duration,
    bounds: (Duration, Duration),
    expected: &str,
) -> Result<TimeDelta, ConfigError> {
    let wrong = || ConfigError::new(variable, format!("expected a duration {expected}"));
    let value = env.duration(variable, default)?;
    if value < bounds.0 || value > bounds.1 {
        return Err(wrong());
    }
    TimeDelta::from_std(value).map_err(|_| wrong())
}

/// The mesh's own authenticator: operators are its users.
fn issuer(env: &Env) -> Result<Issuer, ConfigError> {
    let text = env.string(AUTHENTICATOR, "http://127.0.0.1:8081");
    let at = |path: &str| {
        let url = Url::parse(&text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        let detail = || format!("expected a URL such as http://authenticator:8081, found '{text}'");
        url.and_then(|url| url.join(path).ok()).ok_or_else(|| ConfigError::new(AUTHENTICATOR, detail()))
    };
    Ok(Issuer {
        name: OWN.to_owned(),
        issuer: env.string("AUTHENTICATOR_ISSUER", "switchboard"),
        audience: env.string("AUTHENTICATOR_AUDIENCE", "switchboard"),
        jwks: at("/.well-known/jwks.json")?,
        revocations: Some(at("/v1/revocations")?),
        api_keys: Some(at("/v1/api-keys/verify")?),
        roles: Roles::Claim { claim: "roles".to_owned(), map: BTreeMap::new() },
    })
}
