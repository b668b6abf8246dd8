//! Keys in a file of their own, which nobody but its owner may read. One line each: `key NAME SECRET CREATED`, and
//! `refresh SECRET`. Written whole beside it and then renamed, so that a crash leaves the old or the new one.

use std::fs::{DirBuilder, File};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};

use super::Seed;
use super::stored::Kept;

const HEAD: &str = "# The keys of this installation. Whoever has them can sign in as anybody: keep them to yourself.\n";

pub(super) fn read_or_generate(path: &Path, now: DateTime<Utc>) -> anyhow::Result<Kept> {
    if let Some(kept) = read(path)? {
        return Ok(kept);
    }
    let _lock = lock(path)?;
    held_or_generated(path, now)
}

/// Renews the keys, of which nobody else makes others at the same time.
pub(super) fn change(path: &Path, now: DateTime<Utc>, renew: impl FnOnce(&mut Vec<Seed>)) -> anyhow::Result<()> {
    let _lock = lock(path)?;
    let mut kept = held_or_generated(path, now)?;
    renew(&mut kept.keys);
    write(path, &kept)
}

fn held_or_generated(path: &Path, now: DateTime<Utc>) -> anyhow::Result<Kept> {
    if let Some(kept) = read(path)? {
        return Ok(kept);
    }
    let kept = Kept::generate(now)?;
    write(path, &kept)?;
    Ok(kept)
}

/// `None` where there is no file.
pub(super) fn read(path: &Path) -> anyhow::Result<Option<Kept>> {
    let shown = path.display();
    let text = match std::fs::metadata(path) {
        Ok(metadata) if metadata.mode() & 0o077 != 0 => {
            bail!("others may read {shown}, which holds secret keys: chmod 600 it, or delete it to get new keys")
        }
        Ok(_) => std::fs::read_to_string(path).with_context(|| format!("cannot read {shown}"))?,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("cannot read {shown}")),
    };
    let text = SecretString::from(text);
    parse(text.expose_secret()).map(Some).with_context(|| format!("{shown} is damaged: restore or delete it"))
}

fn parse(text: &str) -> anyhow::Result<Kept> {
    let (mut keys, mut refresh) = (Vec::new(), None);
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["key", kid, secret, created] => {
                let created_at = DateTime::parse_from_rfc3339(created).map(|at| at.to_utc());
                let created_at = created_at.with_context(|| format!("line {} has no time", number + 1))?;
                keys.push(Seed { kid: kid.to_owned(), secret: SecretString::from(secret), created_at });
            }
            ["refresh", secret] => refresh = Some(SecretString::from(secret)),
            _ => bail!("line {} is neither a key nor the refresh secret", number + 1),
        }
    }
    match refresh {
        Some(refresh) if !keys.is_empty() => Ok(Kept { keys, refresh }),
        _ => bail!("a key or the refresh secret is missing"),
    }
}

/// Whoever writes holds the file beside it, which itself is never replaced; given back when it is closed.
fn lock(path: &Path) -> anyhow::Result<File> {
    let path = path.with_extension("keys.lock");
    let locked = folder(&path).and_then(|folder| {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let file = File::options().append(true).create(true).mode(0o600).open(&path)?;
        file.lock()?;
        Ok(file)
    });
    locked.with_context(|| format!("cannot lock {}", path.display()))
}

fn folder(path: &Path) -> anyhow::Result<&Path> {
    path.parent().context("the file has no folder")
}

fn write(path: &Path, kept: &Kept) -> anyhow::Result<()> {
    let folder = folder(path)?;
    let beside = path.with_extension("keys.new");
    let written = put(&beside, &text(kept)).and_then(|()| std::fs::rename(&beside, path));
    written.with_context(|| format!("cannot write {}", path.display()))?;
    // The name as well has to survive a power cut.
    File::open(folder)?.sync_all().with_context(|| format!("cannot sync {}", folder.display()))
}

fn put(path: &Path, text: &SecretString) -> std::io::Result<()> {
    // A leftover of a crash may have another mode.
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = File::options().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.expose_secret().as_bytes())?;
    file.sync_all()
}

fn text(kept: &Kept) -> SecretString {
    let key = |key: &Seed| format!("key {} {} {}\n", key.kid, key.secret.expose_secret(), key.created_at.to_rfc3339());
    let keys: String = kept.keys.iter().map(key).collect();
    SecretString::from(format!("{HEAD}{keys}refresh {}\n", kept.refresh.expose_secret()))
}
