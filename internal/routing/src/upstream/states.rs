//! How many instances of a service stand how, as a metric. A count for each state and not a series for each address:
//! addresses come and go for as long as a process runs, and nobody would take the old ones away.

use metrics::{Gauge, SharedString};

use super::breaker::State;

/// Shared by all that are counted under one service's name.
pub(super) struct States {
    in_use: Gauge,
    half_open: Gauge,
    ejected: Gauge,
}

impl States {
    pub(super) fn new(service: &str) -> Self {
        let gauge = |state: &'static str| {
            let labels = [("service", SharedString::from(service.to_owned())), ("state", SharedString::from(state))];
            metrics::gauge!("instances", &labels)
        };
        Self { in_use: gauge("in_use"), half_open: gauge("half_open"), ejected: gauge("ejected") }
    }

    pub(super) fn enter(&self, state: State) {
        self.of(state).increment(1.0);
    }

    pub(super) fn leave(&self, state: State) {
        self.of(state).decrement(1.0);
    }

    fn of(&self, state: State) -> &Gauge {
        match state {
            State::InUse => &self.in_use,
            State::HalfOpen => &self.half_open,
            State::Ejected => &self.ejected,
        }
    }
}
