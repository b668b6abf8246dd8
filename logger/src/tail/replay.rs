//! What a tail is sent before the news where it goes on from a position: everything that was stored since, oldest first.
//! Meanwhile the news are taken in, so that a long replay is no gap.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use mesh::Error;
use proto::logger::v1::{Gap, tail_response::Event};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::TryRecvError;

use super::{CHUNK, MOST, News};
use crate::entry::Entry;
use crate::query::{Filter, Position};
use crate::store::{Arrival, Store};

pub(super) struct Replay {
    /// Oldest first.
    arrivals: VecDeque<Arrival>,
    read: VecDeque<(Arc<Entry>, Position)>,
    ids: HashSet<String>,
    meanwhile: VecDeque<News>,
    /// Where it begins, where it did not reach back to the position.
    gap: Option<Position>,
    /// Where to go on once all of it was sent, as long as that was not told.
    end: Option<Position>,
    until: Position,
}

/// An event, or nothing where only the position has moved, and where to go on after it.
pub(super) type Step = (Option<Event>, Position);

impl Replay {
    /// Only tells where the news begin.
    pub(super) fn nothing(end: Position) -> Self {
        Self::of(Vec::new(), end)
    }

    /// `arrivals` are newest first; `end` is where the news begin.
    pub(super) fn of(arrivals: Vec<Arrival>, end: Position) -> Self {
        let is_full = arrivals.len() == MOST as usize;
        let gap = arrivals.last().filter(|_| is_full).map(|oldest| Position(oldest.stored_at.min(end.0)));
        Self {
            ids: arrivals.iter().map(|it| it.id.clone()).collect(),
            arrivals: arrivals.into_iter().rev().collect(),
            read: VecDeque::new(),
            meanwhile: VecDeque::new(),
            gap,
            end: Some(end),
            until: end,
        }
    }

    /// Nothing once the news themselves are next.
    pub(super) async fn next<S: Store>(
        &mut self,
        store: &S,
        filter: &Filter,
        news: &mut broadcast::Receiver<News>,
    ) -> Result<Option<Step>, Error> {
        if let Some(at) = self.gap.take() {
            return Ok(Some((Some(Event::Gap(Gap { missed: 0 })), at)));
        }
        while self.read.is_empty() && !self.arrivals.is_empty() {
            self.take_in(news);
            self.read_on(store, filter).await?;
        }
        if let Some((entry, at)) = self.read.pop_front() {
            return Ok(Some((Some(Event::Entry((*entry).clone().into())), at)));
        }
        while let Some(news) = self.meanwhile.pop_front() {
            match news {
                News::Entry(entry, at) if filter.matches(&entry) && !self.ids.contains(&entry.id) => {
                    return Ok(Some((Some(Event::Entry((*entry).clone().into())), at)));
                }
                News::Entry(..) => {}
                News::Gap(at) => return Ok(Some((Some(Event::Gap(Gap { missed: 0 })), at))),
            }
        }
        // Also where nothing came: whoever begins now knows where that was.
        Ok(self.end.take().map(|end| (None, end)))
    }

    async fn read_on<S: Store>(&mut self, store: &S, filter: &Filter) -> Result<(), Error> {
        let chunk: Vec<_> = self.arrivals.drain(..self.arrivals.len().min(CHUNK)).collect();
        let ids: Vec<_> = chunk.iter().map(|it| it.id.as_str()).collect();
        let found = store.find(&ids).await?.into_iter().map(|it| (it.entry.id.clone(), it.entry));
        let mut found: HashMap<_, _> = found.collect();
        for arrival in chunk {
            if let Some(entry) = found.remove(&arrival.id).filter(|entry| filter.matches(entry)) {
                self.read.push_back((Arc::new(entry), Position(arrival.stored_at.min(self.until.0))));
            }
        }
        Ok(())
    }

    fn take_in(&mut self, news: &mut broadcast::Receiver<News>) {
        while self.meanwhile.len() < MOST as usize {
            match news.try_recv() {
                Ok(news) => self.meanwhile.push_back(news),
                Err(TryRecvError::Lagged(_)) => self.meanwhile.push_back(News::Gap(self.until)),
                Err(TryRecvError::Empty | TryRecvError::Closed) => return,
            }
        }
    }
}
