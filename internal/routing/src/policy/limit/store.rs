//! Counting over all brokers that share a Redis: the same arithmetic as in `gcra`, in one step on the server and by its
//! clock. A store that fails or is slow is no reason to refuse anybody: then each broker counts alone.

use std::time::Duration;

use mesh::cache::{Script, Server};
use tokio::time::Instant;

use super::breaker::Breaker;
use crate::table::Limit;

/// Redis answers in less than one millisecond; a call should not wait much longer for being counted.
pub(super) const PATIENCE: Duration = Duration::from_millis(20);
const TAKE: &str = include_str!("take.lua");

/// Shared by the limits of all rows.
pub(super) struct Store {
    pub(super) server: Server,
    take: Script,
    patience: Duration,
    breaker: Breaker,
    failures: metrics::Counter,
}

/// Calls that the store has let in beforehand, and how things stand after them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Grant {
    pub(super) taken: u32,
    /// How many more could be taken.
    pub(super) free: u32,
    pub(super) full_in: Duration,
    /// Nothing where some are free.
    pub(super) next_in: Duration,
}

impl Store {
    pub(super) fn new(server: Server, patience: Duration) -> Self {
        let failures = metrics::counter!("limit_store_failures_total");
        Self { server, take: Script::new(TAKE), patience, breaker: Breaker::default(), failures }
    }

    /// Whether asking is in vain for now.
    pub(super) fn is_away(&self) -> bool {
        self.breaker.is_open()
    }

    pub(super) fn patience(&self) -> Duration {
        self.patience
    }

    /// Somebody has waited in vain for another's question.
    pub(super) fn was_late(&self) {
        self.failures.increment(1);
    }

    /// Takes up to `wanted` calls for `key`; nothing where the store does not answer by then.
    pub(super) async fn take(&self, key: &str, limit: &Limit, wanted: u32, until: Instant) -> Option<Grant> {
        if !self.breaker.admits() {
            return None;
        }
        let arguments = [u64::from(limit.calls), micros(limit.per), u64::from(wanted)];
        let patience = until.saturating_duration_since(Instant::now());
        let answered = self.server.run(&self.take, key, &arguments, patience).await;
        match answered.and_then(|numbers| grant(&numbers)) {
            Ok(grant) => {
                if self.breaker.succeeded() {
                    tracing::info!("limits are counted over all brokers again: Redis answers at {}", self.server);
                }
                Some(grant)
            }
            Err(failure) => {
                self.failures.increment(1);
                if self.breaker.failed() {
                    tracing::warn!(
                        "Redis does not answer at {} ({failure:#}): until it does, each broker counts limits alone",
                        self.server
                    );
                }
                None
            }
        }
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

fn grant(numbers: &[i64]) -> anyhow::Result<Grant> {
    let &[taken, free, full_in, next_in] = numbers else { anyhow::bail!("an answer of {} numbers", numbers.len()) };
    let time = |micros: i64| u64::try_from(micros).map(Duration::from_micros);
    Ok(Grant { taken: taken.try_into()?, free: free.try_into()?, full_in: time(full_in)?, next_in: time(next_in)? })
}
