//! What all rows of one service share: the gate in front of it and the budget of its retries. Both outlive a reload of
//! the table, as a service is no less busy for that.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::retry::Budget;
use super::shed::Gate;
use crate::table::{Line, Table};

/// Guards by what is guarded, kept over reloads as long as a table uses them.
#[derive(Default)]
pub(crate) struct Guards {
    known: Mutex<HashMap<Guarded, Weak<Guard>>>,
}

/// What lines lead to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Guarded {
    /// A service of the table.
    Service(String),
    /// Whoever serves the questions of this name.
    Questions(String),
    /// The bus itself, for events.
    Events,
}

/// One service's.
pub(crate) struct Guard {
    /// What callers and metrics are told that it is.
    pub(crate) name: Arc<str>,
    /// None for events.
    pub(crate) gate: Option<Arc<Gate>>,
    pub(crate) budget: Budget,
}

impl Guards {
    /// The guard of what this line leads to. One that is there already keeps its number until `settle`.
    pub(crate) fn of(&self, line: &Line, table: &Table) -> Arc<Guard> {
        let (guarded, most) = (guarded(line), table.concurrency(line));
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, guard| guard.strong_count() > 0);
        if let Some(guard) = known.get(&guarded).and_then(Weak::upgrade) {
            return guard;
        }
        let guard = Arc::new(Guard::new(&guarded, most));
        known.insert(guarded, Arc::downgrade(&guard));
        guard
    }

    /// Takes over the numbers of a table that is in force. One that turned out to be of no use has changed nothing.
    pub(crate) fn settle(&self, table: &Table) {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        for (guarded, most) in table.routes.iter().map(|route| (guarded(&route.call), table.concurrency(&route.call))) {
            let guard = known.get(&guarded).and_then(Weak::upgrade);
            if let (Some(gate), Some(most)) = (guard.as_ref().and_then(|guard| guard.gate.as_ref()), most) {
                gate.set_most(most);
            }
        }
    }
}

/// What a line leads to.
fn guarded(line: &Line) -> Guarded {
    match line {
        Line::Grpc { service, .. } | Line::Http { service, .. } | Line::Raw { service } => {
            Guarded::Service(service.clone())
        }
        Line::Rpc { service, .. } => Guarded::Questions(service.clone()),
        Line::Event { .. } => Guarded::Events,
    }
}

impl Guard {
    fn new(guarded: &Guarded, most: Option<u32>) -> Self {
        let name = match guarded {
            Guarded::Service(name) | Guarded::Questions(name) => name.as_str(),
            Guarded::Events => "the queue",
        };
        let label = if *guarded == Guarded::Events { "events" } else { name };
        Self { name: name.into(), gate: most.map(|most| Gate::new(label, most)), budget: Budget::new(label) }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::table::Service;

    fn table(concurrency: u32) -> Table {
        let text = format!(
            r#"
            version = 1
            [services]
            a = {{ url = "http://127.0.0.1:1", concurrency = {concurrency} }}
            b = "http://127.0.0.1:1"
            [[route]]
            on = "GET /1"
            call = "http a GET /1"
            [[route]]
            on = "GET /2"
            call = "http a"
            [[route]]
            on = "GET /3"
            call = "http b GET /"
            [[route]]
            on = "GET /4"
            call = "rpc a one"
            [[route]]
            on = "POST /5"
            call = "event log.a"
            "#
        );
        crate::table::parse("t", &text, |_| None).unwrap()
    }

    fn all(guards: &Guards, table: &Table) -> Vec<Arc<Guard>> {
        table.routes.iter().map(|route| guards.of(&route.call, table)).collect()
    }

    #[test]
    fn a_service_has_one_guard_for_all_rows_which_outlives_a_reload() {
        let guards = Guards::default();
        let old = all(&guards, &table(5));
        let new = all(&guards, &table(7));
        assert!(Arc::ptr_eq(&old[0], &old[1]));
        assert!(old.iter().zip(&new).all(|(old, new)| Arc::ptr_eq(old, new)));
        let different: BTreeSet<_> = new.iter().map(Arc::as_ptr).collect();
        assert_eq!(different.len(), 4);
        let most = || new.iter().map(|guard| guard.gate.as_ref().map(|gate| gate.most())).collect::<Vec<_>>();
        let default = Some(Service::CONCURRENCY);
        assert_eq!(most(), [Some(5), Some(5), default, default, None], "a table that is only tried changes nothing");
        guards.settle(&table(7));
        assert_eq!(most(), [Some(7), Some(7), default, default, None]);
    }
}
