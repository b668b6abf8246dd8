//! Rows on both engines: opening, bringing tables up to date, what SQLite promises about a commit, and the sentences
//! for an engine that is away. Every test on PostgreSQL has a database of its own, dropped afterwards.
#![allow(clippy::unwrap_used)]

use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use futures::FutureExt;
use mesh::db::{Db, Place, Sqlite, ask};
use mesh::health::Health;
use mesh::{Code, Error};
use secrecy::SecretString;
use sqlx::migrate::Migrator;
use sqlx::{Connection, Executor, PgConnection, Row};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

fn place(url: Option<&SecretString>, file: &Path) -> Place {
    Place { postgres: url.cloned(), file: file.to_owned() }
}

async fn open(url: Option<&SecretString>, file: &Path) -> anyhow::Result<Db> {
    let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/migrations");
    let postgres = Migrator::new(migrations.join("postgres")).await?;
    let sqlite = Migrator::new(migrations.join("sqlite")).await?;
    Db::open(&place(url, file), postgres, sqlite).await
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

/// What a later version leaves behind: a table with more in it, and a migration that this one does not know.
const LATER: [&str; 2] = [
    "ALTER TABLE notes ADD COLUMN colour TEXT",
    "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
        SELECT 99990101, 'later', success, checksum, execution_time FROM _sqlx_migrations LIMIT 1",
];

/// Without this no version could be put back after its successor has brought the tables up to date.
async fn outlives_a_later_version(url: Option<&SecretString>, file: &Path) {
    let db = open(url, file).await.unwrap();
    for statement in LATER {
        db.query(statement).execute().await.unwrap();
    }
    db.close().await;
    let before = open(url, file).await.unwrap();
    note(&before, "by the version before").await.unwrap();
    assert_eq!(notes(&before).await, ["by the version before"]);
    before.close().await;
}

#[tokio::test]
async fn sqlite_tables_of_a_later_version_are_good_for_this_one() {
    let folder = tempfile::tempdir().unwrap();
    outlives_a_later_version(None, &folder.path().join("notes.db")).await;
}

#[tokio::test]
async fn postgres_tables_of_a_later_version_are_good_for_this_one() {
    on_postgres(async |url| outlives_a_later_version(Some(&url), Path::new("unused.db")).await).await;
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

/// Everything that is asked for while the writer is held, once it is free again.
async fn at_once(db: &Db, words: &[String]) -> Vec<Result<u64, Error>> {
    let Db::Sqlite(file) = db else { panic!("expected SQLite") };
    let held = file.write.acquire().await.unwrap();
    let insert = |words: &String| db.query(INSERT).bind(uuid::Uuid::now_v7().to_string()).bind(words.clone()).execute();
    let mut gone = Box::pin(insert(&"by somebody who has gone".to_owned()));
    let mut asked = Box::pin(futures::future::join_all(words.iter().map(insert)));
    assert!(futures::poll!(&mut gone).is_pending() && futures::poll!(&mut asked).is_pending());
    drop((gone, held));
    asked.await
}

#[tokio::test]
async fn statements_that_wait_for_the_writer_are_one_commit_in_which_each_fails_alone() {
    let folder = tempfile::tempdir().unwrap();
    let db = open(None, &folder.path().join("notes.db")).await.unwrap();
    let mut words: Vec<_> = (0..200).map(|number| format!("{number:03}")).collect();
    words[100] = "099".to_owned();
    let seen = async {
        let mut seen = std::collections::BTreeSet::new();
        while seen.last() != Some(&199) {
            seen.insert(notes(&db).await.len());
        }
        seen
    };
    let (results, seen) = tokio::join!(at_once(&db, &words), tokio::time::timeout(Duration::from_secs(30), seen));
    assert_eq!(Vec::from_iter(seen.unwrap()), [0, 199], "all of them are there, or none");
    for (index, result) in results.into_iter().enumerate() {
        assert_eq!(result.map_err(|error| error.code), if index == 100 { Err(Code::Internal) } else { Ok(1) });
    }
    db.close().await;
}

#[tokio::test]
async fn a_full_disk_is_told_to_all_whose_statements_it_undid() {
    let folder = tempfile::tempdir().unwrap();
    let db = open(None, &folder.path().join("notes.db")).await.unwrap();
    let Db::Sqlite(file) = &db else { panic!("expected SQLite") };
    sqlx::query("PRAGMA max_page_count = 1").execute(&file.write).await.unwrap();
    let results = at_once(&db, &["small".to_owned(), "x".repeat(100_000), "after it".to_owned()]).await;
    assert!(results.iter().all(|it| it.as_ref().is_err_and(|error| error.code == Code::Unavailable)), "{results:?}");
    assert!(notes(&db).await.is_empty());
    // On a new connection, as the limit was of the old one.
    assert_eq!(at_once(&db, &["kept".to_owned()]).await[0].as_ref().ok(), Some(&1));
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

/// Passes on to PostgreSQL, each connection after so many milliseconds, until `cut` closes those that there are.
async fn behind_a_busy_server(url: &SecretString, wait: Arc<AtomicU64>, cut: Arc<Notify>) -> SecretString {
    use secrecy::ExposeSecret;
    let mut url = url::Url::parse(url.expose_secret()).unwrap();
    let server = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap_or(5432));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    url.set_port(Some(listener.local_addr().unwrap().port())).unwrap();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let (server, wait, cut) = (server.clone(), Duration::from_millis(wait.load(Relaxed)), Arc::clone(&cut));
            tokio::spawn(async move {
                let passed = async {
                    tokio::time::sleep(wait).await;
                    let mut server = tokio::net::TcpStream::connect(server).await?;
                    tokio::io::copy_bidirectional(&mut client, &mut server).await
                };
                tokio::select! { _ = passed => {}, () = cut.notified() => {} }
            });
        }
    });
    SecretString::from(url.to_string())
}

/// Otherwise a server that is behind would be asked for connections that nobody waits for, and stay behind.
#[tokio::test]
async fn postgres_that_opens_connections_more_slowly_than_anybody_waits_is_there_after_a_while() {
    on_postgres(async |url| {
        let (wait, cut) = (Arc::new(AtomicU64::new(0)), Arc::new(Notify::new()));
        let busy = behind_a_busy_server(&url, Arc::clone(&wait), Arc::clone(&cut)).await;
        let db = open(Some(&busy), Path::new("unused.db")).await.unwrap();
        db.ping().await.unwrap();
        wait.store(4_000, Relaxed);
        cut.notify_waiters();
        let insert = || db.query(INSERT).bind(uuid::Uuid::now_v7()).bind("kept").execute();
        let late = insert().await.unwrap_err();
        assert_eq!(late.code, Code::Unavailable, "{}", late.causes());
        let kept = async { while insert().await.is_err() {} };
        tokio::time::timeout(Duration::from_secs(60), kept).await.expect("no connection is ever there");
        assert_eq!(notes(&db).await, ["kept"]);
        db.close().await;
    })
    .await;
}

/// Whoever writes waits for the one writer: that it comes too late is seen by nobody else.
#[tokio::test]
async fn a_sqlite_file_whose_writer_is_late_is_told_in_health_until_it_answers() {
    let folder = tempfile::tempdir().unwrap();
    let db = open(None, &folder.path().join("notes.db")).await.unwrap();
    let (health, stop) = (Health::new("test"), CancellationToken::new());
    let told = async |wanted: bool| {
        let changed = async {
            while health.troubles().contains_key("sqlite") != wanted {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), changed).await.expect("health does not tell");
    };
    let holding = async {
        let held = db.begin().await.unwrap();
        told(true).await;
        drop(held);
        told(false).await;
        stop.cancel();
    };
    tokio::join!(db.watch(&health, &stop), holding);
    db.close().await;
}

#[test]
fn a_person_is_shown_where_rows_go_without_secrets() {
    let url = SecretString::from("postgres://me:s3cret@db:5432/users_db?sslmode=require");
    assert_eq!(place(Some(&url), Path::new("x.db")).describe(), "PostgreSQL postgres://me:***@db:5432/users_db");
    assert_eq!(place(None, Path::new("data/users.db")).describe(), "SQLite data/users.db");
}
