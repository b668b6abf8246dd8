//! Requests whose body is still being sent: at most half of a service's places. A caller that sends slowly holds its
//! place for as long as it likes, up to the row's timeout, and many of them must not keep everybody else out.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::future::BoxFuture;
use http::Response;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use mesh::Error;
use tower::Service;

use super::{Gate, one_more};
use crate::call::RawBody;
use crate::line::raw::Passage;

/// Lets a request with a body through where its service has not too many of them already.
#[derive(Clone)]
pub(in crate::policy) struct Sending<S> {
    gate: Arc<Gate>,
    inner: S,
}

impl<S> Sending<S> {
    pub(in crate::policy) fn new(gate: Arc<Gate>, inner: S) -> Self {
        Self { gate, inner }
    }
}

impl<S> Service<Passage> for Sending<S>
where
    S: Service<Passage, Response = Response<RawBody>, Error = Error>,
    S::Future: Send + 'static,
{
    type Response = Response<RawBody>;
    type Error = Error;
    type Future = BoxFuture<'static, Result<Response<RawBody>, Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, passage: Passage) -> Self::Future {
        if passage.request.body().is_end_stream() {
            return Box::pin(self.inner.call(passage));
        }
        let share = match self.gate.send() {
            Ok(share) => Arc::new(share),
            Err(error) => return Box::pin(std::future::ready(Err(error))),
        };
        let watch = |body| Watched { body, share: Arc::downgrade(&share) }.boxed_unsync();
        let work = self.inner.call(Passage { request: passage.request.map(watch), ..passage });
        Box::pin(async move {
            // Until the head of the answer is there, as with the place itself, or the end of the body if that is sooner.
            let _share = share;
            work.await
        })
    }
}

impl Gate {
    fn send(self: &Arc<Self>) -> Result<Share, Error> {
        let most = (self.most.load(Ordering::Relaxed) / 2).max(1);
        match one_more(&self.sending, most) {
            true => Ok(Share { gate: Arc::clone(self), is_over: AtomicBool::new(false) }),
            false => Err(self.shed(&format!("all the requests whose bodies are still being sent ({most})"))),
        }
    }
}

/// Counts one request, until its body is whole or it is gone.
struct Share {
    gate: Arc<Gate>,
    is_over: AtomicBool,
}

impl Share {
    fn end(&self) {
        if !self.is_over.swap(true, Ordering::Relaxed) {
            self.gate.sending.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.end();
    }
}

/// A body that says when nothing of it is left to be sent.
struct Watched {
    body: RawBody,
    share: Weak<Share>,
}

impl Body for Watched {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if matches!(polled, Poll::Ready(None | Some(Err(_)))) || self.body.is_end_stream() {
            self.share.upgrade().inspect(|share| share.end());
        }
        polled
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
    use std::time::Duration;

    use bytes::Bytes;
    use futures::channel::mpsc;
    use futures::{FutureExt, StreamExt, stream};
    use http::Request;
    use http_body_util::{Empty, StreamBody};
    use tokio::time::Instant;
    use tower::util::service_fn;

    use super::*;
    use crate::policy::shed::Shed;

    type Sent = mpsc::UnboundedSender<Bytes>;

    fn passage(body: RawBody) -> Passage {
        Passage::new(Request::new(body), "/".to_owned(), Instant::now() + Duration::from_secs(5))
    }

    /// A request whose body is sent by hand.
    fn slow() -> (Sent, Passage) {
        let (sender, chunks) = mpsc::unbounded();
        let frames = chunks.map(|chunk| Ok(Frame::data(chunk))).chain(stream::empty());
        (sender, passage(StreamBody::new(frames).boxed_unsync()))
    }

    fn empty() -> Passage {
        passage(Empty::new().map_err(|never| match never {}).boxed_unsync())
    }

    /// A service that reads the body and then hangs.
    fn stack(
        gate: &Arc<Gate>,
    ) -> impl Service<
        Passage,
        Response = Response<RawBody>,
        Error = Error,
        Future = BoxFuture<'static, Result<Response<RawBody>, Error>>,
    > {
        let reads = service_fn(|passage: Passage| {
            Box::pin(async move {
                passage.request.into_body().collect().await.ok();
                std::future::pending().await
            }) as BoxFuture<'static, Result<Response<RawBody>, Error>>
        });
        Shed::new(Arc::clone(gate), Sending::new(Arc::clone(gate), reads))
    }

    #[tokio::test]
    async fn bodies_on_their_way_leave_half_of_the_places_to_the_others() {
        let gate = Gate::new("files", 4);
        let mut files = stack(&gate);
        let (mut kept, mut senders) = (Vec::new(), Vec::new());
        for _ in 0..2 {
            let (sender, passage) = slow();
            let mut call = files.call(passage);
            assert!(call.as_mut().now_or_never().is_none());
            kept.push(call);
            senders.push(sender);
        }
        let (_sender, third) = slow();
        let shed = files.call(third).now_or_never().unwrap().unwrap_err();
        assert_eq!(shed.detail, "files has all the requests whose bodies are still being sent (2)");
        assert_eq!((shed.status().as_u16(), shed.retry_after), (503, Some(Duration::from_secs(1))));
        // Those that have nothing to send find their places all the same.
        let others = [files.call(empty()), files.call(empty())];
        assert!(files.call(empty()).now_or_never().is_some());
        drop(others);
        // A body that is whole makes room for the next, while its answer is waited for.
        senders.pop();
        assert!(kept[1].as_mut().now_or_never().is_none());
        let (_sender, fourth) = slow();
        let mut fourth = files.call(fourth);
        assert!(fourth.as_mut().now_or_never().is_none(), "turned away");
        assert_eq!((gate.sending.load(Ordering::Relaxed), gate.inside.load(Ordering::Relaxed)), (2, 3));
        drop((kept, fourth));
        assert_eq!((gate.sending.load(Ordering::Relaxed), gate.inside.load(Ordering::Relaxed)), (0, 0));
    }
}
