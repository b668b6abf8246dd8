//! The one writer of the file, with group commit: whatever was asked for during the previous commit goes with the
//! next one, and everybody is answered after it. No timer: an idle queue commits a single change at once.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mesh::shutdown::supervise;
use sqlx::SqlitePool;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::batch::{Batch, Change};
use super::queues::Queue;
use super::room::Room;
use super::store::in_words;

/// What one commit holds at most.
const MOST_ORDERS: usize = 2_000;
const MOST_BYTES: usize = 16 << 20;

/// While the file cannot be written, this often somebody looks whether it can again, also when nobody has a change.
const LOOKS: Duration = Duration::from_secs(1);

/// A change, whom it wakes once it is kept, and who waits to hear of it.
pub(super) struct Order {
    pub(super) change: Change,
    pub(super) wakes: Vec<Arc<Queue>>,
    pub(super) kept: oneshot::Sender<Result<(), String>>,
    pub(super) room: Option<Room>,
}

impl Order {
    fn bytes(&self) -> usize {
        match &self.change {
            Change::Publish(row) => row.len(),
            Change::Take(_) | Change::Settle(_) => 0,
        }
    }
}

/// Why the last commit failed, if it did.
pub(super) type Trouble = Arc<Mutex<Option<String>>>;

pub(super) struct Writer {
    pub(super) db: SqlitePool,
    pub(super) orders: mpsc::Receiver<Order>,
    pub(super) closing: CancellationToken,
    pub(super) trouble: Trouble,
}

impl Writer {
    /// Until `closing`, and then until nothing is left; or until nobody can order any more.
    pub(super) async fn run(self) {
        let closed = CancellationToken::new();
        let this = tokio::sync::Mutex::new(self);
        supervise("bus writer", &closed, || async {
            let mut this = this.lock().await;
            while let Some(first) = this.next().await {
                this.keep(first).await;
            }
            Ok(())
        })
        .await;
    }

    async fn next(&mut self) -> Option<Order> {
        while !self.closing.is_cancelled() {
            let is_in_trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner).is_some();
            tokio::select! {
                order = self.orders.recv() => return order,
                () = sleep(LOOKS), if is_in_trouble => {
                    self.commit(Batch::look()).await.ok();
                }
                () = self.closing.cancelled() => {}
            }
        }
        self.orders.close();
        self.orders.recv().await
    }

    async fn keep(&mut self, first: Order) {
        let (mut batch, mut wakes, mut waiting) = (Batch::default(), Vec::new(), Vec::new());
        let (mut bytes, mut next) = (0, Some(first));
        while let Some(order) = next {
            bytes += order.bytes();
            batch.add(order.change);
            for queue in order.wakes {
                if !wakes.iter().any(|it| Arc::ptr_eq(it, &queue)) {
                    wakes.push(queue);
                }
            }
            waiting.push((order.kept, order.room));
            let full = waiting.len() >= MOST_ORDERS || bytes >= MOST_BYTES;
            next = if full { None } else { self.orders.try_recv().ok() };
        }
        let kept = self.commit(batch).await;
        wakes.iter().for_each(|queue| queue.wake());
        for (caller, room) in waiting {
            drop(room);
            // A caller whose deadline has passed is not there any more.
            caller.send(kept.clone()).ok();
        }
    }

    async fn commit(&self, batch: Batch) -> Result<(), String> {
        let began = Instant::now();
        let committed = match self.db.acquire().await {
            Ok(mut connection) => batch.commit(&mut connection).await,
            Err(error) => Err(error),
        };
        metrics::histogram!("bus_commit_seconds").record(began.elapsed());
        let mut trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        match committed {
            Ok(()) => {
                if trouble.take().is_some() {
                    tracing::info!("the queue's file can be written again");
                }
                Ok(())
            }
            Err(error) => {
                let reason = in_words(&error);
                if trouble.replace(reason.clone()).is_none() {
                    tracing::error!("the queue's file cannot be written: {reason}");
                }
                Err(reason)
            }
        }
    }
}
