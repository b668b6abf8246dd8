//! One SQLite file, copied while others write to it. A reader pins it: as long as one reads, the log beside the file (its
//! WAL) is not begun anew, and whatever changes in the file meanwhile stands in the log too. So pages can be copied in
//! any state, and the log, copied last while nobody writes, puts them right: <https://sqlite.org/wal.html>.

use std::fs::File;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};

/// How long opening waits for somebody who has the whole file, as at a start.
const BUSY: Duration = Duration::from_secs(5);

pub(super) struct Pinned {
    file: PathBuf,
    copy: PathBuf,
    reader: SqliteConnection,
    writer: SqliteConnection,
    /// A lock on a file ends with the first descriptor of it that a process closes, whoever took the lock. So what the
    /// pages were read by stays open for as long as the connections.
    pages: Arc<File>,
}

impl Pinned {
    /// Pins `file`; from here on nothing is lost that `copy` will need.
    pub(super) async fn open(file: PathBuf, copy: PathBuf) -> anyhow::Result<Self> {
        let opened = async {
            let options = SqliteConnectOptions::new().filename(&file).disable_statement_logging();
            let mut reader = options.clone().busy_timeout(BUSY).connect().await?;
            sqlx::query("BEGIN").execute(&mut reader).await?;
            sqlx::query("SELECT count(*) FROM sqlite_schema").execute(&mut reader).await?;
            // It asks again by itself, and often: who waits longer and longer finds no gap between busy writers.
            let writer = options.busy_timeout(Duration::ZERO).connect().await?;
            anyhow::Ok((reader, writer, Arc::new(File::open(&file)?)))
        };
        let (reader, writer, pages) = opened.await.with_context(|| format!("cannot read {}", file.display()))?;
        Ok(Self { file, copy, reader, writer, pages })
    }

    pub(super) async fn copy_pages(&self) -> anyhow::Result<()> {
        written(Arc::clone(&self.pages), self.copy.clone()).await
    }

    /// Keeps all others from writing until `let_go`; false where somebody writes just now.
    pub(super) async fn hold(&mut self) -> anyhow::Result<bool> {
        match sqlx::query("BEGIN IMMEDIATE").execute(&mut self.writer).await {
            Ok(_) => Ok(true),
            // The low byte of SQLite's extended codes is the plain one: 5 is busy.
            Err(sqlx::Error::Database(told)) if has_code(told.as_ref(), 5) => Ok(false),
            Err(error) => Err(error).with_context(|| format!("cannot hold {}", self.file.display())),
        }
    }

    pub(super) async fn copy_log(&self) -> anyhow::Result<()> {
        match File::open(log(&self.file)) {
            Ok(from) => written(from, log(&self.copy)).await,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error).with_context(|| format!("cannot read the log of {}", self.file.display())),
        }
    }

    pub(super) async fn let_go(&mut self) -> anyhow::Result<()> {
        sqlx::query("ROLLBACK").execute(&mut self.writer).await?;
        Ok(())
    }

    /// Lets the file be, and gives the copy.
    pub(super) async fn close(self) -> anyhow::Result<PathBuf> {
        self.writer.close().await?;
        self.reader.close().await?;
        drop(self.pages);
        Ok(self.copy)
    }
}

/// Puts the log into the file that it belongs to, and reads the whole of it.
pub(super) async fn check(copy: &Path) -> anyhow::Result<()> {
    let mut opened = SqliteConnectOptions::new().filename(copy).disable_statement_logging().connect().await?;
    let found: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check(3)").fetch_all(&mut opened).await?;
    ensure!(found == ["ok"], "{} is not whole: {}", copy.display(), found.join("; "));
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut opened).await?;
    opened.close().await?;
    ensure!(!log(copy).exists(), "the log of {} was not put into it", copy.display());
    File::open(copy)?.sync_all()?;
    Ok(())
}

fn log(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}

fn has_code(told: &dyn sqlx::error::DatabaseError, plain: u32) -> bool {
    told.code().is_some_and(|code| code.parse::<u32>().is_ok_and(|code| code & 0xff == plain))
}

/// Copies into a new file that only its owner may read: there are passwords' hashes in some, and keys in others.
pub(super) async fn written(mut from: impl io::Read + Send + 'static, to: PathBuf) -> anyhow::Result<()> {
    tokio::task::spawn_blocking(move || {
        let created = File::options().write(true).create_new(true).mode(0o600).open(&to);
        let copied = created.and_then(|mut target| {
            io::copy(&mut from, &mut target)?;
            target.sync_all()
        });
        copied.with_context(|| format!("cannot write {}", to.display()))
    })
    .await?
}
