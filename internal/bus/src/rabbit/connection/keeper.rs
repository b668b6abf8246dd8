//! The task that keeps one connection: opens it, holds it until it is lost, and opens it again after a pause.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context;
use futures::{FutureExt, StreamExt};
use lapin::uri::AMQPUri;
use lapin::{Connection, ConnectionProperties, ErrorKind, Event};
use mesh::shutdown::Backoff;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{CONNECT_TIMEOUT, LATE, LOST, State};
use crate::rabbit::probe::{Ask, probe};
use crate::rabbit::socket::Socket;

/// The longest wait between two tries: with one of them it bounds how long the way back takes.
const LONGEST_WAIT: Duration = Duration::from_secs(2);
const REFUSED: [u16; 2] = [403, 530];

/// Opens one connection again and again.
pub(super) struct Keeper {
    pub(super) uri: AMQPUri,
    pub(super) name: String,
    pub(super) shown: Arc<str>,
    pub(super) ask: Ask,
    pub(super) state: watch::Sender<State>,
    pub(super) late: Arc<AtomicBool>,
    pub(super) shutdown: CancellationToken,
    pub(super) closed: CancellationToken,
}

impl Keeper {
    pub(super) async fn keep(self) {
        let mut backoff = Backoff::new(Duration::from_millis(200), LONGEST_WAIT);
        let mut connected_before = false;
        while !self.is_over() {
            // Ended with this try, or with the connection that comes of it.
            let socket = Socket::default();
            let Some(opened) = self.until_over(connect(&socket, &self.uri, &self.name)).await else { return };
            match opened {
                Ok(connection) => {
                    if std::mem::replace(&mut connected_before, true) {
                        metrics::counter!("bus_reconnects_total").increment(1);
                    }
                    backoff.reset();
                    self.hold(connection).await;
                }
                Err(error) => {
                    tracing::warn!(connection = self.name, "cannot connect to RabbitMQ at {}: {error:#}", self.shown);
                    self.state.send_replace(State::Away(in_words(&error)));
                }
            }
            self.until_over(tokio::time::sleep(backoff.next_delay())).await;
        }
    }

    /// Until it is lost, or closed.
    async fn hold(&self, connection: Connection) {
        tracing::info!(connection = self.name, "connected to RabbitMQ");
        let connection = Arc::new(connection);
        self.late.store(false, Ordering::Relaxed);
        self.state.send_replace(State::Open(connection.clone()));
        let cause = tokio::select! {
            cause = ended(&connection) => cause,
            () = probe(&connection, self.ask, &self.late) => None,
            () = self.closed.cancelled() => {
                self.state.send_replace(State::Away("the bus is closed"));
                return close(&connection).await;
            }
        };
        self.state.send_replace(State::Away(LOST));
        let cause = cause.map(|error| format!(": {error}")).unwrap_or_default();
        tracing::warn!(connection = self.name, "the connection to RabbitMQ was lost{cause}");
    }

    fn is_over(&self) -> bool {
        self.shutdown.is_cancelled() || self.closed.is_cancelled()
    }

    async fn until_over<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        self.closed.run_until_cancelled(self.shutdown.run_until_cancelled(work)).await.flatten()
    }
}

async fn connect(socket: &Socket, uri: &AMQPUri, name: &str) -> anyhow::Result<Connection> {
    let properties = ConnectionProperties::default().with_connection_name(name.into());
    let connecting = socket.connect(uri.clone(), properties);
    Ok(tokio::time::timeout(CONNECT_TIMEOUT, connecting).await.context(LATE)??)
}

/// In words of ours: RabbitMQ's own name the user and the virtual host.
fn in_words(error: &anyhow::Error) -> &'static str {
    match error.downcast_ref::<lapin::Error>().map(lapin::Error::kind) {
        Some(ErrorKind::IOError(error)) => match error.kind() {
            std::io::ErrorKind::ConnectionRefused => "connection refused",
            std::io::ErrorKind::TimedOut => LATE,
            std::io::ErrorKind::ConnectionAborted | std::io::ErrorKind::ConnectionReset => {
                "it closed the connection; are the user, the password and the virtual host right?"
            }
            _ => "cannot connect",
        },
        Some(ErrorKind::ProtocolError(error)) if REFUSED.contains(&error.get_id()) => {
            "it refuses the user, the password or the virtual host"
        }
        Some(_) => "cannot connect",
        None => LATE,
    }
}

/// Not every end of a connection makes an event, hence the look at its state now and then. Gives the error that ended
/// it, where lapin tells of one.
async fn ended(connection: &Connection) -> Option<lapin::Error> {
    let (mut events, mut cause) = (Box::pin(connection.events_listener()), None);
    while connection.status().connected() {
        if let Ok(Some(Event::Error(error))) = tokio::time::timeout(Duration::from_millis(250), events.next()).await {
            cause = Some(error);
        }
    }
    match events.next().now_or_never() {
        Some(Some(Event::Error(error))) => Some(error),
        _ => cause,
    }
}

async fn close(connection: &Connection) {
    let closing = connection.close(200, "the process ends".into());
    let _ = tokio::time::timeout(Duration::from_secs(2), closing).await;
}
