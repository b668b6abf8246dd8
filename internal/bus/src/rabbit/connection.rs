//! One connection to RabbitMQ that comes back by itself: whoever needs it waits for it or is told why it is away. lapin's
//! own recovery is off: it does not cover channels, so everything on a connection is built anew by those who use it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context;
use lapin::uri::AMQPUri;
use lapin::{Channel, Connection, Consumer};
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use self::keeper::Keeper;
use super::probe::Ask;

/// How long a call waits for a connection that is away before it fails.
pub(super) const PATIENCE: Duration = Duration::from_secs(1);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(6);
/// How long one answer on an open connection may take.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// Seconds between heartbeats unless the URL says otherwise: a half-open connection is given up after two of them.
const HEARTBEAT: u16 = 5;

const LOST: &str = "the connection was lost";
const LATE: &str = "no answer in time";

/// Clones watch the same connection.
#[derive(Clone)]
pub(super) struct Link {
    state: watch::Receiver<State>,
    /// Whether an answer on the open connection is overdue.
    late: Arc<AtomicBool>,
    shown: Arc<str>,
}

#[derive(Clone)]
enum State {
    Away(&'static str),
    Open(Arc<Connection>),
}

/// A URL as lapin takes it; an empty virtual host (a URL that ends with `/`) is the default one.
pub(super) fn parse(url: &str) -> anyhow::Result<AMQPUri> {
    let mut uri: AMQPUri = url.parse().map_err(|error| anyhow::anyhow!("RABBITMQ_URL: not an AMQP URL: {error}"))?;
    if uri.vhost.is_empty() {
        uri.vhost = "/".to_owned();
    }
    uri.query.heartbeat.get_or_insert(HEARTBEAT);
    uri.query.connection_timeout.get_or_insert(CONNECT_TIMEOUT.as_millis() as u64);
    Ok(uri)
}

impl Link {
    /// Connects in the background, again and again until `shutdown`; what is open then stays so until `closed`.
    pub(super) fn start(
        uri: AMQPUri,
        name: String,
        shown: &str,
        ask: Ask,
        shutdown: CancellationToken,
        closed: CancellationToken,
    ) -> Self {
        let (sender, state) = watch::channel(State::Away("not connected yet"));
        let (shown, late): (Arc<str>, Arc<AtomicBool>) = (shown.into(), Arc::default());
        let link = Self { state, late: late.clone(), shown: shown.clone() };
        tokio::spawn(Keeper { uri, name, shown, ask, state: sender, late, shutdown, closed }.keep());
        link
    }

    /// A sentence about what is wrong, if anything is; health shows it to everybody, so it names no place and no user.
    pub(super) fn trouble(&self) -> Option<String> {
        match &*self.state.borrow() {
            State::Open(connection) if connection.status().blocked() => {
                Some("RabbitMQ takes no messages: an alarm for its memory or disk is on".to_owned())
            }
            State::Open(connection) if connection.status().connected() => {
                self.late.load(Ordering::Relaxed).then(|| sentence(LATE))
            }
            State::Open(_) => Some(sentence(LOST)),
            State::Away(reason) => Some(sentence(reason)),
        }
    }

    /// Whether an alarm is on: what is published waits until it is over.
    pub(super) fn is_blocked(&self) -> bool {
        matches!(&*self.state.borrow(), State::Open(connection) if connection.status().blocked())
    }

    /// The same for the log, with the place.
    pub(super) fn cause(&self) -> String {
        format!("{} ({})", self.trouble().unwrap_or_else(|| sentence(LOST)), self.shown)
    }

    /// The connection as soon as it is open; `None` when it never will be again.
    pub(super) async fn open(&self) -> Option<Arc<Connection>> {
        let mut state = self.state.clone();
        let state = state.wait_for(|state| matches!(state, State::Open(_))).await.ok()?;
        match &*state {
            State::Open(connection) => Some(connection.clone()),
            State::Away(_) => None,
        }
    }

    /// The connection, or the trouble if it is not there by the deadline.
    pub(super) async fn open_by(&self, deadline: Instant) -> Result<Arc<Connection>, mesh::Error> {
        let opened = tokio::time::timeout_at(deadline, self.open()).await;
        opened.ok().flatten().ok_or_else(|| self.unavailable())
    }

    pub(super) fn unavailable(&self) -> mesh::Error {
        crate::unavailable(self.cause())
    }

    /// Returns once this will never be open again.
    pub(super) async fn ended(&self) {
        let mut state = self.state.clone();
        while state.changed().await.is_ok() {}
    }

    /// Returns once `connection` is not the one in use any more.
    pub(super) async fn lost(&self, connection: &Arc<Connection>) {
        let gone = |state: &State| !matches!(state, State::Open(current) if Arc::ptr_eq(current, connection));
        // An error means that the task has ended, and the connection with it.
        let _ = self.state.clone().wait_for(gone).await;
    }
}

fn sentence(reason: &str) -> String {
    format!("RabbitMQ does not answer: {reason}")
}

/// The answer to one call of lapin, which by itself waits for as long as the connection seems to live.
pub(super) async fn in_time<T>(what: &str, call: impl Future<Output = lapin::Result<T>>) -> anyhow::Result<T> {
    let answered = tokio::time::timeout(ANSWER_TIMEOUT, call).await;
    Ok(answered.with_context(|| format!("RabbitMQ did not {what} in time"))??)
}

/// A channel that is closed when this is dropped, whatever the reason: what was given out on it and not acknowledged
/// goes back at once. lapin alone would keep it open for as long as anything still refers to it.
pub(super) struct Leased {
    pub(super) channel: Channel,
    /// lapin cancels a consumer that is dropped, and a cancellation that meets the close of its own channel ends the
    /// whole connection. So this one goes after the close.
    consumer: Option<Consumer>,
}

impl Leased {
    pub(super) async fn open(connection: &Connection) -> anyhow::Result<Self> {
        let channel = in_time("open a channel", connection.create_channel()).await?;
        Ok(Self { channel, consumer: None })
    }

    /// To be called with what consumes on this channel as soon as it does.
    pub(super) fn consumed_by(&mut self, consumer: &Consumer) {
        self.consumer = Some(consumer.clone());
    }
}

impl Drop for Leased {
    fn drop(&mut self) {
        let (channel, consumer) = (self.channel.clone(), self.consumer.take());
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        if channel.status().connected() {
            runtime.spawn(tokio::time::timeout(CONNECT_TIMEOUT, async move {
                // An error means that it is closed.
                let _ = channel.close(200, "no longer used".into()).await;
                drop(consumer);
            }));
        }
    }
}

/// When a call that finds nothing open gives up.
pub(super) fn patience(deadline: Instant) -> Instant {
    deadline.min(Instant::now() + PATIENCE)
}

mod keeper;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_virtual_host_is_the_default_one_and_the_heartbeat_is_short() {
        let uri = parse("amqp://me:secret@host:5672/").unwrap();
        assert_eq!((uri.vhost.as_str(), uri.query.heartbeat), ("/", Some(HEARTBEAT)));
        let uri = parse("amqp://host/mesh?heartbeat=30").unwrap();
        assert_eq!((uri.vhost.as_str(), uri.query.heartbeat), ("mesh", Some(30)));
        assert!(parse("amqp:nonsense").is_err());
    }
}
