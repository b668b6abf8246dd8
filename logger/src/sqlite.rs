//! The log in a SQLite file of its own: one statement a commit, however many entries, because the flush to disk is
//! what costs. Only this process writes to it.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use anyhow::Context;
use futures::TryStreamExt;
use mesh::Error;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row};

use crate::entry::{Entry, Hash, Level, NewEntry, Via, now};
use crate::query::{Page, Query};
use crate::store::{Arrival, Found, Kind, Left, Store};

/// `WHERE true` keeps SQLite from reading ON CONFLICT as part of a join.
const INSERT: &str = "INSERT INTO logs (id, name, level, data, created_at, audit, via, hash, stored_at)
    SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6,
        unhex(value ->> 7), $2
    FROM json_each($1) WHERE true
    ON CONFLICT (id) DO NOTHING RETURNING id";

const FIND: &str = "SELECT id, name, level, data, created_at, audit, via, hash FROM logs WHERE id IN (SELECT value FROM json_each($1))";

/// Each by an index that has its kind alone: nothing that is kept is read.
const FORGET: &str = "DELETE FROM logs WHERE seq IN
    (SELECT seq FROM logs WHERE audit = 0 AND stored_at < $1 ORDER BY stored_at LIMIT $2)";

const FORGET_AUDIT: &str = "DELETE FROM logs WHERE seq IN
    (SELECT seq FROM logs WHERE audit = 1 AND stored_at < $1 ORDER BY stored_at LIMIT $2)";

/// Each by the index of its kind.
const STORED_ACTIVITY: &str = "SELECT id, stored_at FROM logs WHERE audit = 0 AND stored_at >= $1
    ORDER BY stored_at DESC, seq DESC LIMIT $2";

const STORED_AUDIT: &str = "SELECT id, stored_at FROM logs WHERE audit = 1 AND stored_at >= $1
    ORDER BY stored_at DESC, seq DESC LIMIT $2";

#[derive(Debug)]
pub(crate) struct Sqlite {
    file: mesh::db::Sqlite,
}

impl Sqlite {
    pub(crate) async fn open(file: &Path) -> anyhow::Result<Self> {
        let opened = mesh::db::Sqlite::open(file).await?;
        let applied = mesh::db::expanding(sqlx::migrate!("migrations/sqlite")).run(&opened.write).await;
        applied.with_context(|| format!("cannot bring {} up to date", file.display()))?;
        Ok(Self { file: opened })
    }
}

impl Store for Sqlite {
    const SHARED: bool = false;

    async fn insert(&self, entries: &[&NewEntry]) -> Result<Vec<(usize, Left)>, Error> {
        let rows = serde_json::to_string(&Rows(entries)).map_err(Error::internal)?;
        let inserted = sqlx::query(INSERT).bind(rows).bind(now()).fetch_all(&self.file.write).await.map_err(away)?;
        if inserted.len() == entries.len() {
            return Ok(Vec::new());
        }
        let left = without(entries, &inserted).map_err(away)?;
        let ids: Vec<_> = left.iter().map(|index| entries[*index].entry.id.as_str()).collect();
        let found: HashMap<_, _> = self.find(&ids).await?.into_iter().map(|it| (it.entry.id.clone(), it)).collect();
        let why = |id: &String| found.get(id).cloned().map_or(Left::Undecided, Left::Taken);
        Ok(left.into_iter().map(|index| (index, why(&entries[index].entry.id))).collect())
    }

    async fn query(&self, query: &Query) -> Result<Page, Error> {
        let mut sql = select(query);
        let mut rows = sql.build().fetch(&self.file.read);
        let mut page = Page::new(query.limit);
        while let Some(row) = rows.try_next().await.map_err(away)? {
            if !page.push(entry(&row).map_err(Error::internal)?) {
                break;
            }
        }
        Ok(page)
    }

    async fn stored_since(&self, kind: Kind, since: i64, most: u32) -> Result<Vec<Arrival>, Error> {
        let select = match kind {
            // Nobody else writes here, so nobody looks for what others stored.
            Kind::All => return Ok(Vec::new()),
            Kind::Audit(false) => STORED_ACTIVITY,
            Kind::Audit(true) => STORED_AUDIT,
        };
        let rows = sqlx::query_as(select).bind(since).bind(most).fetch_all(&self.file.read).await.map_err(away)?;
        Ok(rows.into_iter().map(|(id, stored_at)| Arrival { id, stored_at }).collect())
    }

    async fn find(&self, ids: &[&str]) -> Result<Vec<Found>, Error> {
        let ids = serde_json::to_string(ids).map_err(Error::internal)?;
        let rows = sqlx::query(FIND).bind(ids).fetch_all(&self.file.read).await.map_err(away)?;
        rows.iter().map(found).collect::<Result<_, _>>().map_err(Error::internal)
    }

    async fn forget(&self, audit: bool, before: i64, most: u32) -> Result<u64, Error> {
        let delete = sqlx::query(if audit { FORGET_AUDIT } else { FORGET }).bind(before).bind(most);
        Ok(delete.execute(&self.file.write).await.map_err(away)?.rows_affected())
    }

    async fn close(&self) {
        self.file.close().await;
    }
}

/// The entries as one JSON array of arrays, in the order of the columns of `INSERT`.
struct Rows<'a>(&'a [&'a NewEntry]);

impl serde::Serialize for Rows<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|NewEntry { entry, hash }| {
            let Entry { id, name, level, data, created_at, audit, via } = entry;
            (id, name, level.name(), data, created_at, audit, via.map(Via::name), hash.to_hex())
        }))
    }
}

/// The indexes of the entries that are not among the inserted; of two with one id, the first is the inserted one.
fn without(entries: &[&NewEntry], inserted: &[SqliteRow]) -> sqlx::Result<Vec<usize>> {
    let mut inserted = inserted.iter().map(|row| row.try_get(0)).collect::<sqlx::Result<HashSet<&str>>>()?;
    let left = entries.iter().enumerate().filter(|(_, new)| !inserted.remove(new.entry.id.as_str()));
    Ok(left.map(|(index, _)| index).collect())
}

fn select(query: &Query) -> QueryBuilder<sqlx::Sqlite> {
    // A word of the text and nothing bound, or SQLite could not tell that the index of the audit will do.
    let kind = if query.filter.audit { "audit = 1" } else { "audit = 0" };
    let mut sql = QueryBuilder::new("SELECT id, name, level, data, created_at, audit, via FROM logs WHERE ");
    sql.push(kind);
    if let Some(name) = &query.filter.name {
        sql.push(" AND name = ").push_bind(name);
    }
    if let Some(level) = query.filter.level {
        sql.push(" AND level = ").push_bind(level.name());
    }
    if let Some(since) = query.since {
        sql.push(" AND created_at >= ").push_bind(since);
    }
    if let Some(until) = query.until {
        sql.push(" AND created_at < ").push_bind(until);
    }
    if let Some(after) = &query.after {
        sql.push(" AND (created_at, id) < (").push_bind(after.created_at);
        sql.push(", ").push_bind(&after.id).push(")");
    }
    if let Some(text) = &query.filter.text {
        let pattern = any_case(text);
        sql.push(" AND (name GLOB ").push_bind(pattern.clone());
        sql.push(" OR data GLOB ").push_bind(pattern).push(")");
    }
    sql.push(" ORDER BY created_at DESC, id DESC LIMIT ").push_bind(query.limit as i64 + 1);
    sql
}

/// A GLOB pattern for `text` anywhere and in any case. SQLite's own lower() and LIKE know the cases of ASCII only.
fn any_case(text: &str) -> String {
    let mut pattern = String::from("*");
    for letter in text.chars() {
        let other = |case| Some(case).filter(|case| *case != letter);
        let lower = single(letter.to_lowercase()).and_then(other);
        let upper = single(letter.to_uppercase()).and_then(other);
        if lower.or(upper).is_none() && !matches!(letter, '*' | '?' | '[') {
            pattern.push(letter);
            continue;
        }
        pattern.push('[');
        pattern.push(letter);
        pattern.extend(lower.into_iter().chain(upper));
        pattern.push(']');
    }
    pattern.push('*');
    pattern
}

/// The one letter, where there is just one; the SS of a German ß is no letter's case.
fn single(mut letters: impl Iterator<Item = char>) -> Option<char> {
    letters.next().filter(|_| letters.next().is_none())
}

fn entry(row: &SqliteRow) -> sqlx::Result<Entry> {
    let level: &str = row.try_get(2)?;
    let level = Level::from_name(level).ok_or_else(|| sqlx::Error::Decode(format!("no such level: {level}").into()))?;
    let (id, name, data) = (row.try_get(0)?, row.try_get(1)?, row.try_get(3)?);
    let via = row.try_get::<Option<&str>, _>(6)?.and_then(Via::from_name);
    Ok(Entry { id, name, level, data, created_at: row.try_get(4)?, audit: row.try_get(5)?, via })
}

fn found(row: &SqliteRow) -> sqlx::Result<Found> {
    Ok(Found { entry: entry(row)?, hash: Hash::from_bytes(row.try_get(7)?) })
}

/// A full disk, a lock that is held too long: nothing that another entry would do better with.
fn away(error: sqlx::Error) -> Error {
    Error::unavailable("the log cannot be used right now").caused_by(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_old_is_found_without_reading_what_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let store = Sqlite::open(&folder.path().join("logger.db")).await.unwrap();
        for (forget, index) in [(FORGET, "logs_by_age"), (FORGET_AUDIT, "logs_audit_by_age")] {
            let plan = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {forget}"));
            let plan = sqlx::query_as(plan).bind(0).bind(1).fetch_all(&store.file.read).await.unwrap();
            let plan: Vec<_> = plan.into_iter().map(|(_, _, _, step): (i64, i64, i64, String)| step).collect();
            let search = format!("SEARCH logs USING COVERING INDEX {index} (stored_at<?)");
            assert!(plan.contains(&search) && !plan.iter().any(|step| step.starts_with("SCAN")), "{plan:?}");
        }
    }

    #[test]
    fn a_pattern_has_every_case_and_no_wildcard_of_the_callers() {
        assert_eq!(any_case("aÉ1*?[]ß"), "*[aA][Éé]1[*][?][[]]ß*");
    }
}
