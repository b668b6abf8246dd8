//! What one event that waits for the disk takes: its share of the memory for bodies, and a place in the count that is
//! shown as an alarm when commits do not come.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::OwnedSemaphorePermit;

/// Given back when the event is on the disk, whether its caller still waits or not.
pub(super) struct Room {
    pub(super) _permit: OwnedSemaphorePermit,
    pub(super) _open: Open,
}

/// How many events are not on the disk yet.
#[derive(Clone)]
pub(super) struct Unconfirmed {
    count: Arc<AtomicU64>,
    gauge: metrics::Gauge,
}

impl Default for Unconfirmed {
    fn default() -> Self {
        Self { count: Arc::default(), gauge: metrics::gauge!("bus_unconfirmed", "channel" => "events") }
    }
}

impl Unconfirmed {
    pub(super) fn one(&self) -> Open {
        self.count.fetch_add(1, Ordering::Relaxed);
        self.gauge.increment(1.0);
        Open(self.clone())
    }

    pub(super) fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }
}

pub(super) struct Open(Unconfirmed);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.count.fetch_sub(1, Ordering::Relaxed);
        self.0.gauge.decrement(1.0);
    }
}
