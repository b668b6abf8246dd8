//! How connections come in: one by one within the bounds, and at the end all those that the system holds ready, so that
//! nobody is told "connected" and then thrown out unheard.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::addresses::Addresses;
use super::connection;
use super::door::Door;
use super::limits::Limits;

/// After this long without a word the system asks whether the other machine is still there.
const KEEPALIVE: Duration = Duration::from_secs(60);
/// Errors one after the other; more are no matter of single connections, such as when there is no file descriptor left.
const FAILING: usize = 100;

pub(super) struct Arrivals<'a> {
    door: Door,
    limits: Arc<Limits>,
    places: Arc<Semaphore>,
    addresses: Addresses,
    connections: &'a TaskTracker,
    cut: &'a CancellationToken,
}

impl<'a> Arrivals<'a> {
    pub(super) fn new(door: Door, limits: Limits, connections: &'a TaskTracker, cut: &'a CancellationToken) -> Self {
        let (places, addresses) =
            (Arc::new(Semaphore::new(limits.connections)), Addresses::new(limits.callers.clone()));
        Self { door, limits: Arc::new(limits), places, addresses, connections, cut }
    }

    pub(super) async fn accept(&self, listener: &TcpListener) -> Infallible {
        // Connections have this from the socket that accepts them.
        let keepalive = TcpKeepalive::new().with_time(KEEPALIVE).with_interval(KEEPALIVE / 6);
        if let Err(error) = SockRef::from(listener).set_tcp_keepalive(&keepalive) {
            tracing::debug!("cannot set keepalive: {error}");
        }
        loop {
            // The semaphore is never closed, so there always is a place in the end.
            let place = Arc::clone(&self.places).acquire_owned().await.ok();
            match listener.accept().await {
                Ok((stream, peer)) => self.serve(stream, peer, place),
                Err(error) => {
                    // Out of file descriptors, most likely: wait for some to be given back rather than spin.
                    tracing::warn!("cannot accept a connection: {error}");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }

    /// Takes in who is connected already without having been accepted, and closes the door.
    pub(super) fn last(&self, listener: TcpListener) {
        // Asked of the system itself: what tokio knows may be a moment old.
        let Ok(listener) = listener.into_std() else { return };
        while let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
            let Some((stream, peer)) = next(|| listener.accept()) else { return };
            let stream = stream.set_nonblocking(true).and_then(|()| TcpStream::from_std(stream));
            match stream {
                Ok(stream) => self.serve(stream, peer, Some(place)),
                Err(error) => tracing::debug!(%peer, "cannot serve a connection: {error}"),
            }
        }
    }

    fn serve(&self, stream: TcpStream, peer: SocketAddr, place: Option<OwnedSemaphorePermit>) {
        let Some(entered) = self.addresses.enter(peer.ip()) else {
            metrics::counter!("connections_refused_total", "service" => self.door.health.service()).increment(1);
            return;
        };
        let (door, limits, cut) = (self.door.clone(), Arc::clone(&self.limits), self.cut.clone());
        self.connections.spawn(async move {
            let _held = (place, entered);
            cut.run_until_cancelled(connection::serve(stream, peer, door, &limits)).await;
        });
    }
}

/// The next one that is there. One that is gone before it could be accepted says nothing of those behind it.
fn next<T>(mut accept: impl FnMut() -> io::Result<T>) -> Option<T> {
    for _ in 0..FAILING {
        match accept() {
            Ok(accepted) => return Some(accepted),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return None,
            Err(error) => tracing::debug!("cannot accept a connection: {error}"),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_behind_one_that_failed_is_taken_in_too() {
        let mut ready =
            [Err(io::ErrorKind::ConnectionAborted), Ok(2), Err(io::ErrorKind::Interrupted), Ok(1)].into_iter();
        let mut accept = || ready.next().unwrap_or(Err(io::ErrorKind::WouldBlock)).map_err(io::Error::from);
        assert_eq!([next(&mut accept), next(&mut accept), next(&mut accept)], [Some(2), Some(1), None]);
        assert_eq!(next(|| Err::<(), _>(io::ErrorKind::OutOfMemory.into())), None, "and there is an end to it");
    }
}
