//! One instance: how it stands, how long it takes, how many calls it has, and the connection to it. What its calls met
//! is told here, whichever line they came by.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use metrics::{Counter, Gauge};
use tokio::time::Instant;

use super::balance::{Candidate, Standing};
use super::breaker::{Breaker, Change};
use super::latency::Latency;
use crate::connection::Connection;

/// The longest pause that an instance is given because it asked for one.
const LONGEST_REST: Duration = Duration::from_secs(300);

pub(crate) struct Endpoint {
    pub(crate) address: SocketAddr,
    pub(crate) connection: Connection,
    service: Arc<str>,
    in_flight: AtomicUsize,
    seen: Mutex<Seen>,
    state: Gauge,
    ejections: Counter,
}

/// What its calls have shown.
struct Seen {
    latency: Latency,
    breaker: Breaker,
    rests_until: Option<Instant>,
}

impl Endpoint {
    pub(super) fn new(service: &Arc<str>, address: SocketAddr) -> Arc<Self> {
        let of = |service: &Arc<str>| metrics::SharedString::from(service.to_string());
        let state = metrics::gauge!("instance_state", "service" => of(service), "instance" => address.to_string());
        state.set(0.0);
        let seen = Seen { latency: Latency::default(), breaker: Breaker::new(), rests_until: None };
        Arc::new(Self {
            address,
            connection: Connection::new(address),
            service: Arc::clone(service),
            in_flight: AtomicUsize::new(0),
            seen: Mutex::new(seen),
            state,
            ejections: metrics::counter!("instance_ejections_total", "service" => of(service)),
        })
    }

    /// `guess` is for an instance that has not answered anything yet, in seconds.
    pub(super) fn candidate(&self, is_tried: bool, guess: f64, now: Instant) -> Candidate {
        let calls = self.in_flight.load(Ordering::Relaxed) + 1;
        let seen = self.seen();
        let rests = seen.rests_until.is_some_and(|until| now < until) || self.connection.is_silent();
        let standing = match &seen.breaker {
            _ if rests => Standing::Resting,
            breaker if breaker.is_closed() => Standing::Fit,
            breaker if breaker.is_due(now) => Standing::Due,
            _ => Standing::Ejected,
        };
        Candidate { standing, is_tried, load: seen.latency.estimate(now).unwrap_or(guess) * calls as f64 }
    }

    /// How long it takes, in seconds, if it has answered anything yet.
    pub(super) fn latency(&self, now: Instant) -> Option<f64> {
        self.seen().latency.estimate(now)
    }

    /// The next call is the one that sees whether it is back; `false` when another one is.
    pub(super) fn probe(&self, now: Instant) -> bool {
        let mut seen = self.seen();
        let is_probe = seen.breaker.probe(now);
        self.state.set(seen.breaker.number());
        is_probe
    }

    pub(super) fn began(&self) {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn ended(&self) {
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
    }

    pub(super) fn succeeded(&self, began: Instant, now: Instant) {
        let mut seen = self.seen();
        seen.latency.observe(now - began, now);
        if seen.breaker.succeeded(began).is_some() {
            tracing::info!(service = &*self.service, instance = %self.address, "instance is back");
        }
        self.state.set(seen.breaker.number());
    }

    /// `why` is for the log.
    pub(super) fn failed(&self, is_probe: bool, now: Instant, why: &str) {
        let mut seen = self.seen();
        let change = seen.breaker.failed(is_probe, now, jitter());
        self.state.set(seen.breaker.number());
        let Some(Change::Ejected { rest, is_again }) = change else { return };
        self.ejections.increment(1);
        let (service, instance, rest) = (&*self.service, self.address, rest.as_millis());
        match is_again {
            false => tracing::warn!(service, %instance, "instance is ejected for {rest} ms: {why}"),
            // Told once; an instance that stays away for days would fill the log.
            true => tracing::debug!(service, %instance, "instance stays ejected for {rest} ms: {why}"),
        }
    }

    /// A call ended early, and that was not the instance's doing.
    pub(super) fn excused(&self, is_probe: bool, now: Instant) {
        let mut seen = self.seen();
        seen.breaker.excused(is_probe, now);
        self.state.set(seen.breaker.number());
    }

    /// A call was given up after so long.
    pub(super) fn waited_for(&self, waited: Duration, now: Instant) {
        self.seen().latency.at_least(waited, now);
    }

    /// It wants to be left alone for so long, and is while there are others.
    pub(crate) fn rests(&self, pause: Duration) {
        let until = Instant::now() + pause.min(LONGEST_REST);
        let mut seen = self.seen();
        seen.rests_until = seen.rests_until.max(Some(until));
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Endpoint {
    /// An instance that is gone is not ejected any more.
    fn drop(&mut self) {
        self.state.set(0.0);
    }
}

/// From 0 to 1.
fn jitter() -> f64 {
    f64::from(uuid::Uuid::new_v4().as_u128() as u32) / f64::from(u32::MAX)
}
