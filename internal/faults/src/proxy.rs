//! A TCP proxy in front of an engine or a service that is cut, held up and mended at will: for those who go by it the
//! network is broken, and nobody else's is.

mod carrying;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::Context;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};

/// From the client to the server, or back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    ToServer,
    ToClient,
}

/// What happens to what is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    Cut,
    /// What is sent this way waits for better times; the other way is open.
    Held(Direction),
    /// Nothing is carried, either way or this one alone, and nobody is told.
    Lost(Option<Direction>),
    Delayed(Duration),
}

/// Sees what one client sends.
pub type Sight = Box<dyn FnMut(&[u8]) + Send>;

/// Makes one for each connection.
pub type Observer = Arc<dyn Fn() -> Sight + Send + Sync>;

/// What all connections have in common.
struct Ways {
    server: String,
    state: watch::Receiver<State>,
    observer: Observer,
    accepted: Arc<AtomicUsize>,
}

/// Closed with everything that goes by it when it is dropped.
pub struct Proxy {
    address: SocketAddr,
    state: watch::Sender<State>,
    accepted: Arc<AtomicUsize>,
    _running: DropGuard,
}

impl Proxy {
    /// In front of this host and port.
    pub async fn to(server: impl Into<String>) -> anyhow::Result<Self> {
        Self::observed(server, Arc::new(|| Box::new(|_| ()))).await
    }

    pub async fn observed(server: impl Into<String>, observer: Observer) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("cannot bind a proxy")?;
        let address = listener.local_addr()?;
        let (state, seen) = watch::channel(State::Open);
        let (running, accepted) = (CancellationToken::new(), Arc::new(AtomicUsize::new(0)));
        let ways = Ways { server: server.into(), state: seen, observer, accepted: accepted.clone() };
        tokio::spawn(running.clone().run_until_cancelled_owned(carrying::serve(listener, ways, running.clone())));
        Ok(Self { address, state, accepted, _running: running.drop_guard() })
    }

    /// Connections that were ever made to it.
    pub fn accepted(&self) -> usize {
        self.accepted.load(Ordering::Relaxed)
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// As if it were not there. Connections of which something was lost are closed.
    pub fn open(&self) {
        self.state.send_replace(State::Open);
    }

    /// Closes every connection, and new ones at once.
    pub fn cut(&self) {
        self.state.send_replace(State::Cut);
    }

    /// Takes whatever is sent, and new connections too, and carries nothing.
    pub fn half_open(&self) {
        self.state.send_replace(State::Lost(None));
    }

    /// The same for one direction alone.
    pub fn lose(&self, direction: Direction) {
        self.state.send_replace(State::Lost(Some(direction)));
    }

    /// What is sent in this direction goes on when the proxy is open again.
    pub fn hold_back(&self, direction: Direction) {
        self.state.send_replace(State::Held(direction));
    }

    /// Everything arrives this much later, in both directions.
    pub fn delay(&self, by: Duration) {
        self.state.send_replace(State::Delayed(by));
    }
}
