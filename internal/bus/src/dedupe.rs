//! Effects once: the id of what is done stands in a row of the same transaction as the effect, with a fingerprint of the
//! content and the reply. Whoever asks again gets the reply; who asks for something else under the same id, a conflict.

use std::time::Duration;

use chrono::Utc;
use hmac::{Hmac, Mac};
use mesh::Error;
use mesh::db::{Db, Tx};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use sha2::Sha256;

use crate::chunks::{before, in_chunks};

/// What a content is known by: its HMAC-SHA256, so that passwords in it cannot be guessed from the row.
#[derive(Clone, PartialEq, Eq)]
pub struct Fingerprint(String);

impl Fingerprint {
    pub fn of(key: &SecretString, content: &[u8]) -> Self {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.expose_secret().as_bytes()) else {
            unreachable!("HMAC takes a key of any length");
        };
        mac.update(content);
        Self(format!("{:x}", mac.finalize().into_bytes()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What is known of an id before the effect.
#[derive(Debug, Clone, PartialEq)]
pub enum Begun {
    /// It is new: have the effect in this transaction, and commit.
    Fresh,
    /// It was done, with this reply; null where none was recorded.
    Done(Value),
    /// It was done with another content.
    Conflict,
}

#[derive(sqlx::FromRow)]
struct Known {
    fingerprint: String,
    reply: Option<String>,
}

/// Notes that `consumer` handles `id` in this transaction. Waits for another transaction that does the same, at most as
/// long as any query (two seconds, then 503); if that one is rolled back, this one is `Fresh`.
pub async fn begin(tx: &mut Tx, consumer: &str, id: &str, print: &Fingerprint) -> Result<Begun, Error> {
    // PostgreSQL waits here for whoever holds the same key; on SQLite there is one writer at a time anyway.
    let inserted = tx.query(BEGIN).bind(consumer.to_owned()).bind(id.to_owned()).bind(print.0.clone()).bind(Utc::now());
    if inserted.execute().await? == 1 {
        return Ok(Begun::Fresh);
    }
    let known = tx.query(KNOWN).bind(consumer.to_owned()).bind(id.to_owned()).fetch_optional::<Known>().await?;
    // Purged between the two statements, thirty days after it was done.
    let known = known.ok_or_else(|| Error::unavailable("this was done so long ago that it is forgotten just now"))?;
    if known.fingerprint != print.0 {
        return Ok(Begun::Conflict);
    }
    let reply = known.reply.as_deref().map(serde_json::from_str).transpose().map_err(Error::internal)?;
    Ok(Begun::Done(reply.unwrap_or_default()))
}

/// Notes the reply to what was begun in this transaction. It is kept as it is: leave credentials out.
pub async fn finish(tx: &mut Tx, consumer: &str, id: &str, reply: &Value) -> Result<(), Error> {
    let finished = tx.query(FINISH).bind(reply.to_string()).bind(consumer.to_owned()).bind(id.to_owned());
    match finished.execute().await? {
        1 => Ok(()),
        _ => Err(Error::internal(format!("{consumer} finished {id} without having begun it"))),
    }
}

/// Forgets what was done longer ago than this; says how much.
pub async fn purge(db: &Db, older_than: Duration) -> Result<u64, Error> {
    in_chunks(db, PURGE, before(older_than)).await
}

const BEGIN: &str = "
    INSERT INTO bus_dedupe (consumer, id, fingerprint, begun_at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (consumer, id) DO NOTHING";

const KNOWN: &str = "SELECT fingerprint, reply FROM bus_dedupe WHERE consumer = $1 AND id = $2";

const FINISH: &str = "UPDATE bus_dedupe SET reply = $1 WHERE consumer = $2 AND id = $3";

const PURGE: &str = "
    DELETE FROM bus_dedupe WHERE (consumer, id) IN
        (SELECT consumer, id FROM bus_dedupe WHERE begun_at < $1 ORDER BY begun_at LIMIT $2)";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_depends_on_key_and_content_and_is_hmac_sha256() {
        let key = SecretString::from("Jefe");
        let print = Fingerprint::of(&key, b"what do ya want for nothing?");
        // RFC 4231, test case 2.
        assert_eq!(print.0, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        assert!(print != Fingerprint::of(&key, b"something else"));
        assert!(print != Fingerprint::of(&SecretString::from("another"), b"what do ya want for nothing?"));
        Fingerprint::of(&SecretString::from("k".repeat(1_000)), b"");
        Fingerprint::of(&SecretString::from(""), b"");
    }
}
