//! Rows for each test: a SQLite file in a temporary folder, or a database on PostgreSQL that is dropped at the end.

use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};

use bus::{Bus, Event, Outbox};
use futures::FutureExt;
use mesh::db::{Db, Place};
use secrecy::SecretString;
use sqlx::migrate::Migrator;
use sqlx::{Connection, Executor, PgConnection};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::fresh::{PATIENCE, until};

/// One service's rows, with the tables of the bus.
pub(crate) struct Rows {
    pub(crate) db: Db,
    pub(crate) url: Option<String>,
    pub(crate) file: PathBuf,
}

pub(crate) async fn sqlite(test: impl AsyncFnOnce(Rows)) {
    let folder = tempfile::tempdir().unwrap();
    test(Rows::fresh(None, folder.path().join("service.db")).await).await;
}

pub(crate) async fn postgres(test: impl AsyncFnOnce(Rows)) {
    let server = std::env::var("TEST_POSTGRES_URL");
    let server = server.unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".to_owned());
    let mut admin = PgConnection::connect(&server).await.unwrap_or_else(|error| {
        panic!("this test needs PostgreSQL: start it, or set TEST_POSTGRES_URL to where it is ({error})")
    });
    let name = format!("test_bus_{}", Uuid::new_v4().simple());
    admin.execute(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
    let mut url = url::Url::parse(&server).unwrap();
    url.set_path(&name);
    let test = async { test(Rows::fresh(Some(url.to_string()), PathBuf::new()).await).await };
    let outcome = AssertUnwindSafe(test).catch_unwind().await;
    admin.execute(sqlx::AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)"))).await.unwrap();
    outcome.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
}

impl Rows {
    async fn fresh(url: Option<String>, file: PathBuf) -> Self {
        let db = open(url.as_deref(), &file, true).await;
        bus::migrate(&db).await.unwrap();
        Self { db, url, file }
    }

    /// Adds these events, in transactions of a hundred.
    pub(crate) async fn add(&self, outbox: &Outbox, events: &[Event]) {
        for some in events.chunks(100) {
            let mut tx = self.db.begin().await.unwrap();
            for event in some {
                outbox.add(&mut tx, event).await.unwrap();
            }
            tx.commit().await.unwrap();
        }
    }

    pub(crate) async fn count(&self, sql: &'static str) -> i64 {
        self.db.query(sql).fetch_one::<(i64,)>().await.unwrap().0
    }

    pub(crate) async fn due(&self) -> i64 {
        let due = "SELECT count(*) FROM bus_outbox
                   WHERE sent_at IS NULL AND unrouted_at IS NULL AND refused_at IS NULL";
        self.count(due).await
    }

    /// Until somebody waits for what another transaction holds, or `is_over`. On SQLite there is nothing to be seen of it:
    /// the one connection that writes is held, and everybody else waits for that.
    pub(crate) async fn until_waited_for(&self, is_over: impl Fn() -> bool) {
        if matches!(self.db, Db::Sqlite(_)) {
            return;
        }
        let waiting = "SELECT count(*) FROM pg_stat_activity
                       WHERE datname = current_database() AND wait_event_type = 'Lock'";
        until("somebody waits for a lock", async || is_over() || self.count(waiting).await > 0).await;
    }

    pub(crate) async fn sent(&self) -> i64 {
        self.count("SELECT count(*) FROM bus_outbox WHERE sent_at IS NOT NULL").await
    }
}

/// The rows of a service that has one table of its own, or none yet.
pub(crate) async fn open(url: Option<&str>, file: &Path, with_tables: bool) -> Db {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/outbox/migrations");
    let empty = tempfile::tempdir().unwrap();
    let at = |engine: &str| if with_tables { folder.join(engine) } else { empty.path().to_owned() };
    let (postgres, sqlite) = (Migrator::new(at("postgres")).await.unwrap(), Migrator::new(at("sqlite")).await.unwrap());
    let place = Place { postgres: url.map(SecretString::from), file: file.to_owned() };
    Db::open(&place, postgres, sqlite).await.unwrap()
}

/// A relay at work.
pub(crate) struct Relay {
    stop: CancellationToken,
    task: JoinHandle<anyhow::Result<()>>,
}

impl Relay {
    pub(crate) fn start(outbox: &Outbox, bus: &Bus) -> Self {
        let (stop, outbox, bus) = (CancellationToken::new(), outbox.clone(), bus.clone());
        let stopped = stop.clone();
        Self { stop, task: tokio::spawn(async move { outbox.run(&bus, &stopped).await }) }
    }

    pub(crate) async fn stop(self) {
        self.stop.cancel();
        timeout(PATIENCE, self.task).await.expect("the relay does not stop").unwrap().unwrap();
    }

    /// Ends it where it stands.
    pub(crate) async fn abort(self) {
        self.task.abort();
        assert!(self.task.await.unwrap_err().is_cancelled());
    }
}
