//! The queues as an operator reads them: the engine's figures, joined with what their consumers tell by heartbeats. A
//! figure that nobody can tell is null, and `unknown` says why.

use std::collections::{BTreeMap, BTreeSet};

use bus::WorkQueue;
use bus::glance::{self, Figure, Kind};
use bus::heartbeat::Consumed;
use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::instances::{Instance, Present, rate};

const HEARD_ONCE: &str = "known once its consumers were heard of twice, in a few seconds";
const LOOKED_ONCE: &str = "known once the queue was looked at twice, in a few seconds";
const PASSES_THROUGH: &str = "nobody counts what goes through a queue without consumers";
const WITH_ITS_QUEUE: &str = "suspects are counted with their work queue";
const ASKED: &str = "questions are counted with the rows that ask them";
const IN_NOBODYS_HAND: &str = "the engine does not tell, and no consumer has a message in hand";

/// One queue at one moment. Rates are per second, over the last 30 s.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Queue {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// Whose it is; queues that serve all have none.
    pub(crate) service: Option<String>,
    pub(crate) ready: Option<u64>,
    pub(crate) unacked: Option<u64>,
    /// All of them, those that wait for their next attempt included.
    pub(crate) depth: Option<u64>,
    pub(crate) consumers: Option<u64>,
    pub(crate) rate_in: Option<f64>,
    pub(crate) rate_out: Option<f64>,
    /// By the event's own time; 0 where the queue is empty.
    pub(crate) oldest_age_seconds: Option<f64>,
    /// Whether a consumer waits for what it needs.
    pub(crate) paused: bool,
    pub(crate) unknown: BTreeMap<&'static str, &'static str>,
}

/// What the consumers of one queue tell of it.
pub(crate) struct Told<'a> {
    by: Vec<(&'a Instance, &'a Consumed)>,
    is_early: bool,
}

impl<'a> Told<'a> {
    pub(crate) fn of(queue: &str, present: &'a Present) -> Self {
        let consumed = |it: &'a Instance| Some((it, it.latest.bus.queues.get(queue)?));
        Self { by: present.instances.iter().filter_map(consumed).collect(), is_early: present.is_early }
    }

    pub(crate) fn in_hand(&self) -> u64 {
        self.by.iter().map(|(_, it)| it.in_hand).sum()
    }

    fn oldest(&self) -> Option<DateTime<Utc>> {
        self.by.iter().filter_map(|(_, it)| it.oldest).min()
    }

    fn service(&self) -> Option<String> {
        self.by.iter().map(|(_, it)| it.service.clone()).find(|it| !it.is_empty())
    }

    fn is_paused(&self) -> bool {
        self.by.iter().any(|(_, it)| it.is_paused)
    }

    /// Outcomes per second; none at all where nobody consumes.
    fn rate_out(&self, queue: &str) -> Option<f64> {
        if self.by.is_empty() {
            return (!self.is_early).then_some(0.0);
        }
        let handled = |it: &bus::heartbeat::Heartbeat| it.bus.queues.get(queue).map_or(0, |it| it.handled);
        rate(self.by.iter().map(|(instance, _)| *instance), handled)
    }
}

/// The queues that heartbeats name and those that go with them, which an engine may not list by itself.
pub(crate) fn named(instances: &[Instance]) -> BTreeSet<String> {
    instances
        .iter()
        .flat_map(|it| &it.latest.bus.queues)
        .flat_map(|(name, it)| with_its_own(name, &it.service))
        .collect()
}

fn with_its_own(name: &str, service: &str) -> Vec<String> {
    let queue = WorkQueue { name: name.to_owned(), service: service.to_owned(), patterns: Vec::new() };
    match Kind::of(name) {
        Some(Kind::Work) => vec![queue.suspects(), queue.dead_letters(), queue.name],
        _ => vec![queue.name],
    }
}

/// What is in the queue itself, for the rate of what comes in: rungs are queues of their own.
pub(crate) fn waiting(queue: &glance::Queue, told: &Told<'_>) -> Option<u64> {
    let Figure::Known(ready) = queue.ready else { return None };
    let unacked = match queue.unacked {
        Figure::Known(unacked) => unacked,
        Figure::Unknown(_) => told.in_hand(),
    };
    Some(ready + unacked)
}

/// `growth` is by how much what waits in it grew per second.
pub(crate) fn row(queue: &glance::Queue, told: &Told<'_>, growth: Option<f64>, now: DateTime<Utc>) -> Queue {
    let mut unknown = BTreeMap::new();
    let (rate_in, rate_out) = rates(queue, told, growth, &mut unknown);
    Queue {
        name: queue.name.clone(),
        kind: queue.kind,
        service: told.service().or_else(|| service(&queue.name)),
        ready: figure(&queue.ready, "ready", &mut unknown),
        unacked: figure(&queue.unacked, "unacked", &mut unknown),
        depth: figure(&queue.depth, "depth", &mut unknown),
        consumers: figure(&queue.consumers, "consumers", &mut unknown),
        rate_in,
        rate_out,
        oldest_age_seconds: age(queue, told, now, &mut unknown),
        paused: told.is_paused(),
        unknown,
    }
}

type Unknown = BTreeMap<&'static str, &'static str>;

fn figure(figure: &Figure<u64>, name: &'static str, unknown: &mut Unknown) -> Option<u64> {
    match figure {
        Figure::Known(known) => Some(*known),
        Figure::Unknown(why) => {
            unknown.insert(name, why);
            None
        }
    }
}

/// What came in went out or is still there.
fn rates(
    queue: &glance::Queue,
    told: &Told<'_>,
    growth: Option<f64>,
    unknown: &mut Unknown,
) -> (Option<f64>, Option<f64>) {
    let uncounted = match queue.kind {
        Kind::Rung => Some(PASSES_THROUGH),
        Kind::Rpc => Some(ASKED),
        Kind::Suspect => Some(WITH_ITS_QUEUE),
        Kind::Work | Kind::Dead | Kind::Unroutable => None,
    };
    if let Some(why) = uncounted {
        unknown.extend([("rate_in", why), ("rate_out", why)]);
        return (None, None);
    }
    let Some(out) = told.rate_out(&queue.name) else {
        unknown.extend([("rate_in", HEARD_ONCE), ("rate_out", HEARD_ONCE)]);
        return (None, None);
    };
    if growth.is_none() {
        unknown.insert("rate_in", LOOKED_ONCE);
    }
    (growth.map(|growth| tenths((out + growth).max(0.0))), Some(tenths(out)))
}

/// More would be a precision that nobody has.
pub(crate) fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// From the engine, else from what is in hand: consumers take the oldest first.
fn age(queue: &glance::Queue, told: &Told<'_>, now: DateTime<Utc>, unknown: &mut Unknown) -> Option<f64> {
    let age = |since: DateTime<Utc>| tenths((now - since).num_milliseconds().max(0) as f64 / 1_000.0);
    match (&queue.oldest, told.oldest()) {
        (Figure::Known(oldest), _) => Some(oldest.map_or(0.0, age)),
        (Figure::Unknown(_), Some(oldest)) => Some(age(oldest)),
        (Figure::Unknown(_), None) if waiting(queue, told) == Some(0) => Some(0.0),
        (Figure::Unknown(_), None) => {
            unknown.insert("oldest_age_seconds", IN_NOBODYS_HAND);
            None
        }
    }
}

/// Names say whose a queue is: `v1.<service>.<what>`, `dead.<service>`, `rpc.<service>`.
fn service(queue: &str) -> Option<String> {
    let mut words = queue.split('.');
    match words.next()? {
        "v1" | "dead" | "rpc" => words.next().map(str::to_owned),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
