//! Events that are not lost and questions that are answered: publish, subscribe and rpc over RabbitMQ, or over a
//! durable queue on SQLite with the same promises. `Bus` is concrete; which engine is behind it is nobody's business.

mod activity;
mod attempts;
mod bug;
mod chunks;
mod embedded;
mod outbox;
mod rabbit;

pub mod consume;
pub mod dedupe;
pub mod event;
pub mod glance;
pub mod heartbeat;
pub mod rpc;
pub mod topology;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use mesh::config::{ConfigError, Env, Process};
use mesh::health::Health;
use secrecy::SecretString;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

pub use bug::Bug;
pub use consume::{DeadLetter, Delivery, Handler, Outcome, Subscription};
pub use event::Event;
pub use outbox::{Outbox, migrate};
pub use topology::WorkQueue;

use activity::Tally;

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

/// The waits between the attempts of one failing message; the last one serves all further attempts.
pub const RUNGS: [Duration; 6] = [
    Duration::from_secs(1),
    Duration::from_secs(5),
    Duration::from_secs(30),
    Duration::from_secs(120),
    Duration::from_secs(600),
    Duration::from_secs(3600),
];

/// Which engine, and how it is used.
#[derive(Debug, Clone)]
pub struct Config {
    /// RabbitMQ, or the embedded queue in `file` when there is none.
    pub url: Option<SecretString>,
    /// RabbitMQ's management API, which tells of its queues what AMQP does not.
    pub management: Option<SecretString>,
    pub file: PathBuf,
    /// Names this process among its kind in the names of its own queues.
    pub instance: String,
    /// `RUNGS`, shortened in tests.
    pub rungs: Vec<Duration>,
    /// How many published messages may wait for their confirm at once.
    pub unconfirmed: usize,
    /// One on purpose, which only builds for debugging can have.
    pub bug: Option<Bug>,
}

impl Config {
    pub fn from_env(env: &Env, process: &Process) -> Result<Self, ConfigError> {
        Ok(Self {
            url: process.engine_url(env, "RABBITMQ_URL", &["amqp", "amqps"])?,
            management: env.engine_url("RABBITMQ_MANAGEMENT_URL", &["http", "https"])?,
            file: process.data.join("bus.db"),
            instance: process.instance.clone(),
            rungs: RUNGS.to_vec(),
            unconfirmed: env.number("BUS_UNCONFIRMED", 5_000, (1, 50_000))? as usize,
            bug: Bug::from_env(env)?,
        })
    }
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

/// Why an event was not kept. Never returned for one that was: after `Timeout` it may have been, so send the same id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    #[error("no queue is bound for '{kind}'; start the service that consumes it, or correct the key")]
    Unroutable { kind: String },
    /// The reason is for the log: it may name what no caller should see.
    #[error("{NOT_AVAILABLE}")]
    Unavailable(String),
    #[error("the queue did not confirm in time")]
    Timeout,
    #[error("the event has {size} bytes, more than the {MAX_BODY} that are allowed")]
    TooLarge { size: usize },
    /// It can never be published, however often it is tried.
    #[error("{0}")]
    Invalid(String),
}

const NOT_AVAILABLE: &str = "the queue is not available";

/// What callers are told while the engine is away; the cause is for the log alone.
fn unavailable(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> mesh::Error {
    away(NOT_AVAILABLE).caused_by(cause)
}

/// Without a hint when to come back: that is for whoever answers a question to give, and we do not know.
fn away(detail: impl Into<String>) -> mesh::Error {
    mesh::Error::new(mesh::Code::Unavailable, detail)
}

/// Nobody is there who would take it.
fn nobody(detail: impl Into<String>) -> mesh::Error {
    away(detail).with_nothing_sent(mesh::NotSent::Unroutable)
}

impl PublishError {
    /// What the log is told.
    pub(crate) fn in_full(&self) -> String {
        match self {
            Self::Unavailable(reason) => format!("{self}: {reason}"),
            _ => self.to_string(),
        }
    }

    /// The word for metrics.
    fn name(&self) -> &'static str {
        match self {
            Self::Unroutable { .. } => "unroutable",
            Self::Unavailable(_) => "unavailable",
            Self::Timeout => "timeout",
            Self::TooLarge { .. } => "too_large",
            Self::Invalid(_) => "invalid",
        }
    }
}

impl From<PublishError> for mesh::Error {
    fn from(error: PublishError) -> Self {
        match error {
            PublishError::TooLarge { .. } => {
                Self::invalid(error.to_string()).with_status(http::StatusCode::PAYLOAD_TOO_LARGE)
            }
            PublishError::Invalid(detail) => Self::invalid(detail),
            PublishError::Unavailable(reason) => unavailable(reason),
            PublishError::Unroutable { .. } => nobody(error.to_string()),
            PublishError::Timeout => Self::deadline(error.to_string()),
        }
    }
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
            None => Engine::Embedded(embedded::Embedded::open(config, shutdown.clone()).await?),
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
