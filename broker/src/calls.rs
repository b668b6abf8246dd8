//! Calls that are kept in rows: those under an `Idempotency-Key`, so that a repetition gets the same answer, and those
//! that are answered later. Whoever sends neither a key nor a preference never comes here, and goes on while the rows
//! are away.

mod begin;
mod config;
mod ended;
mod later;
mod once;
mod places;
mod queue;
mod rows;
pub(crate) mod status;
mod sweep;
mod waiting;
mod work;

use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use mesh::Error;
use mesh::db::Place;
use mesh::health::Health;
use mesh::shutdown::{supervise, until_open};
use routing::Routing;
use tokio::sync::{Notify, broadcast};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub(crate) use config::Config;
pub(crate) use later::later;
pub(crate) use once::once;

use rows::Rows;

/// How many ends of calls somebody who waits may lag behind before it looks at the rows instead.
const ENDS: usize = 1_024;
/// What the workers have in hand gets this share of the grace period, so that there is time left to hand back what is
/// not done.
const SHARE: (u32, u32) = (4, 5);

/// Clones share rows and workers.
#[derive(Clone)]
pub(crate) struct Calls {
    inner: Arc<Inner>,
}

struct Inner {
    config: Config,
    grace: Duration,
    rows: OnceLock<Rows>,
    /// Calls under a key, which go on when their callers do not wait any more.
    tasks: TaskTracker,
    /// Something is there for the workers.
    queued: Notify,
    /// The ids of calls answered later that have ended in this process.
    ended: broadcast::Sender<Arc<str>>,
    /// Ends of calls that could not be written yet. Meanwhile the workers take nothing: it might be one of these.
    owed: AtomicUsize,
    stopping: CancellationToken,
    /// When stopping began.
    stopped: OnceLock<Instant>,
}

/// Brings the tables up to date, as every start does; needs nothing else of the configuration.
pub async fn migrate(place: &Place) -> anyhow::Result<()> {
    rows::up_to_date(place).await?.close().await;
    Ok(())
}

impl Calls {
    pub(crate) fn new(config: Config, grace: Duration, stopping: CancellationToken) -> Self {
        let (tasks, queued, ended) = (TaskTracker::new(), Notify::new(), broadcast::Sender::new(ENDS));
        let (rows, owed, stopped) = (OnceLock::new(), AtomicUsize::new(0), OnceLock::new());
        Self { inner: Arc::new(Inner { config, grace, rows, tasks, queued, ended, owed, stopping, stopped }) }
    }

    /// Opens the rows, cancels `opened`, and works on what is kept there until the end.
    pub(crate) async fn run(&self, routing: &Routing, health: &Health, opened: CancellationToken) {
        let note_stop = async {
            self.inner.stopping.cancelled().await;
            self.inner.stopped.get_or_init(Instant::now);
        };
        tokio::join!(note_stop, self.serve(routing, health, opened));
    }

    async fn serve(&self, routing: &Routing, health: &Health, opened: CancellationToken) {
        let stop = &self.inner.stopping;
        health.degrade("calls", "the rows of kept calls are not open yet; calls that need them get 503");
        let Some(rows) = until_open(stop, || Rows::open(&self.inner.config)).await else { return };
        let rows = self.inner.rows.get_or_init(|| rows);
        health.restore("calls");
        opened.cancel();
        let watch = async || {
            rows.db.watch(health, stop).await;
            Ok(())
        };
        tokio::join!(
            supervise("broker.watch", stop, watch),
            supervise("broker.sweep", stop, || sweep::run(rows, stop)),
            supervise("broker.calls", stop, || work::run(self, rows, routing)),
        );
    }

    /// Waits for calls whose callers have gone, for what is left of the grace period, and closes the rows.
    pub(crate) async fn close(&self) {
        self.inner.tasks.close();
        // Each of them ends by then.
        self.inner.tasks.wait().await;
        if let Some(rows) = self.inner.rows.get() {
            rows.db.close().await;
        }
    }

    /// Comes at the end of the grace period, counted from when stopping began.
    async fn overdue(&self) {
        self.inner.stopping.cancelled().await;
        let stopped = *self.inner.stopped.get_or_init(Instant::now);
        tokio::time::sleep_until(stopped + self.inner.grace).await;
    }

    /// Wakes whoever waits for the end of this call.
    fn tell_ended(&self, id: &str) {
        // Nobody may be waiting.
        let _ = self.inner.ended.send(Arc::from(id));
    }

    fn rows(&self) -> Result<&Rows, Error> {
        let away = || Error::unavailable("what this broker keeps of calls cannot be reached");
        self.inner.rows.get().ok_or_else(away)
    }
}
