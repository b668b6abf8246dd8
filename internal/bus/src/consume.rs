//! What a consumer asks for and what it answers: deliveries go in by the batch, one outcome for each comes out.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;

use crate::event::Event;
use crate::topology::WorkQueue;

/// How many attempts a message gets: the first, and one for each rung.
pub const ATTEMPTS: u32 = 7;

/// A work queue and how fast to take from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    pub queue: WorkQueue,
    /// Most deliveries in one call of the handler; whatever is there is taken, nothing waits for a full batch.
    pub batch: usize,
    /// Calls of the handler at the same time.
    pub concurrency: usize,
    pub attempts: u32,
}

impl Subscription {
    /// One delivery at a time, `ATTEMPTS` attempts.
    pub fn new(queue: WorkQueue) -> Self {
        Self { queue, batch: 1, concurrency: 1, attempts: ATTEMPTS }
    }
}

/// One message in hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    pub event: Event,
    /// 1 for the first try; counted only when a try failed, not when the service was away.
    pub attempt: u32,
    /// Whether it may have been in somebody's hand before.
    pub redelivered: bool,
    /// Set on what is taken from a queue of dead letters.
    pub dead: Option<DeadLetter>,
}

/// Why a message is among the dead letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    pub reason: String,
    /// The work queue that it comes from.
    pub queue: String,
    /// How many attempts it had there.
    pub attempts: u32,
    /// When it was given up: tells two deaths of one event from one that is delivered twice. Missing on what died before
    /// this was noted.
    pub at: Option<DateTime<Utc>>,
}

/// What became of one delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The effect is committed: the message can go.
    Done,
    /// This one failed and may succeed later: the next rung, or the dead letters after the last attempt. A longer
    /// `after` than the rung's own wait is honoured by taking a later rung.
    Retry { reason: String, after: Option<Duration> },
    /// This one can never succeed: to the dead letters at once.
    Reject { reason: String },
    /// The service is away, whatever the message: the subscription pauses and probes, no attempt is counted.
    Unavailable { reason: String, after: Option<Duration> },
}

/// Handles a batch; answers exactly one outcome for each delivery, in order. A panic counts as `Retry` for each.
pub type Handler = Arc<dyn Fn(Vec<Delivery>) -> BoxFuture<'static, Vec<Outcome>> + Send + Sync>;
