//! Applies a topology to RabbitMQ: declares what it lists, on a channel of its own as an error closes the channel.
//! Everything is declared with the same arguments for ever, so applying it again changes nothing.

use std::time::Duration;

use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable, LongString, ShortString};
use lapin::{Channel, Connection, ErrorKind, ExchangeKind as Kind};

use crate::topology::{self, Argument, ExchangeKind, Topology};

/// A virtual host's first quorum queues take some time.
const TIMEOUT: Duration = Duration::from_secs(15);
pub(super) const NOT_FOUND: u16 = 404;
pub(super) const ACCESS_REFUSED: u16 = 403;
const PRECONDITION_FAILED: u16 = 406;

/// Declares all of it, or says what stands in the way.
pub(super) async fn apply(connection: &Connection, all: &Topology) -> Result<(), mesh::Error> {
    let done = async {
        let channel = connection.create_channel().await.map_err(|error| failure(&error))?;
        declare(&channel, all).await?;
        let _ = channel.close(200, "declared".into()).await;
        Ok(())
    };
    let late = |_| mesh::Error::unavailable("RabbitMQ did not declare the topology in time");
    tokio::time::timeout(TIMEOUT, done).await.map_err(late)?
}

/// The same for services whose user may not declare: what an operator has declared is taken as it is.
pub(super) async fn apply_if_allowed(connection: &Connection, all: &Topology) -> Result<(), mesh::Error> {
    match apply(connection, all).await {
        Err(error) if error.code == mesh::Code::PermissionDenied => {
            tracing::debug!("the topology is taken as declared: {error}");
            Ok(())
        }
        other => other,
    }
}

async fn declare(channel: &Channel, all: &Topology) -> Result<(), mesh::Error> {
    for exchange in &all.exchanges {
        declare_exchange(channel, exchange).await.map_err(|error| blamed(&error, "exchange", &exchange.name))?;
    }
    for queue in &all.queues {
        let arguments = table(queue.arguments.iter().map(|(name, value)| (*name, value.into())));
        let declared = channel.queue_declare(short(&queue.name)?, QueueDeclareOptions::durable(), arguments).await;
        declared.map_err(|error| blamed(&error, "queue", &queue.name))?;
    }
    for binding in &all.bindings {
        let (queue, exchange, key) = (short(&binding.queue)?, short(&binding.exchange)?, short(&binding.key)?);
        let bound = channel.queue_bind(queue, exchange, key, QueueBindOptions::default(), FieldTable::default()).await;
        bound.map_err(|error| blamed(&error, "binding of", &binding.queue))?;
    }
    Ok(())
}

async fn declare_exchange(channel: &Channel, exchange: &topology::Exchange) -> lapin::Result<()> {
    let kind = match exchange.kind {
        ExchangeKind::Direct => Kind::Direct,
        ExchangeKind::Fanout => Kind::Fanout,
        ExchangeKind::Topic => Kind::Topic,
    };
    let alternate = exchange.alternate.iter().map(|name| ("alternate-exchange", text(name)));
    let options = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
    channel.exchange_declare(exchange.name.as_str().into(), kind, options, table(alternate)).await
}

/// How many messages are ready in `queue`; `None` where there is no such queue, which closes the channel.
pub(super) async fn depth(connection: &Connection, queue: &str) -> Result<Option<u64>, mesh::Error> {
    let name = short(queue)?;
    let asked = async {
        let channel = connection.create_channel().await?;
        let (count, _) = passive(&channel, name).await?;
        let _ = channel.close(200, "counted".into()).await;
        Ok(count)
    };
    match tokio::time::timeout(TIMEOUT, asked).await {
        Ok(Ok(count)) => Ok(Some(count)),
        Ok(Err(error)) if reply_code(&error) == Some(NOT_FOUND) => Ok(None),
        Ok(Err(error)) => Err(failure(&error)),
        Err(_) => Err(mesh::Error::unavailable("RabbitMQ did not count the queue in time")),
    }
}

/// How many messages are ready, and how many consume them. Where there is no such queue that closes the channel.
pub(super) async fn passive(channel: &Channel, name: ShortString) -> lapin::Result<(u64, u64)> {
    let declared = channel.queue_declare(name, QueueDeclareOptions::default().passive(), FieldTable::default());
    let queue = declared.await?;
    Ok((queue.message_count().into(), queue.consumer_count().into()))
}

fn blamed(error: &lapin::Error, what: &str, name: &str) -> mesh::Error {
    match reply_code(error) {
        Some(PRECONDITION_FAILED) => mesh::Error::new(
            mesh::Code::FailedPrecondition,
            format!("the {what} '{name}' exists with other arguments; delete it when it is empty, and start again"),
        ),
        Some(ACCESS_REFUSED) => mesh::Error::new(
            mesh::Code::PermissionDenied,
            format!("this user of RabbitMQ may not declare the {what} '{name}'; apply the topology as one who may"),
        ),
        _ => failure(error),
    }
}

pub(super) fn failure(error: &lapin::Error) -> mesh::Error {
    crate::unavailable(error.clone())
}

pub(super) fn reply_code(error: &lapin::Error) -> Option<u16> {
    match error.kind() {
        ErrorKind::ProtocolError(error) => Some(error.get_id()),
        _ => None,
    }
}

/// lapin panics where a name is longer than AMQP's 255 bytes.
pub(super) fn short(text: &str) -> Result<ShortString, mesh::Error> {
    let too_long = |_| mesh::Error::invalid(format!("'{text}' is longer than 255 bytes, which RabbitMQ does not take"));
    ShortString::try_new(text).map_err(too_long)
}

/// A name for a queue of this process alone, a new one each time: the server may still hold the one before for a
/// connection that it takes for alive.
pub(super) fn own_name(prefix: &str, instance: &str) -> Result<ShortString, mesh::Error> {
    let instance = &instance[..instance.floor_char_boundary(150)];
    let boot = uuid::Uuid::new_v4().simple().to_string();
    short(&format!("{prefix}{instance}.{}", &boot[..12]))
}

pub(super) fn text(text: &str) -> AMQPValue {
    AMQPValue::LongString(LongString::from(text))
}

/// The names are ours and short.
pub(super) fn table<'a>(entries: impl IntoIterator<Item = (&'a str, AMQPValue)>) -> FieldTable {
    let mut table = FieldTable::default();
    for (name, value) in entries {
        table.insert(name.into(), value);
    }
    table
}

impl From<&Argument> for AMQPValue {
    fn from(argument: &Argument) -> Self {
        match argument {
            Argument::Number(number) => Self::LongLongInt(*number),
            Argument::Text(value) => text(value),
        }
    }
}
