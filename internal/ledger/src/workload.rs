//! The work: so many tasks a second whether or not the ones before were answered, each carried by a client with usual
//! manners: one repetition at once, then with growing pauses, always under the same key, until it is accepted or the
//! client gives up.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::attempt::{Outcome, attempt};
use crate::books::{Accepted, Attempted, Books};
use crate::client::Client;
use crate::plan::Plan;
use crate::random::Random;
use crate::task::{Task, Work};

/// Tasks that may wait to be accepted at once; more are not begun.
const MOST: usize = 5_000;
/// Requests under way at once: fewer than the connections that one address may have at a broker.
const MOST_REQUESTS: usize = 400;
/// Different answers other than success that are told in their own words.
const MOST_WORDS: usize = 20;
/// Of what was accepted since somebody looked.
const MOST_LATENCIES: usize = 100_000;
/// How often tasks are begun that are due.
const TICK: Duration = Duration::from_millis(5);
/// The pauses between repetitions, doubled from the one to the other.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));

pub(crate) struct Workload {
    pub(crate) plan: Plan,
    client: Client,
    pub(crate) books: Arc<Books>,
    pub(crate) began: Instant,
    places: Arc<Semaphore>,
    requests: Semaphore,
    seen: Mutex<Seen>,
    attempted: AtomicU64,
    accepted: AtomicU64,
    repeated: AtomicU64,
}

/// What is kept of the answers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    /// By status, or `none` where no answer came.
    pub(crate) answers: BTreeMap<String, u64>,
    /// What those that were no success said, and how often.
    pub(crate) words: BTreeMap<String, u64>,
    /// Answers that refuse for good, the first few in their words.
    pub(crate) refused: Vec<String>,
    pub(crate) refusals: u64,
    pub(crate) given_up: u64,
    /// Tasks that were not begun, because too many waited.
    pub(crate) held_back: u64,
    /// What went wrong with the books: without them nothing can be said.
    pub(crate) failure: Option<String>,
    /// By kind, when the last task was due that was accepted.
    pub(crate) accepted: BTreeMap<Work, Instant>,
    /// Microseconds that tasks took to be accepted since somebody asked.
    latencies: Vec<u64>,
}

/// How it goes, for whoever watches.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pulse {
    pub(crate) attempted: u64,
    pub(crate) accepted: u64,
    pub(crate) repeated: u64,
    pub(crate) waiting: usize,
    /// In microseconds, of what was accepted since the pulse before.
    pub(crate) latencies: Vec<u64>,
}

impl Workload {
    pub(crate) fn new(plan: Plan, client: Client, books: Arc<Books>) -> Arc<Self> {
        Arc::new(Self {
            plan,
            client,
            books,
            began: Instant::now(),
            places: Arc::new(Semaphore::new(MOST)),
            requests: Semaphore::new(MOST_REQUESTS),
            seen: Mutex::default(),
            attempted: AtomicU64::default(),
            accepted: AtomicU64::default(),
            repeated: AtomicU64::default(),
        })
    }

    /// Begins tasks until `stop`, then waits for those that were begun.
    pub(crate) async fn run(self: &Arc<Self>, stop: &CancellationToken) {
        let mut tasks = JoinSet::new();
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut number = 0;
        while stop.run_until_cancelled(tick.tick()).await.is_some() {
            let due = (self.began.elapsed().as_secs_f64() * f64::from(self.plan.rate)) as u64;
            for number in number..due {
                self.begin(number, &mut tasks);
            }
            number = due.max(number);
            while tasks.try_join_next().is_some() {}
        }
        while tasks.join_next().await.is_some() {}
    }

    fn begin(self: &Arc<Self>, number: u64, tasks: &mut JoinSet<()>) {
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else {
            self.seen(|seen| seen.held_back += 1);
            return;
        };
        let load = Arc::clone(self);
        // Not when it is begun in fact: whoever is too busy to ask in time would not see how long that takes.
        let due = self.began + Duration::from_secs_f64(number as f64 / f64::from(self.plan.rate));
        tasks.spawn(async move {
            let task = load.plan.task(number);
            if let Err(error) = load.carry(&task, due).await {
                load.seen(|seen| seen.failure = Some(format!("{error:#}")));
            }
            drop(place);
        });
    }

    /// From the first request to the answer that counts. An error is one of the books.
    async fn carry(&self, task: &Task, due: Instant) -> anyhow::Result<()> {
        self.books.attempted.add(&Attempted(self.since(due), task.id.clone()))?;
        self.attempted.fetch_add(1, Ordering::Relaxed);
        let mut pauses = Pauses::new(&self.plan, task);
        loop {
            let mut hint = Duration::ZERO;
            match self.attempt(task).await {
                Outcome::Accepted => return self.accepted(task, due),
                Outcome::Refused(words) => {
                    self.refused(words);
                    return Ok(());
                }
                // Several do this at once and none minds; where it fails the next answer says so again.
                Outcome::SignedOut => drop(self.client.sign_in().await),
                Outcome::Again(it) => hint = it,
            }
            if due.elapsed() > self.plan.patience {
                self.seen(|seen| seen.given_up += 1);
                return Ok(());
            }
            self.repeated.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(pauses.next(hint)).await;
        }
    }

    async fn attempt(&self, task: &Task) -> Outcome {
        // Closed by nobody, so there is always a permit in the end.
        let _place = self.requests.acquire().await;
        let (outcome, answer) = attempt(&self.client, &self.plan, task).await;
        self.seen(|seen| {
            *seen.answers.entry(answer.status).or_default() += 1;
            if let Some(words) = answer.words
                && (seen.words.len() < MOST_WORDS || seen.words.contains_key(&words))
            {
                *seen.words.entry(words).or_default() += 1;
            }
        });
        outcome
    }

    fn accepted(&self, task: &Task, due: Instant) -> anyhow::Result<()> {
        let took = due.elapsed().as_micros() as u64;
        self.books.accepted.add(&Accepted(self.since(due), took, task.id.clone()))?;
        self.accepted.fetch_add(1, Ordering::Relaxed);
        self.seen(|seen| {
            let last = seen.accepted.entry(task.work).or_insert(due);
            *last = due.max(*last);
            if seen.latencies.len() < MOST_LATENCIES {
                seen.latencies.push(took);
            }
        });
        Ok(())
    }

    fn refused(&self, words: String) {
        self.seen(|seen| {
            seen.refusals += 1;
            if seen.refused.len() < 3 && !seen.refused.contains(&words) {
                seen.refused.push(words);
            }
        });
    }

    fn since(&self, moment: Instant) -> u64 {
        (moment - self.began).as_micros() as u64
    }

    fn seen<T>(&self, look: impl FnOnce(&mut Seen) -> T) -> T {
        look(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn so_far(&self) -> Seen {
        self.seen(|seen| seen.clone())
    }

    /// Whether every kind of work that was accepted before was due again since `moment` and accepted.
    pub(crate) fn flows_since(&self, moment: Instant) -> bool {
        self.seen(|seen| {
            // Accounts are too few to wait for the next one.
            let mut kinds = seen.accepted.iter().filter(|(work, _)| **work != Work::Account).peekable();
            kinds.peek().is_some() && kinds.all(|(_, last)| *last >= moment)
        })
    }

    pub(crate) fn pulse(&self) -> Pulse {
        Pulse {
            attempted: self.attempted.load(Ordering::Relaxed),
            accepted: self.accepted.load(Ordering::Relaxed),
            repeated: self.repeated.load(Ordering::Relaxed),
            waiting: MOST - self.places.available_permits(),
            latencies: self.seen(|seen| std::mem::take(&mut seen.latencies)),
        }
    }
}

/// The waits between the repetitions of one task, from the seed: none, then doubled, with up to half taken off.
struct Pauses {
    random: Random,
    next: Duration,
}

impl Pauses {
    fn new(plan: &Plan, task: &Task) -> Self {
        // Other numbers than those the task itself was drawn from.
        Self { random: Random::at(!plan.seed, task.number), next: Duration::ZERO }
    }

    fn next(&mut self, hint: Duration) -> Duration {
        let pause = self.next;
        self.next = (pause * 2).clamp(PAUSES.0, PAUSES.1);
        let taken_off = self.random.below(500) as u32;
        (pause - pause * taken_off / 1000).max(hint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::tests::plan;

    #[test]
    fn the_first_repetition_is_at_once_and_the_others_wait_longer_and_longer() {
        let mut pauses = Pauses::new(&plan(1), &plan(1).task(1));
        assert_eq!(pauses.next(Duration::ZERO), Duration::ZERO);
        for most in [100, 200, 400, 800, 1_600, 2_000, 2_000] {
            let pause = pauses.next(Duration::ZERO).as_millis();
            assert!((most / 2..=most).contains(&pause), "{pause} of {most} ms");
        }
        assert_eq!(pauses.next(Duration::from_secs(4)), Duration::from_secs(4), "a hint is a floor");
    }
}
