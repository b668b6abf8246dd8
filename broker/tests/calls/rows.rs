//! Rows for each test: a folder for SQLite, or a database on PostgreSQL that is dropped at the end.

use std::panic::AssertUnwindSafe;

use futures::FutureExt;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};
use tempfile::TempDir;
use uuid::Uuid;

/// Where brokers keep their calls.
pub(crate) struct Rows {
    pub(crate) url: Option<String>,
    pub(crate) folder: TempDir,
}

pub(crate) async fn sqlite(test: impl AsyncFnOnce(Rows)) {
    test(Rows { url: None, folder: tempfile::tempdir().unwrap() }).await;
}

pub(crate) async fn postgres(test: impl AsyncFnOnce(Rows)) {
    let server = std::env::var("TEST_POSTGRES_URL");
    let server = server.unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".to_owned());
    let mut admin = PgConnection::connect(&server).await.unwrap_or_else(|error| {
        panic!("this test needs PostgreSQL: start it, or set TEST_POSTGRES_URL to where it is ({error})")
    });
    let name = format!("test_broker_{}", Uuid::new_v4().simple());
    admin.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
    let mut url = url::Url::parse(&server).unwrap();
    url.set_path(&name);
    let rows = Rows { url: Some(url.to_string()), folder: tempfile::tempdir().unwrap() };
    let outcome = AssertUnwindSafe(test(rows)).catch_unwind().await;
    admin.execute(AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)"))).await.unwrap();
    outcome.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
}

impl Rows {
    pub(crate) async fn execute(&self, sql: &'static str) {
        match &self.url {
            Some(url) => drop(PgConnection::connect(url).await.unwrap().execute(sql).await.unwrap()),
            None => drop(SqliteConnection::connect(&self.sqlite()).await.unwrap().execute(sql).await.unwrap()),
        }
    }

    /// What one statement counts.
    pub(crate) async fn count(&self, sql: &'static str) -> i64 {
        match &self.url {
            Some(url) => {
                let mut rows = PgConnection::connect(url).await.unwrap();
                sqlx::query_scalar(sql).fetch_one(&mut rows).await.unwrap()
            }
            None => {
                let mut rows = SqliteConnection::connect(&self.sqlite()).await.unwrap();
                sqlx::query_scalar(sql).fetch_one(&mut rows).await.unwrap()
            }
        }
    }

    fn sqlite(&self) -> String {
        format!("sqlite://{}", self.folder.path().join("broker.db").display())
    }
}
