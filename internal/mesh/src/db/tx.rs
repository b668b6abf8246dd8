//! A transaction: what is written in it is there as a whole or not at all. Dropped without a commit, it is undone.

use std::sync::Arc;

use sqlx::{Postgres, Sqlite, Transaction};
use tokio::sync::Notify;

use super::ask;
use super::query::{On, Query};
use crate::error::Error;

/// SQLite's begins as the one writer, so that what it read cannot change before it writes; PostgreSQL's is `READ
/// COMMITTED`, where rows that must not change are read with `FOR UPDATE` (`query_either`, as SQLite has no such words).
pub struct Tx {
    engine: Engine,
    wake: Vec<Arc<Notify>>,
}

pub(super) enum Engine {
    Postgres(Transaction<'static, Postgres>),
    Sqlite(Transaction<'static, Sqlite>),
}

impl Tx {
    pub(super) fn new(engine: Engine) -> Self {
        Self { engine, wake: Vec::new() }
    }

    pub fn query(&mut self, sql: &'static str) -> Query<'_> {
        let on = match &mut self.engine {
            Engine::Postgres(tx) => On::PostgresTx(&mut *tx, Default::default()),
            Engine::Sqlite(tx) => On::SqliteTx(&mut *tx, Default::default()),
        };
        Query::new(sql, on)
    }

    /// One of two texts, where the engines differ.
    pub fn query_either(&mut self, postgres: &'static str, sqlite: &'static str) -> Query<'_> {
        let sql = if matches!(self.engine, Engine::Postgres(_)) { postgres } else { sqlite };
        self.query(sql)
    }

    /// Wakes who waits for rows of this transaction, once they are there.
    pub fn wake_on_commit(&mut self, waiting: Arc<Notify>) {
        self.wake.push(waiting);
    }

    /// After an error the outcome is open: the same has to be tried again with the same ids.
    pub async fn commit(self) -> Result<(), Error> {
        match self.engine {
            Engine::Postgres(tx) => ask(tx.commit()).await?,
            Engine::Sqlite(tx) => ask(tx.commit()).await?,
        }
        for waiting in self.wake {
            waiting.notify_one();
        }
        Ok(())
    }
}
