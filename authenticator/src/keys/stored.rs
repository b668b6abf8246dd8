//! Keys and the refresh secret that nobody gave: made on the first start and kept beside the rows, in a file of their
//! own where rows are in a file, else in the database. Production is given both and never comes here for them.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use mesh::db::Db;
use mesh::shutdown::supervise;
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Keys, Seed, file, is_over, rows};
use crate::Config;
use crate::secrets::{Secrets, random};

/// How often an instance looks whether keys were rotated.
const LOOK: Duration = Duration::from_secs(2);

/// What is kept, oldest key first.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub(super) keys: Vec<Seed>,
    pub(super) refresh: SecretString,
}

impl Kept {
    pub(super) fn generate(now: DateTime<Utc>) -> anyhow::Result<Self> {
        Ok(Self { keys: vec![generated(now)?], refresh: random()? })
    }
}

pub(super) fn generated(now: DateTime<Utc>) -> anyhow::Result<Seed> {
    Ok(Seed { kid: Uuid::new_v4().simple().to_string(), secret: random()?, created_at: now })
}

/// Where what nobody gave is kept.
#[derive(Clone)]
pub(crate) enum Store {
    File(PathBuf),
    Rows(Db),
}

impl Store {
    pub(crate) fn new(config: &Config, db: &Db) -> Self {
        match db {
            Db::Sqlite(_) => Self::File(config.key_file.clone()),
            Db::Postgres(_) => Self::Rows(db.clone()),
        }
    }

    /// The keys and the secret in force: those that were given, else those that are kept, made where there are none.
    pub(crate) async fn open(&self, config: &Config) -> anyhow::Result<(Keys, Secrets)> {
        let kept = match &config.refresh_secret {
            Some(_) if !config.signing_keys.is_empty() => None,
            _ => Some(self.read_or_generate(config.clock.now()).await?),
        };
        let refresh = config.refresh_secret.as_ref().or(kept.as_ref().map(|kept| &kept.refresh));
        let are_given = !config.signing_keys.is_empty();
        let seeds = if are_given {
            &config.signing_keys
        } else {
            kept.as_ref().map_or(&config.signing_keys, |kept| &kept.keys)
        };
        let keys = Keys::new(seeds, config.access_lifetime, are_given)?;
        Ok((keys, Secrets::new(refresh.context("no refresh secret")?)))
    }

    /// Takes over rotated keys, until `shutdown`.
    pub(crate) async fn follow(&self, keys: &Keys, shutdown: &CancellationToken) {
        if keys.are_given {
            return;
        }
        let look = async || {
            while shutdown.run_until_cancelled(tokio::time::sleep(LOOK)).await.is_some() {
                if let Some(kept) = self.read().await? {
                    keys.replace(&kept.keys)?;
                }
            }
            Ok(())
        };
        supervise("authenticator.keys", shutdown, look).await;
    }

    async fn read_or_generate(&self, now: DateTime<Utc>) -> anyhow::Result<Kept> {
        match self {
            Self::File(path) => file::read_or_generate(path, now),
            Self::Rows(db) => rows::read_or_generate(db, now).await,
        }
    }

    async fn read(&self) -> anyhow::Result<Option<Kept>> {
        match self {
            Self::File(path) => file::read(path),
            Self::Rows(db) => rows::read(db).await,
        }
    }
}

/// Adds a key that will sign after the overlap, and drops those that no token needs any more. Says what happens when.
pub(crate) async fn rotate(config: &Config, db: &Db) -> anyhow::Result<String> {
    if !config.signing_keys.is_empty() {
        bail!(
            "AUTHENTICATOR_SIGNING_KEYS gives the keys: put a new one behind the others everywhere, in front after {} \
             minutes, and take the old one out when its last token has expired",
            super::OVERLAP.as_secs() / 60
        );
    }
    let (store, now) = (Store::new(config, db), config.clock.now());
    let added = generated(now)?;
    let renew = |keys: &mut Vec<Seed>| {
        let created: Vec<_> = keys.iter().map(|key| key.created_at).chain([now]).collect();
        let mut at = 0..;
        let is_over = |at| is_over(created.iter().copied(), at, config.access_lifetime, now);
        keys.retain(|_| at.next().is_none_or(|at| !is_over(at)));
        keys.push(added.clone());
    };
    match &store {
        Store::File(path) => file::change(path, now, renew)?,
        Store::Rows(db) => rows::change(db, now, renew).await?,
    }
    let from = now + super::OVERLAP;
    Ok(format!("key {} is published now and signs from {}", added.kid, from.format("%Y-%m-%d %H:%M:%S UTC")))
}
