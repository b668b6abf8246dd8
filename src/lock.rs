//! The data folder belongs to one process at a time: embedded engines have exactly one writer. The lock ends with the
//! process, however it ends; the file holds the pid for whoever finds it taken.

use std::fs::{DirBuilder, File, TryLockError};
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use anyhow::{Context, bail};

/// Held for as long as this value lives.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Makes the folder, readable by its owner only, where there is none yet.
    pub(crate) fn take(folder: &Path) -> anyhow::Result<Self> {
        let shown = folder.display();
        let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.with_context(|| format!("SWITCHBOARD_DATA: cannot make the folder {shown}"))?;
        let path = folder.join("lock");
        let opened = File::options().read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = opened.with_context(|| format!("SWITCHBOARD_DATA: cannot write to {}", path.display()))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!(
                "the data folder {shown} is in use by {}; stop that process, set SWITCHBOARD_DATA to another folder, \
                 or share engines by setting RABBITMQ_URL and the services' URLs",
                holder(&path)
            ),
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("SWITCHBOARD_DATA: cannot lock {}", path.display()));
            }
        }
        file.set_len(0)?;
        writeln!(file, "{}", std::process::id())?;
        Ok(Self { _file: file })
    }
}

fn holder(path: &Path) -> String {
    let pid = std::fs::read_to_string(path).unwrap_or_default();
    match pid.trim() {
        "" => "another process".to_owned(),
        pid => format!("process {pid}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_told_who_was_first() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let first = Lock::take(&data).unwrap();
        let refused = Lock::take(&data).unwrap_err().to_string();
        assert!(refused.contains(&format!("in use by process {}", std::process::id())), "{refused}");
        assert!(refused.contains("SWITCHBOARD_DATA") && refused.contains("RABBITMQ_URL"), "{refused}");
        drop(first);
        Lock::take(&data).unwrap();
    }
}
