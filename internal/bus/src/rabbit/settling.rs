//! Which published messages were kept and which came back. RabbitMQ returns what no queue takes just before it confirms
//! it, and confirms many messages at once; lapin gives a returned message to whichever confirmation it completes next,
//! in no particular order. Taken as it comes, that would report one message's failure as another's and confirm a message
//! that nobody has. So what came back is matched here by what it is.
//!
//! What holds: a message comes back before its own confirmation, and lapin hands on what came back first in, first out,
//! one with each confirmation. So a confirmation that comes alone proves that all earlier returns were handed on; one
//! that comes with another's message leaves open whether its own is still on the way.

use std::collections::HashMap;
use std::hash::Hash;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict<T> {
    Kept(T),
    Returned(T),
}

/// `K` says what a message is, `T` is whatever the verdict is wanted for.
///
/// Confirmations are seen almost but not quite in the order in which lapin completed them. So they are judged by the
/// group: `seal` closes one, and `judge` may be called once everything that was completed before the seal has been
/// seen. The caller knows when that is.
#[derive(Debug)]
pub(super) struct Settling<K, T> {
    group: u64,
    fresh: Vec<Confirmed<K, T>>,
    sealed: Vec<Confirmed<K, T>>,
    doubtful: Vec<(u64, K, T)>,
    returned: HashMap<K, usize>,
}

#[derive(Debug)]
struct Confirmed<K, T> {
    key: K,
    alone: bool,
    token: T,
}

impl<K: Eq + Hash, T> Settling<K, T> {
    pub(super) fn new() -> Self {
        Self { group: 0, fresh: Vec::new(), sealed: Vec::new(), doubtful: Vec::new(), returned: HashMap::new() }
    }

    /// Takes in the confirmation of `key`, and what came back with it, whosever that is.
    pub(super) fn confirmed(&mut self, key: K, came_back: Option<K>, token: T) {
        let alone = came_back.is_none();
        if let Some(returned) = came_back {
            *self.returned.entry(returned).or_default() += 1;
        }
        self.fresh.push(Confirmed { key, alone, token });
    }

    /// Takes in what came back with the refusal of another message.
    pub(super) fn came_back(&mut self, key: K) {
        *self.returned.entry(key).or_default() += 1;
    }

    /// Closes the group of what was taken in so far; false when there is nothing in it, or one is still to be judged.
    pub(super) fn seal(&mut self) -> bool {
        if self.fresh.is_empty() || !self.sealed.is_empty() {
            return false;
        }
        self.group += 1;
        std::mem::swap(&mut self.fresh, &mut self.sealed);
        true
    }

    /// The verdicts on the sealed group and on what earlier ones left open. `all` says that nothing is unconfirmed and
    /// nothing unseen, so that nothing can be on the way.
    pub(super) fn judge(&mut self, all: bool) -> Vec<Verdict<T>> {
        let proof = self.sealed.iter().any(|confirmed| confirmed.alone);
        let mut verdicts = Vec::with_capacity(self.sealed.len());
        for (group, key, token) in std::mem::take(&mut self.doubtful) {
            // The group right after may hold what was completed before: only the one after that proves anything.
            let proven = all || (proof && group + 2 <= self.group);
            self.verdict(group, key, token, proven, &mut verdicts);
        }
        for Confirmed { key, alone, token } in std::mem::take(&mut self.sealed) {
            self.verdict(self.group, key, token, all || alone, &mut verdicts);
        }
        verdicts
    }

    fn verdict(&mut self, group: u64, key: K, token: T, proven: bool, verdicts: &mut Vec<Verdict<T>>) {
        match self.returned.get_mut(&key) {
            Some(1) => {
                self.returned.remove(&key);
                verdicts.push(Verdict::Returned(token));
            }
            Some(count) => {
                *count -= 1;
                verdicts.push(Verdict::Returned(token));
            }
            None if proven => verdicts.push(Verdict::Kept(token)),
            None => self.doubtful.push((group, key, token)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Verdict::{Kept, Returned};
    use super::*;

    fn judged(settling: &mut Settling<u32, u32>, all: bool) -> Vec<Verdict<u32>> {
        assert!(settling.seal());
        settling.judge(all)
    }

    #[test]
    fn a_confirmation_that_comes_alone_is_kept_and_one_with_its_own_message_is_not() {
        let mut settling = Settling::new();
        settling.confirmed(1, None, 1);
        settling.confirmed(2, Some(2), 2);
        assert_eq!(judged(&mut settling, false), [Kept(1), Returned(2)]);
    }

    #[test]
    fn a_message_that_came_back_with_anothers_confirmation_is_not_kept() {
        let mut settling = Settling::new();
        settling.confirmed(1, Some(2), 1);
        settling.confirmed(2, None, 2);
        assert_eq!(judged(&mut settling, true), [Kept(1), Returned(2)]);
    }

    #[test]
    fn a_confirmation_with_anothers_message_is_open_until_its_own_comes() {
        let mut settling = Settling::new();
        settling.confirmed(1, Some(2), 1);
        assert_eq!(judged(&mut settling, false), []);
        settling.confirmed(2, Some(1), 2);
        assert_eq!(judged(&mut settling, false), [Returned(1), Returned(2)]);
    }

    #[test]
    fn only_what_was_surely_completed_later_proves_that_nothing_is_on_the_way() {
        let mut settling = Settling::new();
        settling.confirmed(1, Some(9), 1);
        assert_eq!(judged(&mut settling, false), []);
        settling.confirmed(2, None, 2);
        assert_eq!(judged(&mut settling, false), [Kept(2)], "seen later, but perhaps completed before");
        settling.confirmed(3, None, 3);
        assert_eq!(judged(&mut settling, false), [Kept(1), Kept(3)]);
    }

    #[test]
    fn what_is_taken_in_after_the_seal_waits_for_the_next_group() {
        let mut settling = Settling::new();
        settling.confirmed(1, None, 1);
        assert!(settling.seal());
        settling.confirmed(2, None, 2);
        assert!(!settling.seal(), "one group at a time");
        assert_eq!(settling.judge(false), [Kept(1)]);
        assert_eq!(judged(&mut settling, true), [Kept(2)]);
    }
}
