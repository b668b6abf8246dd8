//! The baseline of questions: lapin alone, over the same queues with the same messages: transient, with an expiration and
//! a deadline, mandatory on the way there, confirmed on both, acknowledged after the answer.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, ensure};
use futures::{FutureExt, StreamExt};
use lapin::message::Delivery;
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, BasicQosOptions, ConfirmSelectOptions,
    QueueDeclareOptions,
};
use lapin::types::{AMQPValue, FieldTable, LongString, ShortString};
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties, Consumer};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use super::{IN_HAND, PATIENCE, QUESTION, SERVICE};
use crate::load::Seen;

const TRACE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// What the child process does.
pub(crate) async fn answer() -> anyhow::Result<()> {
    let connection = Connection::connect(&super::url()?, ConnectionProperties::default()).await?;
    let (questions, answers) = (connection.create_channel().await?, confirming(&connection).await?);
    let mut consumer = questions_of(&questions).await?;
    println!("ready in 0 ms");
    let mut tasks = JoinSet::new();
    loop {
        tokio::select! {
            question = consumer.next() => {
                tasks.spawn(answer_one(Arc::clone(&answers), question.context("the queue is gone")??));
            }
            Some(done) = tasks.join_next() => done??,
        }
    }
}

async fn questions_of(channel: &Channel) -> anyhow::Result<Consumer> {
    let name = ShortString::from(format!("rpc.{SERVICE}"));
    let mut arguments = FieldTable::default();
    arguments.insert("x-max-priority".into(), AMQPValue::LongInt(bus::rpc::MAX_PRIORITY.into()));
    channel.queue_declare(name.clone(), QueueDeclareOptions::durable().auto_delete(), arguments).await?;
    channel.basic_qos(IN_HAND, BasicQosOptions::default()).await?;
    let options = BasicConsumeOptions::default();
    Ok(channel.basic_consume(name, "bench".into(), options, FieldTable::default()).await?)
}

async fn answer_one(channel: Arc<Channel>, question: Delivery) -> anyhow::Result<()> {
    let asked = &question.properties;
    let to = asked.reply_to().clone().context("a question without a way back")?;
    let properties = BasicProperties::default()
        .with_correlation_id(asked.correlation_id().clone().unwrap_or_default())
        .with_delivery_mode(1)
        .with_content_type("application/json".into());
    let sent = channel.basic_publish("".into(), to, BasicPublishOptions::default(), &question.data, properties);
    sent.await?.await?;
    question.ack(BasicAckOptions::default()).await?;
    Ok(())
}

async fn confirming(connection: &Connection) -> anyhow::Result<Arc<Channel>> {
    let channel = connection.create_channel().await?;
    channel.confirm_select(ConfirmSelectOptions::default()).await?;
    Ok(Arc::new(channel))
}

type Waiting = Arc<Mutex<HashMap<String, oneshot::Sender<Vec<u8>>>>>;

#[derive(Clone)]
pub(super) struct Asking {
    _connection: Arc<Connection>,
    channel: Arc<Channel>,
    reply_to: ShortString,
    waiting: Waiting,
    asked: Arc<AtomicU64>,
}

impl Asking {
    pub(super) async fn connect(url: &str) -> anyhow::Result<Self> {
        let connection = Arc::new(Connection::connect(url, ConnectionProperties::default()).await?);
        let (channel, replies) = (confirming(&connection).await?, connection.create_channel().await?);
        let reply_to = ShortString::from("rpc.reply.bench");
        let options = QueueDeclareOptions::exclusive().auto_delete();
        replies.queue_declare(reply_to.clone(), options, FieldTable::default()).await?;
        let options = BasicConsumeOptions { no_ack: true, exclusive: true, ..BasicConsumeOptions::default() };
        let answers = replies.basic_consume(reply_to.clone(), "replies".into(), options, FieldTable::default()).await?;
        let waiting = Waiting::default();
        tokio::spawn(hand_out(replies, answers, Arc::clone(&waiting)));
        Ok(Self { _connection: connection, channel, reply_to, waiting, asked: Arc::default() })
    }

    pub(super) async fn load(&self, in_flight: usize, time: Duration) -> anyhow::Result<Seen> {
        let asking = self.clone();
        super::load(in_flight, time, move || asking.clone().ask().boxed()).await
    }

    async fn ask(self) -> anyhow::Result<()> {
        let id = format!("{:036}", self.asked.fetch_add(1, Ordering::Relaxed));
        let (answer, answered) = oneshot::channel();
        lock(&self.waiting).insert(id.clone(), answer);
        let options = BasicPublishOptions { mandatory: true, immediate: false };
        let (properties, key) = (self.properties(&id)?, format!("rpc.{SERVICE}").into());
        let sent = self.channel.basic_publish("".into(), key, options, QUESTION.as_bytes(), properties).await?;
        let confirmed = async {
            let confirmation = sent.await?;
            ensure!(confirmation.is_ack() && confirmation.take_message().is_none(), "nobody answers");
            std::future::pending::<anyhow::Result<()>>().await
        };
        let answer = tokio::select! {
            Err(error) = confirmed => return Err(error),
            answer = tokio::time::timeout(PATIENCE, answered) => answer??,
        };
        ensure!(answer == QUESTION.as_bytes(), "another answer than was asked for");
        Ok(())
    }

    fn properties(&self, id: &str) -> anyhow::Result<BasicProperties> {
        let deadline = SystemTime::now().duration_since(UNIX_EPOCH).context("the clock is before 1970")? + PATIENCE;
        let mut headers = FieldTable::default();
        headers.insert("x-deadline".into(), AMQPValue::LongLongInt(i64::try_from(deadline.as_millis())?));
        headers.insert("traceparent".into(), AMQPValue::LongString(LongString::from(TRACE)));
        Ok(BasicProperties::default()
            .with_message_id(id.into())
            .with_correlation_id(id.into())
            .with_type("echo".into())
            .with_reply_to(self.reply_to.clone())
            .with_priority(0)
            .with_expiration(PATIENCE.as_millis().to_string().into())
            .with_delivery_mode(1)
            .with_content_type("application/json".into())
            .with_headers(headers))
    }
}

/// Gives each answer to who waits for it; the channel is kept for as long as there are some.
async fn hand_out(channel: Channel, mut answers: Consumer, waiting: Waiting) {
    while let Some(Ok(answer)) = answers.next().await {
        let id = answer.properties.correlation_id().as_ref().map_or("", |id| id.as_str());
        if let Some(waiting) = lock(&waiting).remove(id) {
            let _ = waiting.send(answer.data);
        }
    }
    drop(channel);
}

fn lock(waiting: &Waiting) -> std::sync::MutexGuard<'_, HashMap<String, oneshot::Sender<Vec<u8>>>> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}
