//! The embedded queue and a process that is killed at work, again and again. The process is this test itself, started
//! once more with the place of its queue and its books in the environment. What it did stands in the books, line by line;
//! what is not on the disk when the kernel takes it away is lost, as it would be for its users.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bus::{Bug, Bus, Config, Delivery, Event, Handler, Outcome, Subscription, WorkQueue};
use mesh::config::{Env, Process};
use tokio_util::sync::CancellationToken;

use crate::consumer::{Consumer, dead_letters, retry};
use crate::fresh::{config, soon, until};

const PLACE: &str = "TEST_BUS_PLACE";
const BUG: &str = "SWITCHBOARD_BUG";

const LIVES: usize = 4;
/// Accepted in each life before it is ended.
const EACH: usize = 250;
/// Of so many events, one fails once, and one is never taken.
const FAILS: usize = 9;
const DIES: usize = 25;

fn queue() -> WorkQueue {
    WorkQueue::new("logger", "write", ["log.#"])
}

fn number(event: &Event) -> usize {
    std::str::from_utf8(&event.body).unwrap().parse().unwrap()
}

/// What was done, written down at once by whoever did it.
#[derive(Clone)]
struct Books {
    folder: PathBuf,
}

impl Books {
    fn of(&self, name: &str) -> Book {
        let file = OpenOptions::new().create(true).append(true).open(self.folder.join(name)).unwrap();
        Book(Arc::new(file))
    }

    fn lines(&self, name: &str) -> Vec<String> {
        let text = std::fs::read_to_string(self.folder.join(name)).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    fn ids(&self, name: &str) -> BTreeSet<String> {
        self.lines(name).into_iter().collect()
    }
}

#[derive(Clone)]
struct Book(Arc<File>);

impl Book {
    /// In one write, which the end of the process cannot tear apart.
    fn note(&self, id: &str) {
        self.0.as_ref().write_all(format!("{id}\n").as_bytes()).unwrap();
    }
}

/// The process that is killed: sixteen publish, and one subscription takes what they publish.
async fn works_until_it_is_killed(place: PathBuf) {
    let bug = bug();
    let bus = Bus::open(Config { bug, ..config(place.join("bus.db")) }, CancellationToken::new()).await.unwrap();
    bus.declare(&[queue()]).await.unwrap();
    let books = Books { folder: place };
    let subscription = Subscription { batch: 10, concurrency: 2, attempts: 3, ..Subscription::new(queue()) };
    let (consumed, handler) = (bus.clone(), handler(&books));
    tokio::spawn(async move { consumed.subscribe(subscription, handler, CancellationToken::new()).await });
    let next = Arc::new(AtomicUsize::new(0));
    let publishers = (0..16).map(|_| tokio::spawn(publish_for_ever(bus.clone(), books.clone(), next.clone())));
    futures::future::join_all(publishers).await;
}

/// As every service reads it.
fn bug() -> Option<Bug> {
    let set = std::env::var(BUG).ok().map(|value| (BUG.to_owned(), value));
    let env = Env::new(set);
    Config::from_env(&env, &Process::from_env(&env).unwrap()).unwrap().bug
}

async fn publish_for_ever(bus: Bus, books: Books, next: Arc<AtomicUsize>) {
    let (attempted, accepted) = (books.of("attempted"), books.of("accepted"));
    loop {
        let event = Event::new("log.INFO", "/test", next.fetch_add(1, Ordering::Relaxed).to_string());
        attempted.note(&event.id);
        bus.publish(&event, soon()).await.unwrap();
        accepted.note(&event.id);
        // One that is answered too early would leave the others no time.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// The first one that it sees it keeps for ever: something is in hand whenever the process ends.
fn handler(books: &Books) -> Handler {
    let (applied, kept) = (books.of("applied"), Arc::new(AtomicUsize::new(0)));
    Arc::new(move |deliveries: Vec<Delivery>| {
        let (applied, first) = (applied.clone(), kept.fetch_add(1, Ordering::Relaxed) == 0);
        Box::pin(async move {
            if first {
                std::future::pending::<()>().await;
            }
            deliveries.iter().map(|delivery| outcome(delivery, &applied)).collect()
        })
    })
}

fn outcome(delivery: &Delivery, applied: &Book) -> Outcome {
    match number(&delivery.event) {
        number if number % DIES == 0 => Outcome::Reject { reason: "never".to_owned() },
        number if number % FAILS == 0 && delivery.attempt == 1 => retry("not yet"),
        _ => {
            applied.note(&delivery.event.id);
            Outcome::Done
        }
    }
}

/// Killed at the latest when its test ends.
struct Life(Child);

impl Life {
    fn begin(test: &str, place: &Path, bug: Option<&str>) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", test, "--nocapture"]).env(PLACE, place).envs(bug.map(|bug| (BUG, bug)));
        Self(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }

    fn end(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        self.end();
    }
}

/// What is left after some lives, each ended without a word.
struct Left {
    attempted: BTreeSet<String>,
    accepted: BTreeSet<String>,
    /// How often each had its effect.
    applied: BTreeMap<String, usize>,
    dead: BTreeSet<String>,
}

impl Left {
    fn lost(&self) -> Vec<&String> {
        let is_there = |id: &&String| self.applied.contains_key(*id) || self.dead.contains(*id);
        self.accepted.iter().filter(|id| !is_there(id)).collect()
    }
}

async fn lives(test: &str, bug: Option<&str>) -> Left {
    let place = tempfile::tempdir().unwrap();
    let books = Books { folder: place.path().to_owned() };
    for life in 1..=LIVES {
        let mut process = Life::begin(test, place.path(), bug);
        // What is answered before it is there comes too fast for whoever applies it.
        let applied = if bug == Some("ignore-confirms") { 0 } else { life * EACH / 4 };
        until("enough is accepted and applied", async || {
            books.lines("accepted").len() >= life * EACH && books.lines("applied").len() >= applied
        })
        .await;
        process.end();
    }
    drained(place.path(), &books).await
}

/// Takes everything that the last life left behind.
async fn drained(place: &Path, books: &Books) -> Left {
    let bus = Bus::open(config(place.join("bus.db")), CancellationToken::new()).await.unwrap();
    let left = async || bus.depth(&queue().name).await.unwrap() != Some(0);
    while left().await {
        let (applied, subscription) = (books.of("applied"), Subscription { batch: 50, ..Subscription::new(queue()) });
        let mut consumer = Consumer::each(&bus, subscription, move |delivery| outcome(delivery, &applied));
        until("nothing waits", async || !left().await).await;
        // What was in hand until now may have failed, and wait again.
        consumer.stop().await;
    }
    let buried = bus.depth(&queue().dead_letters()).await.unwrap().unwrap();
    let letters = Subscription { batch: 50, ..Subscription::new(dead_letters("logger")) };
    let mut drain = Consumer::each(&bus, letters, |_| Outcome::Done);
    let dead = drain.deliveries(buried as usize).await.into_iter().map(|delivery| delivery.event.id).collect();
    drain.stop().await;
    bus.close().await;
    let mut applied = BTreeMap::new();
    for id in books.lines("applied") {
        *applied.entry(id).or_default() += 1;
    }
    Left { attempted: books.ids("attempted"), accepted: books.ids("accepted"), applied, dead }
}

async fn nothing_is_lost(left: Left) {
    assert!(left.accepted.len() >= LIVES * EACH, "{} were accepted", left.accepted.len());
    assert_eq!(left.lost(), Vec::<&String>::new(), "of {} accepted", left.accepted.len());
    let known = left.applied.keys().chain(&left.dead);
    let invented: Vec<_> = known.filter(|id| !left.attempted.contains(*id)).collect();
    assert!(invented.is_empty(), "{invented:?}");
    let both: Vec<_> = left.dead.iter().filter(|id| left.applied.contains_key(*id)).collect();
    assert!(both.is_empty(), "dead and done: {both:?}");
    assert!(!left.dead.is_empty(), "none died");
}

#[cfg(debug_assertions)]
async fn something_is_lost(left: Left) {
    assert!(!left.lost().is_empty(), "of {} accepted none was lost", left.accepted.len());
}

macro_rules! killed {
    ($($name:ident: $bug:expr, $check:ident)+) => {
        $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            if let Ok(place) = std::env::var(PLACE) {
                return works_until_it_is_killed(place.into()).await;
            }
            $check(lives(concat!("killed::", stringify!($name)), $bug).await).await;
        })+
    };
}

killed! {
    what_a_killed_process_had_accepted_is_done_or_dead_and_nothing_else_is: None, nothing_is_lost
}

#[cfg(debug_assertions)]
killed! {
    a_queue_that_acknowledges_early_is_caught: Some("ack-early"), something_is_lost
    a_queue_that_does_not_wait_for_its_disk_is_caught: Some("ignore-confirms"), something_is_lost
}
