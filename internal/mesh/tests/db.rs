//! Rows on both engines: opening, bringing tables up to date, what SQLite promises about a commit, and the sentences
//! for an engine that is away. Every test on PostgreSQL has a database of its own, dropped afterwards.
#![allow(clippy::unwrap_used)]

use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::time::Duration;

use futures::FutureExt;
use mesh::db::{Db, Sqlite, ask, describe};
use mesh::health::Health;
use mesh::{Code, Error};
use secrecy::SecretString;
use sqlx::migrate::Migrator;
use sqlx::{Connection, Executor, PgConnection, Row};
use tokio_util::sync::CancellationToken;

async fn open(url: Option<&SecretString>, file: &Path) -> anyhow::Result<Db> {
    let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/migrations");
    let postgres = Migrator::new(migrations.join("postgres")).await?;
    let sqlite = Migrator::new(migrations.join("sqlite")).await?;
    Db::open(url, file, &postgres, &sqlite).await
}

/// A new database for `test`, dropped also when it fails.
async fn on_postgres(test: impl AsyncFnOnce(SecretString)) {
    let server = std::env::var("TEST_POSTGRES_URL");
    let server = server.unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".to_owned());
    let mut admin = PgConnection::connect(&server).await.unwrap_or_else(|error| {
        panic!("this test needs PostgreSQL: start it, or set TEST_POSTGRES_URL to where it is ({error})")
    });
    let name = format!("test_mesh_{}", uuid::Uuid::new_v4().simple());
    admin.execute(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
    let mut url = url::Url::parse(&server).unwrap();
    url.set_path(&name);
    let outcome = AssertUnwindSafe(test(SecretString::from(url.to_string()))).catch_unwind().await;
    admin.execute(sqlx::AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)"))).await.unwrap();
    outcome.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
}

const INSERT: &str = "INSERT INTO notes (id, words) VALUES ($1, $2)";

async fn note(db: &Db, words: &str) -> sqlx::Result<()> {
    let id = uuid::Uuid::now_v7();
    match db {
        Db::Postgres(pool) => sqlx::query(INSERT).bind(id).bind(words).execute(pool).await.map(drop),
        Db::Sqlite(it) => sqlx::query(INSERT).bind(id.hyphenated()).bind(words).execute(&it.write).await.map(drop),
    }
}

async fn notes(db: &Db) -> Vec<String> {
    let query = "SELECT words FROM notes ORDER BY words";
    match db {
        Db::Postgres(pool) => sqlx::query_scalar(query).fetch_all(pool).await.unwrap(),
        Db::Sqlite(it) => sqlx::query_scalar(query).fetch_all(&it.read).await.unwrap(),
    }
}

/// The contract of either engine: what is committed is there after it was opened again, and migrations run once.
async fn keeps_rows(url: Option<&SecretString>, file: &Path) {
    let db = open(url, file).await.unwrap();
    note(&db, "kept").await.unwrap();
    let twice = note(&db, "kept").await.unwrap_err();
    assert!(twice.as_database_error().unwrap().is_unique_violation(), "{twice}");
    assert_eq!(Error::from(twice).code, Code::Internal);
    db.ping().await.unwrap();
    db.close().await;
    assert_eq!(Error::from(note(&db, "late").await.unwrap_err()).code, Code::Unavailable);
    let again = open(url, file).await.unwrap();
    assert_eq!(notes(&again).await, ["kept"]);
    again.close().await;
}

#[tokio::test]
async fn sqlite_keeps_rows_and_migrates_once() {
    let folder = tempfile::tempdir().unwrap();
    keeps_rows(None, &folder.path().join("a/folder/to/make/notes.db")).await;
}

#[tokio::test]
async fn postgres_keeps_rows_and_migrates_once() {
    on_postgres(async |url| keeps_rows(Some(&url), Path::new("unused.db")).await).await;
}

#[tokio::test]
async fn sqlite_commits_reach_the_disk_and_readers_cannot_write() {
    let folder = tempfile::tempdir().unwrap();
    let opened = Sqlite::open(&folder.path().join("notes.db")).await.unwrap();
    let mut pragmas = Vec::new();
    for pragma in ["PRAGMA journal_mode", "PRAGMA synchronous", "PRAGMA foreign_keys"] {
        let row = sqlx::query(pragma).fetch_one(&opened.write).await.unwrap();
        pragmas
            .push(row.try_get::<String, _>(0).or_else(|_| row.try_get::<i64, _>(0).map(|it| it.to_string())).unwrap());
    }
    assert_eq!(pragmas, ["wal", "2", "1"]);
    let refused = sqlx::query("CREATE TABLE t (a)").execute(&opened.read).await.unwrap_err();
    assert!(refused.to_string().contains("readonly"), "{refused}");
}

/// A statement that finds the disk full takes its whole transaction with it, without a word to whoever began that.
#[tokio::test]
async fn a_transaction_that_found_the_disk_full_is_a_503_and_the_next_one_begins() {
    let folder = tempfile::tempdir().unwrap();
    let db = open(None, &folder.path().join("notes.db")).await.unwrap();
    let Db::Sqlite(file) = &db else { panic!() };
    let may_grow = async |pages: i64| {
        let limit = sqlx::AssertSqlSafe(format!("PRAGMA max_page_count = {pages}"));
        sqlx::query(limit).execute(&file.write).await.unwrap();
    };
    let write = async |words: String| {
        let mut tx = db.begin().await?;
        tx.query(INSERT).bind(uuid::Uuid::now_v7().to_string()).bind(words).execute().await?;
        tx.commit().await
    };
    may_grow(1).await;
    for _ in 0..2 {
        let full = write("x".repeat(100_000)).await.unwrap_err();
        assert_eq!(full.code, Code::Unavailable, "{}", full.causes());
        // The limit is one of the connection, which is another one now.
        may_grow(1).await;
    }
    may_grow(10_000).await;
    write("kept".to_owned()).await.unwrap();
    assert_eq!(notes(&db).await, ["kept"]);
    db.close().await;
}

#[tokio::test]
async fn a_second_sqlite_writer_that_has_to_wait_is_a_503_and_no_fault() {
    let folder = tempfile::tempdir().unwrap();
    let db = open(None, &folder.path().join("notes.db")).await.unwrap();
    let Db::Sqlite(sqlite) = &db else { panic!("expected SQLite") };
    let held = sqlite.write.begin().await.unwrap();
    let error = ask(note(&db, "blocked")).await.unwrap_err();
    assert_eq!((error.code, error.retry_after), (Code::Unavailable, Some(Duration::from_secs(1))));
    drop(held);
    ask(note(&db, "free")).await.unwrap();
    assert_eq!(notes(&db).await, ["free"]);
}

#[tokio::test]
async fn postgres_that_is_away_or_has_no_such_database_is_said_in_a_sentence_without_the_password() {
    // Bound and not listening: it refuses, and nobody else is given the port.
    let refusing = tokio::net::TcpSocket::new_v4().unwrap();
    refusing.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let free = refusing.local_addr().unwrap();
    let away = SecretString::from(format!("postgres://me:s3cret@{free}/users_db"));
    let error = format!("{:#}", open(Some(&away), Path::new("unused.db")).await.unwrap_err());
    let sentence = format!("PostgreSQL does not answer at postgres://me:***@{free}/users_db: start it");
    assert!(error.starts_with(&sentence) && error.contains("refused") && !error.contains("s3cret"), "{error}");
    on_postgres(async |url| {
        use secrecy::ExposeSecret;
        let missing = SecretString::from(format!("{}_missing", url.expose_secret()));
        let error = format!("{:#}", open(Some(&missing), Path::new("unused.db")).await.unwrap_err());
        assert!(error.starts_with("there is no such database at postgres://"), "{error}");
    })
    .await;
}

#[tokio::test]
async fn a_server_that_is_silent_is_given_up_within_seconds() {
    // Accepts and never says a word, as behind a firewall that drops packets.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = SecretString::from(format!("postgres://me@{}/users_db", silent.local_addr().unwrap()));
    let opened = tokio::time::timeout(Duration::from_secs(30), open(Some(&url), Path::new("unused.db"))).await;
    assert!(opened.unwrap().is_err());
}

#[tokio::test]
async fn watching_a_sqlite_file_ends_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let db = open(None, &folder.path().join("notes.db")).await.unwrap();
    let watch = db.watch(&Health::new("test"), &CancellationToken::new()).now_or_never();
    assert_eq!(watch, Some(()));
}

#[test]
fn a_person_is_shown_where_rows_go_without_secrets() {
    let url = SecretString::from("postgres://me:s3cret@db:5432/users_db?sslmode=require");
    assert_eq!(describe(Some(&url), Path::new("x.db")), "PostgreSQL postgres://me:***@db:5432/users_db");
    assert_eq!(describe(None, Path::new("data/users.db")), "SQLite data/users.db");
}
