//! How much waits to be made, as it was last counted and with what came and went since: bounded in calls and in bytes,
//! and for each row, so that no service which is away fills the rows of all the others.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mesh::Error;

/// So many calls may wait; beyond them none is taken for later. One row has at most half of it.
pub(super) const MOST_CALLS: i64 = 100_000;
/// What they are asked with, together.
const MOST_BYTES: i64 = 1 << 30;

#[derive(Default)]
pub(super) struct Waiting {
    rows: Mutex<Counts>,
}

/// By the names of rows.
#[derive(Default)]
struct Counts {
    counted: HashMap<String, Load>,
    since: HashMap<String, Load>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Load {
    calls: i64,
    bytes: i64,
}

impl Waiting {
    /// An error where too much waits already, of this row or of all.
    pub(super) fn has_room(&self, route: &str, bytes: usize) -> Result<(), Error> {
        let new = Load { calls: 1, bytes: signed(bytes) };
        let counts = self.lock();
        let (all, own) = (counts.all(), counts.of(route));
        let full = if own.with(new).exceeds(2) {
            format!("too many calls of the row '{route}' wait to be made")
        } else if all.with(new).exceeds(1) {
            "too many calls wait to be made".to_owned()
        } else {
            return Ok(());
        };
        Err(Error::unavailable(full).with_retry_after(Duration::from_secs(60)))
    }

    pub(super) fn add(&self, route: &str, bytes: usize) {
        self.change(route, Load { calls: 1, bytes: signed(bytes) });
    }

    pub(super) fn remove(&self, route: &str, bytes: usize) {
        self.change(route, Load { calls: -1, bytes: -signed(bytes) });
    }

    /// Counting begins: what comes from now on may be counted twice, but nothing is left out.
    pub(super) fn recount(&self) {
        let mut counts = self.lock();
        for (route, load) in std::mem::take(&mut counts.since) {
            let counted = counts.counted.entry(route).or_default();
            *counted = counted.with(load);
        }
    }

    /// What was counted: calls and bytes of each row.
    pub(super) fn counted(&self, rows: Vec<(String, i64, i64)>) {
        let rows = rows.into_iter().map(|(route, calls, bytes)| (route, Load { calls, bytes }));
        self.lock().counted = rows.collect();
    }

    fn change(&self, route: &str, by: Load) {
        let mut counts = self.lock();
        let since = counts.since.entry(route.to_owned()).or_default();
        *since = since.with(by);
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counts {
    fn of(&self, route: &str) -> Load {
        let in_both = [&self.counted, &self.since].map(|loads| loads.get(route).copied().unwrap_or_default());
        in_both[0].with(in_both[1])
    }

    fn all(&self) -> Load {
        let loads = self.counted.values().chain(self.since.values());
        loads.fold(Load::default(), |all, load| all.with(*load))
    }
}

impl Load {
    fn with(self, other: Self) -> Self {
        Self { calls: self.calls + other.calls, bytes: self.bytes + other.bytes }
    }

    /// Whether it is more than this part of what may wait.
    fn exceeds(self, part: i64) -> bool {
        self.calls > MOST_CALLS / part || self.bytes > MOST_BYTES / part
    }
}

fn signed(bytes: usize) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_row_has_half_of_the_room_and_all_have_the_whole() {
        let waiting = Waiting::default();
        let of = |route: &str, calls, bytes| (route.to_owned(), calls, bytes);
        waiting.counted(vec![of("a", MOST_CALLS / 2, 0), of("b", 7, MOST_BYTES / 2), of("c", 1, 0)]);
        assert!(waiting.has_room("a", 1).is_err_and(|full| full.detail.contains("'a'")));
        assert!(waiting.has_room("b", 1).is_err_and(|full| full.detail.contains("'b'")));
        assert!(waiting.has_room("c", 1).is_ok() && waiting.has_room("d", 1).is_ok());
        for _ in 0..MOST_CALLS / 2 - 8 {
            waiting.add("c", 0);
        }
        assert!(waiting.has_room("d", 1).is_err_and(|full| full.detail == "too many calls wait to be made"));
        waiting.remove("a", 0);
        assert!(waiting.has_room("a", 0).is_ok(), "what has ended leaves its room");
    }

    #[test]
    fn what_comes_while_it_is_counted_is_not_left_out() {
        let waiting = Waiting::default();
        waiting.recount();
        (0..MOST_CALLS / 2).for_each(|_| waiting.add("a", 1));
        waiting.counted(Vec::new());
        assert!(waiting.has_room("a", 0).is_err());
        waiting.recount();
        assert!(waiting.has_room("a", 0).is_err(), "it stays until the count is there");
        waiting.counted(Vec::new());
        assert!(waiting.has_room("a", 0).is_ok());
    }
}
