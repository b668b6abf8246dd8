//! What of a caller may be kept until its call is made later, and who asks where no row is asked for: the broker's own
//! paths. A token is never among it.

use std::net::IpAddr;

use http::{HeaderMap, HeaderName, HeaderValue};
use mesh::identity::{self, Identity};
use mesh::{Error, TraceContext};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::Admitted;
use super::safe::Safe;
use crate::call::{Argument, Call};
use crate::routing::{Loaded, Row};
use crate::table::Retry;

/// A caller as it was let in, in a form that rows can keep.
#[derive(Debug, Serialize, Deserialize)]
pub struct Kept {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    identity: Option<Identity>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    origin: Option<IpAddr>,
    /// Its own headers that services are sent; rows whose cookies pass keep nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    headers: Vec<(String, String)>,
    trace: String,
}

impl Admitted {
    /// What the same call has over all its repetitions, where the caller sent a key.
    pub fn effect_id(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// Who alone may ask for what becomes of the call; nobody where the row needs nobody.
    pub fn owner(&self) -> Option<&str> {
        self.owner.as_deref()
    }

    pub fn kept(&self) -> Kept {
        let headers = self.headers.iter().filter(|(_, value)| !value.is_sensitive());
        let text =
            |(name, value): (&HeaderName, &HeaderValue)| Some((name.to_string(), value.to_str().ok()?.to_owned()));
        Kept {
            identity: self.identity.clone(),
            origin: self.origin,
            headers: headers.filter_map(text).collect(),
            trace: TraceContext::current_or_new().to_string(),
        }
    }
}

impl Kept {
    /// The trace that the call was accepted in.
    pub fn trace(&self) -> TraceContext {
        TraceContext::continued(Some(&self.trace))
    }

    /// The call that was kept, under a key that stays the same over every attempt: the `effect_id` of the caller's own
    /// key, else the call's `id`.
    pub fn call(self, argument: Argument, deadline: Instant, effect_id: Option<&str>, id: &str) -> Call {
        let (key, is_keyed) = (Some(effect_id.unwrap_or(id).to_owned()), effect_id.is_some());
        let trace = self.trace();
        let header = |(name, value): &(String, String)| {
            Some((name.parse::<HeaderName>().ok()?, HeaderValue::from_str(value).ok()?))
        };
        let headers: HeaderMap = self.headers.iter().filter_map(header).collect();
        let (identity, origin) = (self.identity, self.origin);
        Call { trace, key, is_keyed, identity, origin, headers, ..Call::new(argument, deadline) }
    }
}

/// Whether a kept call that was answered with this error may be made once more; `is_keyed` where its caller gave a key.
/// What is not safe twice ends with any answer but that the service is away, and where the row says `retry = "never"`,
/// even that counts only if nothing was sent.
pub fn may_be_made_again(row: &Row, is_keyed: bool, error: &Error) -> bool {
    match row.route.retry {
        Retry::Never => error.is_unavailable() && error.not_sent().is_some(),
        Retry::Safe if Safe::new(&row.route, &row.line).may_repeat(is_keyed) => error.is_transient(),
        Retry::Safe => error.is_unavailable(),
    }
}

/// Who sends a request to a path that is no row's; nobody where no token was sent.
///
/// Errors: 401 where one was sent that is not believed, 503 where its issuer does not answer.
pub async fn who(table: &Loaded, headers: &HeaderMap, deadline: Instant) -> Result<Option<Identity>, Error> {
    let Some(token) = identity::bearer(headers)? else { return Ok(None) };
    let access = table.policy.issuers.verify(&token, deadline).await?;
    Ok(Some(access.identity))
}
