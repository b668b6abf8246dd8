//! One connection through the proxy: two directions that know nothing of each other but that both end when one fails.

use std::io;
use std::sync::atomic::Ordering;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{Direction, Sight, State, Ways};

/// Pieces under way in one direction of a connection, and the most bytes of one.
const UNDER_WAY: usize = 64;
const PIECE: usize = 64 << 10;

pub(super) async fn serve(listener: TcpListener, ways: Ways, running: CancellationToken) {
    while let Ok((client, _)) = listener.accept().await {
        ways.accepted.fetch_add(1, Ordering::Relaxed);
        let carried = carry(client, ways.server.clone(), ways.state.clone(), (ways.observer)());
        tokio::spawn(running.clone().run_until_cancelled_owned(carried));
    }
}

async fn carry(client: TcpStream, server: String, mut state: watch::Receiver<State>, observe: Sight) -> io::Result<()> {
    let now = *state.borrow_and_update();
    match now {
        State::Cut => return Ok(()),
        State::Lost(_) => {}
        State::Open | State::Held(_) | State::Delayed(_) => return between(client, server, state, observe).await,
    }
    // Its first words are lost, so nothing can come of it.
    let _ = state.wait_for(|state| !matches!(state, State::Lost(_))).await;
    Ok(())
}

async fn between(
    client: TcpStream,
    server: String,
    state: watch::Receiver<State>,
    mut observe: Sight,
) -> io::Result<()> {
    let server = TcpStream::connect(server).await?;
    for stream in [&client, &server] {
        stream.set_nodelay(true)?;
    }
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let mut is_cut = state.clone();
    let there = Way { direction: Direction::ToServer, state: state.clone() };
    let back = Way { direction: Direction::ToClient, state };
    tokio::select! {
        _ = is_cut.wait_for(|state| *state == State::Cut) => Ok(()),
        ended = async { tokio::try_join!(
            there.carry(from_client, to_server, |bytes| observe(bytes)),
            back.carry(from_server, to_client, |_| ()),
        ) } => ended.map(|_| ()),
    }
}

/// With the time at which it was taken.
type Piece = (Instant, Vec<u8>);

struct Way {
    direction: Direction,
    state: watch::Receiver<State>,
}

impl Way {
    /// Ends with the end of what is sent, which is passed on; an error ends the other direction too.
    async fn carry(self, from: OwnedReadHalf, to: OwnedWriteHalf, see: impl FnMut(&[u8])) -> io::Result<()> {
        let (sender, pieces) = mpsc::channel(UNDER_WAY);
        tokio::try_join!(take(from, sender, see), self.give(pieces, to)).map(|_| ())
    }

    async fn give(mut self, mut pieces: mpsc::Receiver<Piece>, mut to: OwnedWriteHalf) -> io::Result<()> {
        while let Some((taken, piece)) = pieces.recv().await {
            if self.passes(taken).await {
                to.write_all(&piece).await?;
            } else {
                return self.until_mended(pieces).await;
            }
        }
        // Its end is a message like any other.
        if !self.passes(Instant::now()).await {
            return self.until_mended(pieces).await;
        }
        to.shutdown().await
    }

    /// Whether what was taken then arrives; waits until it may.
    async fn passes(&mut self, taken: Instant) -> bool {
        loop {
            let state = *self.state.borrow_and_update();
            match state {
                State::Open | State::Cut => return true,
                State::Lost(None) => return false,
                State::Lost(Some(direction)) => return direction != self.direction,
                State::Held(direction) if direction != self.direction => return true,
                // An error means that the proxy is gone, and this with it.
                State::Held(_) => drop(self.state.changed().await),
                State::Delayed(by) if taken + by <= Instant::now() => return true,
                State::Delayed(by) => {
                    let _ = tokio::time::timeout_at(taken + by, self.state.changed()).await;
                }
            }
        }
    }

    /// Takes and loses everything; what comes after a hole makes no sense, so the connection ends with the fault.
    async fn until_mended(mut self, mut pieces: mpsc::Receiver<Piece>) -> io::Result<()> {
        let Self { direction, ref mut state } = self;
        let is_over = |state: &State| !matches!(state, State::Lost(None)) && *state != State::Lost(Some(direction));
        let losing = async {
            while pieces.recv().await.is_some() {}
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = losing => {}
            () = async { let _ = state.wait_for(is_over).await; } => {}
        }
        Err(io::ErrorKind::ConnectionReset.into())
    }
}

/// A connection that breaks off ends here like any other: whether the other side is told depends on the fault.
async fn take(mut from: OwnedReadHalf, pieces: mpsc::Sender<Piece>, mut see: impl FnMut(&[u8])) -> io::Result<()> {
    let mut bytes = vec![0; PIECE];
    while let Ok(read @ 1..) = from.read(&mut bytes).await {
        see(&bytes[..read]);
        let Ok(()) = pieces.send((Instant::now(), bytes[..read].to_vec())).await else { break };
    }
    Ok(())
}
