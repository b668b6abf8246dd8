//! Where a private engine lives, a folder of its own that goes with it, and the account that it runs under. Engines refuse
//! to be run by root, or should not be, so root lends them the account of their package.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};
use tempfile::TempDir;

/// Who an engine runs as.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    /// None where this process is nobody special, and runs the engine as itself.
    lent: Option<(u32, u32)>,
}

impl Account {
    /// `name` where this is root, else whoever this is.
    pub(crate) fn of(name: &str) -> anyhow::Result<Self> {
        if !rustix::process::getuid().is_root() {
            return Ok(Self { lent: None });
        }
        let id = |kind: &str| -> anyhow::Result<u32> {
            let output = Command::new("id").args([kind, name]).output().context("cannot run id")?;
            ensure!(output.status.success(), "there is no user '{name}' here: install the package that brings it");
            Ok(String::from_utf8_lossy(&output.stdout).trim().parse()?)
        };
        Ok(Self { lent: Some((id("-u")?, id("-g")?)) })
    }

    /// A folder that belongs to it, and goes with the handle.
    pub(crate) fn folder(&self, name: &str) -> anyhow::Result<TempDir> {
        let folder = tempfile::Builder::new().prefix(&format!("switchboard-{name}-")).tempdir()?;
        if let Some((user, group)) = self.lent {
            std::os::unix::fs::chown(folder.path(), Some(user), Some(group))?;
        }
        Ok(folder)
    }

    /// `program`, run under it, in `folder`. setpriv becomes the program, so the process id stays the same.
    pub(crate) fn command(&self, program: &Path, folder: &Path) -> Command {
        let mut command = match self.lent {
            None => Command::new(program),
            Some((user, group)) => {
                let mut command = Command::new("setpriv");
                command.args([format!("--reuid={user}"), format!("--regid={group}")]).arg("--clear-groups");
                command.arg("--").arg(program);
                command
            }
        };
        command.current_dir(folder).env("HOME", folder);
        command
    }
}

/// Where `program` is: in the PATH, or in one of these folders.
pub(crate) fn find(program: &str, folders: &[PathBuf]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let all = std::env::split_paths(&path).chain(folders.iter().cloned());
    all.map(|folder| folder.join(program)).find(|file| file.is_file())
}
