//! One call at one instance, counted for as long as it lives, which for a stream is until its end. What came of it is
//! told by the line; where nobody tells, the call was given up, and how long it had waited says whose doing that was.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::endpoint::Endpoint;
use super::upload::Upload;
use crate::trail::Trail;

/// A deadline that is over says something of an instance once it was given this long, or half of the row's timeout.
const PATIENCE: Duration = Duration::from_secs(1);

/// A call that has this much of its row's timeout has all of it: the rest went on the way here.
const NEARLY: f64 = 0.9;

/// How long a call waits for an instance.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wait {
    pub(crate) deadline: Instant,
    /// The row's own. A call with less asked for a deadline that nobody may be able to keep, and blames no instance.
    pub(crate) timeout: Duration,
}

impl Wait {
    fn patience(&self) -> Duration {
        PATIENCE.min(self.timeout / 2)
    }
}

/// What was told of an instance by one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Nothing,
    /// Its answer has begun, and may still break off.
    Opened,
    All,
}

pub(crate) struct InFlight {
    endpoint: Arc<Endpoint>,
    began: Instant,
    /// None for calls of our own, whose deadlines say nothing of callers' calls.
    wait: Option<Wait>,
    /// This attempt's.
    trail: Option<Trail>,
    /// The caller's body, where it streams through.
    upload: Option<Upload>,
    is_probe: bool,
    told: Told,
}

impl InFlight {
    pub(super) fn begin(endpoint: &Arc<Endpoint>, is_probe: bool) -> Self {
        endpoint.began();
        let (endpoint, began) = (Arc::clone(endpoint), Instant::now());
        Self { endpoint, began, wait: None, trail: None, upload: None, is_probe, told: Told::Nothing }
    }

    pub(super) fn waited_for(mut self, wait: Option<Wait>, trail: Option<&Trail>) -> Self {
        (self.wait, self.trail) = (wait, trail.cloned());
        self
    }

    /// It is sent a body that is still on its way from the caller.
    pub(crate) fn is_sent(&mut self, upload: &Upload) {
        self.upload = Some(upload.clone());
    }

    /// Its answer is there as a whole.
    pub(crate) fn answered(&mut self) {
        let took = (self.told == Told::Nothing).then(|| self.took()).flatten();
        if self.told != Told::All {
            self.told = Told::All;
            self.endpoint.succeeded(self.began, took, Instant::now());
        }
    }

    /// The answer has begun and streams on, for as long as it may. Its end is told by `answered`.
    pub(crate) fn opened(&mut self) {
        let (took, now) = (self.took(), Instant::now());
        self.endpoint.opened(self.began, took, now);
        // What comes now is of an instance that may have just come back by this very answer.
        (self.told, self.began) = (Told::Opened, now);
    }

    /// It answered with a fault of its own, which may be the call's as well: it is there, and that is all.
    pub(crate) fn erred(&mut self) {
        if self.told == Told::Nothing {
            self.told = Told::All;
            self.endpoint.erred(self.began, Instant::now());
        }
    }

    /// It could not be reached, broke off, or says that it cannot serve. Counts also for one whose answer had begun.
    pub(crate) fn failed(&mut self, why: &str) {
        let is_probe = self.is_probe && self.told == Told::Nothing;
        if self.told != Told::All {
            self.told = Told::All;
            self.endpoint.failed(self.began, is_probe, Instant::now(), why);
        }
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
        self.told = Told::All;
        self.endpoint.excused(self.began, self.is_probe, Instant::now());
    }

    /// Whether its caller still owes it a part of the call.
    pub(crate) fn waits_for_caller(&self) -> bool {
        self.upload.as_ref().is_some_and(Upload::is_awaited)
    }

    pub(super) fn waited(&self) -> Duration {
        self.began.elapsed()
    }

    /// How long the instance itself has taken so far.
    fn took(&self) -> Option<Duration> {
        (!self.waits_for_caller()).then(|| self.since(self.began).elapsed())
    }

    /// The same moment, or a later one up to which the caller kept everybody waiting.
    fn since(&self, began: Instant) -> Instant {
        self.upload.as_ref().and_then(Upload::kept_until).map_or(began, |until| until.max(began))
    }

    /// Whether the call was given up because there was no answer rather than because its caller went away: most of its
    /// time is gone, or it was overtaken by another attempt, which was made because this one took so long.
    fn has_hung(&self) -> bool {
        let (waited, patience) =
            (self.took().unwrap_or_default(), self.wait.map(|it| it.patience()).unwrap_or_default());
        let is_overtaken = self.trail.as_ref().is_some_and(|trail| trail.count() > trail.number());
        let is_over = |given: Duration| waited >= given.mul_f64(NEARLY) || (is_overtaken && waited >= patience);
        self.was_given().is_some_and(is_over)
    }

    /// The time it had, where that was enough for an answer: the call had the row's timeout, and not what a caller in a
    /// hurry or one with a slow body has left of it.
    fn was_given(&self) -> Option<Duration> {
        let wait = self.wait.filter(|_| !self.waits_for_caller())?;
        let left = |since| wait.deadline.saturating_duration_since(self.since(since));
        let began = self.trail.as_ref().and_then(Trail::began).unwrap_or(self.began);
        let is_the_rows = left(began) >= wait.timeout.mul_f64(NEARLY);
        Some(left(self.began)).filter(|given| is_the_rows && *given >= wait.patience())
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
        if self.told == Told::Nothing {
            if let Some(waited) = self.took() {
                self.endpoint.waited_for(waited, Instant::now());
            }
            match self.has_hung() {
                true => self.failed("no answer within the deadline"),
                false => self.excused(),
            }
        }
        self.endpoint.ended();
    }
}
