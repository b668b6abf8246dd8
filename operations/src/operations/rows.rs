//! Operations on their way through the workers: taken under a lease that is renewed with every batch, let go, ended. A
//! lease that has run out lets another instance go on where the last one was.

use chrono::{DateTime, Utc};
use mesh::Error;
use mesh::db::{Db, Tx};
use sqlx::FromRow;
use uuid::Uuid;

use super::Kind;
use crate::audit::{self, Audit};
use crate::door::Door;

/// An operation in this instance's hand.
#[derive(Debug, Clone)]
pub(crate) struct Taken {
    pub(crate) id: String,
    pub(super) kind: Kind,
    pub(super) who: String,
    pub(super) rate: Option<i64>,
    pub(super) force: bool,
    /// What it waited for when it was taken.
    pub(super) error: Option<String>,
    lease: String,
}

#[derive(FromRow)]
struct Row {
    id: String,
    kind: String,
    who: String,
    rate: Option<i64>,
    force: bool,
    error: Option<String>,
}

#[derive(FromRow)]
struct Counts {
    state: String,
    done: i64,
    failed: i64,
    skipped: i64,
}

/// Takes up to so many that nobody has in hand, in the order in which they were asked for or had to wait.
pub(crate) async fn take(door: &Door, most: usize) -> Result<Vec<Taken>, Error> {
    let now = Utc::now();
    // Most of the time there is nothing: that is seen without writing.
    if door.db.query(IS_DUE).bind(now).fetch_optional::<(String,)>().await?.is_none() {
        return Ok(Vec::new());
    }
    let lease = Uuid::new_v4().to_string();
    let mut tx = door.db.begin().await?;
    let query = tx.query_either(TAKE_POSTGRES, TAKE_SQLITE).bind(lease.clone()).bind(now + door.lease).bind(now);
    let rows: Vec<Row> = query.bind(i64::try_from(most).unwrap_or(i64::MAX)).fetch_all().await?;
    tx.commit().await?;
    Ok(rows.into_iter().filter_map(|row| row.taken(&lease)).collect())
}

impl Row {
    fn taken(self, lease: &str) -> Option<Taken> {
        let Self { id, kind, who, rate, force, error } = self;
        // A later version of this program may know more of them.
        let kind = Kind::from_name(&kind)?;
        Some(Taken { id, kind, who, rate, force, error, lease: lease.to_owned() })
    }
}

impl Taken {
    /// `false` where it was stopped, or is somebody else's by now.
    pub(super) async fn renew(&self, door: &Door) -> Result<bool, Error> {
        let query = door.db.query(RENEW).bind(Utc::now() + door.lease).bind(self.id.clone());
        Ok(query.bind(self.lease.clone()).execute().await? == 1)
    }

    /// Says what is waited for; none where it goes on.
    pub(super) async fn tell(&self, door: &Door, error: Option<&str>) -> Result<(), Error> {
        let query = door.db.query(TELL).bind(error.map(str::to_owned)).bind(self.id.clone());
        query.bind(self.lease.clone()).execute().await.map(drop)
    }

    /// For another instance to go on with at once.
    pub(super) async fn release(&self, door: &Door) -> Result<(), Error> {
        door.db.query(RELEASE).bind(self.id.clone()).bind(self.lease.clone()).execute().await.map(drop)
    }

    /// For whoever has room then; until then others have this one's place.
    pub(crate) async fn postpone(&self, door: &Door, until: DateTime<Utc>) -> Result<(), Error> {
        let query = door.db.query(POSTPONE).bind(until).bind(self.id.clone()).bind(self.lease.clone());
        query.execute().await.map(drop)
    }

    /// All letters were seen to.
    pub(super) async fn end(&self, door: &Door) -> Result<(), Error> {
        let mut tx = door.db.begin().await?;
        let ended = tx.query(END).bind(Utc::now()).bind(self.id.clone()).bind(self.lease.clone());
        if let Some(Counts { state, done, failed, skipped }) = ended.fetch_optional().await? {
            let what = Audit::Ended { operation: &self.id, state: &state, done, failed, skipped };
            audit::record(&door.outbox, &mut tx, &self.who, &what).await?;
            metrics::counter!("operations_ended_total", "kind" => self.kind.name(), "state" => state).increment(1);
        }
        tx.commit().await
    }

    /// Adds to what the operation tells of itself.
    pub(super) async fn count(&self, tx: &mut Tx, done: u64, failed: u64, skipped: u64) -> Result<(), Error> {
        let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let query = tx.query(COUNT).bind(number(done)).bind(number(failed)).bind(number(skipped));
        query.bind(self.id.clone()).execute().await.map(drop)
    }
}

#[cfg(test)]
impl Taken {
    pub(super) fn example(kind: Kind, force: bool) -> Self {
        let [id, who, lease] = ["mine", "boss", "lease"].map(str::to_owned);
        Self { id, kind, who, rate: None, force, error: None, lease }
    }
}

/// A file has one process: whoever held a lease is gone.
pub(crate) async fn release_all(db: &Db) -> Result<(), Error> {
    if matches!(db, Db::Sqlite(_)) {
        db.query(RELEASE_ALL).execute().await?;
    }
    Ok(())
}

const IS_DUE: &str = "
    SELECT id FROM operations WHERE state = 'running' AND (due_at IS NULL OR due_at <= $1) LIMIT 1";

/// As an array, because rows that are chosen while others are locked must be chosen once and not once for each row.
const TAKE_POSTGRES: &str = "
    UPDATE operations SET lease = $1, due_at = $2, started_at = COALESCE(started_at, $3)
    WHERE id = ANY(ARRAY(SELECT id FROM operations WHERE state = 'running' AND (due_at IS NULL OR due_at <= $3)
        ORDER BY COALESCE(due_at, created_at) LIMIT $4 FOR UPDATE SKIP LOCKED))
    RETURNING id, kind, who, rate, force, error";

const TAKE_SQLITE: &str = "
    UPDATE operations SET lease = $1, due_at = $2, started_at = COALESCE(started_at, $3)
    WHERE id IN (SELECT id FROM operations WHERE state = 'running' AND (due_at IS NULL OR due_at <= $3)
        ORDER BY COALESCE(due_at, created_at) LIMIT $4)
    RETURNING id, kind, who, rate, force, error";

const RENEW: &str = "UPDATE operations SET due_at = $1 WHERE id = $2 AND lease = $3 AND state = 'running'";

const TELL: &str = "UPDATE operations SET error = $1 WHERE id = $2 AND lease = $3 AND state = 'running'";

const RELEASE: &str = "UPDATE operations SET lease = NULL, due_at = NULL WHERE id = $1 AND lease = $2";

const POSTPONE: &str = "UPDATE operations SET lease = NULL, due_at = $1 WHERE id = $2 AND lease = $3";

const RELEASE_ALL: &str = "UPDATE operations SET lease = NULL, due_at = NULL WHERE lease IS NOT NULL";

const END: &str = "
    UPDATE operations SET state = CASE WHEN failed > 0 THEN 'failed' ELSE 'done' END, ended_at = $1, lease = NULL,
        due_at = NULL, error = (SELECT detail FROM operation_letters
            WHERE operation = operations.id AND operation_letters.state = 'failed' ORDER BY number DESC LIMIT 1)
    WHERE id = $2 AND lease = $3 AND state = 'running'
    RETURNING state, done, failed, skipped";

const COUNT: &str = "
    UPDATE operations SET done = done + $1, failed = failed + $2, skipped = skipped + $3 WHERE id = $4";
