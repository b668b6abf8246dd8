//! One SQLite file, copied while others write to it. A reader pins it: as long as one reads, the log beside the file (its
//! WAL) is not begun anew, and whatever changes in the file meanwhile stands in the log too. So pages can be copied in
//! any state, and the log, of which the end is copied while nobody writes, puts them right: <https://sqlite.org/wal.html>.

use std::fs::File;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};

use super::log::{self, Log};

/// How long opening waits for somebody who has the whole file, as at a start.
const BUSY: Duration = Duration::from_secs(5);

pub(super) struct Pinned {
    file: PathBuf,
    copy: PathBuf,
    log: Log,
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
        let log = Log::of(&file, &copy);
        Ok(Self { file, copy, log, reader, writer, pages })
    }

    pub(super) async fn copy_pages(&self) -> anyhow::Result<()> {
        written(Arc::clone(&self.pages), self.copy.clone()).await?;
        // Now, or flushing it would keep the disk busy while others wait.
        synced(self.copy.clone()).await
    }

    /// Copies what the log has up to now, so that little is left for later.
    pub(super) async fn copy_committed(&mut self) -> anyhow::Result<()> {
        let header = self.log.header()?;
        // What tells how many frames are committed; it keeps nobody waiting, and does no more than happens anyhow.
        let asked = sqlx::query_as("PRAGMA wal_checkpoint(PASSIVE)").fetch_one(&mut self.writer);
        let (_, frames, _): (i64, i64, i64) =
            asked.await.with_context(|| format!("cannot read {}", self.file.display()))?;
        // Less than none where somebody else is at it just now.
        self.log.copy_committed(header, frames.try_into().unwrap_or(0)).await
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

    /// Copies what has come to the log since; it must be held.
    pub(super) async fn copy_rest(&mut self) -> anyhow::Result<()> {
        self.log.copy_rest().await
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
    ensure!(!log::beside(copy).exists(), "the log of {} was not put into it", copy.display());
    synced(copy.to_owned()).await
}

fn has_code(told: &dyn sqlx::error::DatabaseError, plain: u32) -> bool {
    told.code().is_some_and(|code| code.parse::<u32>().is_ok_and(|code| code & 0xff == plain))
}

/// Copies into a new file that only its owner may read: there are passwords' hashes in some, and keys in others.
pub(super) async fn written(mut from: impl io::Read + Send + 'static, to: PathBuf) -> anyhow::Result<()> {
    tokio::task::spawn_blocking(move || {
        let created = File::options().write(true).create_new(true).mode(0o600).open(&to);
        let copied = created.and_then(|mut target| io::copy(&mut from, &mut target));
        copied.map(drop).with_context(|| format!("cannot write {}", to.display()))
    })
    .await?
}

pub(super) async fn synced(path: PathBuf) -> anyhow::Result<()> {
    tokio::task::spawn_blocking(move || {
        File::open(&path)?.sync_all().with_context(|| format!("cannot write {}", path.display()))
    })
    .await?
}
