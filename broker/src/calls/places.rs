//! The places of the workers: so many in all, and at most half of them for one row, so that a service which hangs does
//! not keep the calls of all the others waiting.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub(super) struct Places {
    most: usize,
    /// How many of them each row has, by its name.
    taken: Arc<Mutex<HashMap<String, usize>>>,
}

/// Free again once it is dropped.
pub(super) struct Place {
    route: String,
    taken: Arc<Mutex<HashMap<String, usize>>>,
}

impl Places {
    pub(super) fn new(most: usize) -> Self {
        Self { most, taken: Arc::default() }
    }

    pub(super) fn are_all_taken(&self) -> bool {
        lock(&self.taken).values().sum::<usize>() >= self.most
    }

    /// How many calls may be taken at once without giving one row too many, and the rows that have enough.
    pub(super) fn open(&self) -> (usize, Vec<String>) {
        let (taken, of_one) = (lock(&self.taken), self.most.div_ceil(2));
        let (full, others): (Vec<_>, Vec<_>) = taken.iter().partition(|(_, count)| **count >= of_one);
        let free = self.most.saturating_sub(taken.values().sum());
        let most = others.iter().map(|(_, count)| **count).max().unwrap_or_default();
        (free.min(of_one - most), full.into_iter().map(|(route, _)| route.clone()).collect())
    }

    pub(super) fn take(&self, route: &str) -> Place {
        *lock(&self.taken).entry(route.to_owned()).or_default() += 1;
        Place { route: route.to_owned(), taken: Arc::clone(&self.taken) }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = lock(&self.taken);
        if let Some(count) = taken.get_mut(&self.route) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.route);
            }
        }
    }
}

fn lock(taken: &Mutex<HashMap<String, usize>>) -> MutexGuard<'_, HashMap<String, usize>> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_row_has_at_most_half() {
        let places = Places::new(5);
        assert_eq!(places.open(), (3, Vec::new()));
        let mut of_a: Vec<_> = (0..3).map(|_| places.take("a")).collect();
        assert_eq!(places.open(), (2, vec!["a".to_owned()]));
        let _of_b = places.take("b");
        assert_eq!(places.open(), (1, vec!["a".to_owned()]));
        of_a.pop();
        assert_eq!(places.open(), (1, Vec::new()), "one more of a, or of any other");
        let _of_c = [places.take("c"), places.take("c")];
        assert!(places.are_all_taken());
        assert_eq!(places.open().0, 0);
    }

    #[test]
    fn a_single_place_is_for_any_row() {
        let places = Places::new(1);
        assert_eq!(places.open(), (1, Vec::new()));
        let place = places.take("a");
        assert_eq!(places.open(), (0, vec!["a".to_owned()]));
        drop(place);
        assert!(!places.are_all_taken());
    }
}
