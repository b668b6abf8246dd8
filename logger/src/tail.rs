//! Entries as they are committed. Commits of this process go straight into one bounded channel; those of other processes
//! on the same store are looked up by their time of storing while somebody tails. Change streams would tell of them
//! sooner, but need a replica set, and a single MongoDB is what most people run.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::Stream;
use mesh::Error;
use proto::logger::v1::{Gap, TailResponse, tail_response::Event};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{Mutex as AsyncMutex, broadcast};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};
use tokio_util::sync::CancellationToken;
use tonic::Status;

use crate::entry::{Entry, now};
use crate::query::Filter;
use crate::store::Store;

/// How far a reader may fall behind before it is told of a gap.
const BEHIND: usize = 1024;
const POLL: Duration = Duration::from_millis(500);
/// How far back each look goes, in milliseconds: an entry shows up late by as long as its commit took (at most 5 s) and
/// by as much as its writer's clock is behind ours.
const OVERLAP: i64 = 8_000;
/// Entries that one look takes in.
const MOST: u32 = 20_000;
const CHUNK: usize = 200;

#[derive(Clone)]
enum News {
    Entry(Arc<Entry>),
    Gap,
}

/// What all tails of this process read from.
pub(crate) struct Tails {
    news: broadcast::Sender<News>,
    /// News of the audit, apart: a burst of either is no gap in the other.
    audit: broadcast::Sender<News>,
    /// With a store that others write to: what was sent or had been there before, and when it was stored.
    seen: Option<Mutex<HashMap<String, i64>>>,
    last: AsyncMutex<Option<Look>>,
}

/// A look at what others stored: when it was, and the newest time of storing it saw.
#[derive(Clone, Copy)]
struct Look {
    at: i64,
    newest: i64,
}

impl Tails {
    pub(crate) fn new(is_shared: bool) -> Self {
        let channel = || broadcast::Sender::new(BEHIND);
        let (seen, last) = (is_shared.then(Mutex::default), AsyncMutex::default());
        Self { news: channel(), audit: channel(), seen, last }
    }

    /// To be called for every entry that this process committed.
    pub(crate) fn committed(&self, entry: &Entry) {
        // Nobody tails: whoever comes next begins with a look, which covers this entry.
        if self.has_readers() {
            self.send(entry, now());
        }
    }

    fn has_readers(&self) -> bool {
        self.news.receiver_count() + self.audit.receiver_count() > 0
    }

    fn of(&self, audit: bool) -> &broadcast::Sender<News> {
        if audit { &self.audit } else { &self.news }
    }

    fn send(&self, entry: &Entry, stored_at: i64) {
        let mut seen = self.seen.as_ref().map(|seen| seen.lock().unwrap_or_else(PoisonError::into_inner));
        let is_new = seen.as_mut().is_none_or(|seen| seen.insert(entry.id.clone(), stored_at).is_none());
        if is_new {
            let _ = self.of(entry.audit).send(News::Entry(Arc::new(entry.clone())));
        }
    }

    /// A tail of what is committed from now on.
    pub(crate) async fn open<S: Store>(&self, store: &S, filter: Filter, ends: Ends) -> Result<Tail, Error> {
        if S::SHARED {
            // What others stored so far goes to those who tail already, and not to this one.
            self.look(store).await?;
        }
        metrics::gauge!("logger_tails").increment(1);
        Ok(Tail { news: self.of(filter.audit).subscribe(), filter, ends })
    }

    /// Looks for what others committed, while somebody tails, until `stop`; to be supervised.
    pub(crate) async fn follow<S: Store>(&self, store: &S, stop: &CancellationToken) -> anyhow::Result<()> {
        let mut tick = interval(POLL);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while stop.run_until_cancelled(tick.tick()).await.is_some() {
            if self.has_readers() {
                self.look(store).await?;
            } else {
                self.forget().await;
            }
        }
        Ok(())
    }

    async fn look<S: Store>(&self, store: &S) -> Result<(), Error> {
        let Some(seen) = &self.seen else { return Ok(()) };
        let mut last = self.last.lock().await;
        let at = now();
        let since = last.map_or(at, |look| look.at) - OVERLAP;
        let arrivals = store.stored_since(since, MOST).await?;
        let unseen: Vec<_> = {
            let seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            arrivals.iter().rev().filter(|it| !seen.contains_key(&it.id)).collect()
        };
        for chunk in unseen.chunks(CHUNK) {
            let ids: Vec<_> = chunk.iter().map(|it| it.id.as_str()).collect();
            if !self.has_readers() {
                let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
                seen.extend(chunk.iter().map(|it| (it.id.clone(), it.stored_at)));
                continue;
            }
            let found: HashMap<_, _> =
                store.find(&ids).await?.into_iter().map(|it| (it.entry.id.clone(), it.entry)).collect();
            for arrival in chunk {
                if let Some(entry) = found.get(&arrival.id) {
                    self.send(entry, arrival.stored_at);
                }
            }
        }
        let oldest = arrivals.last().map_or(since, |it| it.stored_at);
        let is_full = arrivals.len() == MOST as usize;
        // It did not reach back to where the look before ended.
        if is_full && last.is_some_and(|look| oldest > look.newest) {
            let _ = self.news.send(News::Gap);
            let _ = self.audit.send(News::Gap);
        }
        let newest = arrivals.first().map_or(since, |it| it.stored_at);
        seen.lock().unwrap_or_else(PoisonError::into_inner).retain(|_, stored_at| *stored_at >= at - OVERLAP);
        *last = Some(Look { at, newest });
        Ok(())
    }

    async fn forget(&self) {
        let mut last = self.last.lock().await;
        if last.take().is_some()
            && let Some(seen) = &self.seen
        {
            *seen.lock().unwrap_or_else(PoisonError::into_inner) = HashMap::new();
        }
    }
}

/// What ends a tail from this side.
pub(crate) struct Ends {
    pub(crate) shutdown: CancellationToken,
    /// The caller's own deadline, if it set one: a tail has no other end.
    pub(crate) deadline: Option<Instant>,
}

/// One reader.
pub(crate) struct Tail {
    news: broadcast::Receiver<News>,
    filter: Filter,
    ends: Ends,
}

impl Tail {
    /// What the reader is sent, an error last.
    pub(crate) fn into_stream(self) -> impl Stream<Item = Result<TailResponse, Status>> + Send + 'static {
        futures::stream::unfold(Some(self), |tail| async move {
            let mut tail = tail?;
            match tail.next().await {
                Ok(event) => Some((Ok(TailResponse { event: Some(event) }), Some(tail))),
                Err(error) => Some((Err(error.into()), None)),
            }
        })
    }

    async fn next(&mut self) -> Result<Event, Error> {
        loop {
            let news = tokio::select! {
                biased;
                () = self.ends.shutdown.cancelled() => {
                    return Err(Error::unavailable("the logger is stopping; tail again"));
                }
                () = until(self.ends.deadline) => return Err(Error::deadline("the deadline of the tail passed")),
                news = self.news.recv() => news,
            };
            match news {
                Ok(News::Entry(entry)) if self.filter.matches(&entry) => {
                    return Ok(Event::Entry((*entry).clone().into()));
                }
                Ok(News::Entry(_)) => {}
                Ok(News::Gap) => return Ok(Event::Gap(Gap { missed: 0 })),
                Err(RecvError::Lagged(missed)) => return Ok(Event::Gap(Gap { missed: self.matching(missed) })),
                Err(RecvError::Closed) => return Err(Error::unavailable("the logger stopped; tail again")),
            }
        }
    }

    /// With a filter, nobody knows how many of the missed ones it would have let through.
    fn matching(&self, missed: u64) -> u64 {
        if self.filter.is_empty() { missed } else { 0 }
    }
}

impl Drop for Tail {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Level;

    fn entry(number: usize, name: &str) -> Entry {
        let (id, data) = (number.to_string(), String::new());
        Entry { id, name: name.into(), level: Level::Info, data, created_at: 0, audit: name == "audit" }
    }

    fn tail(tails: &Tails, filter: Filter) -> Tail {
        let ends = Ends { shutdown: CancellationToken::new(), deadline: None };
        Tail { news: tails.of(filter.audit).subscribe(), filter, ends }
    }

    #[tokio::test]
    async fn a_slow_reader_is_told_what_it_missed_and_goes_on() {
        let tails = Tails::new(false);
        let (mut all, mut some) =
            (tail(&tails, Filter::default()), tail(&tails, Filter { name: Some("odd".into()), ..Filter::default() }));
        for number in 0..BEHIND + 100 {
            tails.committed(&entry(number, if number % 2 == 0 { "even" } else { "odd" }));
        }
        assert_eq!(all.next().await.unwrap(), Event::Gap(Gap { missed: 100 }));
        assert_eq!(all.next().await.unwrap(), Event::Entry(entry(100, "even").into()));
        assert_eq!(some.next().await.unwrap(), Event::Gap(Gap { missed: 0 }));
        assert_eq!(some.next().await.unwrap(), Event::Entry(entry(101, "odd").into()));
    }

    #[tokio::test]
    async fn a_burst_of_activity_is_no_gap_in_the_audit() {
        let tails = Tails::new(false);
        let mut audit = tail(&tails, Filter { audit: true, ..Filter::default() });
        tails.committed(&entry(0, "audit"));
        for number in 1..BEHIND + 100 {
            tails.committed(&entry(number, "n"));
        }
        tails.committed(&entry(9999, "audit"));
        assert_eq!(audit.next().await.unwrap(), Event::Entry(entry(0, "audit").into()));
        assert_eq!(audit.next().await.unwrap(), Event::Entry(entry(9999, "audit").into()));
    }

    #[tokio::test]
    async fn an_entry_that_is_both_committed_here_and_found_is_sent_once() {
        let tails = Tails::new(true);
        let mut tail = tail(&tails, Filter::default());
        tails.committed(&entry(1, "n"));
        tails.send(&entry(1, "n"), now());
        tails.committed(&entry(2, "n"));
        assert_eq!(tail.next().await.unwrap(), Event::Entry(entry(1, "n").into()));
        assert_eq!(tail.next().await.unwrap(), Event::Entry(entry(2, "n").into()));
    }
}
