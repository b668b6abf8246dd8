//! A TCP proxy in front of an engine that can be cut and mended: for clients the engine is away, and nobody else's is.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

pub(crate) struct Proxy {
    address: SocketAddr,
    state: watch::Sender<State>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// What clients send stays here; what they are sent goes on.
    HeldBack,
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
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(carry(client, server.clone(), seen.clone()));
            }
        });
        Self { address, state }
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

    pub(crate) fn mend(&self) {
        self.state.send_replace(State::Open);
    }
}

async fn carry(client: TcpStream, server: String, state: watch::Receiver<State>) {
    if *state.borrow() == State::Cut {
        return;
    }
    let (from_client, mut to_client) = client.into_split();
    let (mut from_server, to_server) = TcpStream::connect(server).await.unwrap().into_split();
    let mut is_cut = state.clone();
    tokio::select! {
        _ = is_cut.wait_for(|state| *state == State::Cut) => {}
        () = send(from_client, to_server, state) => {}
        _ = tokio::io::copy(&mut from_server, &mut to_client) => {}
    }
}

async fn send(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut state: watch::Receiver<State>) {
    let mut bytes = vec![0; 64 << 10];
    while let Ok(read @ 1..) = from.read(&mut bytes).await {
        let _ = state.wait_for(|state| *state != State::HeldBack).await;
        if to.write_all(&bytes[..read]).await.is_err() {
            return;
        }
    }
}
