//! The whole folder at one moment: every database is pinned, its pages are copied and most of its log, then all are held
//! at once for as long as copying the ends of the logs takes. An event that was taken off the queue is so in the copy only
//! if what came of it is.

use std::fs::{self, DirBuilder, File};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{self, Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::{Context, bail};
use tokio::time::Instant;

use super::pinned::{self, Pinned};

/// How long writers are made to wait at most for all files to be held; those of services give up after five seconds.
const HOLDING: Duration = Duration::from_secs(1);
/// How often that is tried, and how long others then have the files to themselves.
const TRIES: usize = 20;
const BREATH: Duration = Duration::from_millis(250);
/// Belong to the process that uses the folder.
const LOCK: &str = "lock";
const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];

pub(super) struct Backup {
    pub(super) moment: SystemTime,
    /// Names and bytes.
    pub(super) files: Vec<(String, u64)>,
}

/// Copies what is embedded in `data` to `folder`, which is there as a whole in the end or not at all.
pub(super) async fn of(data: &Path, folder: &Path) -> anyhow::Result<Backup> {
    // As a link it is not followed otherwise.
    let folder = folder.components().as_path();
    let (databases, others) = found(data)?;
    may_become(folder)?;
    is_elsewhere(folder, data)?;
    let partial = Partial::beside(folder)?;
    let mut pinned = Vec::new();
    for name in databases {
        pinned.push(Pinned::open(data.join(&name), partial.path.join(&name)).await?);
    }
    for file in &pinned {
        file.copy_pages().await?;
    }
    hold(&mut pinned).await?;
    let moment = SystemTime::now();
    for file in &mut pinned {
        file.copy_rest().await?;
    }
    for name in &others {
        let from = File::open(data.join(name)).with_context(|| format!("cannot read {name}"))?;
        pinned::written(from, partial.path.join(name)).await?;
    }
    for file in &mut pinned {
        file.let_go().await?;
    }
    for name in others {
        pinned::synced(partial.path.join(name)).await?;
    }
    for file in pinned {
        pinned::check(&file.close().await?).await?;
    }
    partial.finish(folder)?;
    Ok(Backup { moment, files: sizes(folder)? })
}

/// The databases and the other files in the folder, by name; folders in it are nobody's of ours.
fn found(data: &Path) -> anyhow::Result<(Vec<String>, Vec<String>)> {
    let mut names = Vec::new();
    let entries = fs::read_dir(data).with_context(|| format!("SWITCHBOARD_DATA: cannot read {}", data.display()))?;
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            names.extend(entry.file_name().into_string());
        }
    }
    names.retain(|name| name != LOCK && !BESIDE.iter().any(|end| name.ends_with(end)));
    names.sort_unstable();
    let (databases, others): (Vec<_>, Vec<_>) = names.into_iter().partition(|name| name.ends_with(".db"));
    if databases.is_empty() {
        bail!("SWITCHBOARD_DATA: there is nothing embedded in {} that could be copied", data.display());
    }
    Ok((databases, others))
}

/// Whether a folder can be renamed to it, before anything is copied.
fn may_become(folder: &Path) -> anyhow::Result<()> {
    let shown = folder.display();
    if folder.file_name().is_none() {
        bail!("{shown} cannot be replaced: name a folder inside of it");
    }
    let Ok(there) = fs::symlink_metadata(folder) else { return Ok(()) };
    if there.is_symlink() {
        bail!("{shown} is a link: name the folder that it leads to, or a folder inside of it");
    }
    if !there.is_dir() {
        bail!("{shown} is a file: name a folder that is empty, or that is not there yet");
    }
    if fs::metadata(parent(folder))?.dev() != there.dev() {
        bail!("{shown} is mounted: name a folder inside of it");
    }
    if fs::read_dir(folder).is_ok_and(|mut inside| inside.next().is_some()) {
        bail!("{shown} is not empty: name a folder that is, or that is not there yet");
    }
    Ok(())
}

/// Refuses a copy that would lie in the folder that it is of, and be lost with it.
fn is_elsewhere(folder: &Path, data: &Path) -> anyhow::Result<()> {
    let (absolute, real) = (path::absolute(folder)?, data.canonicalize()?);
    let lies_in = absolute.ancestors().find_map(|it| it.canonicalize().ok());
    if lies_in.is_some_and(|it| it.starts_with(&real)) {
        bail!("{} is inside of the data folder {}: name a folder elsewhere", folder.display(), data.display());
    }
    Ok(())
}

/// Holds all files at once. What can be copied before is, for each try anew, so that little is left to do then. They are
/// let go in between, so that no writer waits for long behind another's hurry.
async fn hold(files: &mut [Pinned]) -> anyhow::Result<()> {
    for _ in 0..TRIES {
        for file in &mut *files {
            file.copy_committed().await?;
        }
        let held = held(files, Instant::now() + HOLDING).await?;
        if held == files.len() {
            return Ok(());
        }
        for file in &mut files[..held] {
            file.let_go().await?;
        }
        tokio::time::sleep(BREATH).await;
    }
    bail!("others write all the time, so that not all files could be held at once: try again when there is less load")
}

/// How many of the files, from the first on, could be held until then.
async fn held(files: &mut [Pinned], deadline: Instant) -> anyhow::Result<usize> {
    for (index, file) in files.iter_mut().enumerate() {
        while !file.hold().await? {
            if Instant::now() > deadline {
                return Ok(index);
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
    Ok(files.len())
}

fn parent(folder: &Path) -> &Path {
    folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn sizes(folder: &Path) -> anyhow::Result<Vec<(String, u64)>> {
    let sized = |entry: std::io::Result<fs::DirEntry>| {
        let entry = entry?;
        Ok((entry.file_name().to_string_lossy().into_owned(), entry.metadata()?.len()))
    };
    let mut sizes = fs::read_dir(folder)?.map(sized).collect::<anyhow::Result<Vec<_>>>()?;
    sizes.sort_unstable();
    Ok(sizes)
}

/// The copy while it is made; removed where that fails.
struct Partial {
    path: PathBuf,
    is_done: bool,
}

impl Partial {
    fn beside(folder: &Path) -> anyhow::Result<Self> {
        let mut name = folder.as_os_str().to_owned();
        name.push(".partial");
        let path = PathBuf::from(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).with_context(|| format!("cannot make the folder {}", parent.display()))?;
        }
        let made = DirBuilder::new().mode(0o700).create(&path);
        made.with_context(|| {
            format!("cannot make {}: remove it if it was left by a backup that was interrupted", path.display())
        })?;
        Ok(Self { path, is_done: false })
    }

    fn finish(mut self, folder: &Path) -> anyhow::Result<()> {
        fs::rename(&self.path, folder).with_context(|| format!("cannot rename it to {}", folder.display()))?;
        self.is_done = true;
        for folder in [folder, parent(folder)] {
            File::open(folder)?.sync_all()?;
        }
        Ok(())
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if !self.is_done {
            // What cannot be removed is named by the next try.
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

#[cfg(test)]
mod tests;
