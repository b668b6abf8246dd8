//! A body on its way that may pause, and not for ever: without a byte for too long it breaks off, so that nobody holds a
//! connection, and what stands behind it, by sending nothing.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Ends in an `io::Error` of the kind `TimedOut` where it was waited for longer than the pause it may make.
pub struct Patient<B> {
    body: B,
    longest: Duration,
    waiting: Option<Pin<Box<Sleep>>>,
}

impl<B> Patient<B> {
    pub fn new(body: B, longest: Duration) -> Self {
        Self { body, longest, waiting: None }
    }
}

impl<B> Body for Patient<B>
where
    B: Body<Data = Bytes, Error: Into<Cause>> + Unpin,
{
    type Data = Bytes;
    type Error = Cause;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Cause>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            self.waiting = None;
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        let longest = self.longest;
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(sleep(longest)));
        ready!(waiting.as_mut().poll(context));
        self.waiting = None;
        Poll::Ready(Some(Err(io::Error::new(io::ErrorKind::TimedOut, "nothing came for too long").into())))
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
    use futures::{SinkExt, channel::mpsc};
    use http_body_util::{BodyExt, StreamBody};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_pause_is_waited_for_and_silence_is_not() {
        let (mut sender, body) = mpsc::channel::<io::Result<Frame<Bytes>>>(1);
        let sending = tokio::spawn(async move {
            for _ in 0..5 {
                tokio::time::sleep(Duration::from_secs(29)).await;
                sender.send(Ok(Frame::data(Bytes::from("x")))).await.unwrap();
            }
            sender
        });
        let mut body = Patient::new(StreamBody::new(body), Duration::from_secs(30));
        for _ in 0..5 {
            assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "x");
        }
        let _sender = sending.await.unwrap();
        let silent = tokio::time::Instant::now();
        let error = body.frame().await.unwrap().unwrap_err();
        assert_eq!(error.downcast_ref::<io::Error>().unwrap().kind(), io::ErrorKind::TimedOut);
        assert_eq!(silent.elapsed(), Duration::from_secs(30));
    }
}
