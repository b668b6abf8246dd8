//! Where a service's instances are: the addresses behind its name, resolved again every few seconds, and the choice
//! among them by the power of two choices on calls in flight.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use arc_swap::ArcSwap;
use mesh::Error;
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::connection::Connection;
use crate::table::Service;

/// How often a name is asked for its addresses: a new instance is found within twice this.
const RESOLVE: Duration = Duration::from_secs(4);
const RESOLVE_TIMEOUT: Duration = Duration::from_secs(3);

/// Upstreams by service, kept over reloads of the table as long as a table uses them.
#[derive(Default)]
pub struct Upstreams {
    known: Mutex<HashMap<(String, u16), Weak<Upstream>>>,
}

impl Upstreams {
    /// The upstream of this service; its name is resolved in the background from now on.
    pub fn of(&self, service: &Service) -> Arc<Upstream> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, upstream| upstream.strong_count() > 0);
        let key = (service.host.clone(), service.port);
        if let Some(upstream) = known.get(&key).and_then(Weak::upgrade) {
            return upstream;
        }
        let upstream = Upstream::open(service);
        known.insert(key, Arc::downgrade(&upstream));
        upstream
    }
}

/// One name and the instances behind it.
pub struct Upstream {
    name: String,
    /// Host and port as in the table, for the Host header.
    authority: String,
    endpoints: ArcSwap<Vec<Arc<Endpoint>>>,
    /// Whether the name was asked for once, with whatever answer.
    asked: watch::Sender<bool>,
    _resolving: DropGuard,
}

/// One instance.
pub struct Endpoint {
    pub address: SocketAddr,
    pub connection: Connection,
    in_flight: AtomicUsize,
}

/// Counts one call for as long as it lives.
pub struct InFlight(Arc<Endpoint>);

impl Upstream {
    fn open(service: &Service) -> Arc<Self> {
        let stop = CancellationToken::new();
        let is_v6 = service.host.contains(':');
        let authority = if is_v6 {
            format!("[{}]:{}", service.host, service.port)
        } else {
            format!("{}:{}", service.host, service.port)
        };
        let upstream = Arc::new(Self {
            name: service.name.clone(),
            authority,
            endpoints: ArcSwap::default(),
            asked: watch::Sender::new(false),
            _resolving: stop.clone().drop_guard(),
        });
        match service.host.parse::<IpAddr>() {
            Ok(address) => {
                upstream.set([SocketAddr::new(address, service.port)]);
                upstream.asked.send_replace(true);
            }
            Err(_) => {
                let host = (service.host.clone(), service.port);
                tokio::spawn(stop.run_until_cancelled_owned(resolve(Arc::downgrade(&upstream), host)));
            }
        }
        upstream
    }

    /// Instances at these addresses, whatever their name says.
    #[cfg(test)]
    pub(crate) fn at(addresses: &[SocketAddr]) -> Arc<Self> {
        let service = Service {
            name: "test".into(),
            scheme: crate::table::Scheme::Http,
            host: "127.0.0.1".into(),
            port: 1,
            annotated: false,
            token: false,
            concurrency: Service::CONCURRENCY,
            line: 1,
        };
        let upstream = Self::open(&service);
        upstream.set(addresses.iter().copied());
        upstream
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// Returns once the name was asked for: a call right after a reload waits for that instead of failing.
    pub async fn asked(&self) {
        if !*self.asked.borrow() {
            // An error means that nobody asks any more.
            let _ = self.asked.subscribe().wait_for(|asked| *asked).await;
        }
    }

    /// The less busy of two instances picked at random, leaving out those that were `tried` already.
    pub fn pick(&self, tried: &[SocketAddr]) -> Option<InFlight> {
        let endpoints = self.endpoints.load();
        let mut left: Vec<_> = endpoints.iter().filter(|it| !tried.contains(&it.address)).collect();
        if left.iter().any(|it| !it.connection.is_silent()) {
            left.retain(|it| !it.connection.is_silent());
        }
        let chosen = match left.as_slice() {
            [] => return None,
            [only] => only,
            several => {
                let (first, second) = two_of(several.len());
                let busier = several[first].load() > several[second].load();
                several[if busier { second } else { first }]
            }
        };
        Some(InFlight::begin(chosen))
    }

    /// Nobody to send to: what a caller is told.
    pub fn unavailable(&self, cause: &str) -> Error {
        Error::unavailable(format!("{} is not available", self.name)).caused_by(cause.to_owned())
    }

    fn set(&self, addresses: impl IntoIterator<Item = SocketAddr>) {
        let old = self.endpoints.load_full();
        let kept = |address| old.iter().find(|it| it.address == address).cloned();
        let mut new: Vec<Arc<Endpoint>> =
            addresses.into_iter().map(|address| kept(address).unwrap_or_else(|| Endpoint::new(address))).collect();
        new.sort_by_key(|it| it.address);
        new.dedup_by_key(|it| it.address);
        self.endpoints.store(Arc::new(new));
    }
}

impl Endpoint {
    fn new(address: SocketAddr) -> Arc<Self> {
        Arc::new(Self { address, connection: Connection::new(address), in_flight: AtomicUsize::new(0) })
    }

    fn load(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }
}

impl InFlight {
    fn begin(endpoint: &Arc<Endpoint>) -> Self {
        endpoint.in_flight.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(endpoint))
    }
}

impl std::ops::Deref for InFlight {
    type Target = Endpoint;

    fn deref(&self) -> &Endpoint {
        &self.0
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Asks for the addresses again and again; what was good last stays while the name server does not answer.
async fn resolve(upstream: Weak<Upstream>, host: (String, u16)) {
    loop {
        let found = tokio::time::timeout(RESOLVE_TIMEOUT, tokio::net::lookup_host((host.0.as_str(), host.1))).await;
        let Some(upstream) = upstream.upgrade() else { return };
        match found {
            Ok(Ok(addresses)) => upstream.set(addresses),
            Ok(Err(error)) => tracing::debug!(host = host.0, "cannot be resolved: {error}"),
            Err(_) => tracing::debug!(host = host.0, "cannot be resolved: no answer in time"),
        }
        upstream.asked.send_replace(true);
        drop(upstream);
        tokio::time::sleep(RESOLVE).await;
    }
}

/// Two different positions below `count`, which is at least 2.
fn two_of(count: usize) -> (usize, usize) {
    let random = uuid::Uuid::new_v4().as_u128();
    let first = (random as u32) as usize % count;
    let step = 1 + ((random >> 96) as u32) as usize % (count - 1);
    (first, (first + step) % count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Scheme;

    fn service(host: &str) -> Service {
        Service {
            name: "s".into(),
            scheme: Scheme::Grpc,
            host: host.into(),
            port: 1,
            annotated: false,
            token: false,
            concurrency: Service::CONCURRENCY,
            line: 1,
        }
    }

    #[tokio::test]
    async fn the_less_busy_of_two_is_picked_and_tried_ones_are_left_out() {
        let upstream = Upstream::open(&service("127.0.0.1"));
        let addresses: Vec<SocketAddr> = ["127.0.0.1:1", "127.0.0.2:1"].map(|it| it.parse().unwrap()).into();
        upstream.set(addresses.clone());
        let first = upstream.pick(&[]).unwrap();
        let second = upstream.pick(&[]).unwrap();
        assert_ne!(first.address, second.address);
        assert_eq!(upstream.pick(&addresses[..1]).unwrap().address, addresses[1]);
        assert!(upstream.pick(&addresses).is_none());
    }

    #[tokio::test]
    async fn one_service_is_one_upstream_over_reloads() {
        let upstreams = Upstreams::default();
        let held = upstreams.of(&service("127.0.0.1"));
        assert!(Arc::ptr_eq(&held, &upstreams.of(&service("127.0.0.1"))));
    }

    #[test]
    fn two_of_gives_two_different_positions() {
        for count in 2..6 {
            for _ in 0..50 {
                let (first, second) = two_of(count);
                assert!(first != second && first < count && second < count);
            }
        }
    }
}
