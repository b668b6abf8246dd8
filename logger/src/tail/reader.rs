//! One reader: what was stored since its position, then the news.

use std::sync::Arc;
use std::time::Duration;

use futures::Stream;
use mesh::Error;
use proto::logger::v1::{Gap, TailResponse, tail_response::Event};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use tonic::Status;

use super::News;
use super::replay::Replay;
use crate::query::{Filter, Position};
use crate::store::Store;

/// How long a position may be behind what was kept back.
const PASSING: Duration = Duration::from_secs(5);

/// What ends a tail from this side.
pub(crate) struct Ends {
    pub(crate) shutdown: CancellationToken,
    /// The caller's own deadline, if it set one: a tail has no other end.
    pub(crate) deadline: Option<Instant>,
}

/// One reader.
pub(crate) struct Tail<S> {
    pub(super) news: broadcast::Receiver<News>,
    pub(super) filter: Filter,
    pub(super) ends: Ends,
    pub(super) store: Arc<S>,
    /// What comes before the news, as long as there is some.
    pub(super) replay: Option<Replay>,
    /// Whether the reader wants to know where it is.
    pub(super) is_marked: bool,
    /// Where to go on after what was sent.
    pub(super) at: Position,
}

impl<S: Store> Tail<S> {
    /// What the reader is sent, an error last.
    pub(crate) fn into_stream(self) -> impl Stream<Item = Result<TailResponse, Status>> + Send + 'static {
        futures::stream::unfold(Some(self), |tail| async move {
            let mut tail = tail?;
            match tail.next().await {
                Ok(event) => Some((Ok(tail.response(event)), Some(tail))),
                Err(error) => Some((Err(error.into()), None)),
            }
        })
    }

    fn response(&self, event: Option<Event>) -> TailResponse {
        TailResponse { event, position: self.is_marked.then(|| self.at.encode()) }
    }

    /// The next event, or nothing where only the position is told.
    pub(super) async fn next(&mut self) -> Result<Option<Event>, Error> {
        while let Some(replay) = &mut self.replay {
            match replay.next(self.store.as_ref(), &self.filter, &mut self.news).await? {
                Some((event, at)) => {
                    self.at = at;
                    return Ok(event);
                }
                None => self.replay = None,
            }
        }
        self.news().await
    }

    async fn news(&mut self) -> Result<Option<Event>, Error> {
        let mut has_passed = None;
        loop {
            let news = tokio::select! {
                biased;
                () = self.ends.shutdown.cancelled() => {
                    return Err(Error::unavailable("the logger is stopping; tail again"));
                }
                () = until(self.ends.deadline) => return Err(Error::deadline("the deadline of the tail passed")),
                news = self.news.recv() => news,
                // Where much goes by that the filter keeps back, going on from the last entry would take ever longer.
                () = until(has_passed) => return Ok(None),
            };
            match news {
                Ok(News::Entry(entry, at)) => {
                    self.at = at;
                    if self.filter.matches(&entry) {
                        return Ok(Some(Event::Entry((*entry).clone().into())));
                    }
                    has_passed = has_passed.or_else(|| self.is_marked.then(|| Instant::now() + PASSING));
                }
                Ok(News::Gap(at)) => {
                    self.at = at;
                    return Ok(Some(Event::Gap(Gap { missed: 0 })));
                }
                Err(RecvError::Lagged(missed)) => {
                    return Ok(Some(Event::Gap(Gap { missed: self.matching(missed) })));
                }
                Err(RecvError::Closed) => return Err(Error::unavailable("the logger stopped; tail again")),
            }
        }
    }

    /// With a filter, nobody knows how many of the missed ones it would have let through.
    fn matching(&self, missed: u64) -> u64 {
        if self.filter.is_empty() { missed } else { 0 }
    }
}

impl<S> Drop for Tail<S> {
    fn drop(&mut self) {
        metrics::gauge!("logger_tails").decrement(1);
    }
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
