//! Entries as they are committed. Commits of this process go straight into one bounded channel; those of other processes
//! on the same store are looked up by their time of storing while somebody tails. Change streams would tell of them
//! sooner, but need a replica set, and a single MongoDB is what most people run.

mod replay;

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
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
use crate::query::{Begin, Filter, Follow, Position};
use crate::store::{Kind, Store};
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
/// How long a position may be behind what was kept back.
const PASSING: Duration = Duration::from_secs(5);

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

/// What ends a tail from this side.
pub(crate) struct Ends {
    pub(crate) shutdown: CancellationToken,
    /// The caller's own deadline, if it set one: a tail has no other end.
    pub(crate) deadline: Option<Instant>,
}

/// One reader.
pub(crate) struct Tail<S> {
    news: broadcast::Receiver<News>,
    filter: Filter,
    ends: Ends,
    store: Arc<S>,
    /// What comes before the news, as long as there is some.
    replay: Option<Replay>,
    /// Whether the reader wants to know where it is.
    is_marked: bool,
    /// Where to go on after what was sent.
    at: Position,
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
    async fn next(&mut self) -> Result<Option<Event>, Error> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::{Level, NewEntry};
    use crate::query::{Page, Query};
    use crate::store::{Arrival, Found, Left};

    /// Holds what was stored when.
    #[derive(Default)]
    struct Fixed(Vec<(i64, Entry)>);

    impl Store for Fixed {
        const SHARED: bool = false;

        async fn insert(&self, _entries: &[&NewEntry]) -> Result<Vec<(usize, Left)>, Error> {
            unreachable!("nothing is written")
        }

        async fn query(&self, _query: &Query) -> Result<Page, Error> {
            unreachable!("no page is asked for")
        }

        async fn stored_since(&self, _kind: Kind, since: i64, most: u32) -> Result<Vec<Arrival>, Error> {
            let since = self.0.iter().rev().filter(|(stored_at, _)| *stored_at >= since);
            let arrivals = since.map(|(stored_at, entry)| Arrival { id: entry.id.clone(), stored_at: *stored_at });
            Ok(arrivals.take(most as usize).collect())
        }

        async fn find(&self, ids: &[&str]) -> Result<Vec<Found>, Error> {
            let of = self.0.iter().filter(|(_, entry)| ids.contains(&entry.id.as_str()));
            Ok(of.map(|(_, entry)| Found { entry: entry.clone(), hash: None }).collect())
        }

        async fn forget(&self, _audit: bool, _before: i64, _most: u32) -> Result<u64, Error> {
            unreachable!("nothing is old")
        }

        async fn close(&self) {}
    }

    fn entry(number: usize, name: &str) -> Entry {
        let (id, data) = (number.to_string(), String::new());
        Entry { id, name: name.into(), level: Level::Info, data, created_at: 0, audit: name == "audit", via: None }
    }

    async fn tail_of(tails: &Tails, store: Fixed, filter: Filter, begin: Begin) -> Tail<Fixed> {
        let ends = Ends { shutdown: CancellationToken::new(), deadline: None };
        tails.open(&Arc::new(store), Follow { filter, begin }, ends).await.unwrap()
    }

    async fn tail(tails: &Tails, filter: Filter) -> Tail<Fixed> {
        tail_of(tails, Fixed::default(), filter, Begin::Now).await
    }

    async fn event(tail: &mut Tail<Fixed>) -> Event {
        tail.next().await.unwrap().unwrap()
    }

    fn of(number: usize, name: &str) -> Event {
        Event::Entry(entry(number, name).into())
    }

    #[tokio::test]
    async fn a_slow_reader_is_told_what_it_missed_and_goes_on() {
        let tails = Tails::new(false);
        let (mut all, mut some) = (
            tail(&tails, Filter::default()).await,
            tail(&tails, Filter { name: Some("odd".into()), ..Filter::default() }).await,
        );
        for number in 0..BEHIND + 100 {
            tails.committed(&entry(number, if number % 2 == 0 { "even" } else { "odd" }), now());
        }
        assert_eq!(event(&mut all).await, Event::Gap(Gap { missed: 100 }));
        assert_eq!(event(&mut all).await, of(100, "even"));
        assert_eq!(event(&mut some).await, Event::Gap(Gap { missed: 0 }));
        assert_eq!(event(&mut some).await, of(101, "odd"));
    }

    #[tokio::test]
    async fn a_burst_of_activity_is_no_gap_in_the_audit() {
        let tails = Tails::new(false);
        let mut audit = tail(&tails, Filter { audit: true, ..Filter::default() }).await;
        tails.committed(&entry(0, "audit"), now());
        for number in 1..BEHIND + 100 {
            tails.committed(&entry(number, "n"), now());
        }
        tails.committed(&entry(9999, "audit"), now());
        assert_eq!(event(&mut audit).await, of(0, "audit"));
        assert_eq!(event(&mut audit).await, of(9999, "audit"));
    }

    #[tokio::test]
    async fn an_entry_that_is_both_committed_here_and_found_is_sent_once() {
        let tails = Tails::new(true);
        let mut tail = tail(&tails, Filter::default()).await;
        tails.committed(&entry(1, "n"), now());
        tails.send(&entry(1, "n"), now(), Position(0));
        tails.committed(&entry(2, "n"), now());
        assert_eq!(event(&mut tail).await, of(1, "n"));
        assert_eq!(event(&mut tail).await, of(2, "n"));
    }

    fn stored(count: usize) -> Fixed {
        Fixed((0..count).map(|number| (number as i64 * 10, entry(number, "n"))).collect())
    }

    #[tokio::test]
    async fn a_tail_goes_on_after_a_position_and_each_position_leads_on() {
        let tails = Tails::new(false);
        let begin = Begin::After(Position(4_980));
        let mut tail = tail_of(&tails, stored(500), Filter::default(), begin).await;
        // Committed and already there, which is one entry; and news that came meanwhile.
        tails.committed(&entry(499, "n"), now());
        tails.committed(&entry(500, "n"), now());
        for number in 498..=500 {
            assert_eq!(event(&mut tail).await, of(number, "n"));
            let at = if number == 500 { tail.at.0 >= 4_990 } else { tail.at == Position(number as i64 * 10) };
            assert!(at, "{:?} after {number}", tail.at);
        }
    }

    #[tokio::test]
    async fn more_than_can_be_replayed_is_a_gap_and_then_the_newest() {
        let tails = Tails::new(false);
        let count = MOST as usize + 5;
        let mut tail = tail_of(&tails, stored(count), Filter::default(), Begin::After(Position(0))).await;
        assert_eq!(event(&mut tail).await, Event::Gap(Gap { missed: 0 }));
        for number in 5..count {
            assert_eq!(event(&mut tail).await, of(number, "n"));
        }
        assert_eq!(tail.next().await.unwrap(), None, "all of it was sent");
    }

    #[tokio::test(start_paused = true)]
    async fn a_position_moves_with_what_a_filter_keeps_back() {
        let tails = Tails::new(false);
        let filter = Filter { name: Some("rare".into()), ..Filter::default() };
        let mut tail = tail_of(&tails, Fixed::default(), filter, Begin::Marked).await;
        assert_eq!(tail.next().await.unwrap(), None, "where it begins");
        tails.committed(&entry(1, "n"), 77);
        assert_eq!(tail.next().await.unwrap(), None);
        assert_eq!(tail.at, Position(77));
    }
}
