//! A bus at work, before, during and after a fault: publishers that send the same event until it is confirmed, a consumer,
//! questions and answers. At the end everything that was confirmed has been delivered.

mod work;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bus::{Bus, Outcome, Subscription, WorkQueue};
use tokio::time::{Instant, timeout};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::consumer::Consumer;
use crate::fresh::{config, until};

/// What is wrong is told within 5 s, and no longer 10 s after it is mended. A busy machine gets twice that.
const TOLD: Duration = Duration::from_secs(2 * 5);
const MENDED: Duration = Duration::from_secs(2 * 10);
/// How long a publisher waits for its confirm before it sends the same event again.
const CONFIRM: Duration = Duration::from_secs(2);
/// An answer that comes later than its deadline by more than a busy machine explains.
const LATE: Duration = Duration::from_secs(5);
const PUBLISHERS: usize = 4;

pub(crate) fn queue() -> WorkQueue {
    WorkQueue::new("logger", "write", ["log.#"])
}

pub(crate) struct Scene {
    pub(crate) bus: Bus,
    book: Arc<Book>,
    consumer: Consumer,
    publishing: CancellationToken,
    _running: DropGuard,
}

/// What has happened so far.
#[derive(Default)]
struct Book {
    confirmed: Mutex<BTreeSet<String>>,
    delivered: Mutex<BTreeSet<String>>,
    refused: AtomicUsize,
    answered: AtomicUsize,
    /// The longest that one publish took.
    slowest: Mutex<Duration>,
}

impl Scene {
    pub(crate) async fn start(url: &str) -> Self {
        let running = CancellationToken::new();
        let bus = Bus::open(config(url), running.clone()).await.unwrap();
        until("RabbitMQ answers", async || bus.declare(&[queue()]).await.is_ok()).await;
        let book = Arc::new(Book::default());
        let subscription = Subscription { batch: 10, concurrency: 2, ..Subscription::new(queue()) };
        let noted = book.clone();
        let consumer = Consumer::each(&bus, subscription, move |delivery| {
            noted.delivered.lock().unwrap().insert(delivery.event.id.clone());
            Outcome::Done
        });
        let publishing = running.child_token();
        for _ in 0..PUBLISHERS {
            tokio::spawn(work::publish(bus.clone(), book.clone(), publishing.clone()));
        }
        work::ask_and_answer(&bus, &book, &running);
        let scene = Self { bus, book, consumer, publishing, _running: running.drop_guard() };
        scene.works().await;
        scene
    }

    /// Waits until events are confirmed and delivered and questions answered, anew.
    pub(crate) async fn works(&self) {
        let (confirmed, answered) = (self.confirmed(), self.answered());
        until("events are confirmed and questions answered", async || {
            self.confirmed() >= confirmed + 20 && self.answered() >= answered + 5
        })
        .await;
        let all = self.book.confirmed.lock().unwrap().clone();
        until("what was confirmed is delivered", async || all.is_subset(&self.book.delivered.lock().unwrap())).await;
    }

    /// What health tells of the fault that was made just now.
    pub(crate) async fn told(&self) -> String {
        let began = Instant::now();
        let told = timeout(TOLD, async { until("it is told", async || self.bus.trouble().is_some()).await }).await;
        assert!(told.is_ok(), "nothing was told for {TOLD:?}");
        eprintln!("told after {:?}", began.elapsed());
        self.bus.trouble().unwrap_or_default()
    }

    /// Waits until health is green after a fault that was mended just now, and everything works.
    pub(crate) async fn recovered(&self) {
        let began = Instant::now();
        let well = timeout(MENDED, async { until("it is well", async || self.bus.trouble().is_none()).await }).await;
        assert!(well.is_ok(), "after {MENDED:?} still: {:?}", self.bus.trouble());
        eprintln!("well after {:?}", began.elapsed());
        self.works().await;
        eprintln!("at work after {:?}", began.elapsed());
        assert_eq!(self.bus.trouble(), None, "it was well too early");
    }

    pub(crate) fn confirmed(&self) -> usize {
        self.book.confirmed.lock().unwrap().len()
    }

    fn answered(&self) -> usize {
        self.book.answered.load(Ordering::SeqCst)
    }

    /// How often a publisher was told that its event was not kept.
    pub(crate) fn refused(&self) -> usize {
        self.book.refused.load(Ordering::SeqCst)
    }

    /// Everything that was ever confirmed arrives, nothing has died, and nobody was kept waiting.
    pub(crate) async fn end(mut self) {
        self.publishing.cancel();
        until("every confirmed event was delivered", async || {
            self.book.confirmed.lock().unwrap().is_subset(&self.book.delivered.lock().unwrap())
        })
        .await;
        until("nothing is left", async || {
            let mut left = 0;
            for name in [queue().name, queue().suspects(), queue().dead_letters()] {
                left += self.bus.depth(&name).await.ok().flatten().unwrap_or(1);
            }
            left == 0
        })
        .await;
        let slowest = *self.book.slowest.lock().unwrap();
        assert!(slowest < CONFIRM + LATE, "a publisher waited {slowest:?} with a deadline of {CONFIRM:?}");
        self.consumer.stop().await;
        self.bus.close().await;
    }
}

/// The prefetch of each queue's consumers, from what `rabbitmqctl list_consumers queue_name prefetch_count` says.
pub(crate) fn prefetches(listed: &str) -> BTreeMap<String, Vec<u32>> {
    let mut all: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for line in listed.lines() {
        let Some((queue, prefetch)) = line.split_once('\t') else { continue };
        let Ok(prefetch) = prefetch.trim().parse() else { continue };
        // Reply queues have a new name with each connection.
        let queue = if queue.starts_with("rpc.reply.") { "rpc.reply" } else { queue };
        all.entry(queue.to_owned()).or_default().push(prefetch);
    }
    all
}

pub(crate) const LIST_CONSUMERS: [&str; 3] = ["list_consumers", "queue_name", "prefetch_count"];
