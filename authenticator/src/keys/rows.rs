//! Keys as rows: several instances of a development installation share one database, and so one set of keys. The
//! refresh secret is the row of that name.

use chrono::{DateTime, Utc};
use mesh::db::{Db, Tx};
use secrecy::SecretString;
use sqlx::FromRow;

use super::Seed;
use super::stored::Kept;

const REFRESH: &str = "refresh";
const READ: &str = "SELECT id, secret, created_at FROM signing_keys ORDER BY created_at, id";
const INSERT: &str = "INSERT INTO signing_keys (id, secret, created_at) VALUES ($1, $2, $3)";
/// Whoever comes second finds what the first one made. SQLite's writer is alone anyway.
const LOCK: (&str, &str) = ("LOCK TABLE signing_keys IN EXCLUSIVE MODE", "SELECT 1");

#[derive(FromRow)]
struct Row {
    id: String,
    secret: String,
    created_at: DateTime<Utc>,
}

pub(super) async fn read(db: &Db) -> anyhow::Result<Option<Kept>> {
    Ok(kept(db.query(READ).fetch_all().await?))
}

pub(super) async fn read_or_generate(db: &Db, now: DateTime<Utc>) -> anyhow::Result<Kept> {
    let mut tx = db.begin().await?;
    let kept = hold_or_generate(&mut tx, now).await?;
    tx.commit().await?;
    Ok(kept)
}

/// Nobody else changes them until the transaction ends.
async fn hold_or_generate(tx: &mut Tx, now: DateTime<Utc>) -> anyhow::Result<Kept> {
    tx.query_either(LOCK.0, LOCK.1).execute().await?;
    if let Some(kept) = kept(tx.query(READ).fetch_all().await?) {
        return Ok(kept);
    }
    let kept = Kept::generate(now)?;
    for key in &kept.keys {
        insert(tx, key).await?;
    }
    let refresh = Seed { kid: REFRESH.to_owned(), secret: kept.refresh.clone(), created_at: now };
    insert(tx, &refresh).await?;
    Ok(kept)
}

/// Leaves exactly the keys that `renew` makes of those that are there, and the refresh secret as it is.
pub(super) async fn change(db: &Db, now: DateTime<Utc>, renew: impl FnOnce(&mut Vec<Seed>)) -> anyhow::Result<()> {
    let mut tx = db.begin().await?;
    let mut kept = hold_or_generate(&mut tx, now).await?;
    renew(&mut kept.keys);
    tx.query("DELETE FROM signing_keys WHERE id <> $1").bind(REFRESH).execute().await?;
    for key in &kept.keys {
        insert(&mut tx, key).await?;
    }
    Ok(tx.commit().await?)
}

async fn insert(tx: &mut Tx, key: &Seed) -> anyhow::Result<()> {
    let query = tx.query(INSERT).bind(key.kid.clone()).bind_secret(&key.secret).bind(key.created_at);
    query.execute().await?;
    Ok(())
}

fn kept(rows: Vec<Row>) -> Option<Kept> {
    let seed = |row: Row| Seed { kid: row.id, secret: SecretString::from(row.secret), created_at: row.created_at };
    let (refresh, keys): (Vec<Seed>, Vec<Seed>) = rows.into_iter().map(seed).partition(|seed| seed.kid == REFRESH);
    let refresh = refresh.into_iter().next()?.secret;
    (!keys.is_empty()).then_some(Kept { keys, refresh })
}
