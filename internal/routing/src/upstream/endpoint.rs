//! One instance: how it stands, how long it takes, how many calls it has, and the connection to it. What its calls met
//! is told here, whichever line they came by.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use metrics::Counter;
use tokio::time::Instant;

use super::balance::{Candidate, Standing};
use super::breaker::{Breaker, Change, State};
use super::latency::Latency;
use super::states::States;
use crate::connection::Connection;

/// The longest pause that an instance is given because it asked for one.
const LONGEST_REST: Duration = Duration::from_secs(300);

pub(crate) struct Endpoint {
    pub(crate) address: SocketAddr,
    pub(crate) connection: Connection,
    service: Arc<str>,
    in_flight: AtomicUsize,
    seen: Mutex<Seen>,
    states: States,
    ejections: Counter,
}

/// What its calls have shown.
struct Seen {
    latency: Latency,
    breaker: Breaker,
    rests_until: Option<Instant>,
    /// What it is counted as; nothing once it is gone.
    counted: Option<State>,
}

impl Endpoint {
    pub(super) fn new(service: &Arc<str>, address: SocketAddr) -> Arc<Self> {
        let (breaker, states) = (Breaker::new(), States::new(service));
        let counted = breaker.state();
        states.enter(counted);
        let seen = Seen { latency: Latency::default(), breaker, rests_until: None, counted: Some(counted) };
        Arc::new(Self {
            address,
            connection: Connection::new(address),
            service: Arc::clone(service),
            in_flight: AtomicUsize::new(0),
            seen: Mutex::new(seen),
            states,
            ejections: metrics::counter!("instance_ejections_total", "service" => service.to_string()),
        })
    }

    /// It is gone, be there calls that still go on: whoever comes after it at its address is counted alone.
    pub(super) fn retire(&self) {
        if let Some(state) = self.seen().counted.take() {
            self.states.leave(state);
        }
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

    /// Whether any call may see whether it is back, as nobody has for long.
    pub(super) fn is_overdue(&self, now: Instant) -> bool {
        self.seen().breaker.is_overdue(now)
    }

    /// The next call is the one that sees whether it is back; `false` when another one is.
    pub(super) fn probe(&self, now: Instant) -> bool {
        let mut seen = self.seen();
        let is_probe = seen.breaker.probe(now);
        self.count(&mut seen);
        is_probe
    }

    pub(super) fn began(&self) {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn ended(&self) {
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
    }

    /// `took` is missing where that says nothing of the instance.
    pub(super) fn succeeded(&self, began: Instant, took: Option<Duration>, now: Instant) {
        let mut seen = self.seen();
        seen.observe(took, now);
        let change = seen.breaker.succeeded(began, now);
        self.spoke(&mut seen, change.is_some());
    }

    /// An answer has begun, which may still break off.
    pub(super) fn opened(&self, began: Instant, took: Option<Duration>, now: Instant) {
        let mut seen = self.seen();
        seen.observe(took, now);
        let change = seen.breaker.spoke(began, now);
        self.spoke(&mut seen, change.is_some());
    }

    /// An error came back. How quickly says nothing.
    pub(super) fn erred(&self, began: Instant, now: Instant) {
        let mut seen = self.seen();
        seen.latency.keep(now);
        let change = seen.breaker.spoke(began, now);
        self.spoke(&mut seen, change.is_some());
    }

    fn spoke(&self, seen: &mut Seen, is_back: bool) {
        if is_back {
            tracing::info!(service = &*self.service, instance = %self.address, "instance is back");
        }
        self.count(seen);
    }

    /// `why` is for the log.
    pub(super) fn failed(&self, began: Instant, is_probe: bool, now: Instant, why: &str) {
        let mut seen = self.seen();
        let change = seen.breaker.failed(began, is_probe, now, jitter());
        self.count(&mut seen);
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
    pub(super) fn excused(&self, began: Instant, is_probe: bool, now: Instant) {
        let mut seen = self.seen();
        seen.breaker.excused(began, is_probe, now);
        self.count(&mut seen);
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

    /// Moves it to where it is counted now.
    fn count(&self, seen: &mut Seen) {
        let (Some(last), state) = (seen.counted, seen.breaker.state()) else { return };
        if state != last {
            self.states.leave(last);
            self.states.enter(state);
            seen.counted = Some(state);
        }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
    fn observe(&mut self, took: Option<Duration>, now: Instant) {
        if let Some(took) = took {
            self.latency.observe(took, now);
        }
    }
}

/// From 0 to 1.
fn jitter() -> f64 {
    f64::from(uuid::Uuid::new_v4().as_u128() as u32) / f64::from(u32::MAX)
}
