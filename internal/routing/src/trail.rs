//! What one call met on its way: which instances were tried, for how long, and what came of it. Written by the layers
//! and the lines, read by the retry, by whoever explains a missed deadline, and by the answer.

use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mesh::Code;
use tokio::time::Instant;

/// Shared by everything that a call goes through.
#[derive(Debug, Default)]
pub struct Trail {
    attempts: Mutex<Vec<Attempt>>,
}

/// One try of a call.
#[derive(Debug, Clone)]
pub struct Attempt {
    pub began: Instant,
    /// Missing while it runs.
    pub took: Option<Duration>,
    /// The instance that it was sent to, where the line chooses among some.
    pub instance: Option<SocketAddr>,
    /// Whether there was another instance to go to.
    pub has_others: bool,
    /// What it failed with.
    pub failure: Option<Code>,
}

impl Trail {
    /// A new attempt begins now.
    pub fn begin(&self) {
        let began = Instant::now();
        self.attempts().push(Attempt { began, took: None, instance: None, has_others: false, failure: None });
    }

    /// The attempt that runs goes to this instance.
    pub fn chose(&self, instance: SocketAddr, has_others: bool) {
        if let Some(attempt) = self.attempts().last_mut() {
            attempt.instance = Some(instance);
            attempt.has_others = has_others;
        }
    }

    /// The attempt that ran has ended.
    pub fn end(&self, failure: Option<Code>) {
        if let Some(attempt) = self.attempts().last_mut() {
            attempt.took = Some(attempt.began.elapsed());
            attempt.failure = failure;
        }
    }

    /// The instances of all attempts so far: the next one goes elsewhere where it can.
    pub fn tried(&self) -> Vec<SocketAddr> {
        self.attempts().iter().filter_map(|attempt| attempt.instance).collect()
    }

    /// How many attempts there were, the one that runs included.
    pub fn count(&self) -> usize {
        self.attempts().len()
    }

    fn attempts(&self) -> MutexGuard<'_, Vec<Attempt>> {
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
