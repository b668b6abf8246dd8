//! The asking side of rpc: one reply queue for the process, and a table of who waits for which answer. A question that
//! no server takes comes back and fails at once; an answer that nobody waits for any more is counted and dropped.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use bytes::Bytes;
use futures::StreamExt;
use lapin::message::Delivery as Raw;
use lapin::options::{BasicConsumeOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{BasicProperties, Connection, Consumer};
use tokio::sync::{oneshot, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::apply::{own_name, short, table, text};
use super::codec;
use super::connection::{Leased, Link, patience};
use super::publisher::{Message, Publisher};
use super::reply;
use super::troubles::{Trouble, Troubles, in_words};
use crate::activity::Tally;
use crate::{PublishError, event, rpc};

/// Absolute, in milliseconds since 1970: a question whose time is over while it waits behind another one stays in the
/// queue, so the server has to look again.
pub(super) const DEADLINE: &str = "x-deadline";
/// The address that the question came in from.
pub(super) const ORIGIN: &str = "x-origin";
const TRANSIENT: u8 = 1;
const OPEN_TIMEOUT: Duration = Duration::from_secs(10);
const NO_ANSWERS: &str = "answers cannot be received";

type Answer = Result<Bytes, mesh::Error>;
type Waiting = Arc<Mutex<HashMap<String, oneshot::Sender<Answer>>>>;

/// The name of the reply queue while it is consumed.
type ReplyQueue = Option<ShortString>;

pub(super) struct Asking {
    link: Link,
    publisher: Publisher,
    replies: watch::Receiver<ReplyQueue>,
    waiting: Waiting,
}

impl Asking {
    /// Keeps a reply queue open over `link` until `closed`.
    pub(super) fn start(
        link: &Link,
        publisher: Publisher,
        instance: &str,
        troubles: &Troubles,
        tally: &Tally,
        closed: CancellationToken,
    ) -> Self {
        let (queues, replies) = watch::channel(None);
        let waiting = Waiting::default();
        let collector = Collector {
            link: link.clone(),
            queues,
            waiting: waiting.clone(),
            instance: instance.to_owned(),
            trouble: troubles.of("replies"),
            tally: tally.clone(),
        };
        tokio::spawn(async move {
            let supervised = mesh::shutdown::supervise("rpc replies", &closed, || collector.once());
            closed.run_until_cancelled(supervised).await;
        });
        Self { link: link.clone(), publisher, replies, waiting }
    }

    pub(super) async fn call(&self, request: rpc::Request) -> Answer {
        let (deadline, service) = (request.deadline, request.service.clone());
        let late = || mesh::Error::deadline(format!("{service} did not answer in time"));
        let reply_to = self.reply_queue(deadline).await?;
        let id = uuid::Uuid::new_v4().simple().to_string();
        let (answer, answered) = oneshot::channel();
        lock(&self.waiting).insert(id.clone(), answer);
        // From here on the entry goes with the guard, whichever way this ends.
        let _entry = Entry { waiting: &self.waiting, id: &id };
        let sent = self.publisher.send(question(request, &id, reply_to)?, deadline);
        let answered = async { answered.await.unwrap_or_else(|_| Err(self.link.unavailable())) };
        tokio::select! {
            Err(error) = sent => Err(refused(error, &service)),
            answer = tokio::time::timeout_at(deadline, answered) => answer.map_err(|_| late())?,
        }
    }

    async fn reply_queue(&self, deadline: Instant) -> Result<ShortString, mesh::Error> {
        let mut replies = self.replies.clone();
        let opened = tokio::time::timeout_at(patience(deadline), replies.wait_for(Option::is_some)).await;
        let queue = opened.ok().and_then(Result::ok).and_then(|queue| queue.clone());
        queue.ok_or_else(|| self.link.unavailable().with_nothing_sent(mesh::NotSent::NotReached))
    }
}

fn refused(error: PublishError, service: &str) -> mesh::Error {
    match error {
        PublishError::Unroutable { .. } => {
            crate::nobody(format!("nobody answers for '{service}'; is the service running?"))
        }
        PublishError::Timeout => mesh::Error::deadline(format!("the question to {service} was not taken in time")),
        PublishError::Unavailable(_) | PublishError::TooLarge { .. } | PublishError::Invalid(_) => error.into(),
    }
}

fn question(request: rpc::Request, id: &str, reply_to: ShortString) -> Result<Message, mesh::Error> {
    let left = request.deadline.saturating_duration_since(Instant::now());
    let millis = left.as_millis().clamp(1, i64::MAX as u128) as i64;
    let deadline = chrono::Utc::now().timestamp_millis().saturating_add(millis);
    let mut headers =
        table([(DEADLINE, AMQPValue::LongLongInt(deadline)), (mesh::trace::HEADER, text(&request.trace.to_string()))]);
    if let Some(identity) = request.identity.as_ref().map(event::identity_text) {
        if identity.len() > event::MAX_ATTRIBUTE {
            return Err(mesh::Error::invalid("the identity behind a question is too long"));
        }
        headers.insert(codec::IDENTITY.into(), text(&identity));
    }
    if let Some(origin) = request.origin {
        headers.insert(ORIGIN.into(), text(&origin.to_string()));
    }
    let properties = BasicProperties::default()
        .with_message_id(short(&request.id)?)
        .with_correlation_id(short(id)?)
        .with_type(short(&request.method)?)
        .with_reply_to(reply_to)
        .with_priority(request.priority.min(rpc::MAX_PRIORITY))
        .with_expiration(short(&millis.min(i64::from(u32::MAX)).to_string())?)
        .with_delivery_mode(TRANSIENT)
        .with_content_type("application/json".into())
        .with_headers(headers);
    let key = short(&super::answering::queue(&request.service))?;
    Ok(Message { exchange: ShortString::default(), key, properties, body: request.body, mandatory: true })
}

struct Entry<'a> {
    waiting: &'a Waiting,
    id: &'a str,
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        lock(self.waiting).remove(self.id);
    }
}

fn lock(waiting: &Waiting) -> std::sync::MutexGuard<'_, HashMap<String, oneshot::Sender<Answer>>> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Consumes the reply queue.
struct Collector {
    link: Link,
    queues: watch::Sender<ReplyQueue>,
    waiting: Waiting,
    instance: String,
    trouble: Trouble,
    tally: Tally,
}

impl Collector {
    async fn once(&self) -> anyhow::Result<()> {
        let Some(connection) = self.link.open().await else { return Ok(()) };
        self.trouble.unless_soon(NO_ANSWERS);
        let opened = self.open(&connection).await;
        if let Err(error) = &opened {
            self.trouble.is(format!("cannot receive answers: {}", in_words(error)));
        }
        let (_leased, name, mut replies) = opened?;
        self.queues.send_replace(Some(name));
        let (_closing, _over) = (Closing(self), self.trouble.over_until_lost(NO_ANSWERS));
        while let Some(raw) = replies.next().await {
            self.answered(&raw?);
        }
        anyhow::bail!("the reply queue is gone")
    }

    async fn open(&self, connection: &Connection) -> anyhow::Result<(Leased, ShortString, Consumer)> {
        let mut leased = Leased::open(connection).await?;
        let channel = &leased.channel;
        let opening = async {
            let name = own_name(reply::QUEUES, &self.instance)?;
            let options = QueueDeclareOptions::exclusive().auto_delete();
            channel.queue_declare(name.clone(), options, FieldTable::default()).await?;
            let options = BasicConsumeOptions { no_ack: true, exclusive: true, ..BasicConsumeOptions::default() };
            let replies = channel.basic_consume(name.clone(), name.clone(), options, FieldTable::default()).await?;
            anyhow::Ok((name, replies))
        };
        let opened = tokio::time::timeout(OPEN_TIMEOUT, opening).await;
        let (name, replies) = opened.context("the reply queue was not opened in time")??;
        leased.consumed_by(&replies);
        Ok((leased, name, replies))
    }

    fn answered(&self, raw: &Raw) {
        let id = raw.properties.correlation_id().as_ref().map_or("", |id| id.as_str());
        let waiting = lock(&self.waiting).remove(id);
        if waiting.is_none_or(|waiting| waiting.send(reply::read(raw)).is_err()) {
            self.tally.late_reply();
        }
    }
}

/// Whoever still waits when the reply queue goes is told at once.
struct Closing<'a>(&'a Collector);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.queues.send_replace(None);
        lock(&self.0.waiting).clear();
    }
}
