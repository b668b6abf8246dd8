//! Who is there: what every process told of itself lately, in memory. One that says goodbye is gone at once; one that
//! says nothing for `heartbeat::GONE` is gone too, and is told of as silent for a while. While the queue itself cannot
//! be heard nobody is. Whatever is heard, what is kept is bounded.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bus::heartbeat::{ALL_HEARD, GONE, Heartbeat};
use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;

/// How long after the queue is back everybody has been heard of: whoever connects again may do so some seconds later.
const HEARD_AGAIN: Duration = Duration::from_secs(5).saturating_add(ALL_HEARD);
/// How much of the past rates are of: half a minute, and what the last heartbeat may be late.
const SPAN: TimeDelta = TimeDelta::seconds(32);
/// Processes at once, and those that fell silent.
const MOST: usize = 1_000;
const MOST_SILENT: usize = 100;
/// How long a process that fell silent is told of.
const REMEMBERED: Duration = Duration::from_secs(600);

/// One process, and what it told lately.
#[derive(Debug, Clone)]
pub(crate) struct Instance {
    pub(crate) latest: Arc<Heartbeat>,
    pub(crate) last_seen: DateTime<Utc>,
    earlier: VecDeque<Arc<Heartbeat>>,
    heard: Instant,
}

/// A process that said nothing any more, and no goodbye.
#[derive(Debug, Clone)]
pub(crate) struct Silent {
    pub(crate) instance: String,
    pub(crate) services: Vec<String>,
    pub(crate) last_seen: DateTime<Utc>,
    since: Instant,
}

/// That the queue itself cannot be heard, since when and why.
#[derive(Debug, Clone)]
pub(crate) struct Deaf {
    pub(crate) since: DateTime<Utc>,
    pub(crate) reason: String,
    /// When it could be heard again, if so.
    back: Option<Instant>,
}

/// What was known at one moment.
#[derive(Debug, Clone)]
pub(crate) struct Present {
    pub(crate) instances: Vec<Instance>,
    pub(crate) silent: Vec<Silent>,
    pub(crate) deaf: Option<Deaf>,
    /// Since when heartbeats are listened for.
    pub(crate) since: DateTime<Utc>,
    /// Whether there may be processes that had no time to tell of themselves yet.
    pub(crate) is_early: bool,
}

/// Clones share one picture.
#[derive(Clone)]
pub(crate) struct Instances {
    known: Arc<Mutex<Known>>,
    since: (Instant, DateTime<Utc>),
}

/// By name and start: a process that has come back under its old name is another one, whose totals begin anew.
#[derive(Default)]
struct Known {
    instances: BTreeMap<(String, DateTime<Utc>), Instance>,
    silent: VecDeque<Silent>,
    deaf: Option<Deaf>,
}

impl Instances {
    pub(crate) fn new() -> Self {
        Self { known: Arc::default(), since: (Instant::now(), Utc::now()) }
    }

    /// Notes what a process told; what is older than the latest it told is left out.
    pub(crate) fn take_in(&self, heartbeat: Heartbeat) {
        self.known().take_in(heartbeat);
    }

    /// Notes whether the queue can be heard. Until all have had the time to be heard again, it is as if it could not.
    pub(crate) fn note_deafness(&self, reason: Option<String>) {
        self.known().note_deafness(reason);
    }

    pub(crate) fn present(&self) -> Present {
        let mut known = self.known();
        known.sweep();
        let instances = known.instances.values().cloned().collect();
        // Who fell silent just before may have been the first that could not be heard.
        let silent = if known.deaf.is_some() { Vec::new() } else { known.silent.iter().cloned().collect() };
        let (began, since) = self.since;
        Present { instances, silent, deaf: known.deaf.clone(), since, is_early: began.elapsed() < ALL_HEARD }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn take_in(&mut self, heartbeat: Heartbeat) {
        let key = (heartbeat.instance.clone(), heartbeat.started_at);
        self.silent.retain(|it| !is_succeeded(it, &heartbeat));
        if heartbeat.is_last {
            self.instances.remove(&key);
            return;
        }
        if let Some(instance) = self.instances.get_mut(&key) {
            instance.go_on(heartbeat);
            return;
        }
        self.sweep();
        if self.instances.len() < MOST {
            self.instances.insert(key, Instance::new(heartbeat));
        } else {
            tracing::warn!(instance = heartbeat.instance, "left out a process: at most {MOST} are known at once");
        }
    }

    fn note_deafness(&mut self, reason: Option<String>) {
        match (&mut self.deaf, reason) {
            (Some(deaf), Some(reason)) => (deaf.reason, deaf.back) = (reason, None),
            (None, Some(reason)) => self.deaf = Some(Deaf { since: Utc::now(), reason, back: None }),
            (Some(deaf), None) => {
                deaf.back.get_or_insert_with(Instant::now);
            }
            (None, None) => {}
        }
    }

    /// Moves on who has said nothing for too long.
    fn sweep(&mut self) {
        let now = Instant::now();
        let is_over = |it: &mut Deaf| it.back.is_some_and(|back| now.duration_since(back) >= HEARD_AGAIN);
        self.deaf.take_if(is_over);
        if self.deaf.is_some() {
            return;
        }
        let gone: Vec<_> = self.instances.extract_if(.., |_, it| now.duration_since(it.heard) >= GONE).collect();
        self.silent.extend(gone.into_iter().map(|(_, instance)| Silent::new(&instance, now)));
        self.silent.retain(|it| now.duration_since(it.since) < REMEMBERED);
        let too_many = self.silent.len().saturating_sub(MOST_SILENT);
        self.silent.drain(..too_many);
    }
}

/// Whether this one is back, or another process does its work since.
fn is_succeeded(silent: &Silent, by: &Heartbeat) -> bool {
    let does_the_same = || silent.services.iter().all(|name| by.services.iter().any(|it| it.name == *name));
    silent.instance == by.instance || (by.started_at > silent.last_seen && does_the_same())
}

impl Silent {
    fn new(instance: &Instance, since: Instant) -> Self {
        let services = instance.latest.services.iter().map(|it| it.name.clone()).collect();
        Self { instance: instance.latest.instance.clone(), services, last_seen: instance.last_seen, since }
    }
}

impl Instance {
    fn new(heartbeat: Heartbeat) -> Self {
        let (heard, last_seen) = (Instant::now(), Utc::now());
        Self { latest: Arc::new(heartbeat), last_seen, earlier: VecDeque::new(), heard }
    }

    fn go_on(&mut self, heartbeat: Heartbeat) {
        if heartbeat.sent_at <= self.latest.sent_at {
            return;
        }
        let oldest = heartbeat.sent_at - SPAN;
        self.earlier.push_back(std::mem::replace(&mut self.latest, Arc::new(heartbeat)));
        self.earlier.retain(|it| it.sent_at >= oldest);
        (self.heard, self.last_seen) = (Instant::now(), Utc::now());
    }

    /// By how much a total grew lately, per second and by the process's own clock. Nothing is known of one that
    /// was heard of once, unless it has begun just before.
    pub(crate) fn rate(&self, total: impl Fn(&Heartbeat) -> u64) -> Option<f64> {
        let (grown, passed) = self.grown(total)?;
        Some(grown as f64 / (passed.num_milliseconds().max(1) as f64 / 1_000.0))
    }

    fn grown(&self, total: impl Fn(&Heartbeat) -> u64) -> Option<(u64, TimeDelta)> {
        let (from, before) = match self.earlier.front() {
            Some(first) => (first.sent_at, total(first)),
            None => (self.latest.started_at, 0),
        };
        let passed = self.latest.sent_at - from;
        let is_recent = passed > TimeDelta::zero() && passed <= SPAN;
        is_recent.then(|| (total(&self.latest).saturating_sub(before), passed))
    }
}

/// By how much a total of this one grew lately.
pub(crate) fn grown(instance: &Instance, total: impl Fn(&Heartbeat) -> u64) -> Option<u64> {
    instance.grown(total).map(|(grown, _)| grown)
}

/// What all of them do together; `None` while it is known of none of them.
pub(crate) fn rate<'a>(
    instances: impl IntoIterator<Item = &'a Instance>,
    total: impl Fn(&Heartbeat) -> u64,
) -> Option<f64> {
    let mut known = instances.into_iter().filter_map(|it| it.rate(&total)).peekable();
    known.peek()?;
    Some(known.sum())
}

#[cfg(test)]
mod tests;
