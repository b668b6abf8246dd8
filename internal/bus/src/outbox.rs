//! Events in the transaction of what they tell of: a row is there exactly when the effect is, and a relay publishes it
//! afterwards, again and again under the same id until it is confirmed. Whoever consumes it may see it twice.

mod relay;
mod report;
mod rows;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use chrono::Utc;
use mesh::Error;
use mesh::db::{Db, Tx, expanding};
use sqlx::migrate::Migrator;
use tokio::sync::{Mutex, Notify};
use tokio_util::sync::CancellationToken;

use crate::{Bus, Event};

/// How long bringing the tables up to date may take, with the wait for another process that does the same.
const MIGRATION: Duration = Duration::from_secs(60);

/// Brings the tables of outbox and dedupe up to date, beside those of the service: they keep a list of their own.
pub async fn migrate(db: &Db) -> anyhow::Result<()> {
    let migrated = async {
        match db {
            Db::Postgres(pool) => apart(sqlx::migrate!("migrations/outbox/postgres")).run(pool).await,
            Db::Sqlite(sqlite) => apart(sqlx::migrate!("migrations/outbox/sqlite")).run(&sqlite.write).await,
        }
    };
    match tokio::time::timeout(MIGRATION, migrated).await {
        Ok(migrated) => migrated.context("cannot bring the tables of the outbox up to date"),
        Err(_) => bail!("the tables of the outbox are not up to date in time: see who holds a lock on the database"),
    }
}

fn apart(migrator: Migrator) -> Migrator {
    let mut migrator = expanding(migrator);
    migrator.dangerous_set_table_name("_bus_migrations");
    migrator
}

/// The outbox of one service; clones share the relay's wake-up.
#[derive(Clone)]
pub struct Outbox {
    service: &'static str,
    db: Db,
    wake: Arc<Notify>,
    /// Where SQLite cannot keep rows from a second relay, this does.
    relaying: Arc<Mutex<()>>,
}

impl Outbox {
    /// Over the rows of `service`, which metrics are labelled with; `migrate` comes first.
    pub fn new(service: &'static str, db: Db) -> Self {
        Self { service, db, wake: Arc::default(), relaying: Arc::default() }
    }

    /// Puts `event` into the transaction; the relay of this process hears of the commit.
    pub async fn add(&self, tx: &mut Tx, event: &Event) -> Result<(), Error> {
        rows::insert(tx, event).await?;
        tx.wake_on_commit(self.wake.clone());
        Ok(())
    }

    /// Publishes what is committed until `shutdown`, and deletes what is old. Supervises itself: an engine that is away
    /// is waited for. A second run over the same outbox waits for the first one to end.
    pub async fn run(&self, bus: &Bus, shutdown: &CancellationToken) -> anyhow::Result<()> {
        relay::run(self, bus, shutdown).await;
        Ok(())
    }

    /// Makes what no queue took due again now, and not only when each is; says how many events that are.
    pub async fn replay_unrouted(&self) -> Result<u64, Error> {
        let replayed = rows::replay(&self.db, Utc::now()).await?;
        self.wake.notify_one();
        Ok(replayed)
    }
}
