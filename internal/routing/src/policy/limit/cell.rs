//! What is known of one caller: its own count in this process, and what the store has let in beforehand. Calls of one
//! caller share one question to the store, and many of them a lease, so that Redis is not asked for each.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::gcra::{Arrival, Rate};
use super::store::{Grant, Store};
use super::{Outcome, locked};
use crate::table::Limit;

/// How long calls that were let in beforehand may be used, and how long a refusal is believed.
const LEASE: Duration = Duration::from_secs(1);
/// A lease is this part of what comes within its time: where nobody uses it, its caller loses no more than 2% of the rate.
const PART: u32 = 50;
/// The largest lease, in calls.
const MOST: u32 = 100;

#[derive(Default)]
pub(super) struct Cell {
    state: Mutex<State>,
    /// Held while the store is asked.
    asking: tokio::sync::Mutex<()>,
    /// Calls that want to be let in by the next answer.
    waiting: AtomicU32,
}

#[derive(Default)]
struct State {
    alone: Arrival,
    lease: Option<Lease>,
    failed_at: Option<Instant>,
}

/// What is left of the last answer.
struct Lease {
    left: u32,
    /// What the store had beyond that.
    free: u32,
    ends: Instant,
    full_at: Instant,
    next_at: Instant,
}

/// How many calls are asked for at once: those of a 50th of a second, 1 to 100. Only fast limits lease, so that slow
/// ones are exact to the call.
fn lease_of(limit: &Limit) -> u32 {
    let seconds = u32::try_from(limit.per.as_secs()).unwrap_or(u32::MAX).max(1);
    (limit.calls / seconds / PART).clamp(1, MOST)
}

impl Cell {
    /// Counts a call in this process alone; `now` is counted from any fixed moment.
    pub(super) fn take_alone(&self, rate: Rate, now: Duration) -> Outcome {
        let mut state = locked(&self.state);
        let (alone, outcome) = rate.take(state.alone, now);
        state.alone = alone;
        outcome
    }

    /// Counts a call in the store, by its last answer or a new one; nothing where it does not answer in time: the wait
    /// for another's question and that for the own answer have one patience.
    pub(super) async fn take_shared(
        &self,
        store: &Store,
        limit: &Limit,
        key: impl FnOnce() -> String,
    ) -> Option<Outcome> {
        let began = Instant::now();
        if let Some(outcome) = self.known(began) {
            return Some(outcome);
        }
        if store.is_away() {
            return None;
        }
        let waiting = Waiting::begin(&self.waiting);
        let until = began + store.patience();
        let Ok(_asking) = timeout_at(until, self.asking.lock()).await else {
            store.was_late();
            return None;
        };
        // Meanwhile somebody else may have asked, for this call too.
        if let Some(outcome) = self.known(Instant::now()) {
            return Some(outcome);
        }
        if locked(&self.state).failed_at >= Some(began) {
            return None;
        }
        let wanted = lease_of(limit).max(waiting.count()).min(limit.calls);
        let granted = store.take(&key(), limit, wanted, until).await;
        let mut state = locked(&self.state);
        match granted {
            Some(grant) => Some(state.accept(grant, Instant::now())),
            None => {
                state.failed_at = Some(Instant::now());
                None
            }
        }
    }

    fn known(&self, now: Instant) -> Option<Outcome> {
        locked(&self.state).lease.as_mut()?.take(now)
    }
}

impl State {
    /// Takes the first call of a new lease; the store has let it in, or none at all.
    fn accept(&mut self, grant: Grant, now: Instant) -> Outcome {
        let Grant { taken, free, full_in, next_in } = grant;
        let left = taken.saturating_sub(1);
        self.lease = Some(Lease { left, free, ends: now + LEASE, full_at: now + full_in, next_at: now + next_in });
        Outcome {
            is_let_in: taken > 0,
            left: left.saturating_add(free),
            full_in,
            next_in: if left > 0 { Duration::ZERO } else { next_in },
        }
    }
}

impl Lease {
    /// One more call by what the store has said already; nothing where it has to be asked again.
    fn take(&mut self, now: Instant) -> Option<Outcome> {
        if now >= self.ends {
            return None;
        }
        let is_let_in = self.left > 0;
        if !is_let_in && now >= self.next_at {
            return None;
        }
        self.left = self.left.saturating_sub(1);
        let next_in = if self.left > 0 { Duration::ZERO } else { self.next_at - now };
        Some(Outcome { is_let_in, left: self.left.saturating_add(self.free), full_in: self.full_at - now, next_in })
    }
}

/// Counts one who waits, for as long as it does.
struct Waiting<'a>(&'a AtomicU32);

impl<'a> Waiting<'a> {
    fn begin(count: &'a AtomicU32) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }

    fn count(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use mesh::cache::Cache;
    use secrecy::SecretString;

    use super::super::store::PATIENCE;
    use super::*;
    use crate::table::LimitScope;

    /// With a clock of its own, where nobody answers: whoever waits for the lock has the rest of its time for the store.
    #[tokio::test(start_paused = true)]
    async fn waiting_for_another_and_asking_have_one_patience() {
        let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = SecretString::from(format!("redis://{}", silent.local_addr().unwrap()));
        let cache = Cache::redis(&url, "p:").unwrap();
        let store = Store::new(cache.server().unwrap(), PATIENCE);
        let limit = Limit { calls: 5, per: Duration::from_secs(3600), scope: LimitScope::Caller };
        let (cell, began) = (Cell::default(), Instant::now());
        let other = async {
            let _asking = cell.asking.lock().await;
            tokio::time::sleep(PATIENCE / 2).await;
        };
        let ((), outcome) = tokio::join!(biased; other, cell.take_shared(&store, &limit, || "k".to_owned()));
        assert!(outcome.is_none());
        assert!(began.elapsed() <= PATIENCE + Duration::from_millis(2), "{:?}", began.elapsed());
    }

    const GRANT: Grant = Grant { taken: 3, free: 7, full_in: Duration::from_secs(30), next_in: Duration::ZERO };

    fn taken(state: &mut State) -> Option<(bool, u32)> {
        state.lease.as_mut().unwrap().take(Instant::now()).map(|it| (it.is_let_in, it.left))
    }

    #[test]
    fn fast_limits_lease_and_slow_ones_count_each_call() {
        let cases = [
            (5, 60, 1),
            (49, 1, 1),
            (200, 1, 4),
            (5_999, 60, 1),
            (6_000, 60, 2),
            (1_000_000, 1, 100),
            (90_000, 3600, 1),
        ];
        for (calls, seconds, expected) in cases {
            let limit = Limit { calls, per: Duration::from_secs(seconds), scope: LimitScope::Caller };
            assert_eq!(lease_of(&limit), expected, "{calls} in {seconds} s");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_lease_lets_in_what_it_has_and_then_the_store_is_asked() {
        let mut state = State::default();
        let first = state.accept(GRANT, Instant::now());
        assert_eq!((first.is_let_in, first.left, first.full_in), (true, 9, GRANT.full_in));
        assert_eq!((taken(&mut state), taken(&mut state)), (Some((true, 8)), Some((true, 7))));
        assert_eq!(taken(&mut state), None);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_left_of_a_lease_ends_with_it() {
        let mut state = State::default();
        state.accept(GRANT, Instant::now());
        tokio::time::advance(LEASE).await;
        assert_eq!(taken(&mut state), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_holds_until_the_next_call_is_free_and_never_for_long() {
        let refusal = |next_in| Grant { taken: 0, free: 0, full_in: Duration::from_secs(60), next_in };
        for (next_in, holds) in [(Duration::from_millis(300), Duration::from_millis(300)), (LEASE * 9, LEASE)] {
            let mut state = State::default();
            assert!(!state.accept(refusal(next_in), Instant::now()).is_let_in);
            tokio::time::advance(holds - Duration::from_millis(1)).await;
            assert_eq!(taken(&mut state), Some((false, 0)));
            tokio::time::advance(Duration::from_millis(1)).await;
            assert_eq!(taken(&mut state), None);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_waited_for_more_than_there_was_is_refused_without_another_question() {
        let mut state = State::default();
        let next_in = Duration::from_millis(500);
        let first = state.accept(Grant { taken: 2, free: 0, full_in: Duration::from_secs(1), next_in }, Instant::now());
        assert_eq!((first.is_let_in, first.next_in), (true, Duration::ZERO));
        assert_eq!((taken(&mut state), taken(&mut state)), (Some((true, 0)), Some((false, 0))));
    }
}
