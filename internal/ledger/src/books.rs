//! The ledgers: files that are only ever added to, one line for each thing that happened, in the order in which it did.
//! What is checked is read from them and not from memory, so that anybody can check again.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::Context;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::task::Effect;

/// A task was begun, before its first request is sent: when it was due. Times are microseconds since the run began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Attempted(pub(crate) u64, pub(crate) String);

/// A task was answered with success: when it was due, and how long that took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Accepted(pub(crate) u64, pub(crate) u64, pub(crate) String);

/// An effect was found in the data so many times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Applied(pub(crate) Effect, pub(crate) u64, pub(crate) String);

/// A client was given a message: client, its connection, stream, number in the stream, id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Delivered(pub(crate) String, pub(crate) u64, pub(crate) String, pub(crate) u64, pub(crate) String);

/// A client said that it has everything of a stream up to this number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Acked(pub(crate) String, pub(crate) String, pub(crate) u64);

/// All ledgers of a run.
pub(crate) struct Books {
    pub(crate) attempted: Book<Attempted>,
    pub(crate) accepted: Book<Accepted>,
    pub(crate) applied: Book<Applied>,
    pub(crate) delivered: Book<Delivered>,
    pub(crate) acked: Book<Acked>,
}

impl Books {
    /// Begins them in an existing folder that has none yet.
    pub(crate) fn begin(folder: &Path) -> anyhow::Result<Self> {
        Ok(Self {
            attempted: Book::begin(folder, "attempted")?,
            accepted: Book::begin(folder, "accepted")?,
            applied: Book::begin(folder, "applied")?,
            delivered: Book::begin(folder, "delivered")?,
            acked: Book::begin(folder, "acked")?,
        })
    }
}

/// One ledger, a JSON array on each line.
pub(crate) struct Book<L> {
    path: PathBuf,
    file: Mutex<BufWriter<File>>,
    line: std::marker::PhantomData<fn() -> L>,
}

impl<L: Serialize + DeserializeOwned> Book<L> {
    fn begin(folder: &Path, name: &str) -> anyhow::Result<Self> {
        let path = folder.join(name);
        let file = File::create_new(&path).with_context(|| format!("cannot begin the ledger {}", path.display()))?;
        Ok(Self { path, file: Mutex::new(BufWriter::new(file)), line: std::marker::PhantomData })
    }

    pub(crate) fn add(&self, line: &L) -> anyhow::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(&text).with_context(|| format!("cannot write the ledger {}", self.path.display()))
    }

    /// Everything that was added so far, in order.
    pub(crate) fn lines(&self) -> anyhow::Result<impl Iterator<Item = anyhow::Result<L>>> {
        let reading = || format!("cannot read the ledger {}", self.path.display());
        self.file.lock().unwrap_or_else(PoisonError::into_inner).flush().with_context(reading)?;
        let lines = BufReader::new(File::open(&self.path).with_context(reading)?).lines();
        Ok(lines.map(|line| Ok(serde_json::from_str(&line?)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_added_is_read_in_order_and_is_only_added_to() {
        let folder = tempfile::tempdir().unwrap();
        let books = Books::begin(folder.path()).unwrap();
        let lines = [Accepted(1, 20, "a".to_owned()), Accepted(0, 5, "b\"\n".to_owned())];
        for line in &lines {
            books.accepted.add(line).unwrap();
        }
        let read: Vec<_> = books.accepted.lines().unwrap().map(Result::unwrap).collect();
        assert_eq!(read, lines);
        assert_eq!(books.attempted.lines().unwrap().count(), 0);
        let again = Books::begin(folder.path()).err().unwrap().to_string();
        assert!(again.contains("cannot begin the ledger"), "{again}");
    }
}
