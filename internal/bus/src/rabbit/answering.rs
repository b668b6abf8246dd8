//! The answering side of rpc: a queue that lives as long as somebody answers from it, questions in hand up to a bound,
//! and nothing done for a caller who has stopped waiting.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use anyhow::Context;
use bytes::Bytes;
use futures::{FutureExt, StreamExt};
use lapin::message::Delivery as Raw;
use lapin::options::{BasicAckOptions, BasicCancelOptions, BasicConsumeOptions, BasicQosOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{Channel, Consumer};
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::apply::{short, table};
use super::asking::{DEADLINE, ORIGIN};
use super::codec;
use super::connection::{Leased, Link, in_time};
use super::publisher::{Message, Publisher};
use super::reply;
use super::troubles::{Trouble, Troubles, in_words};
use crate::rpc;

const OPEN_TIMEOUT: Duration = Duration::from_secs(10);
/// How long an answer may take to be confirmed.
const REPLY_TIMEOUT: Duration = Duration::from_secs(5);
/// For questions that came without a deadline, which ours never do.
const DEFAULT_DEADLINE: Duration = Duration::from_secs(30);

/// The queue with the questions to a service.
pub(super) fn queue(service: &str) -> String {
    format!("rpc.{service}")
}

/// Answers until `shutdown`, then finishes the questions in hand.
pub(super) async fn answer(
    link: Link,
    replies: Publisher,
    troubles: &Troubles,
    server: rpc::Server,
    shutdown: CancellationToken,
) {
    let name = format!("server of {}", queue(&server.service));
    let trouble = troubles.of(&name);
    let answering = Answering { link, replies, server, trouble, tasks: Mutex::default() };
    mesh::shutdown::supervise(&name, &shutdown, || answering.once(&shutdown)).await;
    let mut tasks = answering.tasks.into_inner();
    while tasks.join_next().await.is_some() {}
}

struct Answering {
    link: Link,
    replies: Publisher,
    server: rpc::Server,
    trouble: Trouble,
    /// Questions in hand; they outlive their channel, as an answer goes over another one.
    tasks: Mutex<JoinSet<()>>,
}

impl Answering {
    async fn once(&self, shutdown: &CancellationToken) -> anyhow::Result<()> {
        let unanswered = format!("questions to {} are not answered", self.server.service);
        self.trouble.unless_soon(&unanswered);
        let Some(opened) = shutdown.run_until_cancelled(self.open()).await else { return Ok(()) };
        if let Err(error) = &opened {
            self.trouble.is(format!("cannot answer questions to {}: {}", self.server.service, in_words(error)));
        }
        let Some((leased, questions)) = opened? else { return Ok(()) };
        let _over = self.trouble.over_until_lost(&unanswered);
        let mut tasks = self.tasks.lock().await;
        let tag = questions.tag();
        self.work(&leased.channel, questions, &mut tasks, shutdown).await?;
        in_time("cancel a consumer", leased.channel.basic_cancel(tag, BasicCancelOptions::default())).await?;
        // What was not begun goes back to the queue with the channel, for another server.
        while tasks.join_next().await.is_some() {}
        Ok(())
    }

    async fn open(&self) -> anyhow::Result<Option<(Leased, Consumer)>> {
        let Some(connection) = self.link.open().await else { return Ok(None) };
        let opening = async {
            let mut leased = Leased::open(&connection).await?;
            let channel = &leased.channel;
            let name = short(&queue(&self.server.service))?;
            let options = QueueDeclareOptions::durable().auto_delete();
            let arguments = table([("x-max-priority", AMQPValue::LongInt(rpc::MAX_PRIORITY.into()))]);
            channel.queue_declare(name.clone(), options, arguments).await?;
            channel.basic_qos(prefetch(&self.server), BasicQosOptions::default()).await?;
            let tag = short(&format!("{name}#{}", uuid::Uuid::new_v4().simple()))?;
            let questions = channel.basic_consume(name, tag, BasicConsumeOptions::default(), FieldTable::default());
            let questions = questions.await?;
            leased.consumed_by(&questions);
            Ok(Some((leased, questions)))
        };
        tokio::time::timeout(OPEN_TIMEOUT, opening).await.context("the server was not opened in time")?
    }

    async fn work(
        &self,
        channel: &Channel,
        mut questions: Consumer,
        tasks: &mut JoinSet<()>,
        shutdown: &CancellationToken,
    ) -> anyhow::Result<()> {
        loop {
            // A question acknowledged first does not count for the prefetch, so the bound is kept here.
            let has_room = tasks.len() < self.server.concurrency.max(1);
            tokio::select! {
                () = shutdown.cancelled() => return Ok(()),
                next = questions.next(), if has_room => {
                    let raw = next.context("the queue was deleted or the channel closed")??;
                    tasks.spawn(answered(self.server.clone(), self.replies.clone(), channel.clone(), raw));
                }
                Some(_) = tasks.join_next() => {}
            }
        }
    }
}

/// Answers one question: acknowledged after the answer where it may be answered twice, before it where it may not.
async fn answered(server: rpc::Server, replies: Publisher, channel: Channel, raw: Raw) {
    if !server.idempotent && !taken_off(&channel, prefetch(&server), &raw).await {
        // It will be given out again, here or elsewhere, or nobody ever sees it.
        return;
    }
    // From here on the connection is not held: the handler may outlive it.
    drop(channel);
    match question(&server.service, &raw) {
        Some((request, to, correlation)) if request.deadline > Instant::now() => {
            let answer = handled(&server.handler, request).await;
            let (properties, body) = reply::write(answer, correlation);
            let message = Message { exchange: ShortString::default(), key: to, properties, body, mandatory: false };
            if let Err(error) = replies.send(message, Instant::now() + REPLY_TIMEOUT).await {
                tracing::warn!(service = server.service, "an answer was not sent: {}", error.in_full());
            }
        }
        Some(_) => metrics::counter!("rpc_expired_total", "service" => server.service.clone()).increment(1),
        None => tracing::warn!(
            service = server.service,
            "a question that cannot be read, or without a way back, is dropped"
        ),
    }
    if server.idempotent {
        ack(&raw).await;
    }
}

/// Whether the queue has let go of a question. RabbitMQ answers nothing to an acknowledgement, and one that is merely
/// sent may be lost with the connection: the proof is its answer to whatever is asked after it on the same channel.
async fn taken_off(channel: &Channel, prefetch: u16, raw: &Raw) -> bool {
    if !ack(raw).await {
        return false;
    }
    let answer = channel.basic_qos(prefetch, BasicQosOptions::default());
    in_time("take an acknowledgement", answer).await.is_ok()
}

fn prefetch(server: &rpc::Server) -> u16 {
    u16::try_from(server.concurrency.max(1)).unwrap_or(u16::MAX)
}

async fn ack(raw: &Raw) -> bool {
    matches!(in_time("acknowledge", raw.acker.ack(BasicAckOptions::default())).await, Ok(true))
}

async fn handled(handler: &rpc::Handler, request: rpc::Request) -> Result<Bytes, mesh::Error> {
    let (trace, deadline, service) = (request.trace, request.deadline, request.service.clone());
    let work = AssertUnwindSafe(async { handler(request).await }).catch_unwind();
    match tokio::time::timeout_at(deadline, trace.scope(work)).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(_)) => {
            tracing::error!(service, "an rpc handler panicked");
            Err(mesh::Error::internal("panic"))
        }
        Err(_) => Err(mesh::Error::deadline(format!("{service} did not answer in time"))),
    }
}

fn question(service: &str, raw: &Raw) -> Option<(rpc::Request, ShortString, ShortString)> {
    let properties = &raw.properties;
    let to = properties.reply_to().clone().filter(|to| to.as_str().starts_with(reply::QUEUES))?;
    let correlation = properties.correlation_id().clone()?;
    let trace = codec::header(raw, mesh::trace::HEADER);
    let request = rpc::Request {
        service: service.to_owned(),
        method: properties.kind().as_ref()?.to_string(),
        body: Bytes::copy_from_slice(&raw.data),
        // By its id an effect is known again: without one, two questions would be the same.
        id: properties.message_id().as_ref().map(ShortString::to_string).filter(|id| !id.is_empty())?,
        priority: properties.priority().unwrap_or(0),
        deadline: deadline(raw),
        trace: mesh::TraceContext::continued(trace.as_deref()),
        identity: codec::identity(raw).ok()?,
        origin: codec::header(raw, ORIGIN).map(|it| it.parse()).transpose().ok()?,
    };
    Some((request, to, correlation))
}

fn deadline(raw: &Raw) -> Instant {
    let Some(millis) = codec::number(raw, DEADLINE) else { return Instant::now() + DEFAULT_DEADLINE };
    let left = millis.saturating_sub(chrono::Utc::now().timestamp_millis());
    Instant::now() + Duration::from_millis(u64::try_from(left).unwrap_or(0))
}
