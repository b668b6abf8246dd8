//! The streams of one HTTP/2 connection: how many are open, so that a connection without any can be closed, and which of
//! them nobody reads. HTTP/1 needs none of it: there a client that does not read holds up the connection's own writes.

use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http_body::{Body as _, Frame, SizeHint};
use hyper::rt::Executor;
use tokio::sync::watch;
use tokio::time::Instant;

tokio::task_local! {
    static PACE: Arc<Pace>;
}

/// Less than this within one quiet time, in bytes, is no reading: pings alone, or a client that means to stay.
const TAKEN: u64 = 4 << 10;

#[derive(Clone)]
pub(super) struct Streams {
    open: watch::Sender<usize>,
    stall: Duration,
    sent: Sent,
}

/// How many bytes the other side of a connection has taken so far.
#[derive(Clone, Default)]
pub(super) struct Sent(Arc<AtomicU64>);

impl Sent {
    pub(super) fn add(&self, bytes: usize) {
        self.0.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    fn so_far(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Streams {
    pub(super) fn new(stall: Duration) -> Self {
        Self { open: watch::Sender::new(0), stall, sent: Sent::default() }
    }

    /// For who writes, to count there.
    pub(super) fn sent(&self) -> Sent {
        self.sent.clone()
    }

    /// Returns when there has been no stream for so long.
    pub(super) async fn quiet(&self, long: Duration) {
        let mut open = self.open.subscribe();
        loop {
            // The sender is `self`: neither of these ends because it is gone.
            let _ = open.wait_for(|open| *open == 0).await;
            if tokio::time::timeout(long, open.wait_for(|open| *open > 0)).await.is_err() {
                return;
            }
        }
    }

    /// The same, once the client does not take any more of what is still on its way to it either.
    pub(super) async fn silent(&self, long: Duration) {
        loop {
            let before = self.sent.so_far();
            self.quiet(long).await;
            if self.sent.so_far() - before < TAKEN {
                return;
            }
        }
    }
}

/// One stream among those that are open.
struct Open(watch::Sender<usize>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.send_modify(|open| *open -= 1);
    }
}

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Streams {
    /// hyper gives a stream as a whole: the call, and then the body on its way. Dropped, it is reset.
    fn execute(&self, stream: F) {
        self.open.send_modify(|open| *open += 1);
        let (open, stall, pace) = (Open(self.open.clone()), self.stall, Arc::<Pace>::default());
        tokio::spawn(async move {
            let _open = open;
            tokio::select! {
                () = PACE.scope(Arc::clone(&pace), stream) => {}
                () = pace.lost(stall) => metrics::counter!("connections_stalled_total").increment(1),
            }
        });
    }
}

/// Since when the client is owed a piece of the body.
#[derive(Default)]
struct Pace {
    owed: Mutex<Option<Instant>>,
}

impl Pace {
    fn owed(&self) -> MutexGuard<'_, Option<Instant>> {
        self.owed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns when the client has not taken what there is for so long.
    async fn lost(&self, stall: Duration) {
        let mut since = Instant::now();
        loop {
            tokio::time::sleep_until(since + stall).await;
            let owed = *self.owed();
            since = owed.unwrap_or_else(Instant::now);
            if owed.is_some() && since.elapsed() >= stall {
                return;
            }
        }
    }
}

/// The body, watched if this is the task of an HTTP/2 stream.
pub(super) fn paced(body: Body) -> Body {
    match PACE.try_with(Arc::clone) {
        Ok(pace) if !body.is_end_stream() => Body::new(Paced { body, pace }),
        _ => body,
    }
}

/// hyper asks for the next piece, or ends the stream, only once the client has room for this one.
struct Paced {
    body: Body,
    pace: Arc<Pace>,
}

impl http_body::Body for Paced {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        *self.pace.owed() = matches!(frame, Poll::Ready(Some(Ok(_)))).then(Instant::now);
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(120);

    #[tokio::test(start_paused = true)]
    async fn a_connection_whose_client_still_takes_something_is_not_silent() {
        let streams = Streams::new(LONG);
        for (each, is_silent) in [(TAKEN, false), (17, true)] {
            let sent = streams.sent();
            let taking = async {
                for _ in 0..20 {
                    tokio::time::sleep(LONG / 2).await;
                    sent.add(usize::try_from(each).unwrap());
                }
            };
            tokio::select! {
                biased;
                () = streams.silent(LONG) => assert!(is_silent, "cut although it takes"),
                () = taking => assert!(!is_silent, "pings keep it"),
            }
        }
        let began = Instant::now();
        streams.silent(LONG).await;
        assert_eq!(began.elapsed(), LONG);
    }
}
