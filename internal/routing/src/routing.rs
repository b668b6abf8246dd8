//! The table in force: read from its file, made ready, and replaced when the file changes. A table that is wrong
//! changes nothing; calls in flight finish under the table that they began with.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::{ArcSwap, ArcSwapOption};
use bus::{Shared, WorkQueue};
use http::Response;
use mesh::health::Health;
use mesh::{Error, shutdown};
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};
use tower::ServiceExt;

use crate::answers::Answers;
use crate::call::{Call, RawBody, Reply};
use crate::catalog::Catalog;
use crate::check;
use crate::config::{Config, parse};
use crate::index::Index;
use crate::line::raw::Passage;
use crate::line::{Parts, Ready};
use crate::openapi::Document;
use crate::policy::{Issuers, Limiter, Limits, Policy, stack};
use crate::table::{Diagnostic, Door, Route, Table};

/// How often the file is looked at.
const LOOK: Duration = Duration::from_millis(300);

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
    document: ArcSwapOption<(u64, Document)>,
    /// Whoever follows this table's services stops when the table is gone.
    _following: DropGuard,
}

/// The table in force; clones see the same one.
#[derive(Clone)]
pub struct Routing {
    inner: Arc<Inner>,
}

struct Inner {
    config: Config,
    parts: Parts,
    current: ArcSwap<Loaded>,
    changed: watch::Sender<u64>,
    health: Health,
    stop: CancellationToken,
}

impl Routing {
    /// Reads the table, makes it ready and watches its file until `stop`. `source` is what its events say they come
    /// from. Errors are the table's mistakes, one a line.
    pub async fn open(
        config: Config,
        shared: &Shared,
        source: &str,
        health: Health,
        stop: CancellationToken,
    ) -> anyhow::Result<Self> {
        let catalog = Arc::new(Catalog::new(shared.cache.clone())?);
        let parts = Parts {
            bus: shared.bus.clone(),
            catalog,
            upstreams: Arc::default(),
            guards: Arc::default(),
            source: source.into(),
        };
        let text = config.text().map_err(|mistakes| mistakes_in_lines(&mistakes))?;
        let table = parse(&config, &text).map_err(|mistakes| mistakes_in_lines(&mistakes))?;
        let mistakes = check::known(&config.describe(), &table, &parts.catalog);
        if !mistakes.is_empty() {
            return Err(mistakes_in_lines(&mistakes));
        }
        let listed = if config.callers.is_some() { &table.issuers[..] } else { &[] };
        let is_local = shared.loopback_only && config.callers.is_some_and(|production| !production.0);
        let limits = Limits::new(&shared.cache);
        let policy = Policy { issuers: Issuers::new(listed, &stop)?, limits, is_local };
        let loaded = Loaded::new(table, &parts, policy)?;
        let (current, changed) = (ArcSwap::from_pointee(loaded), watch::Sender::new(0));
        let routing = Self { inner: Arc::new(Inner { config, parts, current, changed, health, stop: stop.clone() }) };
        if routing.inner.config.callers.is_some() {
            let (watching, stop) = (routing.clone(), stop.clone());
            tokio::spawn(async move { stop.run_until_cancelled(watching.watch_issuers()).await });
        }
        if routing.inner.config.file.is_some() {
            let watching = routing.clone();
            tokio::spawn(async move {
                let watch = || watching.watch(text.clone());
                stop.run_until_cancelled(shutdown::supervise("route table", &stop, watch)).await;
            });
        }
        Ok(routing)
    }

    /// The table as it is now. Hold on to it for one call, not longer.
    pub fn current(&self) -> Arc<Loaded> {
        self.inner.current.load_full()
    }

    /// What the table in force takes and answers, as OpenAPI; made once, and again when a service tells something new.
    pub fn openapi(&self) -> Document {
        let (loaded, catalog) = (self.current(), &self.inner.parts.catalog);
        let generation = catalog.generation();
        if let Some(made) = &*loaded.document.load()
            && made.0 == generation
        {
            return made.1.clone();
        }
        let document = Document::of(&loaded.table, catalog);
        loaded.document.store(Some(Arc::new((generation, document.clone()))));
        document
    }

    /// Changes when the table does.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.inner.changed.subscribe()
    }

    /// Tells health once a second which issuers do not answer.
    async fn watch_issuers(&self) {
        let mut tick = tokio::time::interval(Duration::from_secs(1));
        loop {
            tick.tick().await;
            match self.current().policy.issuers.trouble() {
                Some(reason) => self.inner.health.degrade("issuers", reason),
                None => self.inner.health.restore("issuers"),
            }
        }
    }

    /// The policy of a changed table; issuers that stayed as they were keep their verifier.
    fn policy(&self, table: &Table) -> Result<Policy, Error> {
        let old = self.current().policy.clone();
        if self.inner.config.callers.is_none() || old.issuers.are(&table.issuers) {
            return Ok(old);
        }
        Ok(Policy { issuers: Issuers::new(&table.issuers, &self.inner.stop)?, ..old })
    }

    async fn watch(&self, mut last: String) -> anyhow::Result<()> {
        let mut tick = tokio::time::interval(LOOK);
        // Not looked at yet, which is something else than not there.
        let mut stamp = None;
        loop {
            tick.tick().await;
            let now = self.inner.config.file.as_deref().and_then(stamp_of);
            if stamp.replace(now) == Some(now) {
                continue;
            }
            match self.inner.config.text() {
                Ok(text) if text == last => {}
                Ok(text) => {
                    self.replace(&text);
                    last = text;
                }
                Err(mistakes) => {
                    self.refuse(&mistakes);
                    // The same text again is news after this: it clears what health says.
                    last.clear();
                }
            }
        }
    }

    fn replace(&self, text: &str) {
        let inner = &self.inner;
        let table = match parse(&inner.config, text) {
            Ok(table) => table,
            Err(mistakes) => return self.refuse(&mistakes),
        };
        let mistakes = check::known(&inner.config.describe(), &table, &inner.parts.catalog);
        if !mistakes.is_empty() {
            return self.refuse(&mistakes);
        }
        match self.policy(&table).and_then(|policy| Loaded::new(table, &inner.parts, policy)) {
            Ok(loaded) => {
                tracing::info!("{} is in force: {} routes", inner.config.describe(), loaded.rows.len());
                inner.parts.guards.settle(&loaded.table);
                inner.current.store(Arc::new(loaded));
                inner.changed.send_modify(|version| *version += 1);
                inner.health.restore("routes");
                metrics::counter!("route_table_reloads_total", "outcome" => "in_force").increment(1);
            }
            Err(error) => {
                error.log("the route table cannot be used, the old one stays");
                inner.health.degrade("routes", "the changed table cannot be used, the old one is in force");
            }
        }
    }

    fn refuse(&self, mistakes: &[Diagnostic]) {
        for mistake in mistakes {
            tracing::error!("{mistake}");
        }
        tracing::error!(
            "{} has {} mistakes, the old table stays in force",
            self.inner.config.describe(),
            mistakes.len()
        );
        let first = mistakes.first().map(ToString::to_string).unwrap_or_default();
        self.inner.health.degrade("routes", format!("the changed table is wrong, the old one is in force: {first}"));
        metrics::counter!("route_table_reloads_total", "outcome" => "refused").increment(1);
    }
}

impl Loaded {
    fn new(table: Table, parts: &Parts, policy: Policy) -> Result<Self, Error> {
        let index = Index::new(&table)?;
        let ready = |route: &Arc<Route>| Row::new(route, &table, parts, &policy).map(Arc::new);
        let rows = table.routes.iter().map(ready).collect::<Result<_, Error>>()?;
        let stop = CancellationToken::new();
        let upstream = |name: &str| table.services.get(name).map(|service| parts.upstreams.of(service));
        parts.catalog.follow(&table, upstream, &stop);
        Ok(Self { table, index, rows, policy, document: ArcSwapOption::empty(), _following: stop.drop_guard() })
    }
}

impl Row {
    fn new(route: &Arc<Route>, table: &Table, parts: &Parts, policy: &Policy) -> Result<Self, Error> {
        let (line, guard) = (Ready::new(route, table, parts)?, parts.guards.of(&route.call, table));
        let way = match &line {
            Ready::Raw(line) => Way::Passages(stack::passages(route, line, &guard)),
            line => Way::Calls(stack::calls(route, line, &guard)),
        };
        let is_sent_tokens = |service: &str| table.services.get(service).is_some_and(|service| service.token);
        let has_credentials =
            !route.secret.is_empty() || route.cookies || route.call.service().is_some_and(is_sent_tokens);
        let (limiter, answers) = (policy.limits.of(route), Answers::new(&route.name));
        Ok(Self { route: Arc::clone(route), line, has_credentials, policy: policy.clone(), limiter, way, answers })
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

/// What changes when a file does, also when it is replaced as a whole.
fn stamp_of(file: &Path) -> Option<(std::time::SystemTime, u64)> {
    let metadata = std::fs::metadata(file).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

fn mistakes_in_lines(mistakes: &[Diagnostic]) -> anyhow::Error {
    let lines: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    anyhow::anyhow!("{}", lines.join("\n"))
}
