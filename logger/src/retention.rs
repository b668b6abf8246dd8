//! For how long entries are kept: for ever, unless somebody says otherwise. What is older then is deleted, at the start and
//! once an hour, a bounded number at a time. Where that fails it is tried again soon: a disk that fills does not wait.

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
const AFTER_FAILURE: Duration = Duration::from_secs(60);
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
            let mut pause = PAUSE;
            for (audit, kept) in [(false, self.entries), (true, self.audit)] {
                if let Some(kept) = kept
                    && let Err(error) = sweep(store, audit, kept, stop).await
                {
                    error.log("old entries are not deleted, which is tried again in a minute");
                    pause = AFTER_FAILURE;
                }
            }
            stop.run_until_cancelled(tokio::time::sleep(pause)).await;
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use tokio::time::Instant;

    use super::*;
    use crate::entry::NewEntry;
    use crate::query::{Page, Query};
    use crate::store::{Arrival, Found, Kind, Left};

    /// Fails the first time; whoever asks for the third ends it.
    struct Failing {
        asked: AtomicU32,
        stop: CancellationToken,
    }

    impl Store for Failing {
        const SHARED: bool = false;

        async fn insert(&self, _entries: &[&NewEntry]) -> Result<Vec<(usize, Left)>, Error> {
            unreachable!("nothing is written")
        }

        async fn query(&self, _query: &Query) -> Result<Page, Error> {
            unreachable!("nothing is read")
        }

        async fn stored_since(&self, _kind: Kind, _since: i64, _most: u32) -> Result<Vec<Arrival>, Error> {
            unreachable!("nothing is followed")
        }

        async fn find(&self, _ids: &[&str]) -> Result<Vec<Found>, Error> {
            unreachable!("nothing is read")
        }

        async fn forget(&self, _audit: bool, _before: i64, _most: u32) -> Result<u64, Error> {
            match self.asked.fetch_add(1, Ordering::Relaxed) {
                0 => return Err(Error::unavailable("the disk is full")),
                1 => {}
                _ => self.stop.cancel(),
            }
            Ok(0)
        }

        async fn close(&self) {}
    }

    #[tokio::test(start_paused = true)]
    async fn what_failed_is_tried_again_before_the_hour_is_over() {
        let stop = CancellationToken::new();
        let store = Failing { asked: AtomicU32::new(0), stop: stop.clone() };
        let began = Instant::now();
        Retention { entries: Some(LEAST), audit: None }.run(&store, &stop).await.unwrap();
        let took = began.elapsed();
        assert!(took >= AFTER_FAILURE + PAUSE && took < AFTER_FAILURE * 2 + PAUSE, "{took:?}");
    }
}
