//! How often: the limit of a row, counted for each caller or for all of them together, in this process or, where the
//! cache is Redis, over all brokers that share it. What was counted outlives a reload that leaves the limit as it is.

mod breaker;
mod callers;
mod cell;
mod gcra;
mod store;
#[cfg(test)]
mod tests;
mod who;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use mesh::cache::Cache;
use mesh::identity::Access;
use mesh::problem::whole_seconds;
use mesh::{Code, Error};
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use crate::table::{Limit, LimitScope, Route};
use callers::Callers;
use cell::Cell;
use gcra::Rate;
use store::Store;
use who::Who;

/// draft-ietf-httpapi-ratelimit-headers-10, sections 3 and 4.
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// What came of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Outcome {
    is_let_in: bool,
    /// How many more would be let in now.
    left: u32,
    /// Until as many as ever would be.
    full_in: Duration,
    /// Until one would be; nothing where it would be now.
    next_in: Duration,
}

/// The limits of all rows; clones share them.
#[derive(Clone)]
pub(crate) struct Limits {
    inner: Arc<Inner>,
}

struct Inner {
    store: Option<Arc<Store>>,
    /// By what they count. Held by their rows; kept here so that the same row of the next table finds them.
    known: Mutex<HashMap<String, Weak<Limiter>>>,
}

/// The limit of one row.
pub(crate) struct Limiter {
    limit: Limit,
    rate: Rate,
    /// What goes before its callers in the store: another for each row and each limit.
    name: String,
    store: Option<Arc<Store>>,
    callers: Mutex<Callers<Cell>>,
    began: Instant,
    told: HeaderValue,
    hits: metrics::Counter,
}

impl Limits {
    /// Counts together with everybody who has the same cache.
    pub(crate) fn new(cache: &Cache) -> Self {
        Self::counted_by(cache.server().map(|server| Store::new(server, store::PATIENCE)))
    }

    /// In this process alone where there is no store.
    fn counted_by(store: Option<Store>) -> Self {
        Self { inner: Arc::new(Inner { store: store.map(Arc::new), known: Mutex::default() }) }
    }

    /// The limit of this row, with what was counted under it so far.
    pub(crate) fn of(&self, route: &Route) -> Option<Arc<Limiter>> {
        let limit = route.limit?;
        let name = name(route, &limit);
        let mut known = locked(&self.inner.known);
        if let Some(limiter) = known.get(&name).and_then(Weak::upgrade) {
            return Some(limiter);
        }
        known.retain(|_, limiter| limiter.strong_count() > 0);
        let limiter = Arc::new(Limiter::new(limit, name.clone(), &route.name, self.inner.store.clone()));
        known.insert(name, Arc::downgrade(&limiter));
        Some(limiter)
    }
}

/// The row by name and host, and the limit itself: a changed one begins anew.
fn name(route: &Route, limit: &Limit) -> String {
    let Limit { calls, per, scope } = limit;
    let host = route.host.as_deref().unwrap_or_default();
    let text = format!("{}\0{host}\0{calls}/{}s {scope:?}", route.name, per.as_secs());
    Sha256::digest(text)[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Limiter {
    fn new(limit: Limit, name: String, route: &str, store: Option<Arc<Store>>) -> Self {
        let (partition, window) = (partition(limit.scope), limit.per.as_secs());
        let told = HeaderValue::from_str(&format!(r#""{partition}";q={};w={window}"#, limit.calls));
        Self {
            limit,
            rate: Rate::of(&limit),
            name,
            store,
            callers: Mutex::new(Callers::new(limit.per)),
            began: Instant::now(),
            told: told.unwrap_or(HeaderValue::from_static("")),
            hits: metrics::counter!("limit_hits_total", "route" => route.to_owned()),
        }
    }

    /// Counts one call, or says why it has to wait: 429.
    pub(super) async fn admit(
        &self,
        verified: Option<(&Access, &SecretString)>,
        origin: Option<IpAddr>,
        notes: &mut HeaderMap,
    ) -> Result<(), Error> {
        let outcome = match self.limit.scope {
            LimitScope::Caller => self.take(Who::of(verified, origin)).await,
            LimitScope::Route => self.take(Who::EVERYBODY).await,
        };
        self.tell(&outcome, notes);
        if outcome.is_let_in {
            return Ok(());
        }
        self.hits.increment(1);
        Err(Error::new(Code::ResourceExhausted, self.sentence()).with_retry_after(outcome.next_in))
    }

    async fn take(&self, who: Who) -> Outcome {
        let cell = locked(&self.callers).of(who);
        // Counted here in any case: when the store goes away, what this broker has let in is not forgotten.
        let alone = cell.take_alone(self.rate, self.began.elapsed());
        let Some(store) = &self.store else { return alone };
        let key = || format!("limit:{}:{:032x}", self.name, who.0);
        cell.take_shared(store, &self.limit, key).await.unwrap_or(alone)
    }

    fn tell(&self, outcome: &Outcome, notes: &mut HeaderMap) {
        notes.insert(RATE_LIMIT_POLICY, self.told.clone());
        let (partition, full_in) = (partition(self.limit.scope), whole_seconds(outcome.full_in));
        let left = format!(r#""{partition}";r={};t={full_in}"#, outcome.left);
        notes.extend(HeaderValue::from_str(&left).ok().map(|value| (RATE_LIMIT, value)));
    }

    fn sentence(&self) -> String {
        let Limit { calls, per, scope } = self.limit;
        let calls = if calls == 1 { "one call".to_owned() } else { format!("{calls} calls") };
        let per = match per.as_secs() {
            1 => "a second",
            60 => "a minute",
            _ => "an hour",
        };
        let by = match scope {
            LimitScope::Caller => "by this caller",
            LimitScope::Route => "by all callers of this route",
        };
        format!("more than {calls} {per} {by}; wait for as long as Retry-After says")
    }
}

/// How the headers call the limit.
fn partition(scope: LimitScope) -> &'static str {
    match scope {
        LimitScope::Caller => "caller",
        LimitScope::Route => "route",
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
