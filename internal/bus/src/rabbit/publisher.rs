//! Publishes with many confirms in flight. One task owns the channel: messages reach it over a bounded queue, and it
//! alone knows when a message is confirmed *and* did not come back. A lost channel fails everything in flight at once.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::types::ShortString;
use lapin::{BasicProperties, Channel, Confirmation, Connection};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::apply;
use super::connection::{Leased, Link, in_time, patience};
use super::settling::{Settling, Verdict};
use super::troubles::{Trouble, Troubles, in_words};
use crate::topology::Topology;
use crate::{MOST_KIB, PublishError, kib};

/// How many messages are taken over at a time.
const GULP: usize = 256;
const NO_CHANNEL: &str = "nothing can be published";

/// One message on its way out.
#[derive(Debug, Clone)]
pub(super) struct Message {
    pub(super) exchange: ShortString,
    pub(super) key: ShortString,
    pub(super) properties: BasicProperties,
    pub(super) body: Bytes,
    /// Whether it is a failure when no queue takes it.
    pub(super) mandatory: bool,
}

type Answer = oneshot::Sender<Result<(), PublishError>>;

struct Entry {
    message: Message,
    done: Answer,
    /// Given back only when lapin is done with the message, whether somebody still waits or not.
    permits: [OwnedSemaphorePermit; 2],
}

/// Where entries go while a channel is open; a new one with each channel, so that none outlives its channel.
type Lane = mpsc::Sender<Box<Entry>>;

/// Clones publish over the same channel.
#[derive(Clone)]
pub(super) struct Publisher {
    link: Link,
    lane: watch::Receiver<Option<Lane>>,
    permits: Arc<Semaphore>,
    /// In KiB of bodies.
    room: Arc<Semaphore>,
    most: u32,
    /// Looked up once: it is set twice for every message.
    open: metrics::Gauge,
}

impl Publisher {
    /// Keeps a channel open over `link` until `closed`; at most `most` messages are in flight. `needed` is declared
    /// first, as publishing to an exchange that is missing closes the channel.
    pub(super) fn start(
        name: &'static str,
        link: &Link,
        needed: Arc<Topology>,
        most: usize,
        troubles: &Troubles,
        closed: CancellationToken,
    ) -> Self {
        let (lanes, lane) = watch::channel(None);
        let (lanes, kept) = (Arc::new(lanes), link.clone());
        let trouble = Arc::new(troubles.of(&format!("publishing {name}")));
        let (permits, room) = (Arc::new(Semaphore::new(most)), Arc::new(Semaphore::new(MOST_KIB)));
        tokio::spawn(async move {
            let work = || once(kept.clone(), needed.clone(), lanes.clone(), trouble.clone(), most);
            let supervised = mesh::shutdown::supervise(name, &closed, work);
            closed.run_until_cancelled(supervised).await;
        });
        let open = metrics::gauge!("bus_unconfirmed", "channel" => name);
        Self { link: link.clone(), lane, permits, room, most: most as u32, open }
    }

    /// Returns once the message is confirmed and, where it is mandatory, was taken by a queue.
    pub(super) async fn send(&self, message: Message, deadline: Instant) -> Result<(), PublishError> {
        let lane = self.open_lane(deadline).await?;
        let taking = self.take_room(message.body.len());
        let permits = tokio::time::timeout_at(deadline, taking).await.map_err(|_| PublishError::Timeout)?;
        let permits = permits.map_err(|_| self.unavailable())?;
        let (done, answer) = oneshot::channel();
        self.gauge();
        lane.try_send(Entry { message, done, permits }.into()).map_err(|_| self.unavailable())?;
        let answered = tokio::time::timeout_at(deadline, answer).await;
        self.gauge();
        answered.map_err(|_| PublishError::Timeout)?.unwrap_or_else(|_| Err(self.unavailable()))
    }

    /// Whether what is sent now would only wait for the end of an alarm.
    pub(super) fn is_blocked(&self) -> bool {
        self.link.is_blocked()
    }

    async fn take_room(&self, bytes: usize) -> Result<[OwnedSemaphorePermit; 2], tokio::sync::AcquireError> {
        let one = self.permits.clone().acquire_owned().await?;
        Ok([one, self.room.clone().acquire_many_owned(kib(bytes)).await?])
    }

    async fn open_lane(&self, deadline: Instant) -> Result<Lane, PublishError> {
        if let Some(lane) = &*self.lane.borrow() {
            return Ok(lane.clone());
        }
        let mut lanes = self.lane.clone();
        let opened = tokio::time::timeout_at(patience(deadline), lanes.wait_for(Option::is_some)).await;
        let lane = opened.ok().and_then(Result::ok).and_then(|lane| lane.clone());
        lane.ok_or_else(|| self.unavailable())
    }

    fn unavailable(&self) -> PublishError {
        let lost = || "the channel was lost before the message was confirmed".to_owned();
        PublishError::Unavailable(self.link.trouble().map_or_else(lost, |_| self.link.cause()))
    }

    fn gauge(&self) {
        self.open.set(self.in_flight() as f64);
    }

    pub(super) fn in_flight(&self) -> usize {
        self.most as usize - self.permits.available_permits()
    }

    /// Waits until nothing is in flight, at most this long.
    pub(super) async fn drained(&self, longest: Duration) {
        let all = self.permits.acquire_many(self.most);
        let _ = tokio::time::timeout(longest, all).await;
    }
}

async fn once(
    link: Link,
    needed: Arc<Topology>,
    lanes: Arc<watch::Sender<Option<Lane>>>,
    trouble: Arc<Trouble>,
    most: usize,
) -> anyhow::Result<()> {
    let Some(connection) = link.open().await else { return Ok(()) };
    trouble.unless_soon(NO_CHANNEL);
    let opened = open(&connection, &needed).await;
    if let Err(error) = &opened {
        trouble.is(format!("cannot publish: {}", in_words(error)));
    }
    let leased = opened?;
    let channel = &leased.channel;
    let (lane, entries) = mpsc::channel(most);
    lanes.send_replace(Some(lane));
    let _over = trouble.over_until_lost(NO_CHANNEL);
    // Dropped when this ends in whatever way: nobody may find a lane without its channel.
    let _closing = Closing(lanes);
    tokio::select! {
        () = link.lost(&connection) => anyhow::bail!("the connection was lost"),
        failed = Flight::new(channel.clone()).run(entries) => failed,
    }
}

async fn open(connection: &Connection, needed: &Topology) -> anyhow::Result<Leased> {
    apply::apply_if_allowed(connection, needed).await?;
    let leased = Leased::open(connection).await?;
    in_time("confirm", leased.channel.confirm_select(ConfirmSelectOptions::default())).await?;
    Ok(leased)
}

struct Closing(Arc<watch::Sender<Option<Lane>>>);

impl Drop for Closing {
    fn drop(&mut self) {
        self.0.send_replace(None);
    }
}

/// What a message is: the same event may be on its way to two queues.
type Key = (ShortString, ShortString, Option<ShortString>, Option<ShortString>);

fn key(exchange: &ShortString, key: &ShortString, properties: &BasicProperties) -> Key {
    (exchange.clone(), key.clone(), properties.message_id().clone(), properties.correlation_id().clone())
}

enum Step {
    Confirmed { entry: Box<Entry>, result: Box<lapin::Result<Confirmation>> },
    Fence,
}

/// What is in flight on one channel.
struct Flight {
    channel: Arc<Channel>,
    settling: Settling<Key, Box<Entry>>,
}

impl Flight {
    fn new(channel: Channel) -> Self {
        Self { channel: Arc::new(channel), settling: Settling::new() }
    }

    /// Ends with the error that ended the channel; whoever still waits is told by its entry being dropped.
    async fn run(mut self, mut entries: mpsc::Receiver<Box<Entry>>) -> anyhow::Result<()> {
        let mut steps = FuturesUnordered::new();
        let mut gulp = Vec::with_capacity(GULP);
        loop {
            tokio::select! {
                biased;
                Some(step) = steps.next(), if !steps.is_empty() => {
                    match step {
                        Step::Confirmed { entry, result } => self.confirmed(entry, (*result)?),
                        Step::Fence => self.judge(steps.is_empty()),
                    }
                    // The fence is queued behind everything that was completed before: `FuturesUnordered` yields
                    // in the order of wake-ups, and a new future counts as woken.
                    if self.settling.seal() {
                        steps.push(step_of(self.channel.clone(), None));
                    }
                }
                taken = entries.recv_many(&mut gulp, GULP) => {
                    if taken == 0 {
                        return Ok(());
                    }
                    for entry in gulp.drain(..).filter(|entry| !entry.done.is_closed()) {
                        steps.push(step_of(self.channel.clone(), Some(entry)));
                    }
                }
            }
        }
    }

    fn confirmed(&mut self, entry: Box<Entry>, confirmation: Confirmation) {
        let refused = confirmation.is_nack();
        let came_back = confirmation.take_message().map(|it| key(&it.exchange, &it.routing_key, &it.properties));
        if refused {
            if let Some(returned) = came_back {
                self.settling.came_back(returned);
            }
            return answer(entry, Err(PublishError::Unavailable("RabbitMQ refused the message".to_owned())));
        }
        let message = &entry.message;
        let key = key(&message.exchange, &message.key, &message.properties);
        self.settling.confirmed(key, came_back, entry);
    }

    fn judge(&mut self, all: bool) {
        for verdict in self.settling.judge(all) {
            match verdict {
                Verdict::Kept(entry) => answer(entry, Ok(())),
                Verdict::Returned(entry) => {
                    let kind = entry.message.key.to_string();
                    answer(entry, Err(PublishError::Unroutable { kind }));
                }
            }
        }
    }
}

fn answer(entry: Box<Entry>, result: Result<(), PublishError>) {
    let Entry { done, permits, .. } = *entry;
    drop(permits);
    // Whoever asked may have run out of time.
    let _ = done.send(result);
}

/// lapin counts a message before it queues it, and both happen in the first poll of `basic_publish`: as one task polls
/// all of these, the numbers are those that RabbitMQ gives them.
async fn step_of(channel: Arc<Channel>, entry: Option<Box<Entry>>) -> Step {
    let Some(entry) = entry else { return Step::Fence };
    let Message { exchange, key, properties, body, mandatory } = &entry.message;
    let options = BasicPublishOptions { mandatory: *mandatory, immediate: false };
    let sent = channel.basic_publish(exchange.clone(), key.clone(), options, body, properties.clone()).await;
    let result = match sent {
        Ok(confirm) => confirm.await,
        Err(error) => Err(error),
    };
    Step::Confirmed { entry, result: result.into() }
}
