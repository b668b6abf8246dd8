//! The file as the rest of the bus sees it: changes go through the one writer, reads have connections of their own.

use std::sync::{Arc, PoisonError};

use chrono::{DateTime, Utc};
use mesh::TraceContext;
use mesh::db::Sqlite;
use sqlx::FromRow;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use super::batch::{self, Change, Settled};
use super::queues::{Hold, Queue};
use super::room::{Room, Unconfirmed};
use super::writer::{Order, Trouble, Writer};
use crate::{DeadLetter, Delivery, Event, MOST_KIB, PublishError, event, kib};

/// The most that is read at once, in bytes of bodies; a single message may have more.
const MOST_BYTES: i64 = 16 << 20;

const CLOSED: &str = "the queue is closed";

pub(super) struct Store {
    pub(super) db: Sqlite,
    orders: mpsc::Sender<Order>,
    /// In KiB of bodies.
    room: Arc<Semaphore>,
    unconfirmed: Unconfirmed,
    trouble: Trouble,
    /// Why the last read failed, if it did.
    unread: Trouble,
}

impl Store {
    pub(super) fn start(db: Sqlite, unconfirmed: usize, closing: CancellationToken) -> (Self, JoinHandle<()>) {
        let (orders, receiver) = mpsc::channel(unconfirmed.max(1));
        let trouble = Trouble::default();
        let writer = Writer { db: db.write.clone(), orders: receiver, closing, trouble: trouble.clone() };
        let running = tokio::spawn(writer.run());
        (Self::over(db, orders, trouble), running)
    }

    #[cfg(test)]
    pub(super) fn without_writer(db: Sqlite) -> (Self, mpsc::Receiver<Order>) {
        let (orders, receiver) = mpsc::channel(1_000);
        (Self::over(db, orders, Trouble::default()), receiver)
    }

    fn over(db: Sqlite, orders: mpsc::Sender<Order>, trouble: Trouble) -> Self {
        let room = Arc::new(Semaphore::new(MOST_KIB));
        Self { db, orders, room, unconfirmed: Unconfirmed::default(), trouble, unread: Trouble::default() }
    }

    /// How many events wait for the disk.
    pub(super) fn unconfirmed(&self) -> u64 {
        self.unconfirmed.count()
    }

    /// A sentence about what is wrong with the file, if anything is.
    pub(super) fn trouble(&self) -> Option<String> {
        let told = |trouble: &Trouble, what: &str| {
            let reason = trouble.lock().unwrap_or_else(PoisonError::into_inner).clone();
            reason.map(|reason| format!("the queue's file cannot be {what}: {reason}"))
        };
        told(&self.trouble, "written").or_else(|| told(&self.unread, "read"))
    }

    /// Takes in how a read went.
    pub(super) fn was_read(&self, failure: Option<String>) {
        *self.unread.lock().unwrap_or_else(PoisonError::into_inner) = failure;
    }

    pub(super) async fn publish(
        &self,
        event: &Event,
        queues: Vec<Arc<Queue>>,
        deadline: Instant,
    ) -> Result<(), PublishError> {
        self.keep(event, queues, false, deadline).await
    }

    /// The same for one that somebody had before.
    pub(super) async fn requeue(
        &self,
        event: &Event,
        queue: Arc<Queue>,
        deadline: Instant,
    ) -> Result<(), PublishError> {
        self.keep(event, vec![queue], true, deadline).await
    }

    async fn keep(
        &self,
        event: &Event,
        queues: Vec<Arc<Queue>>,
        handed: bool,
        deadline: Instant,
    ) -> Result<(), PublishError> {
        let ids: Vec<_> = queues.iter().map(|queue| queue.id).collect();
        let order = async {
            let permit = self.room.clone().acquire_many_owned(kib(event.body.len())).await.map_err(|_| CLOSED)?;
            let room = Room { _permit: permit, _open: self.unconfirmed.one() };
            self.order(Change::Publish(batch::row(event, &ids, handed)), queues, Some(room)).await
        };
        let kept = timeout_at(deadline, order).await;
        kept.map_err(|_| PublishError::Timeout)?.map_err(PublishError::Unavailable)
    }

    /// Counts one more delivery of each.
    pub(super) async fn take(&self, ids: Vec<i64>) -> Result<(), String> {
        self.order(Change::Take(ids), Vec::new(), None).await
    }

    pub(super) async fn settle(&self, settled: Vec<(i64, Settled)>, wakes: Vec<Arc<Queue>>) -> Result<(), String> {
        self.order(Change::Settle(settled), wakes, None).await
    }

    pub(super) fn is_closed(&self) -> bool {
        self.orders.is_closed()
    }

    async fn order(&self, change: Change, wakes: Vec<Arc<Queue>>, room: Option<Room>) -> Result<(), String> {
        let (kept, answer) = oneshot::channel();
        self.orders.send(Order { change, wakes, kept, room }).await.map_err(|_| CLOSED.to_owned())?;
        answer.await.map_err(|_| "the writer of the queue failed; try again".to_owned())?
    }

    /// Up to `most` messages that are ready and that nobody has, those whose wait is over first.
    pub(super) async fn ready(&self, queue: &Arc<Queue>, most: usize) -> sqlx::Result<Page> {
        // What is held now may be gone from `held` by the time of the answer, which would still show it.
        let held = queue.held();
        // One more than can be taken tells whether there is more.
        let limit = i64::try_from(most + held.len() + 1).unwrap_or(i64::MAX);
        let found: Vec<(i64, i64)> =
            sqlx::query_as(READY).bind(queue.id).bind(now()).bind(limit).fetch_all(&self.db.read).await?;
        let held: std::collections::HashSet<_> = held.into_iter().collect();
        let (mut bytes, mut holds, mut more) = (0, Vec::new(), false);
        for (id, length) in found.into_iter().filter(|(id, _)| !held.contains(id)) {
            more = holds.len() == most || (bytes + length > MOST_BYTES && !holds.is_empty());
            if more {
                break;
            }
            bytes += length;
            holds.extend(queue.hold(id));
        }
        let messages = if holds.is_empty() { Vec::new() } else { self.messages(holds).await? };
        Ok(Page { messages, more })
    }

    async fn messages(&self, holds: Vec<Hold>) -> sqlx::Result<Vec<Message>> {
        let ids = serde_json::to_string(&holds.iter().map(|hold| hold.id).collect::<Vec<_>>()).unwrap_or_default();
        let rows: Vec<Row> = sqlx::query_as(MESSAGES).bind(ids).fetch_all(&self.db.read).await?;
        let mut rows = rows.into_iter().peekable();
        let with_row = |hold: Hold| Some(rows.next_if(|row| row.id == hold.id)?.held(hold));
        Ok(holds.into_iter().filter_map(with_row).collect())
    }

    /// When the next of the messages is due that were not due yet at `since`, both in milliseconds since 1970. That has to
    /// be before the last look at what is ready: what comes due between the two would be overlooked.
    pub(super) async fn next_due(&self, queue: &Queue, since: i64) -> sqlx::Result<Option<i64>> {
        sqlx::query_scalar("SELECT min(due) FROM messages WHERE queue = $1 AND due > $2")
            .bind(queue.id)
            .bind(since)
            .fetch_one(&self.db.read)
            .await
    }

    pub(super) async fn count(&self, queue: &Queue) -> sqlx::Result<u64> {
        let count: i64 = sqlx::query_scalar("SELECT count(*) FROM messages WHERE queue = $1")
            .bind(queue.id)
            .fetch_one(&self.db.read)
            .await?;
        Ok(count.unsigned_abs())
    }
}

pub(super) fn now() -> i64 {
    Utc::now().timestamp_millis()
}

/// SQLite's own words without the frame around them, such as `database or disk is full`.
pub(super) fn in_words(error: &sqlx::Error) -> String {
    error.as_database_error().map_or_else(|| error.to_string(), |error| error.message().to_owned())
}

/// What one read found, and whether there is more of it.
pub(super) struct Page {
    pub(super) messages: Vec<Message>,
    pub(super) more: bool,
}

/// One message that this process holds.
pub(super) struct Message {
    pub(super) hold: Hold,
    /// How often it was in hand without an outcome since: its process ended each time.
    pub(super) deliveries: u32,
    pub(super) delivery: Delivery,
    /// Whether somebody had it before it was read, until that is counted.
    pub(super) again: bool,
    /// Why it cannot be handed over, if so.
    pub(super) unreadable: Option<String>,
}

#[derive(FromRow)]
struct Row {
    id: i64,
    attempt: u32,
    deliveries: u32,
    handed: bool,
    event: String,
    kind: String,
    source: String,
    subject: Option<String>,
    time: i64,
    trace: String,
    dead_reason: Option<String>,
    dead_queue: Option<String>,
    dead_attempts: Option<u32>,
    dead_at: Option<i64>,
    body: Vec<u8>,
    identity: Option<String>,
}

impl Message {
    /// Ready again, and not out of hold: nobody else has it meanwhile.
    pub(super) fn give_back(&mut self) {
        self.hold.put_down();
        self.delivery.redelivered = true;
    }
}

impl Row {
    fn held(self, hold: Hold) -> Message {
        let dead = self.dead_reason.map(|reason| DeadLetter {
            reason,
            queue: self.dead_queue.unwrap_or_default(),
            attempts: self.dead_attempts.unwrap_or_default(),
            at: self.dead_at.and_then(DateTime::from_timestamp_millis),
        });
        // Who cannot be read is not taken for nobody: that may open doors.
        let identity = self.identity.as_deref().map(event::identity).transpose();
        let unreadable = identity.as_ref().err().cloned();
        let event = Event {
            id: self.event,
            kind: self.kind,
            source: self.source,
            subject: self.subject,
            time: DateTime::from_timestamp_millis(self.time).unwrap_or_default(),
            trace: self.trace.parse().unwrap_or_else(|_| TraceContext::new()),
            identity: identity.unwrap_or_default(),
            body: self.body.into(),
        };
        let redelivered = self.handed || self.deliveries > 0;
        let delivery = Delivery { event, attempt: self.attempt, redelivered, dead };
        Message { hold, deliveries: self.deliveries, delivery, again: redelivered, unreadable }
    }
}

const READY: &str = "
    SELECT found.id, length(body) FROM (
        SELECT id FROM (SELECT id FROM messages WHERE queue = $1 AND due BETWEEN 1 AND $2 ORDER BY due LIMIT $3)
        UNION ALL
        SELECT id FROM (SELECT id FROM messages WHERE queue = $1 AND due = 0 ORDER BY id LIMIT $3)
    ) AS found CROSS JOIN messages USING (id)";

const MESSAGES: &str = "
    SELECT messages.id, attempt, deliveries, handed, event, kind, source, subject, time, trace, dead_reason, dead_queue,
           dead_attempts, dead_at, body, identity
    FROM json_each($1) AS wanted CROSS JOIN messages ON messages.id = wanted.value ORDER BY wanted.key";

#[cfg(test)]
mod fuzz;
