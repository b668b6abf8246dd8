//! The streams of one HTTP/2 connection: how many are open, so that a connection without any can be closed, and which of
//! them nobody reads. HTTP/1 needs none of it: there a client that does not read holds up the connection's own writes.

use std::pin::Pin;
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

#[derive(Clone)]
pub(super) struct Streams {
    open: watch::Sender<usize>,
    stall: Duration,
}

impl Streams {
    pub(super) fn new(stall: Duration) -> Self {
        Self { open: watch::Sender::new(0), stall }
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
