//! What this process does on the bus, counted as it happens: for its heartbeats, and for the one alarm that only a
//! consumer can give, the age of the oldest event, as no engine looks into a message.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio_util::sync::CancellationToken;

use crate::heartbeat::{Activity, Consumed};
use crate::{Delivery, Outcome};

/// How often the gauges of ages are set.
const EVERY: Duration = Duration::from_secs(1);

/// Clones count for the same process.
#[derive(Clone, Default)]
pub(crate) struct Tally {
    totals: Arc<Totals>,
}

#[derive(Default)]
struct Totals {
    published: AtomicU64,
    unroutable: AtomicU64,
    late_replies: AtomicU64,
    /// What was consumed once stays, so that its totals never fall.
    shares: Mutex<BTreeMap<String, Arc<Share>>>,
}

impl Tally {
    pub(crate) fn published(&self) {
        add(&self.totals.published, 1);
    }

    pub(crate) fn unroutable(&self) {
        metrics::counter!("bus_unroutable_total").increment(1);
        add(&self.totals.unroutable, 1);
    }

    pub(crate) fn late_reply(&self) {
        metrics::counter!("rpc_late_replies_total").increment(1);
        add(&self.totals.late_replies, 1);
    }

    /// The count of what is consumed of `queue`; the same one for each subscription to it.
    pub(crate) fn share(&self, queue: &str, service: &str) -> Arc<Share> {
        let new = || Arc::new(Share::new(queue, service));
        locked(&self.totals.shares).entry(queue.to_owned()).or_insert_with(new).clone()
    }

    pub(crate) fn read(&self, unconfirmed: u64) -> Activity {
        let read = |total: &AtomicU64| total.load(Ordering::Relaxed);
        let Totals { published, unroutable, late_replies, shares } = &*self.totals;
        let queues = locked(shares).iter().map(|(name, share)| (name.clone(), share.read())).collect();
        Activity {
            published: read(published),
            unroutable: read(unroutable),
            unconfirmed,
            late_replies: read(late_replies),
            queues,
        }
    }

    /// Keeps `bus_oldest_seconds` until `shutdown`.
    pub(crate) async fn watch(self, shutdown: CancellationToken) {
        let mut tick = tokio::time::interval(EVERY);
        while shutdown.run_until_cancelled(tick.tick()).await.is_some() {
            let now = Utc::now();
            locked(&self.totals.shares).values().for_each(|share| share.tell_age(now));
        }
    }
}

/// Counts hints on `topic` that nobody gets.
pub(crate) fn hint_dropped(topic: &str, count: u64) {
    metrics::counter!("bus_hints_dropped_total", "topic" => topic.to_owned()).increment(count);
}

fn add(total: &AtomicU64, count: usize) {
    total.fetch_add(count as u64, Ordering::Relaxed);
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What this process has to do with one queue.
pub(crate) struct Share {
    service: String,
    handled: AtomicU64,
    redelivered: AtomicU64,
    in_hand: AtomicU64,
    is_paused: AtomicBool,
    /// The times of the events that are held, and how many have each.
    times: Mutex<BTreeMap<DateTime<Utc>, usize>>,
    oldest: metrics::Gauge,
    paused: metrics::Gauge,
    again: metrics::Counter,
}

impl Share {
    fn new(queue: &str, service: &str) -> Self {
        let label = || metrics::Label::new("queue", queue.to_owned());
        Self {
            service: service.to_owned(),
            handled: AtomicU64::new(0),
            redelivered: AtomicU64::new(0),
            in_hand: AtomicU64::new(0),
            is_paused: AtomicBool::new(false),
            times: Mutex::default(),
            oldest: metrics::gauge!("bus_oldest_seconds", [label()].iter()),
            paused: metrics::gauge!("bus_paused", [label()].iter()),
            again: metrics::counter!("bus_redelivered_total", [label()].iter()),
        }
    }

    /// To be called with what a handler is given.
    pub(crate) fn handed(&self, deliveries: &[Delivery]) {
        let again = deliveries.iter().filter(|delivery| delivery.redelivered).count();
        add(&self.redelivered, again);
        self.again.increment(again as u64);
    }

    /// What came back of them. A probe of a service that is away is none: the message stays where it is.
    pub(crate) fn handled(&self, outcomes: &[Outcome]) {
        let handled = outcomes.iter().filter(|it| !matches!(it, Outcome::Unavailable { .. }));
        add(&self.handled, handled.count());
    }

    pub(crate) fn paused(&self, is_paused: bool) {
        self.is_paused.store(is_paused, Ordering::Relaxed);
        self.paused.set(if is_paused { 1.0 } else { 0.0 });
    }

    /// Notes a message that nobody else gets from now on; `time` is that of its event, where it can be read.
    pub(crate) fn hold(self: &Arc<Self>, time: Option<DateTime<Utc>>) -> Held {
        if let Some(time) = time {
            *locked(&self.times).entry(time).or_default() += 1;
        }
        Held { share: self.clone(), time, in_hand: false }
    }

    fn oldest(&self) -> Option<DateTime<Utc>> {
        locked(&self.times).keys().next().copied()
    }

    fn tell_age(&self, now: DateTime<Utc>) {
        // An event from a clock that is ahead of ours is new.
        let age = self.oldest().and_then(|time| (now - time).to_std().ok()).unwrap_or_default();
        self.oldest.set(age.as_secs_f64());
    }

    fn read(&self) -> Consumed {
        Consumed {
            service: self.service.clone(),
            in_hand: self.in_hand.load(Ordering::Relaxed),
            is_paused: self.is_paused.load(Ordering::Relaxed),
            handled: self.handled.load(Ordering::Relaxed),
            redelivered: self.redelivered.load(Ordering::Relaxed),
            oldest: self.oldest(),
        }
    }
}

/// One message that this process holds, until it is dropped.
pub(crate) struct Held {
    share: Arc<Share>,
    time: Option<DateTime<Utc>>,
    in_hand: bool,
}

impl Held {
    /// Counted among what is in hand, and not just read ahead.
    pub(crate) fn take_in_hand(&mut self) {
        if !std::mem::replace(&mut self.in_hand, true) {
            self.share.in_hand.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn put_down(&mut self) {
        if std::mem::take(&mut self.in_hand) {
            self.share.in_hand.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.put_down();
        let Some(time) = self.time else { return };
        let mut times = locked(&self.share.times);
        if let Some(count) = times.get_mut(&time) {
            *count -= 1;
            if *count == 0 {
                times.remove(&time);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp(seconds, 0)
    }

    #[test]
    fn the_oldest_is_that_of_what_is_held_and_totals_never_fall() {
        let tally = Tally::default();
        let read = || tally.read(0).queues["v1.logger.write"].clone();
        {
            let share = tally.share("v1.logger.write", "logger");
            let mut held = [at(20), at(10), at(10), None].map(|time| share.hold(time));
            assert_eq!((read().oldest, read().in_hand), (at(10), 0));
            held.iter_mut().for_each(Held::take_in_hand);
            held[0].put_down();
            assert_eq!(read().in_hand, 3);
            let [twenty, one, other, unreadable] = held;
            drop((one, unreadable));
            assert_eq!(read().oldest, at(10), "the other one is still there");
            drop(other);
            assert_eq!((read().oldest, read().in_hand), (at(20), 0));
            drop(twenty);
            let away = Outcome::Unavailable { reason: "away".to_owned(), after: None };
            share.handled(&[Outcome::Done, away, Outcome::Done]);
        }
        tally.share("v1.logger.write", "logger").handled(&[Outcome::Done]);
        assert_eq!((read().oldest, read().handled, read().service.as_str()), (None, 3, "logger"));
    }
}
