//! Changes to many old rows, a bounded number at a time: each statement has to end within the patience of a query, and
//! others get their turn in between.

use std::time::Duration;

use chrono::{DateTime, Utc};
use mesh::Error;
use mesh::db::Db;

const CHUNK: i64 = 1_000;

/// Runs `sql` with a time as `$1` and a limit as `$2` until it finds fewer rows than it may take; says how many all were.
pub(crate) async fn in_chunks(db: &Db, sql: &'static str, before: DateTime<Utc>) -> Result<u64, Error> {
    let mut all = 0;
    loop {
        let found = db.query(sql).bind(before).bind(CHUNK).execute().await?;
        all += found;
        if found < CHUNK.unsigned_abs() {
            return Ok(all);
        }
    }
}

/// The time so long ago.
pub(crate) fn before(age: Duration) -> DateTime<Utc> {
    let age = chrono::Duration::from_std(age).ok();
    age.and_then(|age| Utc::now().checked_sub_signed(age)).unwrap_or(DateTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longer_ago_than_all_times_is_the_beginning() {
        assert_eq!(before(Duration::MAX), DateTime::UNIX_EPOCH);
    }
}
