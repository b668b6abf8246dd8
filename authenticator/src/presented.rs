//! The refresh token that a caller shows: in the body, never in a path or a query, which others write down; or as the
//! cookie of a browser, which has to come from one of our own pages.

use axum::extract::{FromRequest, Request};
use mesh::{Error, body};
use secrecy::SecretString;
use serde::Deserialize;
use tokio::time::{Duration, Instant};

use crate::cookies;
use crate::door::Door;

const MOST_BYTES: usize = 4 << 10;
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) struct Presented {
    pub(crate) token: Option<SecretString>,
    pub(crate) is_cookie: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    #[serde(default)]
    refresh_token: Option<Opaque>,
}

#[derive(Debug, Deserialize)]
#[serde(from = "String")]
struct Opaque(SecretString);

impl From<String> for Opaque {
    fn from(text: String) -> Self {
        Self(SecretString::from(text))
    }
}

impl FromRequest<Door> for Presented {
    type Rejection = Error;

    async fn from_request(request: Request, door: &Door) -> Result<Self, Error> {
        let (parts, body) = request.into_parts();
        let waits = parts.headers.contains_key(http::header::EXPECT);
        let bytes = body::read(body, MOST_BYTES, waits, Instant::now() + PATIENCE).await?;
        let fields: Fields = if bytes.is_empty() { Fields::default() } else { body::parse(&bytes)? };
        if let Some(Opaque(token)) = fields.refresh_token {
            return Ok(Self { token: Some(token), is_cookie: false });
        }
        let token = cookies::read(&parts.headers);
        if token.is_some() {
            cookies::check_origin(&parts.headers, &door.config.origins)?;
        }
        Ok(Self { is_cookie: token.is_some(), token })
    }
}
