//! The bus on RabbitMQ. Two connections, one for publishing and one for consuming, so that an alarm that stops publishers
//! does not stop acknowledgements. Everything on them is supervised and built again when it is lost.

mod answering;
mod apply;
mod asking;
mod codec;
mod connection;
mod consumer;
mod disposal;
mod glance;
mod hand;
mod hints;
mod intake;
mod management;
mod probe;
mod publisher;
mod reply;
mod settling;
mod socket;
mod troubles;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use lapin::BasicProperties;
use secrecy::ExposeSecret;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use self::asking::Asking;
use self::connection::{Link, PATIENCE};
use self::consumer::Supply;
use self::glance::Names;
use self::hints::Hints;
use self::management::Management;
use self::probe::Ask;
use self::publisher::{Message, Publisher};
use self::troubles::Troubles;
use crate::activity::Tally;
use crate::glance::Queue;
use crate::topology::{EVENTS, Topology, topology};
use crate::{Bug, Config, Event, Handler, PublishError, Subscription, WorkQueue, rpc};

/// Copies to rungs and dead letters, and answers, on their way at once; bounded by the prefetch of their consumers too.
const OTHERS_UNCONFIRMED: usize = 1_000;
/// How long `close` waits for open confirms.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(3);
/// The same for hints, of which the last one says that this process ends.
const LAST_HINTS: Duration = Duration::from_millis(500);
const DECLARE_TIMEOUT: Duration = Duration::from_secs(15);

pub(crate) struct Rabbit {
    shown: String,
    instance: String,
    rungs: Vec<Duration>,
    bug: Option<Bug>,
    management: Option<Management>,
    /// Of the queues that this process uses.
    names: Names,
    publishing: Link,
    consuming: Link,
    /// Each has a channel of its own, so that none waits for another's confirms.
    events: Publisher,
    copies: Publisher,
    rpc: Publisher,
    /// From the first question on: a process that asks nothing has no reply queue.
    asking: OnceLock<Asking>,
    hints: OnceLock<Hints>,
    troubles: Troubles,
    tally: Tally,
    closed: CancellationToken,
}

impl Rabbit {
    pub(crate) fn open(config: Config, shutdown: &CancellationToken) -> anyhow::Result<Arc<Self>> {
        let Config { url, management, instance, rungs, unconfirmed, bug, .. } = config;
        let url = url.ok_or_else(|| anyhow::anyhow!("RABBITMQ_URL is not set"))?;
        let shown = mesh::config::masked_url(url.expose_secret());
        let uri = connection::parse(url.expose_secret())?;
        let management = management.map(|url| Management::new(url.expose_secret(), &uri.vhost)).transpose()?;
        let closed = CancellationToken::new();
        let link = |what: &str, ask: Ask| {
            let name = format!("{instance} {what}");
            Link::start(uri.clone(), name, &shown, ask, shutdown.clone(), closed.clone())
        };
        let (publishing, consuming) = (link("publishing", Ask::WithMessage), link("consuming", Ask::Only));
        let (base, names) = (Arc::new(topology(&[], &rungs)), Names::default());
        names.add(queues_of(&base));
        let troubles = Troubles::default();
        let publisher = |name, most| Publisher::start(name, &publishing, base.clone(), most, &troubles, closed.clone());
        let (events, copies) = (publisher("events", unconfirmed), publisher("copies", OTHERS_UNCONFIRMED));
        let rpc = publisher("rpc", OTHERS_UNCONFIRMED);
        let (asking, hints) = (OnceLock::new(), OnceLock::new());
        let tally = Tally::default();
        Ok(Arc::new(Self {
            shown,
            instance,
            rungs,
            bug,
            management,
            names,
            publishing,
            consuming,
            events,
            copies,
            rpc,
            asking,
            hints,
            troubles,
            tally,
            closed,
        }))
    }

    pub(crate) fn describe(&self) -> String {
        format!("RabbitMQ {}", self.shown)
    }

    pub(crate) fn trouble(&self) -> Option<String> {
        self.deafness().or_else(|| self.troubles.first())
    }

    /// A queue that is refused keeps nobody from hearing the others.
    pub(crate) fn deafness(&self) -> Option<String> {
        self.publishing.trouble().or_else(|| self.consuming.trouble())
    }

    pub(crate) async fn declare(&self, queues: &[WorkQueue]) -> Result<(), mesh::Error> {
        let wanted = topology(queues, &self.rungs);
        self.names.add(queues_of(&wanted));
        let connection = self.consuming.open_by(Instant::now() + DECLARE_TIMEOUT).await?;
        let declared = apply::apply(&connection, &wanted).await;
        // One place for all, as the queue that was refused may be none of the next ones.
        match &declared {
            // An engine that is away is told by its connection, and says nothing of what somebody has to mend.
            Err(error) if error.is_unavailable() => {}
            Err(error) => self.troubles.set("declaring", Some(error.detail.clone())),
            Ok(()) => self.troubles.set("declaring", None),
        }
        declared
    }

    pub(crate) async fn publish(&self, event: &Event, deadline: Instant) -> Result<(), PublishError> {
        let message = message(EVENTS, &event.kind, event, codec::properties(event))?;
        self.events.send(message, deadline).await
    }

    /// Over the default exchange, which knows every queue by its name.
    pub(crate) async fn requeue(&self, event: &Event, queue: &str, deadline: Instant) -> Result<(), PublishError> {
        let message = message("", queue, event, codec::requeued(event))?;
        self.copies.send(message, deadline).await
    }

    pub(crate) fn tally(&self) -> &Tally {
        &self.tally
    }

    pub(crate) fn unconfirmed(&self) -> u64 {
        (self.events.in_flight() + self.copies.in_flight()) as u64
    }

    pub(crate) async fn subscribe(
        self: &Arc<Self>,
        subscription: Subscription,
        handler: Handler,
        shutdown: CancellationToken,
    ) {
        self.names.add(queues_of(&topology(std::slice::from_ref(&subscription.queue), &[])));
        let supply = Supply {
            link: self.consuming.clone(),
            copies: self.copies.clone(),
            troubles: self.troubles.clone(),
            rungs: self.rungs.clone(),
            bug: self.bug,
            instance: self.instance.clone(),
            tally: self.tally.clone(),
        };
        consumer::subscribe(supply, subscription, handler, shutdown).await;
    }

    pub(crate) async fn call(&self, request: rpc::Request) -> Result<Bytes, mesh::Error> {
        let start = || {
            let (rpc, closed) = (self.rpc.clone(), self.closed.clone());
            Asking::start(&self.consuming, rpc, &self.instance, &self.troubles, &self.tally, closed)
        };
        self.asking.get_or_init(start).call(request).await
    }

    pub(crate) async fn answer(self: &Arc<Self>, server: rpc::Server, shutdown: CancellationToken) {
        self.names.add([answering::queue(&server.service)]);
        answering::answer(self.consuming.clone(), self.rpc.clone(), &self.troubles, server, shutdown).await;
    }

    pub(crate) fn tell(&self, topic: &str, body: Bytes) {
        let start = || Hints::start(&self.publishing, &self.troubles, self.closed.clone());
        self.hints.get_or_init(start).tell(topic, body);
    }

    pub(crate) async fn hear(&self, topic: &str, sink: mpsc::Sender<Bytes>, shutdown: CancellationToken) {
        hints::hear(self.consuming.clone(), &self.instance, topic, &self.troubles, sink, shutdown).await;
    }

    pub(crate) async fn queues(&self, also: &[String]) -> Result<Vec<Queue>, mesh::Error> {
        glance::queues(&self.consuming, self.management.as_ref(), &self.names, also).await
    }

    pub(crate) async fn depth(&self, queue: &str) -> Result<Option<u64>, mesh::Error> {
        let connection = self.consuming.open_by(Instant::now() + PATIENCE).await?;
        apply::depth(&connection, queue).await
    }

    pub(crate) async fn close(&self) {
        let publishers = [&self.events, &self.copies, &self.rpc];
        futures::future::join_all(publishers.map(|it| it.drained(CLOSE_TIMEOUT))).await;
        if let Some(hints) = self.hints.get() {
            hints.drained(LAST_HINTS).await;
        }
        self.closed.cancel();
        let ended = async { tokio::join!(self.publishing.ended(), self.consuming.ended()) };
        let _ = tokio::time::timeout(CLOSE_TIMEOUT, ended).await;
    }
}

impl Drop for Rabbit {
    fn drop(&mut self) {
        self.closed.cancel();
    }
}

fn queues_of(topology: &Topology) -> impl Iterator<Item = String> + '_ {
    topology.queues.iter().map(|queue| queue.name.clone())
}

fn message(
    exchange: &str,
    key: &str,
    event: &Event,
    properties: Result<BasicProperties, mesh::Error>,
) -> Result<Message, PublishError> {
    let unfit = |error: mesh::Error| PublishError::Invalid(error.detail);
    let (exchange, key) = (apply::short(exchange).map_err(unfit)?, apply::short(key).map_err(unfit)?);
    Ok(Message { exchange, key, properties: properties.map_err(unfit)?, body: event.body.clone(), mandatory: true })
}
