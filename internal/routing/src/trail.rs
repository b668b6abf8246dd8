//! What one call met on its way: which instances were tried, for how long, and what came of it. Written by the layers
//! and the lines, read by the retry, by whoever explains a missed deadline, and by the answer.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mesh::Code;
use tokio::time::Instant;

/// Clones write into the same one. What a line is given belongs to one attempt, so that two attempts which run side by
/// side do not write over each other.
#[derive(Debug, Clone, Default)]
pub struct Trail {
    attempts: Arc<Mutex<Vec<Attempt>>>,
    /// Counted from 1; 0 is the call as a whole.
    number: usize,
    is_once: bool,
}

/// One try of a call.
#[derive(Debug, Clone)]
pub struct Attempt {
    pub began: Instant,
    /// Missing while it runs.
    pub took: Option<Duration>,
    /// The instance that it was sent to, where the line chooses among some.
    pub instance: Option<SocketAddr>,
    /// Whether there was another instance to go to.
    pub has_others: bool,
    /// What it failed with.
    pub failure: Option<Code>,
    /// How far it came.
    way: Way,
}

/// How far an attempt came, which says whether it may have had an effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Nobody took it.
    Refused,
    Sent,
    /// The connection broke under it.
    Broken,
}

impl Trail {
    /// A new attempt begins now; what it meets is written to the trail that comes back.
    #[must_use]
    pub fn begin(&self) -> Self {
        let began = Instant::now();
        let mut attempts = self.lock();
        attempts.push(Attempt { began, took: None, instance: None, has_others: false, failure: None, way: Way::Sent });
        Self { number: attempts.len(), attempts: Arc::clone(&self.attempts), is_once: self.is_once }
    }

    /// Of a call that may not be made again: there is no second attempt to make up for a bad choice.
    #[must_use]
    pub fn once(self) -> Self {
        Self { is_once: true, ..self }
    }

    pub fn is_once(&self) -> bool {
        self.is_once
    }

    /// When the first attempt began.
    pub fn began(&self) -> Option<Instant> {
        self.lock().first().map(|attempt| attempt.began)
    }

    /// This attempt goes to this instance.
    pub fn chose(&self, instance: SocketAddr, has_others: bool) {
        self.note(|attempt| (attempt.instance, attempt.has_others) = (Some(instance), has_others));
    }

    /// No instance took this attempt: nothing of it has gone.
    pub fn refused(&self) {
        self.note(|attempt| attempt.way = Way::Refused);
    }

    /// The connection broke under this attempt, and nobody knows what became of it.
    pub fn broke(&self) {
        self.note(|attempt| attempt.way = Way::Broken);
    }

    /// Whether any attempt may have had an effect.
    pub fn has_reached(&self) -> bool {
        self.lock().iter().any(|attempt| attempt.way != Way::Refused)
    }

    /// Whether the connection broke under any attempt.
    pub fn has_broken(&self) -> bool {
        self.lock().iter().any(|attempt| attempt.way == Way::Broken)
    }

    /// This attempt has ended.
    pub fn end(&self, failure: Option<Code>) {
        self.note(|attempt| (attempt.took, attempt.failure) = (Some(attempt.began.elapsed()), failure));
    }

    /// Which attempt this is, counted from 1; 0 before the first.
    pub fn number(&self) -> usize {
        self.number
    }

    /// This attempt as it stands; none before the first.
    pub fn attempt(&self) -> Option<Attempt> {
        self.lock().get(self.number.checked_sub(1)?).cloned()
    }

    /// Every attempt so far, in the order in which they began.
    pub fn attempts(&self) -> Vec<Attempt> {
        self.lock().clone()
    }

    /// The instances of all attempts so far: the next one goes elsewhere where it can.
    pub fn tried(&self) -> Vec<SocketAddr> {
        self.lock().iter().filter_map(|attempt| attempt.instance).collect()
    }

    /// How many attempts there were, those that run included.
    pub fn count(&self) -> usize {
        self.lock().len()
    }

    fn note(&self, write: impl FnOnce(&mut Attempt)) {
        let position = self.number.checked_sub(1);
        if let Some(attempt) = self.lock().get_mut(position.unwrap_or(usize::MAX)) {
            write(attempt);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Attempt>> {
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_attempts_at_once_do_not_write_over_each_other() {
        let (call, addresses) = (Trail::default(), ["127.0.0.1:1", "127.0.0.2:1"].map(|it| it.parse().unwrap()));
        let (first, second) = (call.begin(), call.begin());
        first.chose(addresses[0], true);
        second.chose(addresses[1], false);
        second.end(None);
        first.end(Some(Code::Unavailable));
        assert_eq!((first.number(), second.number(), call.count()), (1, 2, 2));
        assert_eq!(call.tried(), addresses);
        let [one, two] = &call.attempts()[..] else { panic!("not two") };
        assert_eq!((one.has_others, one.failure), (true, Some(Code::Unavailable)));
        assert_eq!((two.has_others, two.failure), (false, None));
    }

    #[test]
    fn what_nobody_took_has_reached_nobody() {
        let call = Trail::default();
        assert!(!call.has_reached());
        call.begin().refused();
        assert!(!call.has_reached());
        let second = call.begin();
        assert!(call.has_reached() && !call.has_broken(), "as long as it is on its way it may have arrived");
        second.broke();
        call.begin().refused();
        assert!(call.has_reached() && call.has_broken(), "what was once sent stays sent");
    }

    #[test]
    fn a_line_that_is_called_outside_of_an_attempt_writes_nothing() {
        let call = Trail::default();
        call.chose("127.0.0.1:1".parse().unwrap(), true);
        assert!(call.attempts().is_empty() && call.attempt().is_none());
    }
}
