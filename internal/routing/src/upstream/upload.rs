//! How far the caller's own body has come, where it streams through: an instance cannot answer what it was not sent yet,
//! and so is not to blame for a caller that sends slowly.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

/// Clones tell of the same body.
#[derive(Debug, Clone, Default)]
pub(crate) struct Upload(Arc<Mutex<Progress>>);

#[derive(Debug, Default)]
struct Progress {
    is_awaited: bool,
    kept_until: Option<Instant>,
}

impl Upload {
    /// The body was asked for more; who is not ready keeps the instance waiting until the next time.
    pub(crate) fn polled(&self, is_ready: bool) {
        let mut progress = self.lock();
        if is_ready && progress.is_awaited {
            progress.kept_until = Some(Instant::now());
        }
        progress.is_awaited = !is_ready;
    }

    /// Whether everybody waits for the caller. Not where the instance has stopped reading: then nobody asks for more.
    pub(super) fn is_awaited(&self) -> bool {
        self.lock().is_awaited
    }

    /// When the caller was waited for last.
    pub(super) fn kept_until(&self) -> Option<Instant> {
        self.lock().kept_until
    }

    fn lock(&self) -> MutexGuard<'_, Progress> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
