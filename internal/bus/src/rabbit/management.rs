//! RabbitMQ's management API, where its plugin is on: it lists all queues, and what is in somebody's hand. It is asked
//! when a person looks, and nothing depends on it.

use anyhow::Context;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::{HeaderValue, StatusCode};
use mesh::fetch::{Fetch, TooLong};
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use url::Url;

const COLUMNS: &str = "name,messages,messages_ready,messages_unacknowledged,consumers";

const AWAY: &str = "the management API at RABBITMQ_MANAGEMENT_URL does not answer";
const REFUSED: &str = "the management API refuses the user or the password of RABBITMQ_MANAGEMENT_URL";
const ELSEWHERE: &str = "the management API does not know the virtual host of RABBITMQ_URL";
const TOO_MANY: &str =
    "the management API lists more queues than fit into 1 MiB; give the mesh a virtual host of its own in RABBITMQ_URL";
const ODD: &str = "the management API answers something unexpected; is RABBITMQ_MANAGEMENT_URL right?";

pub(super) struct Management {
    queues: Url,
    authorization: HeaderValue,
    fetch: Fetch,
}

/// One queue; RabbitMQ leaves out what it has not counted yet.
#[derive(Debug, Deserialize)]
pub(super) struct Listed {
    pub(super) name: String,
    pub(super) messages: Option<u64>,
    pub(super) messages_ready: Option<u64>,
    pub(super) messages_unacknowledged: Option<u64>,
    pub(super) consumers: Option<u64>,
}

impl Management {
    /// `url` is `http://user:password@host:15672`.
    pub(super) fn new(url: &str, virtual_host: &str) -> anyhow::Result<Self> {
        const VARIABLE: &str = "RABBITMQ_MANAGEMENT_URL";
        let mut url = Url::parse(url).with_context(|| format!("{VARIABLE}: not a URL"))?;
        let authorization = authorization(&url).with_context(|| format!("{VARIABLE}: not a user and a password"))?;
        let no_host = |()| anyhow::anyhow!("{VARIABLE}: not a URL with a host");
        url.set_username("").map_err(no_host)?;
        url.set_password(None).map_err(no_host)?;
        url.path_segments_mut().map_err(no_host)?.pop_if_empty().extend(["api", "queues", virtual_host]);
        url.set_query(Some(&format!("columns={COLUMNS}")));
        Ok(Self { queues: url, authorization, fetch: Fetch::new()? })
    }

    /// All queues of the virtual host, or in words of ours why they cannot be listed.
    pub(super) async fn queues(&self) -> Result<Vec<Listed>, &'static str> {
        let answered = self.fetch.get_as(&self.authorization, &self.queues).await;
        let (status, body) = answered.map_err(|error| {
            tracing::debug!("the management API of RabbitMQ: {error:#}");
            if error.is::<TooLong>() { TOO_MANY } else { AWAY }
        })?;
        match status {
            StatusCode::OK => serde_json::from_slice(&body).map_err(|_| ODD),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(REFUSED),
            StatusCode::NOT_FOUND => Err(ELSEWHERE),
            _ => Err(ODD),
        }
    }
}

/// Without a user in the URL it is guest, as in RabbitMQ itself.
fn authorization(url: &Url) -> anyhow::Result<HeaderValue> {
    let (user, password) = match (url.username(), url.password()) {
        ("", None) => ("guest", "guest"),
        (user, password) => (user, password.unwrap_or_default()),
    };
    let decoded = |text: &str| Ok::<_, anyhow::Error>(percent_decode_str(text).decode_utf8()?.into_owned());
    let credentials = BASE64_STANDARD.encode(format!("{}:{}", decoded(user)?, decoded(password)?));
    let mut value = HeaderValue::try_from(format!("Basic {credentials}"))?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    #[test]
    fn the_virtual_host_is_one_segment_and_the_password_is_not_in_the_url() {
        let cases = [
            ("http://me:s%40fe@host:15672", "/", "http://host:15672/api/queues/%2F?columns=", "me:s@fe"),
            ("https://host/rabbit/", "mesh a", "https://host/rabbit/api/queues/mesh%20a?columns=", "guest:guest"),
        ];
        for (url, host, expected, credentials) in cases {
            let api = Management::new(url, host).unwrap();
            assert!(api.queues.as_str().starts_with(expected), "{}", api.queues);
            assert_eq!(api.authorization, format!("Basic {}", BASE64_STANDARD.encode(credentials)).as_str());
        }
        assert!(Management::new("nonsense", "/").is_err());
    }
    #[tokio::test]
    async fn an_answer_that_is_too_long_is_no_silence() {
        let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let api = Management::new(&format!("http://{}", server.local_addr().unwrap()), "/").unwrap();
        let answering = async {
            let (mut stream, _) = server.accept().await.unwrap();
            let _ = stream.read(&mut [0; 4096]).await.unwrap();
            let body = " ".repeat((1 << 20) + 1);
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
            // Whoever has read enough closes the connection.
            let _ = stream.write_all((head + &body).as_bytes()).await;
        };
        let (told, ()) = tokio::join!(api.queues(), answering);
        assert_eq!(told.err(), Some(TOO_MANY));
    }
}
