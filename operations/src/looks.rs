//! Looks at the engine's queues: every few seconds, so that it is known how they grow, and when somebody asks.
//! Questions that come together share one look.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use bus::{Bus, glance};
use chrono::Utc;
use mesh::Error;
use tokio::sync::Mutex;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::instances::{Instances, Present};
use crate::queues::{self, Queue, Told};

const EVERY: Duration = Duration::from_secs(5);
/// A look this young is as good as a new one.
const FRESH: Duration = Duration::from_secs(1);
/// From the question to the answer, whoever looks.
const PATIENCE: Duration = Duration::from_secs(3);
const SILENT: &str = "the queue does not tell what is in it";
/// Growth is of this long.
const WINDOW: Duration = Duration::from_secs(30);
/// Over less than this, growth is noise.
const LEAST: Duration = Duration::from_secs(4);
/// Names that were heard of, beside those that the engine lists.
const MOST_NAMES: usize = 2_000;

/// Clones share what was seen.
#[derive(Clone)]
pub(crate) struct Looks {
    bus: Bus,
    instances: Instances,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    last: Option<(Instant, Vec<glance::Queue>)>,
    /// Why the last look failed, if it did: who waited for it need not wait once more.
    failed: Option<(Instant, String)>,
    /// A queue stays known when its consumers are gone: that is when somebody will look for it.
    names: BTreeSet<String>,
    sizes: BTreeMap<String, VecDeque<(Instant, u64)>>,
}

impl Looks {
    pub(crate) fn new(bus: &Bus, instances: &Instances) -> Self {
        Self { bus: bus.clone(), instances: instances.clone(), seen: Arc::default() }
    }

    /// Looks again and again until `stop`.
    pub(crate) async fn run(&self, stop: &CancellationToken) -> anyhow::Result<()> {
        let mut tick = interval(EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while stop.run_until_cancelled(tick.tick()).await.is_some() {
            let looked = stop.run_until_cancelled(self.look(&self.instances.present())).await;
            if let Some(Err(error)) = looked {
                tracing::debug!("cannot look at the queues: {error}: {}", error.causes());
            }
        }
        Ok(())
    }

    /// Every queue that is known of, by name.
    pub(crate) async fn look(&self, present: &Present) -> Result<Vec<Queue>, Error> {
        let (until, silent) = (Instant::now() + PATIENCE, || Error::unavailable(SILENT));
        let mut seen = timeout_at(until, self.seen.lock()).await.map_err(|_| silent())?;
        if let Some(reason) = seen.failure() {
            return Err(Error::unavailable(reason));
        }
        let is_fresh = seen.last.as_ref().is_some_and(|(at, _)| at.elapsed() < FRESH);
        if !is_fresh {
            seen.learn(queues::named(&present.instances));
            let names: Vec<_> = seen.names.iter().cloned().collect();
            let asked = timeout_at(until, self.bus.queues(&names)).await;
            match asked.unwrap_or_else(|_| Err(silent())) {
                Ok(found) => seen.take_in(found, present),
                Err(error) => {
                    seen.failed = Some((Instant::now(), error.detail.clone()));
                    return Err(error);
                }
            }
        }
        Ok(seen.rows(present))
    }
}

impl Seen {
    /// Why a look a moment ago failed, if it did.
    fn failure(&self) -> Option<String> {
        let (at, reason) = self.failed.as_ref()?;
        (at.elapsed() < FRESH).then(|| reason.clone())
    }

    fn learn(&mut self, names: impl IntoIterator<Item = String>) {
        let room = MOST_NAMES.saturating_sub(self.names.len());
        let new: Vec<_> = names.into_iter().filter(|name| !self.names.contains(name)).take(room).collect();
        self.names.extend(new);
    }

    fn take_in(&mut self, found: Vec<glance::Queue>, present: &Present) {
        let now = Instant::now();
        let is_found = |name: &String| found.iter().any(|it| it.name == *name);
        self.sizes.retain(|name, _| is_found(name));
        self.names.retain(is_found);
        for queue in &found {
            let Some(size) = queues::waiting(queue, &Told::of(&queue.name, present)) else { continue };
            let sizes = self.sizes.entry(queue.name.clone()).or_default();
            sizes.push_back((now, size));
            sizes.retain(|(at, _)| now.duration_since(*at) <= WINDOW);
        }
        self.failed = None;
        self.last = Some((now, found));
    }

    fn rows(&self, present: &Present) -> Vec<Queue> {
        let now = Utc::now();
        let row = |it| queues::row(it, &Told::of(&it.name, present), self.growth(&it.name), now);
        self.last.iter().flat_map(|(_, found)| found).map(row).collect()
    }

    /// By how much a queue grew per second; it may well be less than nothing.
    fn growth(&self, queue: &str) -> Option<f64> {
        let sizes = self.sizes.get(queue)?;
        let ((from, before), (to, after)) = (sizes.front()?, sizes.back()?);
        let passed = to.duration_since(*from);
        (passed >= LEAST).then(|| (*after as f64 - *before as f64) / passed.as_secs_f64())
    }
}
