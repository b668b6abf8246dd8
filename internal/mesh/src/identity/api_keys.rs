//! API keys: opaque, so the authenticator is asked who holds one. Its answers are kept for seconds, and many callers
//! with one key make one question.

use std::time::Duration;

use moka::sync::Cache;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::sync::Mutex;
use tokio::time::Instant;
use url::Url;

use super::clock::Clock;
use super::{Identity, claims, refused};
use crate::error::{Code, Error};
use crate::fetch::{Fetch, PATIENCE};

/// What every API key begins with.
pub(super) const PREFIX: &str = "sbk_";
const MAX_KEY: usize = 255;
const MOST_ANSWERS: u64 = 10_000;
const NEGATIVE: Duration = Duration::from_secs(10);
/// As long as an access token lives: for so long a stream outlives an authenticator that is away.
const LONGEST_SILENCE: Duration = Duration::from_secs(600);
/// Questions under way at once; one key always waits in the same lane.
const LANES: usize = 64;

pub(super) struct ApiKeys {
    url: Url,
    fetch: Fetch,
    clock: Clock,
    answers: Cache<[u8; 32], Answer>,
    lanes: [Mutex<()>; LANES],
}

#[derive(Clone)]
struct Answer {
    at: Instant,
    holder: Option<Identity>,
}

#[derive(Deserialize)]
struct Holder {
    subject: String,
    roles: Vec<String>,
}

impl ApiKeys {
    pub(super) fn new(url: Url, fetch: Fetch, clock: Clock) -> Self {
        let lanes = std::array::from_fn(|_| Mutex::new(()));
        Self { url, fetch, clock, answers: Cache::new(MOST_ANSWERS), lanes }
    }

    /// Who holds `key`, and when the authenticator said so. Errors: 401, or 503 while it is away.
    pub(super) async fn holder(&self, key: &SecretString, deadline: Instant) -> Result<(Identity, Instant), Error> {
        let text = key.expose_secret();
        if text.len() > MAX_KEY || !text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-')) {
            return Err(refused("no API key looks like this"));
        }
        let digest: [u8; 32] = Sha256::digest(text).into();
        let answer = match self.kept(&digest) {
            Some(answer) => answer,
            None => self.asked(digest, text, deadline).await?,
        };
        let holder = answer.holder.ok_or_else(|| refused("nobody holds this API key"))?;
        Ok((holder, answer.at))
    }

    fn kept(&self, digest: &[u8; 32]) -> Option<Answer> {
        let answer = self.answers.get(digest)?;
        let ttl = if answer.holder.is_some() { self.clock.pace.api_key } else { NEGATIVE };
        (self.clock.instant().duration_since(answer.at) < ttl).then_some(answer)
    }

    async fn asked(&self, digest: [u8; 32], key: &str, deadline: Instant) -> Result<Answer, Error> {
        let asking = async {
            let _lane = self.lanes[usize::from(digest[0]) % LANES].lock().await;
            if let Some(answer) = self.kept(&digest) {
                return Ok(answer);
            }
            let answer = Answer { at: self.clock.instant(), holder: self.ask(key).await? };
            self.answers.insert(digest, answer.clone());
            Ok(answer)
        };
        let timed = tokio::time::timeout_at(deadline, asking).await;
        timed.unwrap_or_else(|_| Err(away("no answer within the deadline".into())))
    }

    async fn ask(&self, key: &str) -> Result<Option<Identity>, Error> {
        let question = json!({ "key": key }).to_string().into_bytes();
        let (status, body) = self.fetch.post(&self.url, question).await.map_err(|error| away(format!("{error:#}")))?;
        match status.as_u16() {
            200 => {
                let holder = serde_json::from_slice::<Holder>(&body).map_err(|error| away(error.to_string()))?;
                if !claims::is_subject(&holder.subject) || !claims::are_roles(&holder.roles) {
                    return Err(refused("the holder of the API key, or a role, could not be one"));
                }
                Ok(Some(Identity { subject: holder.subject, roles: holder.roles, session: None }))
            }
            401 => Ok(None),
            _ => Err(away(format!("{} answered {status}", self.url))),
        }
    }

    /// Resolves when `key` is held no longer, or may do less than `granted`.
    pub(super) async fn ended(&self, key: &SecretString, granted: &Identity) {
        let mut heard = self.clock.instant();
        loop {
            tokio::time::sleep(self.clock.pace.api_key).await;
            match self.holder(key, Instant::now() + PATIENCE).await {
                Ok((now, _)) if !granted.roles.iter().all(|role| now.has_role(role)) => return,
                Ok((_, at)) => heard = at,
                Err(error) if error.code == Code::Unauthenticated => return,
                Err(_) if self.clock.instant().duration_since(heard) > LONGEST_SILENCE => return,
                Err(_) => {}
            }
        }
    }
}

fn away(cause: String) -> Error {
    Error::unavailable("API keys cannot be verified now: the authenticator is away").caused_by(cause)
}
