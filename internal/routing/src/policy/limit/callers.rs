//! The callers of one row that were heard of lately, in bounded memory: two generations, of which the older one is
//! dropped as a whole. So no call ever waits for a sweep, however many addresses somebody calls from.

use std::collections::HashMap;
use std::mem;
use std::sync::Arc;

use tokio::time::{Duration, Instant};

use super::Who;

/// Callers in one generation, hence at most twice as many in all.
const MOST: usize = 16_384;

/// Whoever was not heard of for two generations is forgotten and begins anew. Where a generation lasts for as long as
/// the limit's period, that changes nothing, as such a caller is free again. Where so many call that it fills up before,
/// those who were silent for longest are forgiven what they have used.
pub(super) struct Callers<T> {
    young: HashMap<Who, Arc<T>>,
    old: HashMap<Who, Arc<T>>,
    began: Instant,
    lasts: Duration,
}

impl<T: Default> Callers<T> {
    /// `lasts` is how long what is known of a silent caller matters.
    pub(super) fn new(lasts: Duration) -> Self {
        Self { young: HashMap::new(), old: HashMap::new(), began: Instant::now(), lasts }
    }

    /// What is known of this caller.
    pub(super) fn of(&mut self, who: Who) -> Arc<T> {
        if self.young.len() >= MOST || self.began.elapsed() >= self.lasts {
            self.old = mem::take(&mut self.young);
            self.began = Instant::now();
        }
        if let Some(known) = self.young.get(&who) {
            return Arc::clone(known);
        }
        let known = self.old.remove(&who).unwrap_or_default();
        self.young.insert(who, Arc::clone(&known));
        known
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    const LASTS: Duration = Duration::from_secs(60);

    /// How often this caller was seen, as far as is remembered.
    fn seen(callers: &mut Callers<AtomicU32>, who: u128) -> u32 {
        callers.of(Who(who)).fetch_add(1, Ordering::Relaxed) + 1
    }

    #[tokio::test(start_paused = true)]
    async fn callers_are_known_for_as_long_as_it_matters_and_not_much_longer() {
        let mut callers = Callers::new(LASTS);
        assert_eq!(seen(&mut callers, 1), 1);
        tokio::time::advance(LASTS).await;
        assert_eq!(seen(&mut callers, 1), 2);
        tokio::time::advance(LASTS).await;
        assert_eq!((seen(&mut callers, 2), seen(&mut callers, 1)), (1, 3));
        tokio::time::advance(LASTS).await;
        seen(&mut callers, 2);
        tokio::time::advance(LASTS).await;
        seen(&mut callers, 2);
        assert_eq!(seen(&mut callers, 1), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn memory_is_bounded_and_whoever_keeps_calling_stays_known() {
        let mut callers = Callers::new(LASTS);
        for stranger in 1..=10 * MOST as u128 {
            callers.of(Who(stranger));
            if stranger.is_multiple_of(MOST as u128 / 2) {
                seen(&mut callers, 0);
            }
            assert!(callers.young.len() + callers.old.len() <= 2 * MOST);
        }
        assert_eq!(seen(&mut callers, 0), 21);
    }
}
