//! How the calls of one row were answered, for metrics: counted where the answer leaves, so that those which were turned
//! away before they became a call are in it.

use std::sync::OnceLock;
use std::time::Duration;

use mesh::Code;
use metrics::{Counter, Histogram};

/// As many as there are codes, the one of success included.
const CODES: usize = 17;

/// Handles are made once: each answer then costs no more than an addition.
pub(crate) struct Answers {
    route: String,
    seconds: Histogram,
    /// By number of the code; a row has few of them, and those that never were need not be told.
    by_code: [OnceLock<Counter>; CODES],
}

impl Answers {
    pub(crate) fn new(route: &str) -> Self {
        let seconds = metrics::histogram!("call_seconds", "route" => route.to_owned());
        Self { route: route.to_owned(), seconds, by_code: Default::default() }
    }

    pub(crate) fn count(&self, took: Duration, failure: Option<Code>) {
        self.seconds.record(took);
        let position = failure.map_or(0, |code| code as usize);
        if let Some(counter) = self.by_code.get(position) {
            counter.get_or_init(|| self.counter(failure)).increment(1);
        }
    }

    fn counter(&self, failure: Option<Code>) -> Counter {
        let labels = [("route", self.route.clone()), ("code", failure.map_or("ok", Code::name).to_owned())];
        metrics::counter!("calls_total", &labels)
    }
}
