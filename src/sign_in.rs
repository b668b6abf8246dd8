//! How commands sign in: over the broker as everybody does, as the development user unless somebody else is named.

use anyhow::{Context, anyhow, bail};
use bytes::Bytes;
use http::StatusCode;
use mesh::Env;
use mesh::config::ConfigError;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use crate::client::Http;
use crate::password;
use crate::services::reachable;

/// As the authenticator adds it where every address is loopback.
const EMAIL: &str = "admin@example.com";
const PASSWORD: &str = "password123";

/// Who a command is to act as.
#[derive(Debug, clap::Args)]
pub(crate) struct Who {
    /// Sign in as this user; the password is asked for, or read from standard input [default: the development user]
    #[arg(long, value_name = "EMAIL")]
    email: Option<String>,
}

/// BROKER_URL, or where this machine reaches BROKER_ADDR.
pub(crate) fn broker(env: &Env) -> Result<String, ConfigError> {
    let Some(url) = env.optional("BROKER_URL") else {
        return Ok(format!("http://{}", reachable(env.address("BROKER_ADDR", 8080)?)));
    };
    if !url.starts_with("http://") {
        return Err(ConfigError::new("BROKER_URL", format!("expected a URL that begins with http://, found '{url}'")));
    }
    Ok(url.trim_end_matches('/').to_owned())
}

impl Who {
    /// E-mail and password; asks for the password.
    pub(crate) async fn credentials(&self) -> anyhow::Result<(&str, SecretString)> {
        Ok(match &self.email {
            Some(email) => (email, password::ask(&format!("the password of {email}")).await?),
            None => (EMAIL, SecretString::from(PASSWORD)),
        })
    }

    /// An access token, good for a few minutes.
    pub(crate) async fn token(&self, http: &Http, broker: &str) -> anyhow::Result<SecretString> {
        let (email, password) = self.credentials().await?;
        let body = json!({ "email": email, "password": password.expose_secret() });
        let answered = http.post(&format!("{broker}/v1/sessions"), &body).await.map_err(|error| {
            anyhow!("nobody answers at {broker} ({error:#}): start the mesh with `make run`, or set BROKER_URL")
        });
        let (status, body) = answered?;
        match status {
            status if status.is_success() => token_of(&body),
            StatusCode::UNAUTHORIZED if self.email.is_none() => bail!(
                "the development user {EMAIL} cannot sign in: it exists only where every address is loopback, and its \
                 password may have been changed; sign in as somebody else with --email"
            ),
            status => bail!("{broker} refuses the sign-in with {status}: {}", reason(&body)),
        }
    }
}

fn token_of(body: &[u8]) -> anyhow::Result<SecretString> {
    let body: Value = serde_json::from_slice(body).context("the answer to the sign-in is not JSON")?;
    let token = body["access_token"].as_str().context("the answer to the sign-in holds no access token")?;
    Ok(SecretString::from(token))
}

/// The sentence of problem details, or what else came instead.
fn reason(body: &Bytes) -> String {
    let problem: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = || String::from_utf8_lossy(&body[..body.len().min(200)]).into_owned();
    problem["detail"].as_str().map_or_else(text, str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(name: &str, value: &str) -> Env {
        Env::new([(name.to_owned(), value.to_owned())])
    }

    #[test]
    fn the_broker_is_where_it_is_said_to_be() {
        assert_eq!(broker(&Env::default()).unwrap(), "http://127.0.0.1:8080");
        assert_eq!(broker(&env("BROKER_ADDR", "0.0.0.0:80")).unwrap(), "http://127.0.0.1:80");
        assert_eq!(broker(&env("BROKER_URL", "http://broker:8080/")).unwrap(), "http://broker:8080");
        let refused = broker(&env("BROKER_URL", "https://broker")).unwrap_err().to_string();
        assert!(refused.starts_with("BROKER_URL: expected a URL that begins with http://"), "{refused}");
    }

    #[test]
    fn a_refusal_is_told_in_its_own_words() {
        let body = Bytes::from_static(br#"{"detail":"wrong e-mail or password"}"#);
        assert_eq!(reason(&body), "wrong e-mail or password");
        assert_eq!(reason(&Bytes::from_static(b"<html>")), "<html>");
    }
}
