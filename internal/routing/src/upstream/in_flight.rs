//! One call at one instance, counted for as long as it lives, which for a stream is until its end. What came of it is
//! told by the line; where nobody tells, the call was given up, and how long it had waited says whose doing that was.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::endpoint::Endpoint;
use crate::trail::Trail;

/// A deadline that is over says something of an instance once it was given this long, or half of the row's timeout.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long a call waits for an instance.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wait {
    pub(crate) deadline: Instant,
    /// Given less than this, an instance is not to blame: callers may ask for deadlines that nobody could keep.
    pub(crate) patience: Duration,
}

impl Wait {
    /// How long an instance is given at least before it is to blame, in a row with this timeout.
    pub(crate) fn patience(timeout: Duration) -> Duration {
        PATIENCE.min(timeout / 2)
    }
}

pub(crate) struct InFlight {
    endpoint: Arc<Endpoint>,
    began: Instant,
    /// None for calls of our own, whose deadlines say nothing of callers' calls.
    wait: Option<Wait>,
    /// This attempt's.
    trail: Option<Trail>,
    is_probe: bool,
    is_told: bool,
}

impl InFlight {
    pub(super) fn begin(endpoint: &Arc<Endpoint>, is_probe: bool) -> Self {
        endpoint.began();
        let (endpoint, began) = (Arc::clone(endpoint), Instant::now());
        Self { endpoint, began, wait: None, trail: None, is_probe, is_told: false }
    }

    pub(super) fn waited_for(mut self, wait: Option<Wait>, trail: Option<&Trail>) -> Self {
        (self.wait, self.trail) = (wait, trail.cloned());
        self
    }

    /// It answered, be it with an error of its own.
    pub(crate) fn answered(&mut self) {
        self.is_told = true;
        self.endpoint.succeeded(self.began, Instant::now());
    }

    /// It could not be reached, broke off, or says that it cannot serve. Counts also for one whose answer had begun.
    pub(crate) fn failed(&mut self, why: &str) {
        let is_probe = self.is_probe && !self.is_told;
        self.is_told = true;
        self.endpoint.failed(is_probe, Instant::now(), why);
    }

    /// It says itself that the time was not enough.
    pub(crate) fn ran_out_of_time(&mut self, why: &str) {
        match self.was_given() {
            Some(_) => self.failed(why),
            None => self.excused(),
        }
    }

    /// The call ended by no doing of the instance.
    pub(crate) fn excused(&mut self) {
        self.is_told = true;
        self.endpoint.excused(self.is_probe, Instant::now());
    }

    pub(super) fn waited(&self) -> Duration {
        self.began.elapsed()
    }

    /// Whether the call was given up because there was no answer rather than because its caller went away: most of its
    /// time is gone, or it was overtaken by another attempt, which was made because this one took so long.
    fn has_hung(&self) -> bool {
        let (waited, patience) = (self.began.elapsed(), self.wait.map(|wait| wait.patience).unwrap_or_default());
        let is_overtaken = self.trail.as_ref().is_some_and(|trail| trail.count() > trail.number());
        let is_over = |given: Duration| waited >= given.mul_f64(0.9) || (is_overtaken && waited >= patience);
        self.was_given().is_some_and(is_over)
    }

    /// The time it had, where that was enough for an answer.
    fn was_given(&self) -> Option<Duration> {
        let wait = self.wait?;
        Some(wait.deadline.saturating_duration_since(self.began)).filter(|given| *given >= wait.patience)
    }
}

impl Deref for InFlight {
    type Target = Endpoint;

    fn deref(&self) -> &Endpoint {
        &self.endpoint
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        if !self.is_told {
            self.endpoint.waited_for(self.began.elapsed(), Instant::now());
            match self.has_hung() {
                true => self.failed("no answer within the deadline"),
                false => self.excused(),
            }
        }
        self.endpoint.ended();
    }
}
