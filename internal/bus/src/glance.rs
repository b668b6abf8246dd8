//! What is in the queues, as an operator asks for it. An engine does not know every figure; what it cannot tell is said
//! with the reason, and not as a zero.

use chrono::{DateTime, Utc};

/// What a queue is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Work,
    /// What is handled alone, because its consumers ended with it in hand.
    Suspect,
    Dead,
    /// Where failed messages wait for their next attempt.
    Rung,
    /// Messages whose work queue was deleted while they waited.
    Unroutable,
    /// Questions over the bus.
    Rpc,
}

/// A figure, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Figure<T> {
    Known(T),
    Unknown(&'static str),
}

/// One queue as its engine sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    pub name: String,
    pub kind: Kind,
    /// Messages that may be handed out.
    pub ready: Figure<u64>,
    /// Messages in somebody's hand.
    pub unacked: Figure<u64>,
    /// All of them, those that wait for their next attempt included.
    pub depth: Figure<u64>,
    pub consumers: Figure<u64>,
    /// The time of the oldest event in it, by the event's own clock; none where it is empty.
    pub oldest: Figure<Option<DateTime<Utc>>>,
}
