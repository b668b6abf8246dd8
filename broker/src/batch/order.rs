//! In which order the calls of a batch are begun: each once every call that it takes a value from was answered, those
//! that need nothing at once.

use std::collections::{BTreeSet, VecDeque};

/// What can be begun now, and what waits for whom. Calls are their positions in the batch.
#[derive(Debug)]
pub(super) struct Order {
    /// How many answers each call still waits for.
    waits: Vec<usize>,
    /// The calls that take a value from each.
    followers: Vec<Vec<usize>>,
    ready: VecDeque<usize>,
}

impl Order {
    /// `needs` holds for each call those that it takes values from. The error is a circle of calls that wait for each
    /// other.
    pub(super) fn of(needs: &[BTreeSet<usize>]) -> Result<Self, Vec<usize>> {
        let mut followers = vec![Vec::new(); needs.len()];
        for (call, needed) in needs.iter().enumerate() {
            for source in needed {
                followers[*source].push(call);
            }
        }
        let waits: Vec<usize> = needs.iter().map(BTreeSet::len).collect();
        let ready = waits.iter().enumerate().filter(|(_, waits)| **waits == 0).map(|(call, _)| call).collect();
        let order = Self { waits, followers, ready };
        match order.unreachable().first() {
            Some(start) => Err(circle(needs, &order.unreachable(), *start)),
            None => Ok(order),
        }
    }

    /// The next call that can be begun.
    pub(super) fn next(&mut self) -> Option<usize> {
        self.ready.pop_front()
    }

    /// The call was answered, with whatever.
    pub(super) fn answered(&mut self, call: usize) {
        for follower in std::mem::take(&mut self.followers[call]) {
            self.waits[follower] -= 1;
            if self.waits[follower] == 0 {
                self.ready.push_back(follower);
            }
        }
    }

    /// The calls that would never be begun.
    fn unreachable(&self) -> BTreeSet<usize> {
        let mut trial =
            Self { waits: self.waits.clone(), followers: self.followers.clone(), ready: self.ready.clone() };
        let mut left: BTreeSet<usize> = (0..self.waits.len()).collect();
        while let Some(call) = trial.next() {
            left.remove(&call);
            trial.answered(call);
        }
        left
    }
}

/// Each of `stuck` waits for another of them: followed far enough, one comes up again.
fn circle(needs: &[BTreeSet<usize>], stuck: &BTreeSet<usize>, start: usize) -> Vec<usize> {
    let mut way = vec![start];
    let mut at = start;
    while let Some(next) = needs[at].iter().find(|source| stuck.contains(source)) {
        if let Some(first) = way.iter().position(|call| call == next) {
            return way.split_off(first);
        }
        way.push(*next);
        at = *next;
    }
    way
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn needs(lists: &[&[usize]]) -> Vec<BTreeSet<usize>> {
        lists.iter().map(|list| list.iter().copied().collect()).collect()
    }

    #[test]
    fn a_circle_is_told_without_those_that_lead_into_it() {
        assert_eq!(Order::of(&needs(&[&[1], &[2], &[1]])).unwrap_err(), [1, 2]);
        assert_eq!(Order::of(&needs(&[&[0]])).unwrap_err(), [0]);
        assert!(Order::of(&needs(&[&[1], &[], &[0, 1]])).is_ok());
    }

    proptest! {
        /// Whatever is answered first, nothing is begun before its sources and everything is begun once.
        #[test]
        fn calls_are_begun_after_their_sources(
            lists in proptest::collection::vec(proptest::collection::btree_set(0..12_usize, 0..4), 1..12),
            picks in proptest::collection::vec(any::<prop::sample::Index>(), 12),
        ) {
            let count = lists.len();
            let needs: Vec<BTreeSet<usize>> =
                lists.iter().map(|list| list.iter().copied().filter(|it| *it < count).collect()).collect();
            match Order::of(&needs) {
                Ok(mut order) => {
                    let (mut answered, mut running, mut picks) = (BTreeSet::new(), Vec::new(), picks.into_iter());
                    loop {
                        while let Some(call) = order.next() {
                            prop_assert!(needs[call].is_subset(&answered), "{call} was begun too early");
                            running.push(call);
                        }
                        let Some(pick) = picks.next().filter(|_| !running.is_empty()) else { break };
                        let call = running.swap_remove(pick.index(running.len()));
                        prop_assert!(answered.insert(call), "{call} was begun twice");
                        order.answered(call);
                    }
                    prop_assert_eq!(answered.len(), count);
                }
                Err(circle) => {
                    for (at, call) in circle.iter().enumerate() {
                        let next = circle[(at + 1) % circle.len()];
                        prop_assert!(needs[*call].contains(&next), "{call} does not wait for {next}");
                    }
                }
            }
        }
    }
}
