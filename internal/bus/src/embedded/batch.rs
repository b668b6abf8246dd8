//! What goes to the disk in one commit: one statement for each kind of change, its rows as JSON. A statement for each
//! row would cost a hundred times as much.

use std::fmt::Write;

use serde::Serialize;
use sqlx::SqliteConnection;

use crate::{Event, event};

/// One change of the file.
pub(super) enum Change {
    /// A new message, as `row` gives it.
    Publish(String),
    /// These are about to be in hand; counted before they are, so that a message that kills its process is known.
    Take(Vec<i64>),
    Settle(Vec<(i64, Settled)>),
}

/// What became of one message that was in hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Settled {
    Done,
    /// Ready again at `due`, in milliseconds since 1970.
    Later {
        attempt: u32,
        due: i64,
    },
    /// To the queue with this id.
    Dead {
        queue: i64,
        reason: String,
        origin: String,
        attempts: u32,
        /// In milliseconds since 1970.
        at: i64,
    },
    /// Ready again as if it had not been taken.
    Back,
}

/// The event as one JSON row for the queues with these ids; `handed` where somebody had it before.
pub(super) fn row(event: &Event, queues: &[i64], handed: bool) -> String {
    // SQL text ends at a NUL and is UTF-8; any other body travels in hexadecimal.
    let text = std::str::from_utf8(&event.body).ok().filter(|text| !text.contains('\0'));
    let hex = text.is_none().then(|| {
        event.body.iter().fold(String::with_capacity(2 * event.body.len()), |mut hex, byte| {
            // Writing to a string cannot fail.
            write!(hex, "{byte:02x}").ok();
            hex
        })
    });
    let (time, trace) = (event.time.timestamp_millis(), event.trace.to_string());
    let identity = event.identity.as_ref().map(event::identity_text);
    json(&(queues, &event.id, &event.kind, &event.source, &event.subject, time, trace, text, hex, identity, handed))
}

#[derive(Default)]
pub(super) struct Batch {
    publish: Vec<String>,
    take: Vec<i64>,
    done: Vec<i64>,
    back: Vec<i64>,
    later: Vec<(i64, u32, i64)>,
    dead: Vec<(i64, i64, String, String, u32, i64)>,
    looks: bool,
}

impl Batch {
    /// Changes nothing, and writes to the disk all the same, to see whether that can be done.
    pub(super) fn look() -> Self {
        Self { looks: true, ..Self::default() }
    }

    pub(super) fn add(&mut self, change: Change) {
        match change {
            Change::Publish(row) => self.publish.push(row),
            Change::Take(ids) => self.take.extend(ids),
            Change::Settle(settled) => settled.into_iter().for_each(|(id, settled)| self.settle(id, settled)),
        }
    }

    fn settle(&mut self, id: i64, settled: Settled) {
        match settled {
            Settled::Done => self.done.push(id),
            Settled::Back => self.back.push(id),
            Settled::Later { attempt, due } => self.later.push((id, attempt, due)),
            Settled::Dead { queue, reason, origin, attempts, at } => {
                self.dead.push((id, queue, reason, origin, attempts, at));
            }
        }
    }

    /// All of it or nothing. Not a transaction of sqlx, which counts on a rollback that SQLite does by itself when the
    /// disk is full, and would never begin another one on this connection.
    pub(super) async fn commit(self, connection: &mut SqliteConnection) -> sqlx::Result<()> {
        sqlx::query("BEGIN IMMEDIATE").execute(&mut *connection).await?;
        let committed = match self.write(connection).await {
            Ok(()) => sqlx::query("COMMIT").execute(&mut *connection).await.map(drop),
            Err(error) => Err(error),
        };
        if committed.is_err() {
            // Fails where SQLite has rolled back already, which is what is wanted.
            sqlx::query("ROLLBACK").execute(&mut *connection).await.ok();
        }
        committed
    }

    async fn write(self, connection: &mut SqliteConnection) -> sqlx::Result<()> {
        let publish = if self.publish.is_empty() { String::new() } else { format!("[{}]", self.publish.join(",")) };
        let statements = [
            (PUBLISH, publish),
            (TAKE, list(&self.take)),
            (BACK, list(&self.back)),
            (LATER, list(&self.later)),
            (DEAD, list(&self.dead)),
            (DONE, list(&self.done)),
        ];
        for (statement, rows) in statements {
            if !rows.is_empty() {
                sqlx::query(statement).bind(rows).execute(&mut *connection).await?;
            }
        }
        if self.looks {
            sqlx::query(LOOK).execute(&mut *connection).await?;
        }
        Ok(())
    }
}

/// Nothing for an empty list: there is no statement to run.
fn list(rows: &[impl Serialize]) -> String {
    if rows.is_empty() { String::new() } else { json(&rows) }
}

/// JSON of numbers and text, which cannot fail.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

const PUBLISH: &str = "
    INSERT INTO messages (queue, event, kind, source, subject, time, trace, body, identity, handed)
    SELECT queue.value, new.value ->> 1, new.value ->> 2, new.value ->> 3, new.value ->> 4, new.value ->> 5,
           new.value ->> 6, coalesce(CAST(new.value ->> 7 AS BLOB), unhex(new.value ->> 8)), new.value ->> 9,
           new.value ->> 10
    FROM json_each($1) AS new, json_each(new.value, '$[0]') AS queue";

const TAKE: &str = "UPDATE messages SET deliveries = deliveries + 1 WHERE id IN (SELECT value FROM json_each($1))";

const BACK: &str = "
    UPDATE messages SET deliveries = max(deliveries - 1, 0), handed = 1
    WHERE id IN (SELECT value FROM json_each($1))";

const LATER: &str = "
    UPDATE messages SET attempt = new.value ->> 1, due = new.value ->> 2, deliveries = 0, handed = 1
    FROM json_each($1) AS new WHERE messages.id = new.value ->> 0";

const DEAD: &str = "
    UPDATE messages
    SET queue = new.value ->> 1, dead_reason = new.value ->> 2, dead_queue = new.value ->> 3,
        dead_attempts = new.value ->> 4, dead_at = new.value ->> 5, attempt = 1, due = 0, deliveries = 0, handed = 0
    FROM json_each($1) AS new WHERE messages.id = new.value ->> 0";

/// Written whatever it was before; nobody else uses it.
const LOOK: &str = "PRAGMA user_version = 1";

const DONE: &str = "DELETE FROM messages WHERE id IN (SELECT value FROM json_each($1))";
