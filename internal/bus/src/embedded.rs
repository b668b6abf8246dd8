//! The bus without a broker: a durable queue on SQLite for events, memory for rpc. One process owns the file, so what
//! is in hand is known in memory only: after a restart everything that was not acknowledged is ready again.

mod batch;
#[cfg(test)]
mod bounds;
mod calls;
mod feed;
#[cfg(test)]
mod full_disk;
mod glance;
mod hints;
mod outcome;
mod pause;
mod queues;
mod room;
mod store;
#[cfg(test)]
mod unreadable;
mod writer;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use bytes::Bytes;
use mesh::db::{Sqlite, expanding};
use mesh::shutdown::supervise;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use self::calls::Calls;
use self::feed::Feed;
use self::hints::Hints;
use self::queues::Queues;
use self::store::Store;
use crate::activity::Tally;
use crate::{Bug, Config, Event, Handler, PublishError, Subscription, WorkQueue, event, rpc};

/// How long `close` waits for what is on its way to the disk.
const CLOSING: Duration = Duration::from_secs(5);

pub(crate) struct Embedded {
    file: PathBuf,
    rungs: Vec<Duration>,
    queues: Queues,
    store: Store,
    calls: Calls,
    hints: Hints,
    tally: Tally,
    bug: Option<Bug>,
    closing: CancellationToken,
    writer: Mutex<Option<JoinHandle<()>>>,
}

impl Embedded {
    /// The writer outlives every shutdown, because acknowledgements come after it; `close` ends it.
    pub(crate) async fn open(config: Config) -> anyhow::Result<Arc<Self>> {
        let db = Sqlite::open(&config.file).await?;
        let migrated = expanding(sqlx::migrate!("migrations/sqlite")).run(&db.write).await;
        migrated.with_context(|| format!("cannot bring {} up to date", config.file.display()))?;
        let queues = Queues::default();
        queues.load(&db.write).await.with_context(|| format!("cannot read {}", config.file.display()))?;
        let closing = CancellationToken::new();
        let (store, writer) = Store::start(db, config.unconfirmed, closing.clone());
        let tally = Tally::default();
        Ok(Arc::new(Self {
            file: config.file,
            rungs: config.rungs,
            queues,
            store,
            calls: Calls::new(tally.clone()),
            hints: Hints::default(),
            tally,
            bug: config.bug,
            closing,
            writer: Mutex::new(Some(writer)),
        }))
    }

    pub(crate) fn describe(&self) -> String {
        format!("SQLite {}", self.file.display())
    }

    pub(crate) fn trouble(&self) -> Option<String> {
        self.store.trouble()
    }

    pub(crate) async fn declare(&self, queues: &[WorkQueue]) -> Result<(), mesh::Error> {
        let mut patterns = queues.iter().flat_map(|queue| &queue.patterns);
        if let Some(wrong) = patterns.find(|pattern| !event::is_pattern(pattern)) {
            return Err(mesh::Error::invalid(format!(
                "'{wrong}' is not a pattern; write words, * and # joined by dots"
            )));
        }
        self.queues.declare(&self.store.db.write, queues).await.map_err(|error| away(&error))
    }

    pub(crate) async fn publish(&self, event: &Event, deadline: Instant) -> Result<(), PublishError> {
        let queues = self.queues.bound_to(&event.kind);
        if queues.is_empty() {
            return Err(PublishError::Unroutable { kind: event.kind.clone() });
        }
        self.store.publish(event, queues, deadline).await
    }

    pub(crate) async fn requeue(&self, event: &Event, queue: &str, deadline: Instant) -> Result<(), PublishError> {
        let Some(queue) = self.queues.find(queue) else {
            return Err(PublishError::Unroutable { kind: queue.to_owned() });
        };
        self.store.requeue(event, queue, deadline).await
    }

    pub(crate) fn tally(&self) -> &Tally {
        &self.tally
    }

    pub(crate) fn unconfirmed(&self) -> u64 {
        self.store.unconfirmed()
    }

    pub(crate) async fn subscribe(
        self: &Arc<Self>,
        subscription: Subscription,
        handler: Handler,
        shutdown: CancellationToken,
    ) {
        let name = subscription.queue.name.clone();
        supervise(&name, &shutdown, || async {
            self.declare(std::slice::from_ref(&subscription.queue)).await?;
            let feed = Feed::new(self, subscription.clone(), handler.clone(), shutdown.clone());
            feed.context("the queue is gone")?.run().await
        })
        .await;
    }

    pub(crate) async fn call(&self, request: rpc::Request) -> Result<Bytes, mesh::Error> {
        self.calls.call(request).await
    }

    pub(crate) async fn answer(self: &Arc<Self>, server: rpc::Server, shutdown: CancellationToken) {
        self.calls.answer(server, shutdown).await;
    }

    pub(crate) fn tell(&self, topic: &str, body: Bytes) {
        self.hints.tell(topic, body);
    }

    pub(crate) async fn hear(&self, topic: &str, sink: mpsc::Sender<Bytes>, shutdown: CancellationToken) {
        self.hints.hear(topic, sink, shutdown).await;
    }

    /// Counts what nobody has in hand, also what waits on a rung; or the questions that wait, as RabbitMQ names them.
    pub(crate) async fn depth(&self, queue: &str) -> Result<Option<u64>, mesh::Error> {
        if let Some(service) = queue.strip_prefix("rpc.") {
            return Ok(self.calls.waiting(service));
        }
        let Some(queue) = self.queues.find(queue) else { return Ok(None) };
        let kept = self.store.count(&queue).await.map_err(|error| away(&error))?;
        Ok(Some(kept.saturating_sub(queue.in_hand() as u64)))
    }

    pub(crate) async fn close(&self) {
        self.closing.cancel();
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writer) = writer
            && timeout(CLOSING, writer).await.is_err()
        {
            tracing::warn!("{} is closed before everything reached the disk", self.describe());
        }
        self.store.db.close().await;
    }
}

fn away(error: &sqlx::Error) -> mesh::Error {
    crate::unavailable(store::in_words(error))
}
