//! The writer on a store that stands still, fails and refuses on command. Time is paused: what waits, waits for a cause.

use std::collections::HashMap;
use std::sync::Mutex as StdMutex;
use std::sync::atomic::{AtomicBool, Ordering};

use proto::logger::v1;
use tokio::task::JoinHandle;

use super::*;
use crate::query::{Page, Query};
use crate::store::{Arrival, Found, Kind};

const ROOM_HERE: usize = 100;

/// Every commit takes one permit of `gate`.
struct Double {
    gate: Semaphore,
    is_away: AtomicBool,
    commits: StdMutex<Vec<Vec<String>>>,
    rows: StdMutex<HashMap<String, Found>>,
}

impl Store for Double {
    const SHARED: bool = false;

    async fn insert(&self, entries: &[&NewEntry]) -> Result<Vec<(usize, Left)>, Error> {
        self.gate.acquire().await.map_err(Error::internal)?.forget();
        if self.is_away.load(Ordering::Relaxed) {
            return Err(Error::unavailable("away"));
        }
        self.commits.lock().unwrap().push(entries.iter().map(|new| new.entry.id.clone()).collect());
        let mut rows = self.rows.lock().unwrap();
        let mut left = Vec::new();
        for (index, new) in entries.iter().enumerate() {
            if new.entry.name == "refused" {
                left.push((index, Left::Refused("no".into())));
            } else if let Some(found) = rows.get(&new.entry.id) {
                left.push((index, Left::Taken(found.clone())));
            } else {
                let found = Found { entry: new.entry.clone(), hash: Some(new.hash) };
                rows.insert(new.entry.id.clone(), found);
            }
        }
        Ok(left)
    }

    async fn query(&self, query: &Query) -> Result<Page, Error> {
        Ok(Page::new(query.limit))
    }

    async fn stored_since(&self, _kind: Kind, _since: i64, _most: u32) -> Result<Vec<Arrival>, Error> {
        Ok(Vec::new())
    }

    async fn find(&self, _ids: &[&str]) -> Result<Vec<Found>, Error> {
        Ok(Vec::new())
    }

    async fn forget(&self, _audit: bool, _before: i64, _most: u32) -> Result<u64, Error> {
        Ok(0)
    }

    async fn close(&self) {}
}

struct Bench {
    store: Arc<Double>,
    queue: Queue,
    waiting: usize,
    _stop: tokio_util::sync::DropGuard,
}

impl Bench {
    fn new() -> Self {
        let store = Arc::new(Double {
            gate: Semaphore::new(0),
            is_away: AtomicBool::new(false),
            commits: StdMutex::default(),
            rows: StdMutex::default(),
        });
        let tails = Arc::new(Tails::new(false));
        let (queue, writer) = Writer::with_room(ROOM_HERE, Arc::clone(&store), tails, Health::new("logger"));
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        tokio::spawn(async move { writer.run(&stopped).await });
        Self { store, queue, waiting: 0, _stop: stop.drop_guard() }
    }

    /// Hands in `entries` and returns once they are queued; to be called while the gate is shut.
    async fn write(&mut self, entries: Vec<NewEntry>, deadline: Duration) -> JoinHandle<Result<Answer, Error>> {
        let queue = self.queue.clone();
        self.waiting += entries.len();
        let written = tokio::spawn(async move { queue.write(entries, Instant::now() + deadline).await });
        while self.queue.room.available_permits() > ROOM_HERE - self.waiting {
            tokio::task::yield_now().await;
        }
        written
    }

    fn open(&self, commits: usize) {
        self.store.gate.add_permits(commits);
    }

    fn commits(&self) -> Vec<usize> {
        self.store.commits.lock().unwrap().iter().map(Vec::len).collect()
    }
}

const LONG: Duration = Duration::from_secs(60);

fn new(name: &str, id: &str, data: &str) -> NewEntry {
    let request = v1::WriteRequest { name: name.into(), id: id.into(), data: data.into(), ..Default::default() };
    NewEntry::try_from(request).unwrap()
}

fn codes(answer: &Answer) -> Vec<Option<Code>> {
    answer.iter().map(|result| result.as_ref().err().map(|error| error.code)).collect()
}

#[tokio::test(start_paused = true)]
async fn what_queues_during_a_commit_shares_the_next_one() {
    let mut bench = Bench::new();
    let mut written = vec![bench.write(vec![new("n", "first", "")], LONG).await];
    // The first one is on its way, alone, and stands still.
    tokio::time::sleep(Duration::from_secs(1)).await;
    for index in 0..63 {
        written.push(bench.write(vec![new("n", &format!("id-{index}"), "")], LONG).await);
    }
    bench.open(2);
    for answer in written {
        assert_eq!(codes(&answer.await.unwrap().unwrap()), [None]);
    }
    assert_eq!(bench.commits(), [1, 63]);
}

#[tokio::test(start_paused = true)]
async fn a_bad_entry_never_fails_its_neighbours() {
    let mut bench = Bench::new();
    let before = bench.write(vec![new("n", "a", "")], LONG).await;
    let refused = bench.write(vec![new("refused", "b", ""), new("n", "c", "")], LONG).await;
    let after = bench.write(vec![new("n", "d", "")], LONG).await;
    bench.open(2);
    assert_eq!(codes(&before.await.unwrap().unwrap()), [None]);
    assert_eq!(codes(&refused.await.unwrap().unwrap()), [Some(Code::FailedPrecondition), None]);
    assert_eq!(codes(&after.await.unwrap().unwrap()), [None]);
}

#[tokio::test(start_paused = true)]
async fn an_id_holds_one_content_within_a_commit_too() {
    let mut bench = Bench::new();
    let entries = vec![new("n", "a", "one"), new("n", "a", "one"), new("n", "a", "two"), new("n", "b", "one")];
    let written = bench.write(entries, LONG).await;
    bench.open(1);
    assert_eq!(codes(&written.await.unwrap().unwrap()), [None, None, Some(Code::AlreadyExists), None]);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_away_fails_everyone_and_then_serves_again() {
    let mut bench = Bench::new();
    bench.store.is_away.store(true, Ordering::Relaxed);
    let written = [
        bench.write(vec![new("n", "a", ""), new("n", "b", "")], LONG).await,
        bench.write(vec![new("n", "c", "")], LONG).await,
    ];
    bench.open(2);
    for answer in written {
        for result in answer.await.unwrap().unwrap() {
            let error = result.unwrap_err();
            assert_eq!((error.code, error.retry_after), (Code::Unavailable, Some(Duration::from_secs(1))));
        }
    }
    bench.store.is_away.store(false, Ordering::Relaxed);
    bench.waiting = 0;
    let again = bench.write(vec![new("n", "a", "")], LONG).await;
    bench.open(1);
    assert_eq!(codes(&again.await.unwrap().unwrap()), [None]);
}

#[tokio::test(start_paused = true)]
async fn a_commit_without_an_answer_counts_as_away() {
    let mut bench = Bench::new();
    let written = bench.write(vec![new("n", "a", "")], LONG).await;
    let started = Instant::now();
    assert_eq!(codes(&written.await.unwrap().unwrap()), [Some(Code::Unavailable)]);
    assert_eq!(started.elapsed(), COMMIT);
}

#[tokio::test(start_paused = true)]
async fn what_is_late_is_not_begun() {
    let mut bench = Bench::new();
    let first = bench.write(vec![new("n", "a", "")], LONG).await;
    tokio::time::sleep(Duration::from_millis(1)).await;
    let late = bench.write(vec![new("n", "b", "")], Duration::from_secs(1)).await;
    let gone = bench.write(vec![new("n", "c", "")], LONG).await;
    assert_eq!(late.await.unwrap().unwrap_err().code, Code::DeadlineExceeded);
    gone.abort();
    assert!(gone.await.unwrap_err().is_cancelled());
    let last = bench.write(vec![new("n", "d", "")], LONG).await;
    bench.open(2);
    assert_eq!(codes(&first.await.unwrap().unwrap()), [None]);
    assert_eq!(codes(&last.await.unwrap().unwrap()), [None]);
    let committed = bench.store.commits.lock().unwrap().concat();
    assert_eq!(committed, ["a", "d"]);
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_says_so_at_once() {
    let mut bench = Bench::new();
    let many = (0..ROOM_HERE).map(|index| new("n", &format!("id-{index}"), "")).collect();
    let written = bench.write(many, LONG).await;
    let shed = bench.queue.write(vec![new("n", "one more", "")], Instant::now() + LONG).await.unwrap_err();
    assert_eq!((shed.code, shed.retry_after), (Code::Unavailable, Some(Duration::from_secs(1))));
    bench.open(1);
    assert!(written.await.unwrap().unwrap().iter().all(Result::is_ok));
}
