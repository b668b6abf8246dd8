//! Services as the lines see them: the instances behind their addresses, and the choice among them by load, leaving
//! alone those that fail. One state for each instance, fed by every row that calls the service.

mod balance;
mod breaker;
mod endpoint;
mod in_flight;
mod latency;
pub(crate) mod resolve;
mod search;
mod states;
#[cfg(test)]
mod tests;
mod upload;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use arc_swap::ArcSwap;
use mesh::{Code, Error};
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::connection::{self, HttpClient};
use crate::table::{Address, Service};
use crate::trail::Trail;
use balance::{Candidate, Standing};
use endpoint::Endpoint;
use resolve::{Known, Resolver};

pub(crate) use in_flight::{InFlight, Wait};
pub(crate) use search::Search;
pub(crate) use upload::Upload;

type Key = (String, Vec<Address>);

/// Upstreams by service, kept over reloads of the table as long as a table uses them.
pub struct Upstreams {
    known: Mutex<HashMap<Key, Weak<Upstream>>>,
    resolver: Resolver,
    http: HttpClient,
}

impl Default for Upstreams {
    fn default() -> Self {
        Self::new(resolve::system())
    }
}

impl Upstreams {
    fn new(resolver: Resolver) -> Self {
        Self { known: Mutex::default(), resolver, http: connection::http_client() }
    }

    /// The upstream of this service; its names are resolved in the background from now on.
    pub fn of(&self, service: &Service) -> Arc<Upstream> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, upstream| upstream.strong_count() > 0);
        let key = (service.name.clone(), service.addresses.clone());
        if let Some(upstream) = known.get(&key).and_then(Weak::upgrade) {
            return upstream;
        }
        let upstream = Upstream::open(service, self.http.clone(), &self.resolver);
        known.insert(key, Arc::downgrade(&upstream));
        upstream
    }
}

/// One service and the instances behind its addresses.
pub struct Upstream {
    name: Arc<str>,
    /// The first address as in the table, for the Host header.
    authority: String,
    /// In the order of their addresses.
    endpoints: ArcSwap<Vec<Arc<Endpoint>>>,
    /// Whether somebody is known, or every name was asked for once.
    asked: watch::Sender<bool>,
    http: HttpClient,
    _resolving: DropGuard,
}

impl Upstream {
    fn open(service: &Service, http: HttpClient, resolver: &Resolver) -> Arc<Self> {
        let stop = CancellationToken::new();
        let upstream = Arc::new(Self {
            name: service.name.as_str().into(),
            authority: service.addresses.first().map(ToString::to_string).unwrap_or_default(),
            endpoints: ArcSwap::default(),
            asked: watch::Sender::new(false),
            http,
            _resolving: stop.clone().drop_guard(),
        });
        let known = Known::new(&service.addresses);
        upstream.set(&known.all());
        if known.has_names() {
            let following = resolve::follow(Arc::downgrade(&upstream), known, Arc::clone(resolver));
            tokio::spawn(stop.run_until_cancelled_owned(following));
        }
        upstream
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// Connections over HTTP/1, shared by all services of the process.
    pub(crate) fn http(&self) -> &HttpClient {
        &self.http
    }

    /// The way of one attempt. A call right after a reload waits for the first answer of a name instead of failing.
    pub(crate) async fn search<'a>(&'a self, trail: Option<&'a Trail>, wait: Option<Wait>) -> Search<'a> {
        if !*self.asked.borrow() {
            // An error means that nobody asks any more.
            let _ = self.asked.subscribe().wait_for(|asked| *asked).await;
        }
        Search::new(self, trail, wait)
    }

    /// The less loaded of two of those that stand best, and whether there are others like it. Those that `refused` are
    /// left out, those that were `tried` are where there are others. A call that `is_once` may not fail for having been
    /// first at an instance that is back, unless nobody else seems to come by.
    fn pick(&self, tried: &[SocketAddr], refused: &[SocketAddr], is_once: bool) -> Option<(InFlight, bool)> {
        let endpoints = self.endpoints.load();
        let left: Vec<_> = endpoints.iter().filter(|it| !refused.contains(&it.address)).collect();
        let is_first = tried.is_empty() && refused.is_empty();
        loop {
            let now = Instant::now();
            let may_probe = is_first && (!is_once || left.iter().any(|it| it.is_overdue(now)));
            // A new instance is taken to be as good as the best until it has answered: calls in flight hold the rest back.
            let best = endpoints.iter().filter_map(|it| it.latency(now)).min_by(f64::total_cmp).unwrap_or(1.0);
            let candidate = |it: &&Arc<Endpoint>| it.candidate(tried.contains(&it.address), best, now);
            let candidates: Vec<Candidate> = left.iter().map(candidate).collect();
            let choice = balance::choose(&candidates, may_probe, uuid::Uuid::new_v4().as_u128())?;
            let (endpoint, is_probe) = (left[choice.position], candidates[choice.position].standing == Standing::Due);
            // Two may have seen that it is due, and one of them looks again.
            if !is_probe || endpoint.probe(now) {
                return Some((InFlight::begin(endpoint, is_probe), choice.has_others));
            }
        }
    }

    /// Nobody to send to. Without a hint, which would be taken for one of the service's own.
    pub fn unavailable(&self, cause: &str) -> Error {
        Error::new(Code::Unavailable, format!("{} is not available", self.name)).caused_by(cause.to_owned())
    }

    /// Those that are gone end what they have in flight.
    fn set(&self, addresses: &[SocketAddr]) {
        let old = self.endpoints.load_full();
        let kept = |address: &SocketAddr| old.iter().find(|it| it.address == *address).cloned();
        let new = |address| kept(address).unwrap_or_else(|| Endpoint::new(&self.name, *address));
        let mut addresses = addresses.to_vec();
        addresses.sort();
        addresses.dedup();
        self.endpoints.store(Arc::new(addresses.iter().map(new).collect()));
        old.iter().filter(|it| addresses.binary_search(&it.address).is_err()).for_each(|it| it.retire());
        if !addresses.is_empty() {
            self.asked.send_replace(true);
        }
    }
}

impl Drop for Upstream {
    /// The table has changed; calls that go on are of those that are gone.
    fn drop(&mut self) {
        self.endpoints.load().iter().for_each(|it| it.retire());
    }
}
