//! Rows: PostgreSQL where a URL is set, else a SQLite file under the data folder. A closed enum rather than a trait,
//! because both engines are ours to know; where their SQL differs, both texts stand side by side at the call.

mod group;
mod place;
mod query;
mod tx;

use std::fs::{DirBuilder, File};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail};
use secrecy::{ExposeSecret, SecretString};
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgDatabaseError, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, PgPool, SqlitePool};
use tokio_util::sync::CancellationToken;

use crate::config::masked_url;
use crate::error::Error;
use crate::health::Health;

pub use place::Place;
pub use query::{Query, Row, Value};
pub use tx::Tx;

const ACQUIRE: Duration = Duration::from_secs(3);
/// How long PostgreSQL may take to open a connection, which goes on when its caller has given up.
const OPENING: Duration = Duration::from_secs(15);
/// How long `ask` waits: shorter than the deadline of any call, so that the caller still learns what is away.
const PATIENCE: Duration = Duration::from_secs(2);
const WATCH: Duration = Duration::from_secs(1);
/// How long bringing the tables up to date may take, with the wait for another process that does the same.
const MIGRATION: Duration = Duration::from_secs(60);

/// One service's rows.
#[derive(Debug, Clone)]
pub enum Db {
    Postgres(PgPool),
    Sqlite(Sqlite),
}

/// A SQLite file with many readers and exactly one writer, which is all that SQLite has anyway.
#[derive(Debug, Clone)]
pub struct Sqlite {
    pub read: SqlitePool,
    pub write: SqlitePool,
    group: group::Group,
}

impl Db {
    /// Opens the engine where the rows are and brings its tables up to date.
    pub async fn open(place: &Place, postgres: Migrator, sqlite: Migrator) -> anyhow::Result<Self> {
        match &place.postgres {
            Some(url) => {
                let pool = connect_postgres(url).await?;
                let migrated = within(expanding(postgres).run(&pool)).await;
                migrated.context("cannot bring the PostgreSQL tables up to date")?;
                Ok(Self::Postgres(pool))
            }
            None => {
                let opened = Sqlite::open(&place.file).await?;
                let migrated = within(expanding(sqlite).run(&opened.write)).await;
                migrated.with_context(|| format!("cannot bring {} up to date", place.file.display()))?;
                Ok(Self::Sqlite(opened))
            }
        }
    }

    /// A statement of its own; see `Query`.
    pub fn query(&self, sql: &'static str) -> Query<'_> {
        let on = match self {
            Self::Postgres(pool) => query::On::PostgresPool(pool, Default::default()),
            Self::Sqlite(sqlite) => query::On::SqlitePool(sqlite, Default::default()),
        };
        Query::new(sql, on)
    }

    /// One of two texts, where the engines differ.
    pub fn query_either(&self, postgres: &'static str, sqlite: &'static str) -> Query<'_> {
        self.query(if matches!(self, Self::Postgres(_)) { postgres } else { sqlite })
    }

    /// Begins a transaction; on SQLite it waits for its turn as the one writer.
    pub async fn begin(&self) -> Result<Tx, Error> {
        let engine = match self {
            Self::Postgres(pool) => {
                let begun = pool.clone();
                tx::Engine::Postgres(ask(Box::pin(lent(pool, async move { begun.begin().await }))).await?)
            }
            Self::Sqlite(sqlite) => tx::Engine::Sqlite(ask(sqlite.write.begin_with("BEGIN IMMEDIATE")).await?),
        };
        Ok(Tx::new(engine))
    }

    /// Asks the engine for nothing, to see whether it answers.
    pub async fn ping(&self) -> Result<(), Error> {
        match self {
            Self::Postgres(pool) => {
                ask(async { sqlx::query("SELECT 1").execute(&mut *lent(pool, pool.acquire()).await?).await })
                    .await
                    .map(drop)
            }
            Self::Sqlite(sqlite) => ask(sqlx::query("SELECT 1").execute(&sqlite.read)).await.map(drop),
        }
    }

    /// Lists the engine as degraded for as long as it does not answer in time, until `shutdown`.
    pub async fn watch(&self, health: &Health, shutdown: &CancellationToken) {
        let (part, engine) = match self {
            Self::Postgres(_) => ("postgres", "PostgreSQL"),
            Self::Sqlite(_) => ("sqlite", "the writer of the SQLite file"),
        };
        let mut is_away = false;
        while !shutdown.is_cancelled() {
            match self.answers().await {
                Ok(()) if is_away => {
                    tracing::info!(service = health.service(), "{engine} answers again");
                    health.restore(part);
                    is_away = false;
                }
                Err(error) if !is_away => {
                    tracing::warn!(service = health.service(), "{engine} does not answer: {}", error.causes());
                    health.degrade(part, format!("{engine} does not answer; calls that need it get 503"));
                    is_away = true;
                }
                Ok(()) | Err(_) => {}
            }
            shutdown.run_until_cancelled(tokio::time::sleep(WATCH)).await;
        }
    }

    /// As `ping`, but of SQLite the writer, for whom callers wait in a row: a slow disk or too little time of a
    /// processor makes it late where readers are well.
    async fn answers(&self) -> Result<(), Error> {
        match self {
            Self::Postgres(_) => self.ping().await,
            Self::Sqlite(sqlite) => {
                ask(async { sqlite.write.begin_with("BEGIN IMMEDIATE").await?.rollback().await }).await
            }
        }
    }

    /// Waits for what is in hand, but not for ever.
    pub async fn close(&self) {
        let closing = async {
            match self {
                Self::Postgres(pool) => pool.close().await,
                Self::Sqlite(sqlite) => sqlite.close().await,
            }
        };
        if tokio::time::timeout(PATIENCE, closing).await.is_err() {
            tracing::warn!("left database connections that were still busy");
        }
    }
}

/// A migration waits for a lock that another process may hold, on a connection that may have gone silent.
async fn within(migration: impl Future<Output = Result<(), MigrateError>>) -> anyhow::Result<()> {
    match tokio::time::timeout(MIGRATION, migration).await {
        Ok(migrated) => Ok(migrated?),
        Err(_) => bail!(
            "not done after {} s: see whether another process holds a lock on the tables, or the database has gone silent",
            MIGRATION.as_secs()
        ),
    }
}

/// Tables that a later version has added to are good for this one, which can so be put back beside it: migrations only add.
pub fn expanding(mut migrator: Migrator) -> Migrator {
    migrator.set_ignore_missing(true);
    migrator
}

/// Waits for a query, at most two seconds; an engine that is away becomes a 503 and never a call that hangs.
pub async fn ask<T, E: Into<Error>>(query: impl Future<Output = Result<T, E>>) -> Result<T, Error> {
    match tokio::time::timeout(PATIENCE, query).await {
        Ok(answer) => answer.map_err(Into::into),
        Err(_) => Err(away("no answer in time")),
    }
}

/// What is asked of the pool. Where that means to open a connection, it goes on when its caller gives up: a server that
/// takes longer than anybody waits would be asked for ever more of them, and nobody would ever be given one.
async fn lent<T: Send + 'static>(
    pool: &PgPool,
    asked: impl Future<Output = sqlx::Result<T>> + Send + 'static,
) -> sqlx::Result<T> {
    if pool.num_idle() > 0 {
        return asked.await;
    }
    tokio::spawn(asked).await.unwrap_or(Err(sqlx::Error::WorkerCrashed))
}

/// What a query failed with that its caller did not foresee: the engine is away (503), or a fault of ours (500).
impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error as E;
        match &error {
            // A protocol error is somebody in between who answers for an engine that is not there.
            E::Io(_) | E::Tls(_) | E::Protocol(_) | E::PoolTimedOut | E::PoolClosed | E::WorkerCrashed => away(error),
            E::Database(told) if is_away(told.as_ref()) => away(error),
            E::Database(told) if is_conflict(told.as_ref()) => {
                Self::unavailable("others are changing the same rows").caused_by(error)
            }
            _ => Self::internal(error),
        }
    }
}

fn away(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::unavailable("the database does not answer").caused_by(cause)
}

/// <https://www.postgresql.org/docs/current/errcodes-appendix.html>: connection, resources, operator intervention and
/// a standby that only reads, a database that takes no connections; <https://www.sqlite.org/rescode.html>: busy, locked, I/O error, full.
fn is_away(error: &dyn sqlx::error::DatabaseError) -> bool {
    let Some(code) = error.code() else { return false };
    if error.try_downcast_ref::<PgDatabaseError>().is_some() {
        return ["08", "53", "57"].iter().any(|class| code.starts_with(class)) || matches!(&*code, "25006" | "55000");
    }
    // The low byte of SQLite's extended codes is the plain one.
    code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 5 | 6 | 10 | 13))
}

/// PostgreSQL undid the transaction for the sake of another one (class 40: deadlock, serialisation): once more will do.
fn is_conflict(error: &dyn sqlx::error::DatabaseError) -> bool {
    error.try_downcast_ref::<PgDatabaseError>().is_some_and(|told| told.code().starts_with("40"))
}

impl Sqlite {
    /// WAL with `synchronous=FULL`: a commit that returned has reached the disk, also when the power fails.
    pub async fn open(file: &Path) -> anyhow::Result<Self> {
        create_private(file)?;
        let options = SqliteConnectOptions::new()
            .filename(file)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            // What was deleted is overwritten, where that costs no further write.
            .pragma("secure_delete", "FAST")
            .busy_timeout(Duration::from_secs(5))
            .disable_statement_logging();
        let pool = |most| {
            let pool = SqlitePoolOptions::new().max_connections(most).acquire_timeout(ACQUIRE);
            // Where the disk is full SQLite undoes a transaction by itself. sqlx takes it for open from then on and
            // begins no other one on this connection, so that one goes.
            pool.before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
        };
        // The writer first: it creates the file that the readers then find.
        let write =
            pool(1).connect_with(options.clone()).await.with_context(|| format!("cannot open {}", file.display()))?;
        let read = pool(4).connect_lazy_with(options.read_only(true));
        Ok(Self { read, write, group: group::Group::default() })
    }

    pub async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }
}

/// Makes the file and its folder where they are missing, for their owner only; SQLite gives the files that it puts
/// beside a database the same mode. What is there already keeps the mode that somebody may have chosen.
fn create_private(file: &Path) -> anyhow::Result<()> {
    if let Some(folder) = file.parent() {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.with_context(|| format!("cannot make the folder {}", folder.display()))?;
    }
    let created = File::options().append(true).create(true).mode(0o600).open(file);
    created.with_context(|| format!("cannot write to {}", file.display())).map(drop)
}

/// The first connection is made apart from the pool, which would wait where it is refused and hide the reason.
async fn connect_postgres(url: &SecretString) -> anyhow::Result<PgPool> {
    let shown = masked_url(url.expose_secret());
    let options: PgConnectOptions =
        url.expose_secret().parse().with_context(|| format!("{shown} is not a PostgreSQL URL"))?;
    let options = options.disable_statement_logging();
    let first = tokio::time::timeout(ACQUIRE, options.connect()).await;
    let first = first.unwrap_or_else(|_| Err(sqlx::Error::PoolTimedOut));
    first.map_err(|error| unopened(error, &shown))?.close().await.ok();
    Ok(PgPoolOptions::new().max_connections(16).acquire_timeout(OPENING).connect_lazy_with(options))
}

fn unopened(error: sqlx::Error, shown: &str) -> anyhow::Error {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code).unwrap_or_default().into_owned();
    let why = match code.as_str() {
        "3D000" => format!("there is no such database at {shown}: create it, or correct the URL"),
        "28000" | "28P01" => format!("PostgreSQL refuses the user or the password of {shown}: correct the URL"),
        _ => format!("PostgreSQL does not answer at {shown}: start it, or set the URL to where it is"),
    };
    anyhow::Error::new(error).context(why)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_migration_that_hangs_is_given_up_with_a_sentence() {
        let given_up = within(std::future::pending()).await.unwrap_err().to_string();
        assert!(given_up.starts_with("not done after 60 s: see whether another process"), "{given_up}");
    }

    #[tokio::test]
    async fn a_new_database_is_its_owners_only() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("data/notes.db");
        let opened = Sqlite::open(&file).await.unwrap();
        sqlx::query("CREATE TABLE note (text TEXT)").execute(&opened.write).await.unwrap();
        let mode = |name: &str| {
            let path = folder.path().join(name);
            std::fs::metadata(&path).unwrap().permissions().mode() & 0o777
        };
        assert_eq!(mode("data"), 0o700);
        for file in ["data/notes.db", "data/notes.db-wal", "data/notes.db-shm"] {
            assert_eq!(mode(file), 0o600, "{file}");
        }
        opened.close().await;
    }
}
