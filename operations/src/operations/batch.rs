//! The next letters of an operation, what stands in the way of each, and what became of them.

use chrono::{DateTime, TimeDelta, Utc};
use mesh::Error;
use mesh::db::Tx;
use serde::Serialize;
use sqlx::FromRow;

use super::Kind;
use super::rows::Taken;

/// Consumers remember for 30 days what they did under an id. A letter that is sent now may wait or be tried again for a
/// while, and is still to be known then.
pub(crate) const REMEMBERED: TimeDelta = TimeDelta::days(28);

/// More than an operation has letters: behind all others, and each still under a number of its own.
const FURTHER: i64 = 1_000_000;

/// A letter that waits for its operation, as it is now.
#[derive(Debug, FromRow)]
pub(crate) struct Item {
    pub(crate) number: i64,
    pub(super) letter: String,
    /// Nothing where it was purged.
    state: Option<String>,
    operation: Option<String>,
    readable: Option<bool>,
    accepted_at: Option<DateTime<Utc>>,
    /// Of its body, in bytes.
    pub(super) size: Option<i64>,
}

/// What became of the letters of one batch, by their numbers. Those that are missing wait on.
#[derive(Debug, Default)]
pub(super) struct Settled {
    pub(super) done: Vec<i64>,
    pub(super) failed: Vec<(i64, String)>,
    pub(super) skipped: Vec<(i64, String)>,
    /// Those that wait on, and let others go first.
    pub(super) behind: Vec<i64>,
}

/// Up to so many letters that wait, in their order.
pub(crate) async fn next(tx: &mut Tx, taken: &Taken, most: i64) -> Result<Vec<Item>, Error> {
    tx.query(NEXT).bind(taken.id.clone()).bind(most).fetch_all().await
}

impl Item {
    /// Why this operation leaves the letter alone, if so.
    pub(super) fn obstacle(&self, taken: &Taken, now: DateTime<Utc>) -> Option<String> {
        let Some(state) = self.state.as_deref() else { return Some("it was purged".to_owned()) };
        let is_mine = state == "replaying" && self.operation.as_ref() == Some(&taken.id);
        let is_wanted_back = state == "discarded" && taken.force;
        let is_old = self.accepted_at.is_some_and(|at| at < now - REMEMBERED) && !taken.force;
        match taken.kind {
            Kind::Discard if state == "dead" => None,
            Kind::Purge if state == "dead" && !taken.force => {
                Some("it is dead: replay or discard it first, or purge with force".to_owned())
            }
            Kind::Purge if state != "replaying" => None,
            Kind::Replay if state == "dead" || is_mine || is_wanted_back => match self.readable {
                Some(false) => Some("it could not be read, and would be another message: edit it".to_owned()),
                _ if is_old => Some(
                    "it is older than 28 days, and effects are remembered for 30, so that its effect could come \
                     twice: replay it with force"
                        .to_owned(),
                ),
                _ => None,
            },
            _ => Some(format!("it is {state}")),
        }
    }
}

impl Settled {
    /// Notes it with the letters and with the operation. What was noted before, by whoever held the lease then, stays.
    pub(super) async fn note(&self, tx: &mut Tx, taken: &Taken) -> Result<(), Error> {
        let mut done = 0;
        if !self.done.is_empty() {
            let query = tx.query_either(DONE_POSTGRES, DONE_SQLITE).bind(taken.id.clone());
            done = query.bind(json(&self.done)?).execute().await?;
        }
        if !self.behind.is_empty() {
            put_behind(tx, taken, &self.behind).await?;
        }
        let failed = told(tx, taken, "failed", &self.failed).await?;
        let skipped = told(tx, taken, "skipped", &self.skipped).await?;
        for (outcome, count) in [("done", done), ("failed", failed), ("skipped", skipped)] {
            let kind = taken.kind.name();
            metrics::counter!("operation_letters_total", "kind" => kind, "outcome" => outcome).increment(count);
        }
        taken.count(tx, done, failed, skipped).await
    }
}

/// Lets all others go before these.
pub(crate) async fn put_behind(tx: &mut Tx, taken: &Taken, numbers: &[i64]) -> Result<(), Error> {
    let query = tx.query_either(BEHIND_POSTGRES, BEHIND_SQLITE).bind(taken.id.clone()).bind(FURTHER);
    query.bind(json(&numbers)?).execute().await.map(drop)
}

async fn told(tx: &mut Tx, taken: &Taken, state: &str, letters: &[(i64, String)]) -> Result<u64, Error> {
    let mut count = 0;
    for (number, detail) in letters {
        let query = tx.query(TOLD).bind(state.to_owned()).bind(detail.clone()).bind(taken.id.clone()).bind(*number);
        count += query.execute().await?;
    }
    Ok(count)
}

pub(super) fn json(values: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(values).map_err(Error::internal)
}

const NEXT: &str = "
    SELECT waiting.number, waiting.letter, letters.state, letters.operation, letters.readable, letters.accepted_at,
        CAST(length(letters.body) AS BIGINT) AS size
    FROM (SELECT number, letter FROM operation_letters WHERE operation = $1 AND state = 'waiting'
        ORDER BY number LIMIT $2) AS waiting LEFT JOIN letters ON letters.id = waiting.letter
    ORDER BY waiting.number";

const DONE_POSTGRES: &str = "
    UPDATE operation_letters SET state = 'done' WHERE operation = $1 AND state = 'waiting'
        AND number IN (SELECT CAST(value AS BIGINT) FROM jsonb_array_elements_text($2::jsonb) AS value)";

const DONE_SQLITE: &str = "
    UPDATE operation_letters SET state = 'done' WHERE operation = $1 AND state = 'waiting'
        AND number IN (SELECT value FROM json_each($2))";

const BEHIND_POSTGRES: &str = "
    UPDATE operation_letters SET number = number + $2 WHERE operation = $1 AND state = 'waiting'
        AND number IN (SELECT CAST(value AS BIGINT) FROM jsonb_array_elements_text($3::jsonb) AS value)";

const BEHIND_SQLITE: &str = "
    UPDATE operation_letters SET number = number + $2 WHERE operation = $1 AND state = 'waiting'
        AND number IN (SELECT value FROM json_each($3))";

const TOLD: &str = "
    UPDATE operation_letters SET state = $1, detail = $2 WHERE operation = $3 AND number = $4 AND state = 'waiting'";

#[cfg(test)]
mod tests {
    use super::*;

    fn item(state: &str, days: i64) -> Item {
        Item {
            number: 1,
            letter: "1".to_owned(),
            state: Some(state.to_owned()),
            operation: Some("mine".to_owned()),
            readable: Some(true),
            accepted_at: Some(Utc::now() - TimeDelta::days(days)),
            size: Some(2),
        }
    }

    #[test]
    fn each_kind_takes_the_letters_that_it_is_for() {
        let fits = |kind, force, item: Item| item.obstacle(&Taken::example(kind, force), Utc::now()).is_none();
        for (kind, force, fit) in [
            (Kind::Replay, false, vec!["dead", "replaying"]),
            (Kind::Replay, true, vec!["dead", "replaying", "discarded"]),
            (Kind::Discard, true, vec!["dead"]),
            (Kind::Purge, false, vec!["replayed", "discarded", "replaced"]),
            (Kind::Purge, true, vec!["dead", "replayed", "discarded", "replaced"]),
        ] {
            for state in ["dead", "replaying", "replayed", "discarded", "replaced"] {
                assert_eq!(fits(kind, force, item(state, 0)), fit.contains(&state), "{kind:?} {state}");
            }
        }
        assert!(!fits(Kind::Replay, false, Item { operation: Some("another".to_owned()), ..item("replaying", 0) }));
        assert!(!fits(Kind::Discard, true, Item { state: None, ..item("dead", 0) }), "purged");
    }

    #[test]
    fn what_is_forgotten_by_its_consumers_is_replayed_by_force_alone_and_what_is_unreadable_never() {
        let obstacle = |force, item: Item| item.obstacle(&Taken::example(Kind::Replay, force), Utc::now());
        assert!(obstacle(false, item("dead", 27)).is_none());
        assert!(obstacle(false, item("dead", 29)).unwrap().contains("28 days"));
        assert!(obstacle(true, item("dead", 31)).is_none());
        assert!(obstacle(true, Item { readable: Some(false), ..item("dead", 0) }).unwrap().contains("edit"));
    }
}
