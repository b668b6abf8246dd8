//! The bytes of one connection, beneath HTTP. What a client sends over HTTP/1 is followed, so that a request that two
//! servers could read differently ends it; and a client that does not read what it is sent ends it too.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

use super::heads::Heads;
use super::streams::Sent;

/// What hyper is shown in place of the fault: in a head it answers 400 and closes, in a body it breaks that off.
const POISON: &[u8] = b"\0\r\n\r\n";

pub(super) struct Wire {
    stream: TcpStream,
    heads: Option<Heads>,
    /// What is left to be shown of the end, once the client is not read any more.
    ended: Option<&'static [u8]>,
    stall: Duration,
    waiting: Option<Pin<Box<Sleep>>>,
    sent: Sent,
}

impl Wire {
    /// `stall`: how long the client may leave what it is sent.
    pub(super) fn http1(stream: TcpStream, stall: Duration) -> Self {
        Self { stream, heads: Some(Heads::default()), ended: None, stall, waiting: None, sent: Sent::default() }
    }

    /// `sent`: where to count what the client takes.
    pub(super) fn http2(stream: TcpStream, stall: Duration, sent: Sent) -> Self {
        Self { stream, heads: None, ended: None, stall, waiting: None, sent }
    }

    /// An error where the client has taken nothing for too long.
    fn taken(&mut self, context: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if let Poll::Ready(written) = written {
            self.waiting = None;
            return Poll::Ready(written.inspect(|bytes| self.sent.add(*bytes)));
        }
        let stall = self.stall;
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(sleep(stall)));
        ready!(waiting.as_mut().poll(context));
        metrics::counter!("connections_stalled_total").increment(1);
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client does not read what it is sent")))
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        if self.ended.is_none() {
            ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
            let read = &buffer.filled()[before..];
            let Some(Err(fault)) = self.heads.as_mut().map(|heads| heads.follow(read)) else {
                return Poll::Ready(Ok(()));
            };
            tracing::debug!("refused a request: {}", fault.why);
            metrics::counter!("requests_ambiguous_total").increment(1);
            buffer.set_filled(before + fault.at);
            self.ended = Some(POISON);
        }
        let left = self.ended.unwrap_or_default();
        let (shown, left) = left.split_at(left.len().min(buffer.remaining()));
        buffer.put_slice(shown);
        self.ended = Some(left);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.taken(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.taken(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
