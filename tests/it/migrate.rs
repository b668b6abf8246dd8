//! `switchboard migrate`: rows as this version needs them, before any service runs, on every engine that they can be on.

use std::path::Path;

use sqlx::{Connection, PgConnection, SqliteConnection};

use crate::harness::{Engines, Process, Proxy, Variables, alone, run};

/// A table of each of them, and what the outbox has beside.
const TABLES: [(&str, &[&str]); 4] = [
    ("broker", &["calls", "installation"]),
    ("logger", &["logs"]),
    ("authenticator", &["users", "sessions", "bus_outbox"]),
    ("operations", &["letters", "operations", "bus_outbox"]),
];

mod embedded {
    use super::*;

    #[tokio::test]
    async fn rows_are_brought_up_to_date_once_and_again() {
        let (folder, variables) = alone();
        for _ in 0..2 {
            let done = run(&["migrate"], folder.path(), &variables).await;
            assert_eq!(done.code, Some(0), "{done:?}");
            let lines: Vec<_> = done.stdout.lines().collect();
            let expected = TABLES.map(|(name, _)| format!("{name} is up to date: SQLite ./data/{name}.db"));
            assert_eq!(lines, expected);
            for (name, tables) in TABLES {
                has_tables(folder.path(), name, tables).await;
            }
        }
        // A start finds nothing to do, and nothing amiss.
        let mut process = Process::spawn(&["up"], folder.path(), &variables);
        process.ready().await;
        let refused = run(&["migrate"], folder.path(), &variables).await;
        assert_eq!(refused.code, Some(1), "{refused:?}");
        assert!(refused.stderr.contains(&format!("in use by process {}", process.pid())), "{refused:?}");
        process.stop().await;
    }

    #[tokio::test]
    async fn one_that_is_named_is_the_only_one() {
        let (folder, variables) = alone();
        let done = run(&["migrate", "authenticator"], folder.path(), &variables).await;
        assert_eq!(done.code, Some(0), "{done:?}");
        assert_eq!(done.stdout.lines().count(), 1, "{done:?}");
        assert!(!folder.path().join("data/logger.db").exists());
        let refused = run(&["migrate", "math"], folder.path(), &variables).await;
        assert_eq!((refused.code, refused.stderr.as_str()), (Some(1), "error: math keeps no rows\n"));
    }

    #[tokio::test]
    async fn production_wants_an_engine() {
        let (folder, mut variables) = alone();
        variables.insert("SWITCHBOARD_ENV".to_owned(), "production".to_owned());
        for (arguments, named) in
            [(&["migrate"][..], "LOGGER_MONGO_URL"), (&["migrate", "broker"], "BROKER_POSTGRES_URL")]
        {
            let refused = run(arguments, folder.path(), &variables).await;
            assert_eq!(refused.code, Some(1), "{refused:?}");
            assert!(refused.stderr.contains(named) && refused.stderr.contains("must be set"), "{refused:?}");
        }
        assert!(!folder.path().join("data").exists(), "nothing was made");
    }

    #[tokio::test]
    async fn an_engine_that_does_not_come_is_an_error_in_time() {
        let (folder, mut variables) = alone();
        let nobody = faults::free_port().unwrap();
        variables.insert("BROKER_POSTGRES_URL".to_owned(), format!("postgres://me:s3cret@127.0.0.1:{nobody}/calls"));
        let refused = run(&["migrate", "broker", "--patience", "1"], folder.path(), &variables).await;
        assert_eq!((refused.code, refused.stdout.as_str()), (Some(1), ""), "{refused:?}");
        assert!(refused.stderr.contains("error: the rows of broker: PostgreSQL does not answer"), "{refused:?}");
        assert!(!refused.stderr.contains("s3cret"), "{refused:?}");
    }

    /// The version before works with the same rows, while it is replaced and when it is put back.
    #[test]
    fn migrations_only_add() {
        let mut read = 0;
        for folder in ["authenticator", "broker", "logger", "operations", "internal/bus"] {
            let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join("migrations")];
            while let Some(folder) = folders.pop() {
                for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
                    if entry.is_dir() {
                        folders.push(entry);
                        continue;
                    }
                    read += 1;
                    for statement in statements(&std::fs::read_to_string(&entry).unwrap()) {
                        assert!(adds(&statement), "{}: {statement}", entry.display());
                    }
                }
            }
        }
        assert!(read >= 10, "{read} files");
        for taking in ["DROP TABLE T", "ALTER TABLE T RENAME TO U", "ALTER TABLE T ADD COLUMN A TEXT NOT NULL"] {
            assert!(!adds(taking), "{taking}");
        }
    }
}

mod engines_rabbitmq_postgres_mongo {
    use super::*;

    /// As in compose: with the URLs of rows, and no other secret of a service.
    fn in_production(engines: &Engines) -> (tempfile::TempDir, Variables) {
        let (folder, mut variables) = alone();
        variables.extend(engines.variables().into_iter().filter(|(name, _)| name != "RABBITMQ_URL"));
        variables.insert("SWITCHBOARD_ENV".to_owned(), "production".to_owned());
        (folder, variables)
    }

    #[tokio::test]
    async fn rows_are_brought_up_to_date_by_their_urls_alone() {
        let engines = Engines::all().await;
        let (folder, variables) = in_production(&engines);
        for _ in 0..2 {
            let done = run(&["migrate"], folder.path(), &variables).await;
            assert_eq!(done.code, Some(0), "{done:?}");
            let named: Vec<_> = done.stdout.lines().map(|line| line.split(' ').next().unwrap()).collect();
            assert_eq!(named, TABLES.map(|(name, _)| name), "{done:?}");
        }
        for (name, tables) in TABLES.into_iter().filter(|(name, _)| *name != "logger") {
            let url = &variables[&format!("{}_POSTGRES_URL", name.to_uppercase())];
            let mut rows = PgConnection::connect(url).await.unwrap();
            let there: Vec<String> =
                sqlx::query_scalar("SELECT tablename::text FROM pg_tables").fetch_all(&mut rows).await.unwrap();
            assert!(tables.iter().all(|table| there.iter().any(|it| it == table)), "{name}: {there:?}");
        }
        let client = mongodb::Client::with_uri_str(&variables["LOGGER_MONGO_URL"]).await.unwrap();
        let logs = client.default_database().unwrap().collection::<mongodb::bson::Document>("logs");
        let indexes = logs.list_index_names().await.unwrap();
        assert!(indexes.len() > 1, "beside that of the id: {indexes:?}");
        assert!(!folder.path().join("data").exists(), "nothing of it is in the folder");
    }

    #[tokio::test]
    async fn an_engine_that_comes_late_is_waited_for() {
        let engines = Engines::all().await;
        let (folder, mut variables) = in_production(&engines);
        let url = variables["BROKER_POSTGRES_URL"].clone();
        let server = url.split('@').nth(1).unwrap().split('/').next().unwrap();
        let proxy = Proxy::to(server.to_owned()).await;
        proxy.cut();
        variables.insert("BROKER_POSTGRES_URL".to_owned(), url.replacen(server, &proxy.address().to_string(), 1));
        let mut process = Process::spawn(&["migrate", "broker"], folder.path(), &variables);
        process.says("trying again").await;
        proxy.mend();
        process.says("broker is up to date").await;
        assert_eq!(process.ended().await.code(), Some(0));
    }
}

async fn has_tables(folder: &Path, name: &str, tables: &[&str]) {
    let file = format!("sqlite://{}", folder.join(format!("data/{name}.db")).display());
    let mut rows = SqliteConnection::connect(&file).await.unwrap();
    let there: Vec<String> =
        sqlx::query_scalar("SELECT name FROM sqlite_master WHERE type = 'table'").fetch_all(&mut rows).await.unwrap();
    assert!(tables.iter().all(|table| there.iter().any(|it| it == table)), "{name}: {there:?}");
}

/// Without comments, in capitals, words apart by one space.
fn statements(sql: &str) -> Vec<String> {
    let lines = sql.lines().map(|line| line.split_once("--").map_or(line, |(sql, _)| sql));
    let text = lines.collect::<Vec<_>>().join(" ").to_uppercase();
    let statements = text.split(';').map(|it| it.split_whitespace().collect::<Vec<_>>().join(" "));
    statements.filter(|it| !it.is_empty()).collect()
}

/// A table, an index, a column that may be left out by who does not know it, rows.
fn adds(statement: &str) -> bool {
    let begins = |words: &str| statement.starts_with(words);
    let is_column = begins("ALTER TABLE ") && statement.contains(" ADD COLUMN ");
    let may_be_left_out = !statement.contains(" NOT NULL") || statement.contains(" DEFAULT ");
    begins("CREATE TABLE ") || begins("CREATE INDEX ") || begins("INSERT INTO ") || (is_column && may_be_left_out)
}
