//! The log beside a SQLite file (its WAL), copied in two steps: what is committed while others write, and the rest while
//! nobody does. Committed frames are not changed any more unless the log is begun anew, and then its header is another:
//! <https://sqlite.org/fileformat2.html#walformat>.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::Context;

const HEADER: u64 = 32;
const FRAME_HEADER: u64 = 24;

pub(super) struct Log {
    from: PathBuf,
    to: PathBuf,
    /// Of the log of which so many bytes are copied.
    header: Header,
    copied: u64,
}

/// Empty where there is no log.
#[derive(Clone, Default, PartialEq)]
pub(super) struct Header(Vec<u8>);

impl Log {
    pub(super) fn of(file: &Path, copy: &Path) -> Self {
        Self { from: beside(file), to: beside(copy), header: Header::default(), copied: 0 }
    }

    pub(super) fn header(&self) -> anyhow::Result<Header> {
        Header::read(&self.from).with_context(|| format!("cannot read {}", self.from.display()))
    }

    /// Copies what is committed: so many frames, which were counted after this header was read.
    pub(super) async fn copy_committed(&mut self, header: Header, frames: u64) -> anyhow::Result<()> {
        let end = header.page_size().map_or(0, |page| HEADER + frames * (FRAME_HEADER + page));
        self.copy(header, end).await
    }

    /// Copies whatever is there beyond; nobody may write.
    pub(super) async fn copy_rest(&mut self) -> anyhow::Result<()> {
        let header = self.header()?;
        self.copy(header, u64::MAX).await
    }

    async fn copy(&mut self, header: Header, end: u64) -> anyhow::Result<()> {
        let start = if header == self.header { self.copied } else { 0 };
        let (from, to) = (self.from.clone(), self.to.clone());
        let copying = tokio::task::spawn_blocking(move || copy(&from, &to, start, end));
        self.copied = copying.await?.with_context(|| format!("cannot copy {}", self.from.display()))?;
        self.header = header;
        Ok(())
    }
}

impl Header {
    fn read(log: &Path) -> io::Result<Self> {
        let mut bytes = Vec::new();
        match File::open(log) {
            Ok(file) => drop(file.take(HEADER).read_to_end(&mut bytes)?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        Ok(Self(bytes))
    }

    fn page_size(&self) -> Option<u64> {
        let bytes = self.0.get(8..12)?.try_into().ok()?;
        Some(u32::from_be_bytes(bytes).into())
    }
}

pub(super) fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}

/// Copies the bytes from `start` to `end`, after which the copy ends; says where that is. It is not flushed to the disk:
/// others may be waiting, and the log does not stay.
fn copy(from: &Path, to: &Path, start: u64, end: u64) -> io::Result<u64> {
    let mut from = match File::open(from) {
        Ok(from) => from,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(error),
    };
    let mut to = File::options().write(true).create(true).truncate(false).mode(0o600).open(to)?;
    from.seek(SeekFrom::Start(start))?;
    to.seek(SeekFrom::Start(start))?;
    let copied = start + io::copy(&mut from.take(end.saturating_sub(start)), &mut to)?;
    to.set_len(copied)?;
    Ok(copied)
}
