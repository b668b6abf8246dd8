//! A subscription: one consumer for the work queue and one for its suspects, each built again whenever its connection,
//! its channel or its queue is gone. What is in hand of one consumer is in `intake`.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use lapin::options::{BasicConsumeOptions, BasicQosOptions};
use lapin::types::FieldTable;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::apply::{self, short};
use super::connection::{Leased, Link};
use super::disposal::Rules;
use super::intake::{End, Intake, Limits};
use super::publisher::Publisher;
use super::troubles::{Trouble, Troubles, in_words};
use crate::activity::Tally;
use crate::topology::{Topology, topology};
use crate::{Bug, Handler, Subscription};

/// A node that has just come back may never answer a consumer of a queue that had no leader yet: asked again, it does.
const OPEN_TIMEOUT: Duration = Duration::from_secs(4);
/// How long a deleted queue stays away. A channel that published to it may not know yet, and RabbitMQ confirms what such
/// a channel has for a queue that is gone: with a new one of the same name in its place nobody would be told.
const APART: Duration = Duration::from_secs(1);
/// How long a stop waits for messages of a deleted queue to be in a queue again.
const LAST_TRIES: Duration = Duration::from_secs(10);
/// Between two tries to declare a deleted queue.
const AGAIN: Duration = Duration::from_secs(1);

/// Quorum queues know no prefetch in bytes, so the number of messages is what bounds the memory for them.
const MOST_IN_HAND: u16 = 1_000;

/// What a subscription needs of the bus.
#[derive(Clone)]
pub(super) struct Supply {
    pub(super) link: Link,
    pub(super) copies: Publisher,
    pub(super) rungs: Vec<Duration>,
    pub(super) bug: Option<Bug>,
    pub(super) troubles: Troubles,
    /// Names this process in the tags of its consumers.
    pub(super) instance: String,
    pub(super) tally: Tally,
}

/// Feeds `handler` until `shutdown`, then finishes what it has in hand.
pub(super) async fn subscribe(
    supply: Supply,
    subscription: Subscription,
    handler: Handler,
    shutdown: CancellationToken,
) {
    let Subscription { queue, batch, concurrency, attempts } = subscription;
    let needed = topology(std::slice::from_ref(&queue), &supply.rungs);
    let limits = Limits { batch: batch.max(1), concurrency: concurrency.max(1) };
    let suspects = queue.suspects();
    // Half of what may be in hand: the other half flows, whatever fails.
    let spread = usize::from(limits.prefetch() / 2);
    // Each declares its own queue alone: the other one may have been deleted a moment ago.
    let consumer = |own: &str, other: &str, limits: Limits, spread: usize| Consumer {
        supply: supply.clone(),
        needed: needed.clone().without(other),
        rules: Arc::new(Rules {
            queue: queue.clone(),
            attempts,
            rungs: supply.rungs.clone(),
            spread: Arc::new(Semaphore::new(spread)),
        }),
        handler: handler.clone(),
        queue: own.to_owned(),
        limits,
    };
    let main = consumer(&queue.name, &suspects, limits, spread);
    if main.rules.drains_dead_letters() {
        return main.keep(&shutdown).await;
    }
    // One that is kept back here would keep back all others.
    let alone = consumer(&suspects, &queue.name, Limits { batch: 1, concurrency: 1 }, 0);
    tokio::join!(main.keep(&shutdown), alone.keep(&shutdown));
}

impl Limits {
    /// As much again as is being handled, so that nobody waits for RabbitMQ, within a limit.
    fn prefetch(self) -> u16 {
        let wanted = 2 * self.batch * self.concurrency;
        u16::try_from(wanted).unwrap_or(u16::MAX).min(MOST_IN_HAND)
    }
}

struct Consumer {
    supply: Supply,
    needed: Topology,
    rules: Arc<Rules>,
    handler: Handler,
    queue: String,
    limits: Limits,
}

impl Consumer {
    async fn keep(&self, shutdown: &CancellationToken) {
        let name = format!("consumer of {}", self.queue);
        let trouble = self.supply.troubles.of(&name);
        mesh::shutdown::supervise(&name, shutdown, || self.once(&trouble, shutdown)).await;
    }

    /// One life of the consumer: `Ok` when it is done for good.
    async fn once(&self, trouble: &Trouble, shutdown: &CancellationToken) -> anyhow::Result<()> {
        let not_consumed = format!("{} is not consumed", self.queue);
        trouble.unless_soon(&not_consumed);
        let Some(opened) = shutdown.run_until_cancelled(self.open()).await else { return Ok(()) };
        if let Err(error) = &opened {
            trouble.is(format!("cannot consume {}: {}", self.queue, in_words(error)));
        }
        let Some((leased, deliveries)) = opened? else { return Ok(()) };
        let (channel, consumed) = (&leased.channel, (trouble.over_until_lost(&not_consumed), Up::new(&self.queue)));
        let share = self.supply.tally.share(&self.queue, &self.rules.queue.service);
        let mut intake = Intake::new(&self.queue, self.limits, &self.rules, &self.handler, &self.supply.copies, share);
        intake.acks_early = self.supply.bug.is_some_and(Bug::acks_early);
        if intake.run(deliveries, channel, consumed, shutdown).await? == End::Deleted {
            self.put_back(&mut intake, shutdown).await;
            anyhow::bail!("the queue was deleted");
        }
        // What was not begun goes back to the queue with the channel.
        let closed = tokio::time::timeout(Duration::from_secs(5), channel.close(200, "stopping".into())).await;
        closed.context("the channel was not closed in time")?.context("the channel was lost while stopping")
    }

    /// Sees that nothing in hand goes with a queue that was deleted.
    async fn put_back(&self, intake: &mut Intake, shutdown: &CancellationToken) {
        tracing::warn!(queue = self.queue, "the queue was deleted; what is in hand goes into the next one");
        let putting = async {
            tokio::time::sleep(APART).await;
            self.declare_again().await;
            intake.put_back(shutdown).await;
        };
        let too_late = async {
            shutdown.cancelled().await;
            tokio::time::sleep(LAST_TRIES).await;
        };
        tokio::select! {
            () = putting => {}
            () = too_late => tracing::error!(queue = self.queue, "stopped before all of a deleted queue was put back"),
        }
    }

    /// Returns when it is declared, or refused, or there will be no connection any more.
    async fn declare_again(&self) {
        while let Some(connection) = self.supply.link.open().await {
            match apply::apply_if_allowed(&connection, &self.needed).await {
                Err(error) if error.is_unavailable() => tokio::time::sleep(AGAIN).await,
                Ok(()) | Err(_) => return,
            }
        }
    }

    /// Declares the queue and begins to consume it; `None` when there will be no connection any more.
    async fn open(&self) -> anyhow::Result<Option<(Leased, lapin::Consumer)>> {
        let Some(connection) = self.supply.link.open().await else { return Ok(None) };
        apply::apply_if_allowed(&connection, &self.needed).await?;
        let opening = async {
            let mut leased = Leased::open(&connection).await?;
            let channel = &leased.channel;
            channel.basic_qos(self.prefetch(), BasicQosOptions::default()).await?;
            let (queue, tag) = (short(&self.queue)?, short(&self.tag())?);
            let no_ack = self.supply.bug.is_some_and(Bug::acks_early);
            let options = BasicConsumeOptions { no_ack, ..BasicConsumeOptions::default() };
            let deliveries = channel.basic_consume(queue, tag, options, FieldTable::default());
            let deliveries = deliveries.await?;
            leased.consumed_by(&deliveries);
            Ok(Some((leased, deliveries)))
        };
        let without_leader = || crate::error::away("RabbitMQ does not answer for this queue; has it a leader?");
        tokio::time::timeout(OPEN_TIMEOUT, opening).await.map_err(|_| without_leader())?
    }

    /// Suspects come one at a time.
    fn prefetch(&self) -> u16 {
        if self.queue == self.rules.queue.name { self.limits.prefetch() } else { 1 }
    }

    fn tag(&self) -> String {
        let instance = &self.supply.instance;
        let unique = uuid::Uuid::new_v4().simple().to_string();
        format!("{}#{}", &instance[..instance.floor_char_boundary(100)], &unique[..12])
    }
}

/// Says in a gauge that a queue is being consumed, for as long as it is.
struct Up(metrics::Gauge);

impl Up {
    fn new(queue: &str) -> Self {
        let gauge = metrics::gauge!("bus_consumer_up", "queue" => queue.to_owned());
        gauge.set(1.0);
        Self(gauge)
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        self.0.set(0.0);
    }
}
