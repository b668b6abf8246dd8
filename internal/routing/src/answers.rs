//! How the calls of one row were answered, for metrics: counted where the answer leaves, so that those which were turned
//! away before they became a call are in it.

use std::sync::OnceLock;
use std::time::Duration;

use mesh::Code;
use metrics::{Counter, Gauge, Histogram};

use crate::table::{Door, Line, Route};

/// As many as there are codes, the one of success included.
const CODES: usize = 17;

/// Handles are made once: each answer then costs no more than an addition.
pub(crate) struct Answers {
    route: String,
    seconds: Histogram,
    in_force: Gauge,
    /// By number of the code; a row has few of them, and those that never were need not be told.
    by_code: [OnceLock<Counter>; CODES],
}

impl Answers {
    pub(crate) fn new(route: &Route) -> Self {
        let seconds = metrics::histogram!("call_seconds", "route" => route.name.clone());
        let labels =
            [("route", &*route.name), ("line", route.call.kind()), ("service", service(route)), ("door", door(route))];
        let in_force = metrics::gauge!("routes_in_force", &labels.map(|(name, value)| (name, value.to_owned())));
        in_force.increment(1.0);
        Self { route: route.name.clone(), seconds, in_force, by_code: Default::default() }
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

/// A table that is replaced takes its rows along, and one of the same name may go elsewhere since.
impl Drop for Answers {
    fn drop(&mut self) {
        self.in_force.decrement(1.0);
    }
}

/// The service that answers, also over the bus; nothing for events.
fn service(route: &Route) -> &str {
    match &route.call {
        Line::Grpc { service, .. } | Line::Http { service, .. } | Line::Raw { service } | Line::Rpc { service, .. } => {
            service
        }
        Line::Event { .. } => "",
    }
}

/// Which front door carries its calls.
fn door(route: &Route) -> &'static str {
    let is_event = |door: &Door| matches!(door, Door::Event { .. });
    if !route.on.is_empty() && route.on.iter().all(is_event) { "listener" } else { "broker" }
}
