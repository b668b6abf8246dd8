//! A small disk of its own, which can be filled to its last byte: a file system in memory, mounted for whoever may mount.
//! A process that is killed cannot unmount its own, so the next one does it.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};
use tempfile::TempDir;

/// The number of the process that mounted it follows.
const NAME: &str = "switchboard-disk-";
const FILLING: &str = "filling";

pub struct Disk {
    folder: TempDir,
}

impl Disk {
    /// Needs the right to mount, which root has.
    pub fn mount(megabytes: u32) -> anyhow::Result<Self> {
        for left in left(&std::env::temp_dir()) {
            unmount(&left);
            let _ = std::fs::remove_dir(left);
        }
        let folder = tempfile::Builder::new().prefix(&format!("{NAME}{}-", std::process::id())).tempdir()?;
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={megabytes}m,mode=0700"), "switchboard"]).arg(folder.path());
        let output = mount.output().context("cannot run mount")?;
        let reason = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "a disk of its own needs the right to mount, as root has: {}", reason.trim());
        Ok(Self { folder })
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Leaves no byte for anybody else.
    pub fn fill(&self) -> anyhow::Result<()> {
        let mut file = File::create(self.filling())?;
        let block = vec![0; 64 << 10];
        for size in [block.len(), 4096, 1] {
            while file.write_all(&block[..size]).is_ok() {}
        }
        Ok(())
    }

    /// Gives back what `fill` took.
    pub fn clear(&self) -> anyhow::Result<()> {
        Ok(std::fs::remove_file(self.filling())?)
    }

    fn filling(&self) -> PathBuf {
        self.folder.path().join(FILLING)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if !unmount(self.folder.path()) {
            tracing::warn!("{} is still mounted", self.folder.path().display());
        }
    }
}

/// Lazily: whoever still has a file open on it does not keep it here.
fn unmount(folder: &Path) -> bool {
    let unmounted = Command::new("umount").arg("--lazy").arg(folder).output();
    unmounted.is_ok_and(|output| output.status.success())
}

/// What processes that are gone have left mounted.
fn left(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter(|entry| mounter(&entry.file_name()).is_some_and(is_gone)).map(|entry| entry.path()).collect()
}

fn mounter(name: &OsStr) -> Option<u32> {
    let (process, _) = name.to_str()?.strip_prefix(NAME)?.split_once('-')?;
    process.parse().ok()
}

fn is_gone(process: u32) -> bool {
    Path::new("/proc/self").exists() && !Path::new(&format!("/proc/{process}")).exists()
}
