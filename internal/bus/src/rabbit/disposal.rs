//! What becomes of a message after its handler: acknowledged, copied to a rung, to the dead letters or to the suspects,
//! or held. A copy is confirmed before the original is acknowledged; a crash in between makes two, never none.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::Utc;
use lapin::BasicProperties;
use lapin::message::Delivery as Raw;
use mesh::shutdown::Backoff;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::apply::short;
use super::codec;
use super::publisher::{Message, Publisher};
use crate::attempts::{self, Next};
use crate::consume::{DeadLetter, Outcome};
use crate::topology::{self, DEAD, WorkQueue};

/// How long one try to copy a message may take.
const COPY_TIMEOUT: Duration = Duration::from_secs(10);
/// Given out this often without an answer, a message may be what ends its consumers: it goes on alone. Once is no sign
/// yet, as a lost connection counts as well.
const SUSPICIOUS: i64 = 2;

/// A rung has one TTL, so what spreads its messages is how they get there. In hand they take the place of others, so
/// this is short, and only for as many as there are places in `Rules::spread`.
const MOST_SPREAD: Duration = Duration::from_secs(1);

/// Where the messages of one work queue go.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) queue: WorkQueue,
    pub(super) attempts: u32,
    pub(super) rungs: Vec<Duration>,
    /// How many may be kept back at once on their way to a rung.
    pub(super) spread: Arc<Semaphore>,
}

/// What to do with one message.
#[derive(Debug)]
pub(super) enum Fate {
    Ack,
    Copy(Box<Copy>),
    Hold { reason: String, after: Option<Duration> },
}

/// A copy of a message on its way to another place.
#[derive(Debug)]
pub(super) struct Copy {
    exchange: String,
    key: String,
    properties: BasicProperties,
    spread: Option<Spread>,
}

/// Keeps a copy back for a moment.
#[derive(Debug)]
struct Spread {
    wait: Duration,
    _place: OwnedSemaphorePermit,
}

impl Rules {
    /// Whether this subscription drains dead letters, which cannot die once more.
    pub(super) fn drains_dead_letters(&self) -> bool {
        self.queue.name == self.queue.dead_letters()
    }

    pub(super) fn is_suspicious(&self, raw: &Raw) -> bool {
        codec::delivery_count(raw) >= SUSPICIOUS && !self.drains_dead_letters()
    }

    pub(super) fn fate(&self, raw: &Raw, outcome: Outcome) -> Fate {
        attempts::count(&self.queue.name, &outcome);
        match outcome {
            Outcome::Done => Fate::Ack,
            Outcome::Unavailable { reason, after } => Fate::Hold { reason, after },
            Outcome::Reject { reason } => Fate::Copy(self.dead(raw, &reason).into()),
            Outcome::Retry { reason, after } => Fate::Copy(self.failed(raw, &reason, after).into()),
        }
    }

    fn failed(&self, raw: &Raw, reason: &str, after: Option<Duration>) -> Copy {
        match attempts::after_failure(codec::attempt(raw), self.attempts, &self.rungs, after) {
            Next::Wait(wait) if !self.drains_dead_letters() => self.on_rung(wait, codec::retried(raw)),
            Next::Wait(_) | Next::Dead => self.dead(raw, reason),
        }
    }

    fn on_rung(&self, wait: Duration, properties: BasicProperties) -> Copy {
        let spread = self.spread.clone().try_acquire_owned().ok();
        let spread = spread.map(|_place| Spread { wait: attempts::jitter(wait).min(MOST_SPREAD), _place });
        Copy { exchange: topology::rung(wait), key: self.queue.name.clone(), properties, spread }
    }

    /// To the dead letters; one that is among them already keeps its reason and comes back after the longest wait.
    pub(super) fn dead(&self, raw: &Raw, reason: &str) -> Copy {
        let id = raw.properties.message_id().as_ref().map_or("", |id| id.as_str());
        if self.drains_dead_letters() {
            tracing::warn!(queue = self.queue.name, id, "a dead letter is not taken: {reason}");
            let wait = self.rungs.last().copied().unwrap_or_default();
            return self.on_rung(wait, codec::died(raw, &codec::dead_letter(raw)));
        }
        tracing::warn!(queue = self.queue.name, id, "dead letter: {reason}");
        metrics::counter!("bus_dead_letters_total", "queue" => self.queue.name.clone()).increment(1);
        let (reason, queue) = (reason.to_owned(), self.queue.name.clone());
        let dead = DeadLetter { reason, queue, attempts: codec::attempt(raw), at: Some(Utc::now()) };
        let properties = codec::died(raw, &dead);
        Copy { exchange: DEAD.to_owned(), key: self.queue.dead_letters(), properties, spread: None }
    }

    pub(super) fn suspect(&self, raw: &Raw) -> Copy {
        let id = raw.properties.message_id().as_ref().map_or("", |id| id.as_str());
        tracing::warn!(queue = self.queue.name, id, "its consumers ended with it in hand; it goes on alone");
        to_queue(self.queue.suspects(), raw)
    }
}

/// Straight to a queue, over the default exchange.
pub(super) fn to_queue(queue: String, raw: &Raw) -> Copy {
    Copy { exchange: String::new(), key: queue, properties: codec::moved(raw), spread: None }
}

impl Copy {
    /// Publishes the copy until it is confirmed; false when `raw` cannot be acknowledged any more, or at `shutdown`.
    /// Once it `is_only`, as RabbitMQ has `raw` no more, neither is a reason to stop.
    pub(super) async fn deliver(
        self,
        raw: &Raw,
        copies: &Publisher,
        is_only: &CancellationToken,
        shutdown: &CancellationToken,
    ) -> bool {
        if let Some(spread) = &self.spread {
            // A shutdown does not wait for it.
            shutdown.run_until_cancelled(tokio::time::sleep(spread.wait)).await;
        }
        let (Ok(exchange), Ok(key)) = (short(&self.exchange), short(&self.key)) else { return false };
        let body = Bytes::copy_from_slice(&raw.data);
        let message = Message { exchange, key, properties: self.properties, body, mandatory: true };
        let mut backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(5));
        while raw.acker.usable() || is_only.is_cancelled() {
            // Every try during an alarm would be one more copy after it.
            if !copies.is_blocked() {
                let Err(error) = copies.send(message.clone(), Instant::now() + COPY_TIMEOUT).await else { return true };
                let (exchange, key) = (&self.exchange, &self.key);
                tracing::warn!(exchange, key, "cannot copy a message yet: {}", error.in_full());
            }
            let wait = tokio::time::sleep(backoff.next_delay());
            if is_only.is_cancelled() {
                wait.await;
            } else if shutdown.run_until_cancelled(wait).await.is_none() && !is_only.is_cancelled() {
                return false;
            }
        }
        false
    }
}
