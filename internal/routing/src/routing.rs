//! The table in force: read from its file, made ready, and replaced when the file changes. A table that is wrong
//! changes nothing; calls in flight finish under the table that they began with.

mod loaded;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use bus::Shared;
use mesh::health::Health;
use mesh::{Error, shutdown};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::catalog::Catalog;
use crate::check;
use crate::config::{Config, parse};
use crate::line::Parts;
use crate::openapi::Document;
use crate::policy::{Issuers, Limits, Policy};
use crate::table::{Diagnostic, Table};

pub use loaded::{Loaded, Row, work_queue, work_queues};

/// How often the file is looked at.
const LOOK: Duration = Duration::from_millis(300);

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
    pub async fn openapi(&self) -> Result<Document, Error> {
        self.current().openapi(&self.inner.parts.catalog).await
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

/// What changes when a file does, also when it is replaced as a whole.
fn stamp_of(file: &Path) -> Option<(std::time::SystemTime, u64)> {
    let metadata = std::fs::metadata(file).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

fn mistakes_in_lines(mistakes: &[Diagnostic]) -> anyhow::Error {
    let lines: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    anyhow::anyhow!("{}", lines.join("\n"))
}
