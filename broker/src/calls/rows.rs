//! The rows of kept calls: opened, and read as whoever asks for one is told of it.

use chrono::{DateTime, TimeDelta, Utc};
use mesh::Error;
use mesh::db::{Db, Place};
use routing::mask::without;
use routing::{Argument, Route};
use secrecy::SecretString;
use sqlx::FromRow;
use uuid::Uuid;

use bus::dedupe::Fingerprint;

use super::config::Config;
use super::waiting::Waiting;

pub(super) struct Rows {
    pub(super) db: Db,
    /// What is kept, for so long.
    pub(super) kept: TimeDelta,
    /// Of this installation: fingerprints mean nothing without it.
    key: SecretString,
    /// How long a call that is answered later stays with a broker that says nothing any more.
    pub(super) lease: TimeDelta,
    pub(super) waiting: Waiting,
}

/// What is known of a kept call, without what it was asked with.
#[derive(Debug, Clone, FromRow)]
pub(super) struct Call {
    pub(super) id: String,
    pub(super) route: String,
    pub(super) owner: Option<String>,
    pub(super) fingerprint: String,
    pub(super) later: bool,
    pub(super) state: String,
    pub(super) attempts: i64,
    pub(super) status: Option<i64>,
    pub(super) body: Option<Vec<u8>>,
    pub(super) error: Option<String>,
    pub(super) accepted_at: DateTime<Utc>,
    pub(super) started_at: Option<DateTime<Utc>>,
    pub(super) finished_at: Option<DateTime<Utc>>,
}

impl Call {
    /// Whether its state is its last one.
    pub(super) fn is_over(&self) -> bool {
        matches!(self.state.as_str(), "done" | "failed" | "cancelled")
    }
}

impl Rows {
    pub(super) async fn open(config: &Config) -> anyhow::Result<Self> {
        let db = up_to_date(&config.place).await?;
        let key = key(&db).await?;
        let lease = TimeDelta::from_std(config.lease)?;
        let rows = Self { db, kept: config.kept, key, lease, waiting: Waiting::default() };
        if matches!(rows.db, Db::Sqlite(_)) {
            // A file has one process: whoever held a lease is gone.
            rows.db.query(RECLAIM).bind(Utc::now()).execute().await?;
        }
        Ok(rows)
    }

    /// A call that is answered later.
    pub(super) async fn find(&self, id: &str) -> Result<Option<Call>, Error> {
        self.db.query(FIND).bind(id.to_owned()).bind(Utc::now()).fetch_optional().await
    }

    pub(super) async fn under_key(&self, effect_id: &str) -> Result<Option<Call>, Error> {
        self.db.query(UNDER_KEY).bind(effect_id.to_owned()).fetch_optional().await
    }

    /// What a call is known by among those under one key. The fields that the row calls secret are no part of it: so
    /// short a text could be guessed by whoever has both the rows and the key in them.
    pub(super) fn fingerprint(&self, route: &Route, argument: Argument) -> Result<Fingerprint, Error> {
        let object = without(argument.into_object()?, &route.secrets());
        let mut content = format!("{}\0{}\0", route.name, route.host.as_deref().unwrap_or_default()).into_bytes();
        // A JSON object without white space, its fields in the order of their names.
        content.extend_from_slice(&Argument::Object(object).into_text()?);
        Ok(Fingerprint::of(&self.key, &content))
    }
}

/// The rows, with their tables as this version needs them.
pub(super) async fn up_to_date(place: &Place) -> anyhow::Result<Db> {
    Db::open(place, sqlx::migrate!("migrations/postgres"), sqlx::migrate!("migrations/sqlite")).await
}

/// The key of this installation, made by whichever broker is the first.
async fn key(db: &Db) -> Result<SecretString, Error> {
    let made = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
    db.query("INSERT INTO installation (name, value) VALUES ('fingerprints', $1) ON CONFLICT (name) DO NOTHING")
        .bind(made)
        .execute()
        .await?;
    let kept = db.query("SELECT value FROM installation WHERE name = 'fingerprints'").fetch_one::<(String,)>().await?;
    Ok(SecretString::from(kept.0))
}

const RECLAIM: &str = "UPDATE calls SET due_at = $1 WHERE state = 'running'";

const FIND: &str = "
    SELECT id, route, owner, fingerprint, later, state, attempts, status, body, error, accepted_at, started_at,
        finished_at
    FROM calls WHERE id = $1 AND later AND (expires_at > $2 OR state IN ('queued', 'running'))";

const UNDER_KEY: &str = "
    SELECT id, route, owner, fingerprint, later, state, attempts, status, body, error, accepted_at, started_at,
        finished_at
    FROM calls WHERE effect_id = $1";

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;

    /// Somebody who has the rows and their key must not be able to try out passwords.
    #[tokio::test]
    async fn what_is_secret_is_no_part_of_the_fingerprint() {
        let folder = tempfile::tempdir().unwrap();
        let (file, kept) = (folder.path().join("broker.db"), TimeDelta::hours(24));
        let (place, lease) = (Place { postgres: None, file }, Duration::from_secs(15));
        let rows = Rows::open(&Config { place, kept, workers: 1, lease }).await.unwrap();
        let text = "version = 1\n[[route]]\non = \"POST /r\"\ncall = \"rpc a b\"\nargs = { pin = \"$p\" }\n\
            secret = [\"refresh_token\", \"cards.number\", \"p\"]\n";
        let table = routing::table::parse("t", text, |_| None).unwrap();
        let print = |value: serde_json::Value| {
            let argument = Argument::Text(value.to_string().into());
            rows.fingerprint(&table.routes[0], argument).unwrap().as_str().to_owned()
        };
        let of = |secret: &str, name: &str| {
            print(json!({ "refreshToken": secret, "pin": secret, "cards": [{ "number": secret, "name": name }] }))
        };
        assert_eq!(of("one", "n"), of("other", "n"));
        assert_eq!(of("one", "n"), print(json!({ "cards": [{ "name": "n" }] })));
        assert_ne!(of("one", "n"), of("one", "m"));
    }
}
