//! The rows of the outbox. On PostgreSQL a page is locked by the transaction in which it is marked, so that several
//! relays share the work and a relay that dies frees its rows at once; a SQLite file has one process and one relay.
//! A row that has to wait is due again at a time of its own, so that it stands in nobody's way until then.

use chrono::{DateTime, TimeDelta, Utc};
use mesh::db::{Db, Tx};
use mesh::{Error, TraceContext};
use serde::Serialize;

use crate::chunks::in_chunks;
use crate::{Event, event};

/// The most of one page, in rows and in bytes of bodies; a single row may have more.
const MOST_ROWS: i64 = 500;
const MOST_BYTES: i64 = 16 << 20;
/// How long a row waits that no queue took. As long as it is old, so that each wait doubles its age.
const UNROUTED_LEAST: TimeDelta = TimeDelta::minutes(10);
const UNROUTED_MOST: TimeDelta = TimeDelta::days(1);
/// Beyond this nobody needs to know exactly.
const MOST_COUNTED: i64 = 100_000;

pub(super) async fn insert(tx: &mut Tx, event: &Event) -> Result<(), Error> {
    let identity = event.identity.as_ref().map(event::identity_text);
    let row = tx.query(INSERT).bind(event.id.clone()).bind(event.kind.clone()).bind(event.source.clone());
    let row = row.bind(event.subject.clone()).bind(event.time).bind(event.trace.to_string()).bind(identity);
    row.bind(event.body.to_vec()).execute().await.map(drop)
}

#[derive(sqlx::FromRow)]
pub(super) struct Row {
    pub(super) number: i64,
    event: String,
    kind: String,
    source: String,
    subject: Option<String>,
    time: DateTime<Utc>,
    trace: String,
    identity: Option<String>,
    body: Vec<u8>,
}

impl Row {
    /// When it is worth trying again after no queue took it at `now`: soon while it is young, then ever more seldom.
    pub(super) fn again_at(&self, now: DateTime<Utc>) -> i64 {
        (now + (now - self.time).clamp(UNROUTED_LEAST, UNROUTED_MOST)).timestamp_millis()
    }

    /// Always the same event, whenever it is read; or why it cannot be one.
    pub(super) fn event(self) -> Result<Event, String> {
        Ok(Event {
            id: self.event,
            kind: self.kind,
            source: self.source,
            subject: self.subject,
            time: self.time,
            trace: self.trace.parse().unwrap_or_else(|_| TraceContext::new()),
            identity: self.identity.as_deref().map(event::identity).transpose()?,
            body: self.body.into(),
        })
    }
}

/// What became of the rows of a page; those that are missing stay due.
#[derive(Default)]
pub(super) struct Settled {
    pub(super) sent: Vec<i64>,
    /// With the time when each is due again.
    pub(super) unrouted: Vec<(i64, i64)>,
    pub(super) refused: Vec<(i64, String)>,
    /// Due again after a moment, behind those that come until then.
    pub(super) later: Vec<(i64, i64)>,
}

impl Settled {
    pub(super) fn is_empty(&self) -> bool {
        self.sent.is_empty() && self.unrouted.is_empty() && self.refused.is_empty() && self.later.is_empty()
    }
}

/// Keeps the rows of a page from other relays until it is settled or dropped.
pub(super) struct Hold<'a> {
    db: &'a Db,
    /// On PostgreSQL, where there may be others.
    lock: Option<Tx>,
}

impl<'a> Hold<'a> {
    /// Takes the rows that are due and that nobody else has, the oldest first.
    pub(super) async fn next(db: &'a Db) -> Result<(Self, Vec<Row>), Error> {
        match db {
            Db::Postgres(_) => {
                let mut tx = db.begin().await?;
                let due = tx.query(DUE_UNLOCKED).bind(now()).bind(MOST_ROWS).fetch_all().await?;
                let rows = tx.query(ROWS_POSTGRES).bind(fitting(due)).fetch_all().await?;
                Ok((Self { db, lock: Some(tx) }, rows))
            }
            Db::Sqlite(_) => {
                let due = db.query(DUE).bind(now()).bind(MOST_ROWS).fetch_all().await?;
                let rows = db.query(ROWS_SQLITE).bind(fitting(due)).fetch_all().await?;
                Ok((Self { db, lock: None }, rows))
            }
        }
    }

    /// Notes what became of the rows, and lets the others go.
    pub(super) async fn settle(self, settled: &Settled) -> Result<(), Error> {
        let mut tx = match self.lock {
            Some(tx) => tx,
            None => self.db.begin().await?,
        };
        let now = Utc::now();
        if !settled.sent.is_empty() {
            tx.query_either(SENT_POSTGRES, SENT_SQLITE).bind(json(&settled.sent)).bind(now).execute().await?;
        }
        if !settled.unrouted.is_empty() {
            let unrouted = tx.query_either(UNROUTED_POSTGRES, UNROUTED_SQLITE);
            unrouted.bind(json(&settled.unrouted)).bind(now).execute().await?;
        }
        if !settled.later.is_empty() {
            tx.query_either(LATER_POSTGRES, LATER_SQLITE).bind(json(&settled.later)).execute().await?;
        }
        for (number, reason) in &settled.refused {
            tx.query(REFUSED).bind(*number).bind(now).bind(reason.clone()).execute().await?;
        }
        tx.commit().await
    }
}

fn now() -> i64 {
    Utc::now().timestamp_millis()
}

/// The first rows, as JSON, of which there is room for the bodies.
fn fitting(due: Vec<(i64, i64)>) -> String {
    let mut bytes = 0;
    let fits = |(_, size): &(i64, i64)| {
        let is_first = bytes == 0;
        bytes += size.max(&1);
        is_first || bytes <= MOST_BYTES
    };
    json(&due.into_iter().take_while(fits).map(|(number, _)| number).collect::<Vec<_>>())
}

/// JSON of numbers, which cannot fail.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

pub(super) async fn replay(db: &Db, before: DateTime<Utc>) -> Result<u64, Error> {
    // What comes back unrouted meanwhile has a later time.
    in_chunks(db, REPLAY, before).await
}

pub(super) async fn purge(db: &Db, sent: DateTime<Utc>, others: DateTime<Utc>) -> Result<(), Error> {
    in_chunks(db, PURGE_SENT, sent).await?;
    in_chunks(db, PURGE_UNROUTED, others).await?;
    in_chunks(db, PURGE_REFUSED, others).await.map(drop)
}

pub(super) async fn pending(db: &Db) -> Result<i64, Error> {
    let (count,): (i64,) = db.query(PENDING).bind(MOST_COUNTED).fetch_one().await?;
    Ok(count)
}

const INSERT: &str = "
    INSERT INTO bus_outbox (event, kind, source, subject, time, trace, identity, body)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

const DUE: &str = "
    SELECT number, CAST(length(body) AS BIGINT) FROM bus_outbox
    WHERE sent_at IS NULL AND refused_at IS NULL AND again_at <= $1 ORDER BY again_at, number LIMIT $2";

const DUE_UNLOCKED: &str = "
    SELECT number, CAST(length(body) AS BIGINT) FROM bus_outbox
    WHERE sent_at IS NULL AND refused_at IS NULL AND again_at <= $1 ORDER BY again_at, number LIMIT $2
    FOR UPDATE SKIP LOCKED";

const ROWS_POSTGRES: &str = "
    SELECT number, event, kind, source, subject, time, trace, identity, body FROM bus_outbox
    WHERE number IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST($1 AS JSON))) ORDER BY number";

const ROWS_SQLITE: &str = "
    SELECT number, event, kind, source, subject, time, trace, identity, body FROM bus_outbox
    WHERE number IN (SELECT value FROM json_each($1)) ORDER BY number";

const SENT_POSTGRES: &str = "
    UPDATE bus_outbox SET sent_at = $2, unrouted_at = NULL
    WHERE number IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST($1 AS JSON)))";

const SENT_SQLITE: &str = "
    UPDATE bus_outbox SET sent_at = $2, unrouted_at = NULL WHERE number IN (SELECT value FROM json_each($1))";

const UNROUTED_POSTGRES: &str = "
    UPDATE bus_outbox SET unrouted_at = $2, again_at = CAST(pair.value ->> 1 AS BIGINT)
    FROM json_array_elements(CAST($1 AS JSON)) AS pair WHERE number = CAST(pair.value ->> 0 AS BIGINT)";

const UNROUTED_SQLITE: &str = "
    UPDATE bus_outbox SET unrouted_at = $2, again_at = pair.value ->> 1
    FROM json_each($1) AS pair WHERE number = pair.value ->> 0";

const LATER_POSTGRES: &str = "
    UPDATE bus_outbox SET again_at = CAST(pair.value ->> 1 AS BIGINT)
    FROM json_array_elements(CAST($1 AS JSON)) AS pair WHERE number = CAST(pair.value ->> 0 AS BIGINT)";

const LATER_SQLITE: &str = "
    UPDATE bus_outbox SET again_at = pair.value ->> 1 FROM json_each($1) AS pair WHERE number = pair.value ->> 0";

const REFUSED: &str = "
    UPDATE bus_outbox SET refused_at = $2, refused_because = $3, unrouted_at = NULL WHERE number = $1";

const REPLAY: &str = "
    UPDATE bus_outbox SET unrouted_at = NULL, again_at = 0 WHERE number IN
        (SELECT number FROM bus_outbox WHERE unrouted_at < $1 ORDER BY unrouted_at LIMIT $2)";

const PURGE_SENT: &str = "
    DELETE FROM bus_outbox WHERE number IN
        (SELECT number FROM bus_outbox WHERE sent_at < $1 ORDER BY sent_at LIMIT $2)";

const PURGE_UNROUTED: &str = "
    DELETE FROM bus_outbox WHERE number IN
        (SELECT number FROM bus_outbox WHERE unrouted_at IS NOT NULL AND time < $1 LIMIT $2)";

const PURGE_REFUSED: &str = "
    DELETE FROM bus_outbox WHERE number IN
        (SELECT number FROM bus_outbox WHERE refused_at < $1 ORDER BY refused_at LIMIT $2)";

const PENDING: &str = "
    SELECT count(*) FROM (SELECT 1 AS one FROM bus_outbox
        WHERE sent_at IS NULL AND unrouted_at IS NULL AND refused_at IS NULL LIMIT $1) AS due";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_queue_takes_waits_as_long_as_it_is_old_from_ten_minutes_to_a_day() {
        let now = Utc::now();
        for (age, wait) in [(-5, 10), (0, 10), (10, 10), (20, 20), (600, 600), (100 * 24 * 60, 24 * 60)] {
            let text = String::new;
            let (time, trace) = (now - TimeDelta::minutes(age), text());
            let (event, kind, source) = (text(), text(), text());
            let row =
                Row { number: 1, event, kind, source, subject: None, time, trace, identity: None, body: Vec::new() };
            assert_eq!(row.again_at(now), (now + TimeDelta::minutes(wait)).timestamp_millis(), "{age}");
        }
    }
}
