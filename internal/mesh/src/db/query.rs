//! One SQL text for both engines: `db.query(SQL).bind(value).fetch_all()`. Placeholders are `$1`, `$2`…; RETURNING and ON
//! CONFLICT mean the same in both. Ids are bound as text and times as `DateTime<Utc>`.

use secrecy::{ExposeSecret, SecretString};
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments as _, Encode, FromRow, PgConnection, PgPool, Postgres, SqliteConnection, Type};

use super::{Sqlite, ask, lent};
use crate::error::Error;

/// A row of either engine, as `#[derive(sqlx::FromRow)]` makes it.
pub trait Row: Send + Unpin + for<'r> FromRow<'r, PgRow> + for<'r> FromRow<'r, SqliteRow> {}

impl<T: Send + Unpin + for<'r> FromRow<'r, PgRow> + for<'r> FromRow<'r, SqliteRow>> Row for T {}

/// A value for a placeholder of either engine.
pub trait Value<'q>: Encode<'q, Postgres> + Type<Postgres> + Encode<'q, sqlx::Sqlite> + Type<sqlx::Sqlite> {}

impl<'q, T: Encode<'q, Postgres> + Type<Postgres> + Encode<'q, sqlx::Sqlite> + Type<sqlx::Sqlite>> Value<'q> for T {}

/// One statement on its way to an engine. Each of its ends waits at most as long as `ask`. What waits for PostgreSQL is
/// boxed: the futures of calls are made of this, and a thread's stack has to hold them.
#[must_use = "a query does nothing until it is executed or fetched"]
pub struct Query<'e> {
    sql: &'static str,
    on: On<'e>,
    refused: Option<BoxDynError>,
}

/// Where it runs, with what was bound so far.
pub(super) enum On<'e> {
    PostgresPool(&'e PgPool, PgArguments),
    PostgresTx(&'e mut PgConnection, PgArguments),
    SqlitePool(&'e Sqlite, SqliteArguments),
    SqliteTx(&'e mut SqliteConnection, SqliteArguments),
}

impl<'e> Query<'e> {
    pub(super) fn new(sql: &'static str, on: On<'e>) -> Self {
        Self { sql, on, refused: None }
    }

    /// The value of the next placeholder.
    pub fn bind<'q, T: Value<'q>>(mut self, value: T) -> Self {
        let added = match &mut self.on {
            On::PostgresPool(_, arguments) | On::PostgresTx(_, arguments) => arguments.add(value),
            // Not the inherent method of the same name, which is sqlx's own.
            On::SqlitePool(_, arguments) | On::SqliteTx(_, arguments) => sqlx::Arguments::add(arguments, value),
        };
        self.refused = self.refused.or(added.err());
        self
    }

    /// A secret for the next placeholder, shown to nobody but the engine.
    pub fn bind_secret(self, value: &SecretString) -> Self {
        self.bind(value.expose_secret().to_owned())
    }

    /// How many rows it touched. Outside a transaction SQLite's one writer runs it, with whatever else waits for it.
    pub async fn execute(self) -> Result<u64, Error> {
        let Self { sql, on, .. } = self.checked()?;
        match on {
            On::PostgresPool(pool, with) => {
                let done = async { sqlx::query_with(sql, with).execute(&mut *lent(pool, pool.acquire()).await?).await };
                Ok(ask(Box::pin(done)).await?.rows_affected())
            }
            On::PostgresTx(tx, with) => Ok(ask(sqlx::query_with(sql, with).execute(tx)).await?.rows_affected()),
            On::SqlitePool(sqlite, with) => ask(sqlite.group.execute(&sqlite.write, sql, with)).await,
            On::SqliteTx(tx, with) => Ok(ask(sqlx::query_with(sql, with).execute(tx)).await?.rows_affected()),
        }
    }

    /// All rows. Outside a transaction SQLite's readers run it, so that a RETURNING belongs into a transaction.
    pub async fn fetch_all<T: Row>(self) -> Result<Vec<T>, Error> {
        let Self { sql, on, .. } = self.checked()?;
        match on {
            On::PostgresPool(pool, with) => {
                let found =
                    async { sqlx::query_as_with(sql, with).fetch_all(&mut *lent(pool, pool.acquire()).await?).await };
                ask(Box::pin(found)).await
            }
            On::PostgresTx(tx, with) => ask(sqlx::query_as_with(sql, with).fetch_all(tx)).await,
            On::SqlitePool(sqlite, with) => ask(sqlx::query_as_with(sql, with).fetch_all(&sqlite.read)).await,
            On::SqliteTx(tx, with) => ask(sqlx::query_as_with(sql, with).fetch_all(tx)).await,
        }
    }

    /// The first row, if there is one.
    pub async fn fetch_optional<T: Row>(self) -> Result<Option<T>, Error> {
        let Self { sql, on, .. } = self.checked()?;
        match on {
            On::PostgresPool(pool, with) => {
                let found = async {
                    sqlx::query_as_with(sql, with).fetch_optional(&mut *lent(pool, pool.acquire()).await?).await
                };
                ask(Box::pin(found)).await
            }
            On::PostgresTx(tx, with) => ask(sqlx::query_as_with(sql, with).fetch_optional(tx)).await,
            On::SqlitePool(sqlite, with) => ask(sqlx::query_as_with(sql, with).fetch_optional(&sqlite.read)).await,
            On::SqliteTx(tx, with) => ask(sqlx::query_as_with(sql, with).fetch_optional(tx)).await,
        }
    }

    /// The one row that there has to be, such as that of a COUNT.
    pub async fn fetch_one<T: Row>(self) -> Result<T, Error> {
        self.fetch_optional().await?.ok_or_else(|| Error::internal(sqlx::Error::RowNotFound))
    }

    fn checked(mut self) -> Result<Self, Error> {
        self.refused.take().map_or(Ok(self), |refused| Err(Error::internal(refused)))
    }
}
