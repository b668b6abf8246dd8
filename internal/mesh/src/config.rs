//! Configuration from environment variables, read once by `main` into an `Env`. Every service turns its prefixed
//! variables into one small struct; whatever is read is remembered, so that `switchboard config` can print what is in
//! force without a second list to keep true.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use secrecy::SecretString;

/// A variable that is missing or cannot be read: which one, and what to set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{variable}: {detail}")]
pub struct ConfigError {
    pub variable: String,
    pub detail: String,
}

impl ConfigError {
    pub fn new(variable: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { variable: variable.into(), detail: detail.into() }
    }
}

/// What holds for the whole process, whichever services it runs.
#[derive(Debug, Clone)]
pub struct Process {
    /// Where everything embedded lives.
    pub data: PathBuf,
    /// Refuses embedded engines and defaults that are only fit for one's own machine.
    pub production: bool,
    /// How long a drain may take.
    pub grace: Duration,
    /// Names this process among its kind.
    pub instance: String,
}

impl Process {
    pub fn from_env(env: &Env) -> Result<Self, ConfigError> {
        let production = match env.string("SWITCHBOARD_ENV", "development").as_str() {
            "development" => false,
            "production" => true,
            other => {
                let detail = format!("expected development or production, found '{other}'");
                return Err(ConfigError::new("SWITCHBOARD_ENV", detail));
            }
        };
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        let name = if host.trim().is_empty() { "local" } else { host.trim() };
        Ok(Self {
            data: env.path("SWITCHBOARD_DATA", "./data"),
            production,
            grace: env.duration("SWITCHBOARD_GRACE", Duration::from_secs(10))?,
            instance: env.string("SWITCHBOARD_INSTANCE", &format!("{name}-{}", std::process::id())),
        })
    }

    /// The URL of a service's engine. Without one the service is embedded, which production refuses.
    pub fn engine_url(&self, env: &Env, variable: &str, schemes: &[&str]) -> Result<Option<SecretString>, ConfigError> {
        let url = env.engine_url(variable, schemes)?;
        if url.is_none() && self.production {
            let detail =
                format!("must be set when SWITCHBOARD_ENV=production, to a URL that begins with {}://", schemes[0]);
            return Err(ConfigError::new(variable, detail));
        }
        Ok(url)
    }
}

/// One variable that was read: its value in force, masked where it is a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    pub variable: String,
    pub value: String,
    pub is_set: bool,
}

/// The environment as it was at start. An empty value counts as not set.
#[derive(Debug, Default)]
pub struct Env {
    variables: BTreeMap<String, String>,
    read: Mutex<BTreeMap<String, Setting>>,
}

impl Env {
    pub fn new(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let variables = variables.into_iter().filter(|(_, value)| !value.trim().is_empty()).collect();
        Self { variables, read: Mutex::default() }
    }

    /// The value of a variable that is shown as it is.
    pub fn optional(&self, variable: &str) -> Option<String> {
        let value = self.variables.get(variable).cloned();
        self.remember(variable, value.clone().unwrap_or_default(), value.is_some());
        value
    }

    pub fn string(&self, variable: &str, default: &str) -> String {
        let value = self.variables.get(variable).map_or(default, String::as_str).to_owned();
        self.remember(variable, value.clone(), self.variables.contains_key(variable));
        value
    }

    /// A value of type `T`; `expected` says in words what it looks like, for the error.
    pub fn parsed<T: FromStr + ToString>(&self, variable: &str, default: T, expected: &str) -> Result<T, ConfigError> {
        let Some(text) = self.variables.get(variable) else {
            self.remember(variable, default.to_string(), false);
            return Ok(default);
        };
        self.remember(variable, text.clone(), true);
        text.trim().parse().map_err(|_| ConfigError::new(variable, format!("expected {expected}, found '{text}'")))
    }

    /// A number within bounds, both included.
    pub fn number(&self, variable: &str, default: u64, bounds: (u64, u64)) -> Result<u64, ConfigError> {
        let expected = format!("a whole number from {} to {}", bounds.0, bounds.1);
        let value = self.parsed(variable, default, &expected)?;
        if value < bounds.0 || value > bounds.1 {
            return Err(ConfigError::new(variable, format!("expected {expected}, found {value}")));
        }
        Ok(value)
    }

    /// A duration with its unit, such as `500ms`, `10s` or `5m`.
    pub fn duration(&self, variable: &str, default: Duration) -> Result<Duration, ConfigError> {
        let shown = || humantime::format_duration(default).to_string();
        let Some(text) = self.variables.get(variable) else {
            self.remember(variable, shown(), false);
            return Ok(default);
        };
        self.remember(variable, text.clone(), true);
        humantime::parse_duration(text.trim()).map_err(|_| {
            ConfigError::new(variable, format!("expected a duration such as 500ms or 10s, found '{text}'"))
        })
    }

    /// The address a service binds: `127.0.0.1` and the service's own port unless told otherwise.
    pub fn address(&self, variable: &str, port: u16) -> Result<SocketAddr, ConfigError> {
        let default = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
        self.parsed(variable, default, "an address and a port, such as 127.0.0.1:8080 or 0.0.0.0:8080")
    }

    pub fn path(&self, variable: &str, default: &str) -> PathBuf {
        PathBuf::from(self.string(variable, default))
    }

    /// The URL of an engine, with one of these schemes; it may hold a password and is shown masked.
    pub fn engine_url(&self, variable: &str, schemes: &[&str]) -> Result<Option<SecretString>, ConfigError> {
        let Some(text) = self.variables.get(variable) else {
            self.remember(variable, String::new(), false);
            return Ok(None);
        };
        self.remember(variable, masked_url(text), true);
        let has_scheme = schemes.iter().any(|scheme| text.starts_with(&format!("{scheme}://")));
        if !has_scheme {
            let expected = format!("expected a URL that begins with {}://", schemes.join(":// or "));
            return Err(ConfigError::new(variable, expected));
        }
        Ok(Some(SecretString::from(text.clone())))
    }

    /// A secret that is no URL; that it is set is all that is shown of it.
    pub fn secret(&self, variable: &str) -> Option<SecretString> {
        let value = self.variables.get(variable);
        self.remember(variable, value.map_or_else(String::new, |_| "***".to_owned()), value.is_some());
        value.map(|value| SecretString::from(value.trim()))
    }

    /// Every variable, for `${NAME}` in the route table.
    pub fn variables(&self) -> &BTreeMap<String, String> {
        &self.variables
    }

    /// The same environment with `variables` added where they are not set yet.
    pub fn with_defaults(&self, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut all = self.variables.clone();
        for (variable, value) in variables {
            all.entry(variable).or_insert(value);
        }
        Self::new(all)
    }

    /// Everything that was read so far, by name.
    pub fn settings(&self) -> Vec<Setting> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    fn remember(&self, variable: &str, value: String, is_set: bool) {
        let setting = Setting { variable: variable.to_owned(), value, is_set };
        self.read.lock().unwrap_or_else(PoisonError::into_inner).insert(variable.to_owned(), setting);
    }
}

/// The URL without its password, fit for logs: `amqp://switchboard:***@rabbitmq:5672/`.
pub fn masked_url(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return "***".to_owned() };
    // The last `@` first: a password that was not percent-encoded may hold whatever else has a meaning in a URL.
    let (user, rest) = rest.rsplit_once('@').map_or((None, rest), |(user, rest)| (Some(user), rest));
    let is_odd = user.is_some_and(|user| user.contains(['?', '#']));
    let user = user.map(|user| user.split([':', '/', '?', '#', '@']).next().unwrap_or_default());
    // Parameters may hold passwords too (`?password=`), and nobody needs them in a log.
    let place = rest.split(['?', '#']).next().unwrap_or_default();
    match user {
        None if is_place(place) => format!("{scheme}://{place}"),
        Some(name) if is_place(place) && !is_odd => format!("{scheme}://{name}:***@{place}"),
        None => format!("{scheme}://***"),
        // Where the `@` stood in a parameter, or the host is none, what follows it may be the rest of a password.
        Some(name) => format!("{scheme}://{name}:***"),
    }
}

/// Hosts whose ports are numbers, and a path: after a colon nothing but a number is sure not to be a password.
fn is_place(text: &str) -> bool {
    let hosts = text.split('/').next().unwrap_or_default();
    hosts.split(',').all(|host| {
        let after_address = host.rsplit(']').next().unwrap_or_default();
        after_address.split_once(':').is_none_or(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()))
    })
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn env(pairs: &[(&str, &str)]) -> Env {
        Env::new(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    #[test]
    fn an_error_names_the_variable_and_what_was_expected() {
        let env =
            env(&[("LOGGER_ADDR", "50001"), ("GRACE", "soon"), ("BATCH", "0"), ("LOGGER_MONGO_URL", "localhost")]);
        let errors = [
            env.address("LOGGER_ADDR", 50001).unwrap_err(),
            env.duration("GRACE", Duration::from_secs(1)).unwrap_err(),
            env.number("BATCH", 5, (1, 9)).unwrap_err(),
            env.engine_url("LOGGER_MONGO_URL", &["mongodb", "mongodb+srv"]).unwrap_err(),
        ];
        let texts = errors.map(|error| error.to_string());
        assert!(texts[0].starts_with("LOGGER_ADDR: expected an address and a port"), "{}", texts[0]);
        assert!(texts[1].starts_with("GRACE: expected a duration"), "{}", texts[1]);
        assert_eq!(texts[2], "BATCH: expected a whole number from 1 to 9, found 0");
        assert!(texts[3].contains("mongodb:// or mongodb+srv://"), "{}", texts[3]);
    }

    #[test]
    fn what_is_read_is_remembered_with_secrets_masked() {
        let env = env(&[("RABBITMQ_URL", "amqp://me:s3cret@host:5672/vhost"), ("EMPTY", " "), ("KEY", "k3y ")]);
        env.engine_url("RABBITMQ_URL", &["amqp", "amqps"]).unwrap();
        assert_eq!(env.optional("EMPTY"), None);
        assert_eq!(env.secret("KEY").unwrap().expose_secret(), "k3y");
        env.string("SWITCHBOARD_DATA", "./data");
        let shown: Vec<_> = env.settings().into_iter().map(|it| (it.variable, it.value, it.is_set)).collect();
        assert_eq!(
            shown,
            [
                ("EMPTY".to_owned(), String::new(), false),
                ("KEY".to_owned(), "***".to_owned(), true),
                ("RABBITMQ_URL".to_owned(), "amqp://me:***@host:5672/vhost".to_owned(), true),
                ("SWITCHBOARD_DATA".to_owned(), "./data".to_owned(), false),
            ]
        );
    }

    #[test]
    fn a_masked_url_keeps_no_password_wherever_it_stood() {
        for (url, shown) in [
            ("postgres://u:p%40@h/db?password=x", "postgres://u:***@h/db"),
            ("postgres:///db?host=/run&password=x", "postgres:///db"),
            ("amqp://me:pa/ss@host:5672/vhost", "amqp://me:***@host:5672/vhost"),
            ("amqp://me:pa?ss@host", "amqp://me:***"),
            ("amqp://me:pa#ss@host", "amqp://me:***"),
            ("amqp://me:p@ss@host/v", "amqp://me:***@host/v"),
            ("amqp://me:p@/ss@host/v", "amqp://me:***@host/v"),
            ("amqp://me:secret", "amqp://***"),
            ("amqp://me:sec/ret", "amqp://***"),
            ("amqp://me:p@ss:word", "amqp://me:***"),
            ("postgres://h:5432/db?password=a@b", "postgres://h:***"),
            ("redis://:secret@h:6379/1", "redis://:***@h:6379/1"),
            ("mongodb://u:p@h1:27017,h2:27017/logs?replicaSet=r", "mongodb://u:***@h1:27017,h2:27017/logs"),
            ("mongodb://h1:27017,h2/logs", "mongodb://h1:27017,h2/logs"),
            ("postgres://u:p@[::1]:5432/db", "postgres://u:***@[::1]:5432/db"),
            ("postgres://[::1]/db", "postgres://[::1]/db"),
            ("nonsense", "***"),
            ("", "***"),
        ] {
            assert_eq!(masked_url(url), shown, "{url}");
        }
    }
}
