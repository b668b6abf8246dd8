//! What a place for entries can do, whichever engine it is: make a commit durable, page through entries, and tell what
//! other processes committed. A trait, unlike elsewhere in the house, so that the writer can be tested on a double.

use mesh::Error;

use crate::entry::{Entry, Hash, NewEntry};
use crate::query::{Page, Query};

pub(crate) trait Store: Send + Sync + 'static {
    /// Whether other processes may write to it too.
    const SHARED: bool;

    /// Makes `entries` durable in one commit and lists, by rising index, those that it did not store. An error means
    /// that nothing is known to be stored.
    fn insert(&self, entries: &[&NewEntry]) -> impl Future<Output = Result<Vec<(usize, Left)>, Error>> + Send;

    fn query(&self, query: &Query) -> impl Future<Output = Result<Page, Error>> + Send;

    /// Ids and times of storing of what was stored from `since` on, newest first, at most `most`.
    fn stored_since(
        &self,
        kind: Kind,
        since: i64,
        most: u32,
    ) -> impl Future<Output = Result<Vec<Arrival>, Error>> + Send;

    /// The durable entries with these ids, in any order.
    fn find(&self, ids: &[&str]) -> impl Future<Output = Result<Vec<Found>, Error>> + Send;

    /// Deletes at most `most` entries of one kind that were stored before this time; says how many.
    fn forget(&self, audit: bool, before: i64, most: u32) -> impl Future<Output = Result<u64, Error>> + Send;

    fn close(&self) -> impl Future<Output = ()> + Send;
}

/// Which entries are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    All,
    /// Those of the audit, or the others.
    Audit(bool),
}

/// Why an entry was left out of a commit that succeeded.
#[derive(Debug)]
pub(crate) enum Left {
    /// Its id is taken: by itself, sent before, or by another entry.
    Taken(Found),
    /// The store will not have this one, whatever is tried.
    Refused(String),
    /// It was in the way of another process that is still committing; the same entry may be sent again.
    Undecided,
}

#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) entry: Entry,
    /// None where somebody edited it by hand.
    pub(crate) hash: Option<Hash>,
}

#[derive(Debug)]
pub(crate) struct Arrival {
    pub(crate) id: String,
    pub(crate) stored_at: i64,
}
