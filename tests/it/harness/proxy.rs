//! A TCP proxy in front of an engine or of a service that can be cut, slowed and mended: for its clients the engine is
//! away or the service is slow, and nobody else's is.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

pub(crate) struct Proxy {
    address: SocketAddr,
    state: watch::Sender<State>,
    calls: Arc<AtomicUsize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// What clients send stays here; what they are sent goes on.
    HeldBack,
    /// The same, for this long.
    Slow(Duration),
    Cut,
}

impl Proxy {
    /// In front of TEST_RABBITMQ_URL.
    pub(crate) async fn to_rabbitmq() -> Self {
        Self::to(super::engines::rabbitmq_address()).await
    }

    /// In front of this host and port.
    pub(crate) async fn to(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (state, seen) = watch::channel(State::Open);
        let calls = Arc::default();
        let counted = Arc::clone(&calls);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(carry(client, server.clone(), seen.clone(), Arc::clone(&counted)));
            }
        });
        Self { address, state, calls }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Closes every connection, and new ones at once.
    pub(crate) fn cut(&self) {
        self.state.send_replace(State::Cut);
    }

    pub(crate) fn hold_back(&self) {
        self.state.send_replace(State::HeldBack);
    }

    /// What clients send arrives this much later.
    pub(crate) fn slow_down(&self, by: Duration) {
        self.state.send_replace(State::Slow(by));
    }

    /// Calls over HTTP/2 that have passed.
    pub(crate) fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    pub(crate) fn mend(&self) {
        self.state.send_replace(State::Open);
    }
}

async fn carry(client: TcpStream, server: String, state: watch::Receiver<State>, calls: Arc<AtomicUsize>) {
    if *state.borrow() == State::Cut {
        return;
    }
    let (from_client, mut to_client) = client.into_split();
    let (mut from_server, to_server) = TcpStream::connect(server).await.unwrap().into_split();
    let mut is_cut = state.clone();
    tokio::select! {
        _ = is_cut.wait_for(|state| *state == State::Cut) => {}
        () = send(from_client, to_server, state, calls) => {}
        _ = tokio::io::copy(&mut from_server, &mut to_client) => {}
    }
}

async fn send(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut state: watch::Receiver<State>,
    calls: Arc<AtomicUsize>,
) {
    let (mut bytes, mut frames) = (vec![0; 64 << 10], Frames::default());
    while let Ok(read @ 1..) = from.read(&mut bytes).await {
        calls.fetch_add(frames.calls_in(&bytes[..read]), Ordering::Relaxed);
        let _ = state.wait_for(|state| *state != State::HeldBack).await;
        let pause = if let State::Slow(by) = *state.borrow() { by } else { Duration::ZERO };
        tokio::time::sleep(pause).await;
        if to.write_all(&bytes[..read]).await.is_err() {
            return;
        }
    }
}

/// What a client says over HTTP/2, frame by frame (RFC 9113 §4.1): each call begins with one frame of headers.
#[derive(Default)]
struct Frames {
    rest: Vec<u8>,
    has_begun: bool,
}

impl Frames {
    const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    const HEADERS: u8 = 1;

    /// How many calls begin in these bytes; none where something else is spoken.
    fn calls_in(&mut self, bytes: &[u8]) -> usize {
        self.rest.extend_from_slice(bytes);
        if !self.has_begun {
            if !self.rest.starts_with(Self::PREFACE) {
                return 0;
            }
            self.rest.drain(..Self::PREFACE.len());
            self.has_begun = true;
        }
        let mut calls = 0;
        while let [high, middle, low, kind, ..] = self.rest[..] {
            let length = 9 + u32::from_be_bytes([0, high, middle, low]) as usize;
            if self.rest.len() < length {
                break;
            }
            self.rest.drain(..length);
            calls += usize::from(kind == Self::HEADERS);
        }
        calls
    }
}
