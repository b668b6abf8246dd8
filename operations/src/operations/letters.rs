//! What operations write to letters. Every change says what a letter must be before it, so that two operations, or two
//! instances with the same one, cannot both have it.

use bus::Event;
use chrono::{DateTime, Utc};
use mesh::db::Tx;
use mesh::{Error, TraceContext};
use sqlx::FromRow;

use super::batch::json;
use super::rows::Taken;

/// A letter that is about to go to its queue again.
#[derive(FromRow)]
pub(super) struct Claimed {
    pub(super) id: String,
    pub(super) queue: String,
    event_id: String,
    kind: String,
    source: String,
    subject: Option<String>,
    time: DateTime<Utc>,
    trace: String,
    identity: Option<String>,
    body: Vec<u8>,
}

impl Claimed {
    /// The event as it was; an error where it cannot be told who caused it, as that is not nobody.
    pub(super) fn event(self) -> Result<Event, String> {
        let identity = self.identity.as_deref().map(serde_json::from_str).transpose();
        Ok(Event {
            id: self.event_id,
            kind: self.kind,
            source: self.source,
            subject: self.subject,
            time: self.time,
            trace: self.trace.parse().unwrap_or_else(|_| TraceContext::new()),
            identity: identity.map_err(|_| "who caused it cannot be read".to_owned())?,
            body: self.body.into(),
        })
    }
}

/// Those among these that are dead, or that this operation had in hand before, now in its hand; by force those too that
/// were discarded.
pub(super) async fn claim(tx: &mut Tx, taken: &Taken, ids: &[&str]) -> Result<Vec<Claimed>, Error> {
    let query = tx.query_either(CLAIM_POSTGRES, CLAIM_SQLITE).bind(taken.id.clone()).bind(Utc::now());
    query.bind(json(&ids)?).bind(taken.force).fetch_all().await
}

/// Those that died once more meanwhile stay dead.
pub(super) async fn replayed(tx: &mut Tx, taken: &Taken, ids: &[String]) -> Result<(), Error> {
    let query = tx.query_either(REPLAYED_POSTGRES, REPLAYED_SQLITE).bind(Utc::now()).bind(taken.id.clone());
    query.bind(json(&ids)?).execute().await.map(drop)
}

pub(super) async fn still_dead(tx: &mut Tx, taken: &Taken, ids: &[String]) -> Result<(), Error> {
    let query = tx.query_either(STILL_DEAD_POSTGRES, STILL_DEAD_SQLITE).bind(Utc::now()).bind(taken.id.clone());
    query.bind(json(&ids)?).execute().await.map(drop)
}

/// The ids of those that were dead.
pub(super) async fn discard(tx: &mut Tx, ids: &[&str]) -> Result<Vec<(String,)>, Error> {
    tx.query_either(DISCARD_POSTGRES, DISCARD_SQLITE).bind(Utc::now()).bind(json(&ids)?).fetch_all().await
}

/// The ids of those that were over, or at least in nobody's hand.
pub(super) async fn purge(tx: &mut Tx, taken: &Taken, ids: &[&str]) -> Result<Vec<(String,)>, Error> {
    tx.query_either(PURGE_POSTGRES, PURGE_SQLITE).bind(taken.force).bind(json(&ids)?).fetch_all().await
}

const CLAIM_POSTGRES: &str = "
    UPDATE letters SET state = 'replaying', operation = $1, changed_at = $2
    WHERE id IN (SELECT jsonb_array_elements_text($3::jsonb))
        AND (state = 'dead' OR ($4 AND state = 'discarded') OR (state = 'replaying' AND operation = $1))
    RETURNING id, queue, event_id, kind, source, subject, time, trace, identity, body";

const CLAIM_SQLITE: &str = "
    UPDATE letters SET state = 'replaying', operation = $1, changed_at = $2
    WHERE id IN (SELECT value FROM json_each($3))
        AND (state = 'dead' OR ($4 AND state = 'discarded') OR (state = 'replaying' AND operation = $1))
    RETURNING id, queue, event_id, kind, source, subject, time, trace, identity, body";

const REPLAYED_POSTGRES: &str = "
    UPDATE letters SET state = 'replayed', changed_at = $1
    WHERE id IN (SELECT jsonb_array_elements_text($3::jsonb)) AND state = 'replaying' AND operation = $2";

const REPLAYED_SQLITE: &str = "
    UPDATE letters SET state = 'replayed', changed_at = $1
    WHERE id IN (SELECT value FROM json_each($3)) AND state = 'replaying' AND operation = $2";

const STILL_DEAD_POSTGRES: &str = "
    UPDATE letters SET state = 'dead', operation = NULL, changed_at = $1
    WHERE id IN (SELECT jsonb_array_elements_text($3::jsonb)) AND state = 'replaying' AND operation = $2";

const STILL_DEAD_SQLITE: &str = "
    UPDATE letters SET state = 'dead', operation = NULL, changed_at = $1
    WHERE id IN (SELECT value FROM json_each($3)) AND state = 'replaying' AND operation = $2";

const DISCARD_POSTGRES: &str = "
    UPDATE letters SET state = 'discarded', changed_at = $1
    WHERE id IN (SELECT jsonb_array_elements_text($2::jsonb)) AND state = 'dead' RETURNING id";

const DISCARD_SQLITE: &str = "
    UPDATE letters SET state = 'discarded', changed_at = $1
    WHERE id IN (SELECT value FROM json_each($2)) AND state = 'dead' RETURNING id";

const PURGE_POSTGRES: &str = "
    DELETE FROM letters WHERE id IN (SELECT jsonb_array_elements_text($2::jsonb)) AND state <> 'replaying'
        AND ($1 OR state <> 'dead') RETURNING id";

const PURGE_SQLITE: &str = "
    DELETE FROM letters WHERE id IN (SELECT value FROM json_each($2)) AND state <> 'replaying'
        AND ($1 OR state <> 'dead') RETURNING id";
