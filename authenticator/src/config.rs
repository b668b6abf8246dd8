//! What the service is told by its environment. Secrets are kept as such; production is never left with one that this
//! program made up by itself.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use mesh::Env;
use mesh::config::{ConfigError, Process};
use mesh::db::Place;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::clock::Clock;
use crate::keys::Seed;
use crate::passwords;

const SIGNING_KEYS: &str = "AUTHENTICATOR_SIGNING_KEYS";
const REFRESH_SECRET: &str = "AUTHENTICATOR_REFRESH_SECRET";
/// Fewer characters could be guessed.
const SHORTEST_SECRET: usize = 32;
/// So long an access token lives at most: doors remember for so long that its session has ended.
pub(crate) const LONGEST_ACCESS: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

#[derive(Debug, Clone)]
pub struct Config {
    pub address: SocketAddr,
    pub(crate) rows: Place,
    /// Where keys are kept that nobody gave, when rows are in a file as well.
    pub(crate) key_file: PathBuf,
    /// The first one signs, all verify; empty where they are generated and kept.
    pub(crate) signing_keys: Vec<Seed>,
    pub(crate) refresh_secret: Option<SecretString>,
    pub(crate) issuer: String,
    pub(crate) audience: String,
    pub(crate) access_lifetime: Duration,
    pub(crate) session_lifetime: Duration,
    pub(crate) one_session: bool,
    /// From where, beside the broker's own host, a browser may use its cookie.
    pub(crate) origins: Vec<String>,
    pub(crate) bcrypt_cost: u32,
    /// How many sign-ins may wait for a core before further ones are shed.
    pub(crate) waiting: usize,
    pub(crate) production: bool,
    pub(crate) clock: Clock,
}

impl Config {
    pub fn from_env(env: &Env, process: &Process) -> Result<Self, ConfigError> {
        let config = Self {
            address: env.address("AUTHENTICATOR_ADDR", 8081)?,
            rows: Place::from_env(env, process, "authenticator")?,
            key_file: process.data.join("authenticator.keys"),
            signing_keys: signing_keys(env)?,
            refresh_secret: refresh_secret(env)?,
            issuer: env.string("AUTHENTICATOR_ISSUER", "switchboard"),
            audience: env.string("AUTHENTICATOR_AUDIENCE", "switchboard"),
            access_lifetime: lifetime(env, "AUTHENTICATOR_ACCESS_LIFETIME", Duration::from_secs(600), LONGEST_ACCESS)?,
            session_lifetime: lifetime(env, "AUTHENTICATOR_SESSION_LIFETIME", 30 * DAY, 366 * DAY)?,
            one_session: env.parsed("AUTHENTICATOR_ONE_SESSION", false, "true or false")?,
            origins: origins(env)?,
            bcrypt_cost: env.number("AUTHENTICATOR_BCRYPT_COST", 12, (4, 16))? as u32,
            // At cost 12, the last of eight on a core waits two seconds: about as long as anyone waits for an answer.
            waiting: env.number("AUTHENTICATOR_WAITING", 8 * passwords::cores() as u64, (1, 10_000))? as usize,
            production: process.production,
            clock: Clock::default(),
        };
        config.fit_for_production().map(|()| config)
    }

    fn fit_for_production(&self) -> Result<(), ConfigError> {
        let refuse = |variable: &str, what: &str| {
            Err(ConfigError::new(variable, format!("must be set when SWITCHBOARD_ENV=production, to {what}")))
        };
        if self.production && self.signing_keys.is_empty() {
            return refuse(
                SIGNING_KEYS,
                "NAME:KEY, where `openssl rand -base64 32 | tr '+/' '-_' | tr -d =` makes a key",
            );
        }
        if self.production && self.refresh_secret.is_none() {
            return refuse(REFRESH_SECRET, "what `openssl rand -base64 32` makes");
        }
        Ok(())
    }

    /// The development user is for one's own machine only: its password is known to all.
    pub(crate) fn may_seed(&self, loopback_only: bool) -> bool {
        loopback_only && !self.production
    }

    /// Whether rows go to a file in the data folder.
    pub fn is_embedded(&self) -> bool {
        self.rows.is_embedded()
    }

    /// Where rows go, for a person to read.
    pub fn store(&self) -> String {
        self.rows.describe()
    }
}

/// `NAME:KEY` with a comma between them. Errors say which one is wrong and never what it is.
fn signing_keys(env: &Env) -> Result<Vec<Seed>, ConfigError> {
    let Some(text) = env.secret(SIGNING_KEYS) else { return Ok(Vec::new()) };
    let texts = text.expose_secret().split(',').map(str::trim).filter(|text| !text.is_empty());
    let keys = texts.enumerate().map(|(at, text)| signing_key(text).map_err(|why| (at + 1, why)));
    let keys: Result<Vec<Seed>, _> = keys.collect();
    let wrong = |(at, why)| ConfigError::new(SIGNING_KEYS, format!("key {at}: {why}"));
    let keys = keys.map_err(wrong)?;
    match keys.iter().enumerate().find(|(at, key)| keys[..*at].iter().any(|other| other.kid == key.kid)) {
        Some((at, _)) => Err(wrong((at + 1, "has the name of another one"))),
        None => Ok(keys),
    }
}

fn signing_key(text: &str) -> Result<Seed, &'static str> {
    let (kid, seed) = text.split_once(':').ok_or("expected NAME:KEY")?;
    let is_name = |name: &str| name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    if !(1..=64).contains(&kid.len()) || !is_name(kid) {
        return Err("its name has 1 to 64 letters, digits, dots, - and _");
    }
    let length = BASE64_URL_SAFE_NO_PAD.decode(seed).map(|bytes| bytes.len());
    if length != Ok(32) {
        return Err("expected 32 bytes in base64url without padding after the name");
    }
    Ok(Seed { kid: kid.to_owned(), secret: SecretString::from(seed), created_at: chrono::DateTime::UNIX_EPOCH })
}

fn refresh_secret(env: &Env) -> Result<Option<SecretString>, ConfigError> {
    let secret = env.secret(REFRESH_SECRET);
    if secret.as_ref().is_some_and(|it| it.expose_secret().len() < SHORTEST_SECRET) {
        return Err(ConfigError::new(REFRESH_SECRET, format!("expected at least {SHORTEST_SECRET} characters")));
    }
    Ok(secret)
}

fn lifetime(env: &Env, variable: &str, default: Duration, most: Duration) -> Result<Duration, ConfigError> {
    let lifetime = env.duration(variable, default)?;
    if lifetime < Duration::from_secs(1) || lifetime > most {
        let most = match most.as_secs() / DAY.as_secs() {
            0 => format!("{}h", most.as_secs() / 3600),
            days => format!("{days}d"),
        };
        return Err(ConfigError::new(variable, format!("expected a duration from 1s to {most}")));
    }
    Ok(lifetime)
}

fn origins(env: &Env) -> Result<Vec<String>, ConfigError> {
    let variable = "AUTHENTICATOR_ORIGINS";
    let text = env.string(variable, "");
    let texts = text.split(',').map(str::trim).filter(|text| !text.is_empty());
    let origin = |text: &str| {
        let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.path() == "/");
        let detail = format!("expected origins such as https://panel.example.com, found '{text}'");
        url.map(|url| url.origin().ascii_serialization()).ok_or_else(|| ConfigError::new(variable, detail))
    };
    texts.map(origin).collect()
}
