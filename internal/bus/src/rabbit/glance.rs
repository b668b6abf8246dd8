//! The queues as RabbitMQ shows them: all of them with the management API, else one by one those that are known by name,
//! of which AMQP tells what is ready and how many consume.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lapin::{Channel, Connection};
use tokio::time::Instant;

use super::apply;
use super::connection::Link;
use super::management::{Listed, Management};
use crate::glance::Figure::{self, Known, Unknown};
use crate::glance::{Kind, Queue};

/// For the look at all queues, when it is by AMQP.
const TIMEOUT: Duration = Duration::from_secs(5);
/// For one of them, so that one that does not answer hides no other.
const EACH: Duration = Duration::from_secs(1);

const UNSET: &str = "needs the management plugin: set RABBITMQ_MANAGEMENT_URL";
const NOT_YET: &str = "RabbitMQ has not counted it yet";
const NO_TIMES: &str = "RabbitMQ does not look into messages";
const NO_ANSWER: &str = "RabbitMQ did not count it in time";
const NOT_ALLOWED: &str = "this user of RabbitMQ may not look at the queue";

/// The names of the queues that this process uses. Clones share them.
#[derive(Clone, Default)]
pub(super) struct Names {
    all: Arc<Mutex<BTreeSet<String>>>,
}

impl Names {
    pub(super) fn add(&self, names: impl IntoIterator<Item = String>) {
        self.all.lock().unwrap_or_else(PoisonError::into_inner).extend(names);
    }

    /// These, and `others` that are queues of the bus.
    fn with(&self, others: &[String]) -> BTreeSet<String> {
        let mut names = self.all.lock().unwrap_or_else(PoisonError::into_inner).clone();
        names.extend(others.iter().filter(|name| Kind::of(name).is_some()).cloned());
        names
    }
}

pub(super) async fn queues(
    link: &Link,
    management: Option<&Management>,
    known: &Names,
    also: &[String],
) -> Result<Vec<Queue>, mesh::Error> {
    let reason = match management {
        None => UNSET,
        Some(management) => match management.queues().await {
            Ok(listed) => return Ok(sorted(listed.into_iter().filter_map(queue).collect())),
            Err(reason) => reason,
        },
    };
    let deadline = Instant::now() + TIMEOUT;
    let connection = link.open_by(super::connection::patience(deadline)).await?;
    by_name(&connection, known.with(also), reason, deadline).await
}

fn sorted(mut queues: Vec<Queue>) -> Vec<Queue> {
    queues.sort_by(|one, other| one.name.cmp(&other.name));
    queues
}

fn queue(listed: Listed) -> Option<Queue> {
    let figure = |count: Option<u64>| count.map_or(Unknown(NOT_YET), Known);
    let oldest = if listed.messages == Some(0) { Known(None) } else { Unknown(NO_TIMES) };
    Some(Queue {
        kind: Kind::of(&listed.name)?,
        name: listed.name,
        ready: figure(listed.messages_ready),
        unacked: figure(listed.messages_unacknowledged),
        depth: figure(listed.messages),
        consumers: figure(listed.consumers),
        oldest,
    })
}

async fn by_name(
    connection: &Connection,
    names: BTreeSet<String>,
    reason: &'static str,
    deadline: Instant,
) -> Result<Vec<Queue>, mesh::Error> {
    let (mut queues, mut open, mut answered) = (Vec::new(), None, names.is_empty());
    for name in names {
        let until = deadline.min(Instant::now() + EACH);
        let looked = tokio::time::timeout_at(until, look(connection, &mut open, &name)).await;
        answered |= looked.is_ok();
        let (ready, consumers) = match looked {
            Ok(looked) => match looked? {
                Some(counts) => counts,
                None => continue,
            },
            Err(_) => (Unknown(NO_ANSWER), Unknown(NO_ANSWER)),
        };
        let (kind, unknown) = (Kind::of(&name).unwrap_or(Kind::Work), Unknown(reason));
        queues.push(Queue {
            name,
            kind,
            ready,
            unacked: unknown,
            depth: unknown,
            consumers,
            oldest: Unknown(NO_TIMES),
        });
    }
    if let Some(channel) = open {
        let _ = tokio::time::timeout_at(deadline, channel.close(200, "counted".into())).await;
    }
    match answered {
        true => Ok(queues),
        false => Err(mesh::Error::unavailable("RabbitMQ did not count the queues in time")),
    }
}

/// What is ready, and how many consume it; `None` where there is no such queue. The channel is kept in `open` for the
/// next one where it can be: a refusal closes it, and one that does not answer is given up with its question.
async fn look(
    connection: &Connection,
    open: &mut Option<Channel>,
    name: &str,
) -> Result<Option<(Figure<u64>, Figure<u64>)>, mesh::Error> {
    let channel = match open.take() {
        Some(channel) => channel,
        None => connection.create_channel().await.map_err(|error| apply::failure(&error))?,
    };
    match apply::passive(&channel, apply::short(name)?).await {
        Ok((ready, consumers)) => {
            *open = Some(channel);
            Ok(Some((Known(ready), Known(consumers))))
        }
        Err(error) => match apply::reply_code(&error) {
            Some(apply::NOT_FOUND) => Ok(None),
            Some(apply::ACCESS_REFUSED) => Ok(Some((Unknown(NOT_ALLOWED), Unknown(NOT_ALLOWED)))),
            _ => Err(apply::failure(&error)),
        },
    }
}
