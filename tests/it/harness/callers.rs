//! Callers beside a test: each makes one call after the other, until the test ends them.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::task::JoinHandle;

/// For a machine that is busy with others; each call has an end of its own.
const ANSWERED: Duration = Duration::from_secs(120);
const LOOK: Duration = Duration::from_millis(25);

/// With what they saw, as the test keeps it.
pub(crate) struct Callers<Seen> {
    seen: Arc<Mutex<Seen>>,
    answered: Arc<AtomicUsize>,
    is_over: Arc<AtomicBool>,
    tasks: Vec<JoinHandle<()>>,
}

impl<Seen: Default + Send + 'static> Callers<Seen> {
    /// `call` makes a single one and notes what came of it; its number goes up by one from call to call of a caller, and
    /// each of the `count` callers begins at one of its own.
    pub(crate) fn start<F>(count: usize, call: impl Fn(usize, Arc<Mutex<Seen>>) -> F + Clone + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send,
    {
        let (seen, answered, is_over) =
            (Arc::<Mutex<Seen>>::default(), Arc::<AtomicUsize>::default(), Arc::<AtomicBool>::default());
        let caller = |first: usize| {
            let (seen, answered, is_over) = (Arc::clone(&seen), Arc::clone(&answered), Arc::clone(&is_over));
            let call = call.clone();
            tokio::spawn(async move {
                for number in first.. {
                    if is_over.load(Ordering::Relaxed) {
                        return;
                    }
                    call(number, Arc::clone(&seen)).await;
                    answered.fetch_add(1, Ordering::Relaxed);
                }
            })
        };
        let tasks = (0..count).map(caller).collect();
        Self { seen, answered, is_over, tasks }
    }

    /// Waits until so many more calls are over.
    pub(crate) async fn calls(&self, more: usize) {
        let until = self.answered() + more;
        let answered = async {
            while self.answered() < until {
                assert!(!self.tasks.iter().any(JoinHandle::is_finished), "a caller has panicked");
                tokio::time::sleep(LOOK).await;
            }
        };
        let waited = tokio::time::timeout(ANSWERED, answered).await;
        assert!(waited.is_ok(), "waited in vain until {more} calls are answered");
    }

    /// Calls that are over.
    pub(crate) fn answered(&self) -> usize {
        self.answered.load(Ordering::Relaxed)
    }

    pub(crate) fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap()
    }

    /// Lets each end the call that it has in hand; how many there were, and what they saw.
    pub(crate) async fn end(self) -> (usize, Seen) {
        self.is_over.store(true, Ordering::Relaxed);
        for task in self.tasks {
            task.await.unwrap();
        }
        let seen = std::mem::take(&mut *self.seen.lock().unwrap());
        (self.answered.load(Ordering::Relaxed), seen)
    }
}
