//! Group commit: whatever queued while the previous commit was on its way goes with the next one, without a timer. Under
//! load many calls share one flush to disk, and a single call waits for nobody; each is answered with its own result.

use std::sync::Arc;
use std::time::Duration;

use mesh::health::Health;
use mesh::{Code, Error};
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::entry::{Entry, NewEntry, now};
use crate::store::{Left, Store};
use crate::tail::Tails;

/// What may wait for a commit, in KiB: some seconds of work for a slow disk; who comes later is better told at once.
const ROOM: usize = 64 << 10;
/// Where a commit is large enough: more entries or KiB make it longer rather than cheaper.
const FULL_ENTRIES: usize = 2_000;
const FULL_KIB: usize = 8 << 10;
/// After this long nobody knows what became of a commit, and its callers are told so.
const COMMIT: Duration = Duration::from_secs(5);

type Answer = Vec<Result<Entry, Error>>;

/// The entries of one call, which have one answer.
struct Unit {
    entries: Vec<NewEntry>,
    deadline: Instant,
    answer: oneshot::Sender<Answer>,
    room: OwnedSemaphorePermit,
}

/// Where calls hand in their entries; clones feed the same writer.
#[derive(Clone)]
pub(crate) struct Queue {
    // Unbounded in itself: `room` is its bound.
    units: mpsc::UnboundedSender<Unit>,
    room: Arc<Semaphore>,
}

/// Takes the entries from the queue and commits them, one commit at a time.
pub(crate) struct Writer<S> {
    units: Mutex<mpsc::UnboundedReceiver<Unit>>,
    store: Arc<S>,
    tails: Arc<Tails>,
    health: Health,
}

impl Queue {
    /// The result of each entry, in order, once they are committed. An error is about all of them: the queue is full,
    /// the deadline has passed, or nobody knows what became of them.
    pub(crate) async fn write(&self, entries: Vec<NewEntry>, deadline: Instant) -> Result<Answer, Error> {
        if entries.is_empty() {
            return Ok(Vec::new());
        }
        let count = entries.len() as u64;
        let cost = entries.iter().map(|new| 1 + new.entry.size() / 1024).sum::<usize>();
        let room = Arc::clone(&self.room).try_acquire_many_owned(u32::try_from(cost).unwrap_or(u32::MAX));
        let Ok(room) = room else {
            counted("shed", count);
            return Err(Error::unavailable("more entries are waiting to be stored than can be taken"));
        };
        let (answer, answered) = oneshot::channel();
        let stopped = || Error::unavailable("the logger stopped before the entries were stored; send them again");
        self.units.send(Unit { entries, deadline, answer, room }).map_err(|_| stopped())?;
        match timeout_at(deadline, answered).await {
            Ok(answer) => answer.map_err(|_| stopped()),
            Err(_) => Err(late()),
        }
    }
}

fn late() -> Error {
    Error::deadline("the deadline passed before the entries were stored; the same id may be sent again")
}

impl<S: Store> Writer<S> {
    pub(crate) fn new(store: Arc<S>, tails: Arc<Tails>, health: Health) -> (Queue, Self) {
        Self::with_room(ROOM, store, tails, health)
    }

    fn with_room(room: usize, store: Arc<S>, tails: Arc<Tails>, health: Health) -> (Queue, Self) {
        let (sender, receiver) = mpsc::unbounded_channel();
        let queue = Queue { units: sender, room: Arc::new(Semaphore::new(room)) };
        (queue, Self { units: Mutex::new(receiver), store, tails, health })
    }

    /// Commits until `stop`; to be supervised.
    pub(crate) async fn run(&self, stop: &CancellationToken) -> anyhow::Result<()> {
        let mut queue = self.units.lock().await;
        while let Some(Some(first)) = stop.run_until_cancelled(queue.recv()).await {
            let units = group(first, &mut queue);
            self.commit(units).await;
        }
        Ok(())
    }

    async fn commit(&self, units: Vec<Unit>) {
        let units = in_time(units);
        let entries: Vec<_> = units.iter().flat_map(|unit| &unit.entries).collect();
        if entries.is_empty() {
            return;
        }
        // Not after the time that the store writes down for them.
        let (began, started) = (now(), Instant::now());
        let committed = timeout(COMMIT, self.store.insert(&entries)).await;
        metrics::histogram!("logger_commit_seconds").record(started.elapsed());
        metrics::histogram!("logger_commit_entries").record(entries.len() as f64);
        match committed.unwrap_or_else(|_| Err(Error::unavailable("the log did not answer in time"))) {
            Ok(left) => self.succeed(units, left, began),
            Err(error) => self.fail(units, &error),
        }
    }

    fn succeed(&self, units: Vec<Unit>, left: Vec<(usize, Left)>, began: i64) {
        self.health.restore("store");
        let mut left = left.into_iter().peekable();
        let mut tally = Tally { began, ..Tally::default() };
        let mut index = 0;
        for Unit { entries, answer, room, .. } in units {
            let mut results = Vec::with_capacity(entries.len());
            for new in entries {
                let why = left.next_if(|(left, _)| *left == index).map(|(_, why)| why);
                index += 1;
                results.push(tally.outcome(new, why, &self.tails));
            }
            drop(room);
            let _ = answer.send(results);
        }
        tally.report();
    }

    /// Whether they are stored is not known; who sends them again under the same id learns it.
    fn fail(&self, units: Vec<Unit>, error: &Error) {
        self.health.degrade("store", error.detail.as_str());
        let count = units.iter().map(|unit| unit.entries.len()).sum::<usize>();
        tracing::warn!(entries = count, cause = error.causes(), "a commit failed: {}", error.detail);
        counted("failed", count as u64);
        for unit in units {
            let each = |_| Err(Error::unavailable(error.detail.as_str()));
            let _ = unit.answer.send(unit.entries.iter().map(each).collect());
        }
    }
}

/// `first` and what else is waiting, up to what makes a commit full.
fn group(first: Unit, queue: &mut mpsc::UnboundedReceiver<Unit>) -> Vec<Unit> {
    let (mut entries, mut kib) = (first.entries.len(), first.room.num_permits());
    let mut units = vec![first];
    while entries < FULL_ENTRIES && kib < FULL_KIB {
        let Ok(unit) = queue.try_recv() else { break };
        entries += unit.entries.len();
        kib += unit.room.num_permits();
        units.push(unit);
    }
    units
}

/// Without those whose caller has gone or whose deadline has passed: nothing is begun that nobody waits for.
fn in_time(units: Vec<Unit>) -> Vec<Unit> {
    let now = Instant::now();
    let (live, gone): (Vec<_>, Vec<_>) =
        units.into_iter().partition(|unit| unit.deadline > now && !unit.answer.is_closed());
    for Unit { entries, answer, .. } in gone {
        counted("late", entries.len() as u64);
        let _ = answer.send(entries.iter().map(|_| Err(late())).collect());
    }
    live
}

/// The outcomes of one commit.
#[derive(Default)]
struct Tally {
    began: i64,
    stored: u64,
    duplicate: u64,
    conflict: u64,
    failed: u64,
}

impl Tally {
    fn outcome(&mut self, new: NewEntry, left: Option<Left>, tails: &Tails) -> Result<Entry, Error> {
        match left {
            None => {
                self.stored += 1;
                tails.committed(&new.entry, self.began);
                Ok(new.entry)
            }
            Some(Left::Taken(found)) if found.hash == Some(new.hash) => {
                self.duplicate += 1;
                Ok(found.entry)
            }
            Some(Left::Taken(_)) => {
                self.conflict += 1;
                let id = new.entry.id;
                let detail = format!("the id '{id}' is taken by an entry with other content; use another one");
                Err(Error::new(Code::AlreadyExists, detail))
            }
            Some(Left::Refused(reason)) => {
                self.failed += 1;
                Err(Error::new(Code::FailedPrecondition, format!("the entry cannot be stored: {reason}")))
            }
            Some(Left::Undecided) => {
                self.failed += 1;
                Err(Error::unavailable("an entry with this id is just being stored; send it again"))
            }
        }
    }

    fn report(&self) {
        counted("stored", self.stored);
        counted("duplicate", self.duplicate);
        counted("conflict", self.conflict);
        counted("failed", self.failed);
    }
}

/// Counts entries by what became of them.
pub(crate) fn counted(outcome: &'static str, entries: u64) {
    if entries > 0 {
        metrics::counter!("logger_entries_total", "outcome" => outcome).increment(entries);
    }
}

#[cfg(test)]
mod tests;
