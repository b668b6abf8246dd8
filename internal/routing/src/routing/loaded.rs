//! One table made ready: its rows with their lines and the policy around them, found by their doors, and what is told of
//! all of them. It is put together when a table is loaded, so that a call does no work that could be done before.

use std::sync::Arc;
use std::time::Duration;

use bus::WorkQueue;
use http::Response;
use mesh::Error;
use tokio::sync::Mutex;
use tokio_util::sync::{CancellationToken, DropGuard};
use tower::ServiceExt;

use crate::answers::Answers;
use crate::call::{Call, RawBody, Reply};
use crate::catalog::Catalog;
use crate::index::Index;
use crate::line::raw::Passage;
use crate::line::{Parts, Ready};
use crate::openapi::Document;
use crate::policy::{Limiter, Policy, stack};
use crate::table::{Door, Route, Table};

/// The work queues that a table's event rows need, whoever consumes them.
pub fn work_queues(table: &Table) -> Vec<WorkQueue> {
    table.routes.iter().filter_map(|route| work_queue(route)).collect()
}

/// The queue of a row's event doors.
pub fn work_queue(route: &Route) -> Option<WorkQueue> {
    let patterns: Vec<_> = route
        .on
        .iter()
        .filter_map(|door| match door {
            Door::Event { pattern } => Some(pattern.clone()),
            Door::Http { .. } | Door::Every(_) | Door::Cron(_) => None,
        })
        .collect();
    let action = route.action.as_ref().filter(|_| !patterns.is_empty())?;
    Some(WorkQueue::new("listener", action, patterns))
}

/// A row with its line ready.
pub struct Row {
    pub route: Arc<Route>,
    pub line: Ready,
    /// Whether passwords or tokens may go over it: then neither arguments nor answers of it are kept.
    pub has_credentials: bool,
    pub(crate) policy: Policy,
    pub(crate) limiter: Option<Arc<Limiter>>,
    way: Way,
    answers: Answers,
}

/// The policy stack around the line.
enum Way {
    Calls(stack::Calls),
    Passages(stack::Passages),
}

/// One table, ready to be used.
pub struct Loaded {
    pub table: Table,
    pub index: Index,
    pub rows: Vec<Arc<Row>>,
    pub(crate) policy: Policy,
    /// What was told of it last, and with which descriptors.
    document: Mutex<Option<(u64, Document)>>,
    /// Whoever follows this table's services stops when the table is gone.
    _following: DropGuard,
}

impl Loaded {
    pub(super) fn new(table: Table, parts: &Parts, policy: Policy) -> Result<Self, Error> {
        let index = Index::new(&table)?;
        let ready = |route: &Arc<Route>| Row::new(route, &table, parts, &policy).map(Arc::new);
        let rows = table.routes.iter().map(ready).collect::<Result<_, Error>>()?;
        let stop = CancellationToken::new();
        let upstream = |name: &str| table.services.get(name).map(|service| parts.upstreams.of(service));
        parts.catalog.follow(&table, upstream, &stop);
        Ok(Self { table, index, rows, policy, document: Mutex::default(), _following: stop.drop_guard() })
    }

    /// The document of this table with the descriptors that are known now. Whoever comes while it is made waits for it:
    /// it is made once, and not where other calls are waiting.
    pub(super) async fn openapi(self: &Arc<Self>, catalog: &Arc<Catalog>) -> Result<Document, Error> {
        let mut known = self.document.lock().await;
        let generation = catalog.generation();
        if let Some((_, document)) = known.as_ref().filter(|(made_of, _)| *made_of == generation) {
            return Ok(document.clone());
        }
        let (loaded, catalog) = (Arc::clone(self), Arc::clone(catalog));
        let making = tokio::task::spawn_blocking(move || Document::of(&loaded.table, &catalog));
        let document = making.await.map_err(Error::internal)?;
        *known = Some((generation, document.clone()));
        Ok(document)
    }
}

impl Row {
    fn new(route: &Arc<Route>, table: &Table, parts: &Parts, policy: &Policy) -> Result<Self, Error> {
        let (line, guard) = (Ready::new(route, table, parts)?, parts.guards.of(&route.call, table));
        let way = match &line {
            Ready::Raw(line) => Way::Passages(stack::passages(route, line, &guard)),
            line => Way::Calls(stack::calls(route, line, &guard)),
        };
        let has_credentials = table.has_credentials(route);
        let (limiter, answers) = (policy.limits.of(route), Answers::new(route));
        Ok(Self { route: Arc::clone(route), line, has_credentials, policy: policy.clone(), limiter, way, answers })
    }

    /// Whether a call can be kept and answered later.
    pub fn is_for_later(&self) -> bool {
        self.route.is_for_later(self.has_credentials, self.line.is_stream())
    }

    /// Carries one call over this row's line, under the row's policy.
    pub async fn call(&self, call: Call) -> Result<Reply, Error> {
        match &self.way {
            Way::Calls(stack) => stack.clone().oneshot(call).await,
            Way::Passages(_) => Err(Error::internal("a raw line carries requests, not calls")),
        }
    }

    /// Lets one request through this row's raw line, under the row's policy.
    pub async fn pass(&self, passage: Passage) -> Result<Response<RawBody>, Error> {
        match &self.way {
            Way::Passages(stack) => stack.clone().oneshot(passage).await,
            Way::Calls(_) => Err(Error::internal("only a raw line carries requests")),
        }
    }

    /// Counts a call that was answered, with its error if it had one.
    pub fn observe(&self, took: Duration, error: Option<&Error>) {
        self.answers.count(took, error.map(|error| error.code));
    }
}
