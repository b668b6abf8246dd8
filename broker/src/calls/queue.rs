//! Calls on their way to the workers: taken under a lease that is renewed while they are in hand, put back, cancelled.
//! A lease that has run out makes its call due again, whoever held it.

use chrono::{DateTime, Utc};
use mesh::Error;
use sqlx::FromRow;
use uuid::Uuid;

use super::begin::Mine;
use super::rows::Rows;

/// A call to be made, by whoever took it.
#[derive(FromRow)]
pub(super) struct Taken {
    pub(super) id: String,
    pub(super) effect_id: Option<String>,
    pub(super) route: String,
    pub(super) host: Option<String>,
    pub(super) caller: Option<String>,
    pub(super) argument: Option<Vec<u8>>,
    /// Tries that counted, before this one.
    pub(super) attempts: i64,
    /// All of them, with this one.
    pub(super) tries: i64,
    pub(super) expires_at: DateTime<Utc>,
    pub(super) lease: String,
    /// Whether an earlier try may have had an effect.
    pub(super) had_begun: bool,
}

impl Taken {
    pub(super) fn mine(&self) -> Mine {
        Mine { id: self.id.clone(), lease: self.lease.clone(), at: Utc::now() }
    }
}

impl Rows {
    /// Takes up to so many calls that are due, the longest due first, but none of these rows.
    pub(super) async fn take(&self, most: usize, but: &[String]) -> Result<Vec<Taken>, Error> {
        let (now, but) = (Utc::now(), serde_json::to_string(but).map_err(Error::internal)?);
        // Most of the time there is nothing: that is seen without writing.
        let is_due = self.db.query_either(IS_DUE_POSTGRES, IS_DUE_SQLITE).bind(now).bind(but.clone());
        if is_due.fetch_optional::<(String,)>().await?.is_none() {
            return Ok(Vec::new());
        }
        let mut tx = self.db.begin().await?;
        let query = tx.query_either(TAKE_POSTGRES, TAKE_SQLITE).bind(Uuid::new_v4().to_string()).bind(now + self.lease);
        let query = query.bind(now).bind(i64::try_from(most).unwrap_or(i64::MAX)).bind(but);
        let taken = query.fetch_all().await?;
        tx.commit().await?;
        Ok(taken)
    }

    /// `false` where the call is somebody else's by now.
    pub(super) async fn renew(&self, mine: &Mine) -> Result<bool, Error> {
        let query = self.db.query(RENEW).bind(Utc::now() + self.lease);
        Ok(query.bind(mine.id.clone()).bind(mine.lease.clone()).execute().await? == 1)
    }

    /// Puts a call back that is to be tried again then. Where it has not begun, it can be cancelled again.
    pub(super) async fn put_back(
        &self,
        mine: &Mine,
        attempts: i64,
        due_at: DateTime<Utc>,
        has_begun: bool,
    ) -> Result<bool, Error> {
        let query = self.db.query(PUT_BACK).bind(attempts).bind(due_at).bind(has_begun);
        Ok(query.bind(mine.id.clone()).bind(mine.lease.clone()).execute().await? == 1)
    }

    /// `false` where it has begun, or is over.
    pub(super) async fn cancel(&self, id: &str) -> Result<bool, Error> {
        let now = Utc::now();
        let query = self.db.query(CANCEL).bind(now).bind(now + self.kept).bind(id.to_owned());
        Ok(query.execute().await? == 1)
    }
}

const IS_DUE_POSTGRES: &str = "
    SELECT id FROM calls WHERE later AND state IN ('queued', 'running') AND due_at <= $1
        AND route NOT IN (SELECT jsonb_array_elements_text($2::jsonb)) LIMIT 1";

const IS_DUE_SQLITE: &str = "
    SELECT id FROM calls WHERE later AND state IN ('queued', 'running') AND due_at <= $1
        AND route NOT IN (SELECT value FROM json_each($2)) LIMIT 1";

/// As an array, because rows that are chosen while others are locked must be chosen once and not once for each row.
const TAKE_POSTGRES: &str = "
    UPDATE calls SET state = 'running', lease = $1, due_at = $2, tries = tries + 1,
        started_at = COALESCE(started_at, $3)
    WHERE id = ANY(ARRAY(SELECT id FROM calls WHERE later AND state IN ('queued', 'running') AND due_at <= $3
        AND route NOT IN (SELECT jsonb_array_elements_text($5::jsonb))
        ORDER BY due_at LIMIT $4 FOR UPDATE SKIP LOCKED))
    RETURNING id, effect_id, route, host, caller, argument, attempts, tries, expires_at, lease,
        started_at <> $3 AS had_begun";

const TAKE_SQLITE: &str = "
    UPDATE calls SET state = 'running', lease = $1, due_at = $2, tries = tries + 1,
        started_at = COALESCE(started_at, $3)
    WHERE id IN (SELECT id FROM calls WHERE later AND state IN ('queued', 'running') AND due_at <= $3
        AND route NOT IN (SELECT value FROM json_each($5)) ORDER BY due_at LIMIT $4)
    RETURNING id, effect_id, route, host, caller, argument, attempts, tries, expires_at, lease,
        started_at <> $3 AS had_begun";

const RENEW: &str = "UPDATE calls SET due_at = $1 WHERE id = $2 AND lease = $3 AND state = 'running'";

const PUT_BACK: &str = "
    UPDATE calls SET state = 'queued', attempts = $1, due_at = $2, lease = NULL,
        started_at = CASE WHEN $3 THEN started_at ELSE NULL END
    WHERE id = $4 AND lease = $5 AND state = 'running'";

const CANCEL: &str = "
    UPDATE calls SET state = 'cancelled', finished_at = $1, expires_at = $2, due_at = NULL, lease = NULL,
        argument = NULL, caller = NULL
    WHERE id = $3 AND later AND state = 'queued' AND started_at IS NULL";
