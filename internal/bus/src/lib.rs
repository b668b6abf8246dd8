//! Events that are not lost and questions that are answered: publish, subscribe and rpc over RabbitMQ, or over a
//! durable queue on SQLite with the same promises. `Bus` is concrete; which engine is behind it is nobody's business.

mod activity;
mod attempts;
mod bug;
mod chunks;
mod config;
mod embedded;
mod error;
mod outbox;
mod rabbit;

pub mod consume;
pub mod dedupe;
pub mod event;
pub mod glance;
pub mod heartbeat;
pub mod rpc;
pub mod topology;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use mesh::health::Health;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

pub use bug::Bug;
pub use config::{Config, RUNGS};
pub use consume::{DeadLetter, Delivery, Handler, Outcome, Subscription};
pub use error::PublishError;
pub use event::Event;
pub use outbox::{Outbox, migrate};
pub use topology::WorkQueue;

use activity::Tally;
use error::{nobody, unavailable};

/// The largest body of an event or an rpc, in bytes: what the front door takes, with room for what is put around it.
pub const MAX_BODY: usize = 2 << 20;

/// What may wait for its confirm at once on one channel, in KiB of bodies: however large the messages, this much memory.
const MOST_KIB: usize = 64 << 10;

/// The largest hint, in bytes: what waits for a connection is bounded by their number.
const MAX_HINT: usize = 256 << 10;

/// What a body weighs of `MOST_KIB`.
fn kib(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(1024).clamp(1, MOST_KIB)).unwrap_or(u32::MAX)
}

/// What every service is handed by the process that starts it; built once by the root.
#[derive(Clone)]
pub struct Shared {
    pub bus: Bus,
    pub cache: mesh::cache::Cache,
    /// Whether every address that this process binds is loopback: seeded users and generated secrets exist only then.
    pub loopback_only: bool,
    /// How long a drain may take.
    pub grace: Duration,
}

/// The bus of this process; clones share its connections.
#[derive(Clone)]
pub struct Bus {
    engine: Engine,
    bug: Option<Bug>,
}

#[derive(Clone)]
enum Engine {
    Embedded(Arc<embedded::Embedded>),
    Rabbit(Arc<rabbit::Rabbit>),
}

impl Engine {
    async fn publish(&self, event: &Event, deadline: Instant) -> Result<(), PublishError> {
        match self {
            Self::Embedded(it) => it.publish(event, deadline).await,
            Self::Rabbit(it) => it.publish(event, deadline).await,
        }
    }
}

impl Bus {
    /// Opens the embedded queue, or begins to connect to RabbitMQ: an engine that is away does not fail this, it makes
    /// calls fail with `Unavailable` until it is back. Background tasks end with `shutdown`.
    pub async fn open(config: Config, shutdown: CancellationToken) -> anyhow::Result<Self> {
        let bug = config.bug;
        let engine = match &config.url {
            Some(_) => Engine::Rabbit(rabbit::Rabbit::open(config, &shutdown)?),
            None => Engine::Embedded(embedded::Embedded::open(config).await?),
        };
        let bus = Self { engine, bug };
        tokio::spawn(bus.tally().clone().watch(shutdown));
        Ok(bus)
    }

    fn tally(&self) -> &Tally {
        match &self.engine {
            Engine::Embedded(it) => it.tally(),
            Engine::Rabbit(it) => it.tally(),
        }
    }

    /// What a person is shown of the engine, without secrets: `RabbitMQ amqp://me:***@host` or `SQLite data/bus.db`.
    pub fn describe(&self) -> String {
        match &self.engine {
            Engine::Embedded(it) => it.describe(),
            Engine::Rabbit(it) => it.describe(),
        }
    }

    /// Why the engine cannot be used right now, if so; for health.
    pub fn trouble(&self) -> Option<String> {
        match &self.engine {
            Engine::Embedded(it) => it.trouble(),
            Engine::Rabbit(it) => it.trouble(),
        }
    }

    /// Why nothing that is told can be heard right now, if so. Within one process it always can.
    pub fn deafness(&self) -> Option<String> {
        match &self.engine {
            Engine::Embedded(_) => None,
            Engine::Rabbit(it) => it.deafness(),
        }
    }

    /// Tells `health` once a second whether the engine can be used; never returns.
    pub async fn watch(&self, health: &Health) {
        let mut tick = tokio::time::interval(Duration::from_secs(1));
        loop {
            tick.tick().await;
            match self.trouble() {
                Some(reason) => health.degrade("queue", reason),
                None => health.restore("queue"),
            }
        }
    }

    /// Declares exchanges, rungs, dead letters and these work queues with their bindings; adds, never deletes.
    pub async fn declare(&self, queues: &[WorkQueue]) -> Result<(), mesh::Error> {
        match &self.engine {
            Engine::Embedded(it) => it.declare(queues).await,
            Engine::Rabbit(it) => it.declare(queues).await,
        }
    }

    /// Returns once the event is confirmed *and* was routed to at least one queue.
    pub async fn publish(&self, event: &Event, deadline: Instant) -> Result<(), PublishError> {
        let began = Instant::now();
        let kept = self.keep(event, deadline).await;
        let outcome = kept.as_ref().map_or_else(PublishError::name, |()| "confirmed");
        metrics::counter!("bus_published_total", "outcome" => outcome).increment(1);
        metrics::histogram!("bus_confirm_seconds").record(began.elapsed());
        match kept {
            Ok(()) => self.tally().published(),
            Err(PublishError::Unroutable { .. }) => self.tally().unroutable(),
            Err(_) => {}
        }
        kept
    }

    async fn keep(&self, event: &Event, deadline: Instant) -> Result<(), PublishError> {
        check(event)?;
        if self.bug.is_some_and(Bug::ignores_confirms) {
            let (engine, event) = (self.engine.clone(), event.clone());
            tokio::spawn(async move { engine.publish(&event, deadline).await });
            return Ok(());
        }
        self.engine.publish(event, deadline).await
    }

    /// Feeds `handler` until `shutdown`, then waits for what is in hand. Supervises itself: a lost connection, channel
    /// or queue is rebuilt. Declares its queue first.
    pub async fn subscribe(&self, subscription: Subscription, handler: Handler, shutdown: CancellationToken) {
        match &self.engine {
            Engine::Embedded(it) => it.subscribe(subscription, handler, shutdown).await,
            Engine::Rabbit(it) => it.subscribe(subscription, handler, shutdown).await,
        }
    }

    /// Asks `request.service` and waits for its reply, at most until the deadline. No server means 503 at once.
    pub async fn call(&self, request: rpc::Request) -> Result<Bytes, mesh::Error> {
        match &self.engine {
            Engine::Embedded(it) => it.call(request).await,
            Engine::Rabbit(it) => it.call(request).await,
        }
    }

    /// Answers the questions to `server.service` until `shutdown`, then finishes those in hand.
    pub async fn answer(&self, server: rpc::Server, shutdown: CancellationToken) {
        match &self.engine {
            Engine::Embedded(it) => it.answer(server, shutdown).await,
            Engine::Rabbit(it) => it.answer(server, shutdown).await,
        }
    }

    /// Puts a copy of an event straight into the work queue of this name, as for its first attempt, and returns once that
    /// is confirmed: other queues that the event once went to do not get it again. `Unroutable` where the queue is gone.
    pub async fn requeue(&self, event: &Event, queue: &str, deadline: Instant) -> Result<(), PublishError> {
        let kept = self.keep_in(event, queue, deadline).await;
        let outcome = kept.as_ref().map_or_else(PublishError::name, |()| "confirmed");
        metrics::counter!("bus_requeued_total", "outcome" => outcome).increment(1);
        kept
    }

    async fn keep_in(&self, event: &Event, queue: &str, deadline: Instant) -> Result<(), PublishError> {
        check(event)?;
        match &self.engine {
            Engine::Embedded(it) => it.requeue(event, queue, deadline).await,
            Engine::Rabbit(it) => it.requeue(event, queue, deadline).await,
        }
    }

    /// What is in the queues that the engine knows of, in the order of their names. RabbitMQ lists them only with its
    /// management API; without, it is those that this process uses and those named in `also`. A name of no queue adds
    /// nothing.
    pub async fn queues(&self, also: &[String]) -> Result<Vec<glance::Queue>, mesh::Error> {
        match &self.engine {
            Engine::Embedded(it) => it.queues().await,
            Engine::Rabbit(it) => it.queues(also).await,
        }
    }

    /// What this process has done on the bus since its start, and has in hand.
    pub fn activity(&self) -> heartbeat::Activity {
        let unconfirmed = match &self.engine {
            Engine::Embedded(it) => it.unconfirmed(),
            Engine::Rabbit(it) => it.unconfirmed(),
        };
        self.tally().read(unconfirmed)
    }

    /// Says something to every process that `hear`s this topic right now, this one included. A hint: it may be lost, and
    /// nobody waits for it.
    pub async fn tell(&self, topic: &str, body: Bytes) {
        if body.len() > MAX_HINT {
            tracing::warn!(topic, "a hint of {} bytes is not told; {MAX_HINT} are allowed", body.len());
            return activity::hint_dropped(topic, 1);
        }
        match &self.engine {
            Engine::Embedded(it) => it.tell(topic, body),
            Engine::Rabbit(it) => it.tell(topic, body),
        }
    }

    /// Hands what is told on this topic to `sink` until `shutdown`, or until the other end of `sink` is gone. What it has
    /// no room for is lost, and so is what is told while the engine is away.
    pub async fn hear(&self, topic: &str, sink: tokio::sync::mpsc::Sender<Bytes>, shutdown: CancellationToken) {
        match &self.engine {
            Engine::Embedded(it) => it.hear(topic, sink, shutdown).await,
            Engine::Rabbit(it) => it.hear(topic, sink, shutdown).await,
        }
    }

    /// How many messages are ready in a queue; `None` where there is no such queue.
    pub async fn depth(&self, queue: &str) -> Result<Option<u64>, mesh::Error> {
        match &self.engine {
            Engine::Embedded(it) => it.depth(queue).await,
            Engine::Rabbit(it) => it.depth(queue).await,
        }
    }

    /// Waits for open confirms for at most a few seconds and closes the engine. Call it last.
    pub async fn close(&self) {
        match &self.engine {
            Engine::Embedded(it) => it.close().await,
            Engine::Rabbit(it) => it.close().await,
        }
    }
}

/// What can travel on no engine.
fn check(event: &Event) -> Result<(), PublishError> {
    if event.body.len() > MAX_BODY {
        return Err(PublishError::TooLarge { size: event.body.len() });
    }
    event.check().map_err(PublishError::Invalid)
}
