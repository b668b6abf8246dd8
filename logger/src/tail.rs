//! Entries as they are committed. Commits of this process go straight into one bounded channel; those of other processes
//! on the same store are looked up by their time of storing while somebody tails. Change streams would tell of them
//! sooner, but need a replica set, and a single MongoDB is what most people run.

mod reader;
mod replay;

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mesh::Error;
use tokio::sync::{Mutex as AsyncMutex, broadcast};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::entry::{Entry, now};
use crate::query::{Begin, Follow, Position};
use crate::store::{Kind, Store};
pub(crate) use reader::{Ends, Tail};
use replay::Replay;

/// How far a reader may fall behind before it is told of a gap.
const BEHIND: usize = 1024;
const POLL: Duration = Duration::from_millis(500);
/// How far back each look goes, in milliseconds: an entry shows up late by as long as its commit took (at most 5 s) and
/// by as much as its writer's clock is behind ours.
const OVERLAP: i64 = 8_000;
/// Entries that one look takes in.
const MOST: u32 = 20_000;
const CHUNK: usize = 200;
/// As long as a commit may take, in milliseconds.
const COMMIT: i64 = 6_000;

#[derive(Clone)]
enum News {
    Entry(Arc<Entry>, Position),
    Gap(Position),
}

/// What all tails of this process read from.
pub(crate) struct Tails {
    news: broadcast::Sender<News>,
    /// News of the audit, apart: a burst of either is no gap in the other.
    audit: broadcast::Sender<News>,
    /// With a store that others write to: what was sent or had been there before, and when it was stored.
    seen: Option<Mutex<HashMap<String, i64>>>,
    last: AsyncMutex<Option<Look>>,
    /// When the last look was: what others stored before that was sent, but for what was late.
    looked: AtomicI64,
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
        Self { news: channel(), audit: channel(), seen, last, looked: AtomicI64::new(0) }
    }

    /// To be called for every entry that this process committed, with the time before its commit began.
    pub(crate) fn committed(&self, entry: &Entry, began: i64) {
        // Nobody tails: whoever comes next begins with a look, which covers this entry.
        if self.has_readers() {
            self.send(entry, now(), self.position(began));
        }
    }

    /// Where to go on after what is sent now. Alone on its store, this process commits one batch after the other: what
    /// comes later began later. With others, what they stored before the last look is known, and no more.
    fn position(&self, began: i64) -> Position {
        Position(if self.seen.is_some() { self.looked.load(Ordering::Acquire) } else { began })
    }

    fn has_readers(&self) -> bool {
        self.news.receiver_count() + self.audit.receiver_count() > 0
    }

    fn of(&self, audit: bool) -> &broadcast::Sender<News> {
        if audit { &self.audit } else { &self.news }
    }

    fn send(&self, entry: &Entry, stored_at: i64, position: Position) {
        let mut seen = self.seen.as_ref().map(|seen| seen.lock().unwrap_or_else(PoisonError::into_inner));
        let is_new = seen.as_mut().is_none_or(|seen| seen.insert(entry.id.clone(), stored_at).is_none());
        if is_new {
            let _ = self.of(entry.audit).send(News::Entry(Arc::new(entry.clone()), position));
        }
    }

    /// A tail of what is committed from now on, after what came since the position where it goes on.
    pub(crate) async fn open<S: Store>(&self, store: &Arc<S>, follow: Follow, ends: Ends) -> Result<Tail<S>, Error> {
        let Follow { filter, begin } = follow;
        if S::SHARED {
            // What others stored so far goes to those who tail already, and not to this one.
            self.look(store.as_ref()).await?;
        }
        let news = self.of(filter.audit).subscribe();
        // A commit that is on its way now is told to this tail, and may have begun that long ago.
        let position = self.position(now() - COMMIT);
        let replay = match begin {
            Begin::Now => None,
            Begin::Marked => Some(Replay::nothing(position)),
            Begin::After(after) => {
                let overlap = if S::SHARED { OVERLAP } else { 0 };
                let kind = Kind::Audit(filter.audit);
                let arrivals = store.stored_since(kind, after.0 - overlap, MOST).await?;
                // Alone on its store, this process knows that all up to the newest of them is there.
                let newest = arrivals.first().filter(|_| !S::SHARED).map(|newest| Position(newest.stored_at));
                Some(Replay::of(arrivals, position.max(after).max(newest.unwrap_or(after))))
            }
        };
        metrics::gauge!("logger_tails").increment(1);
        let (is_marked, at) = (begin != Begin::Now, position);
        Ok(Tail { news, filter, ends, store: Arc::clone(store), replay, is_marked, at })
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
        let position = self.position(at);
        let arrivals = store.stored_since(Kind::All, since, MOST).await?;
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
                    self.send(entry, arrival.stored_at, position);
                }
            }
        }
        let oldest = arrivals.last().map_or(since, |it| it.stored_at);
        let is_full = arrivals.len() == MOST as usize;
        // It did not reach back to where the look before ended.
        if is_full && last.is_some_and(|look| oldest > look.newest) {
            let _ = self.news.send(News::Gap(position));
            let _ = self.audit.send(News::Gap(position));
        }
        let newest = arrivals.first().map_or(since, |it| it.stored_at);
        seen.lock().unwrap_or_else(PoisonError::into_inner).retain(|_, stored_at| *stored_at >= at - OVERLAP);
        *last = Some(Look { at, newest });
        self.looked.store(at, Ordering::Release);
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

#[cfg(test)]
mod tests;
