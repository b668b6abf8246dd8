//! For how long entries are kept: for ever, unless somebody says otherwise. What is older then is deleted, at the start and
//! once an hour, a bounded number at a time.

use std::time::Duration;

use mesh::Error;
use mesh::config::{ConfigError, Env};
use tokio_util::sync::CancellationToken;

use crate::entry::now;
use crate::store::Store;

/// An event may come again for so long, such as by a replay of dead letters. Its entry is what shows that it is the
/// same one, so none is deleted before.
const LEAST: Duration = Duration::from_secs(30 * 24 * 3600);
const PAUSE: Duration = Duration::from_secs(3600);
/// So many entries at a time: others who write wait no longer than that takes.
const CHUNK: u32 = 100;

/// None means for ever.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Retention {
    entries: Option<Duration>,
    audit: Option<Duration>,
}

impl Retention {
    pub(crate) fn from_env(env: &Env) -> Result<Self, ConfigError> {
        Ok(Self { entries: kept(env, "LOGGER_KEPT")?, audit: kept(env, "LOGGER_AUDIT_KEPT")? })
    }

    /// Deletes what is old until `stop`.
    pub(crate) async fn run<S: Store>(self, store: &S, stop: &CancellationToken) -> anyhow::Result<()> {
        while !stop.is_cancelled() {
            for (audit, kept) in [(false, self.entries), (true, self.audit)] {
                // A store that is away is told of by health.
                if let Some(kept) = kept
                    && let Err(error) = sweep(store, audit, kept, stop).await
                {
                    tracing::debug!("old entries stay for an hour more: {error}");
                }
            }
            stop.run_until_cancelled(tokio::time::sleep(PAUSE)).await;
        }
        Ok(())
    }
}

async fn sweep<S: Store>(store: &S, audit: bool, kept: Duration, stop: &CancellationToken) -> Result<(), Error> {
    let before = now().saturating_sub(i64::try_from(kept.as_millis()).unwrap_or(i64::MAX));
    while !stop.is_cancelled() && store.forget(audit, before, CHUNK).await? >= u64::from(CHUNK) {}
    Ok(())
}

fn kept(env: &Env, variable: &str) -> Result<Option<Duration>, ConfigError> {
    if env.optional(variable).is_none() {
        return Ok(None);
    }
    let kept = env.duration(variable, LEAST)?;
    if kept < LEAST {
        let detail =
            "expected 30d or more, as an event may come again until then; leave it out to keep entries for ever";
        return Err(ConfigError::new(variable, detail));
    }
    Ok(Some(kept))
}
