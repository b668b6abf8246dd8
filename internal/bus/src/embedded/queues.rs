//! The queues of the file as this process knows them: their bindings, and which of their messages somebody has.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use sqlx::SqlitePool;
use tokio::sync::watch;

use crate::activity::Held;
use crate::topology::dead_letters;
use crate::{WorkQueue, event};

#[derive(Default)]
pub(super) struct Queues {
    known: RwLock<Known>,
}

#[derive(Default)]
struct Known {
    by_name: HashMap<String, Arc<Queue>>,
    bindings: Vec<(String, Arc<Queue>)>,
}

impl Queues {
    pub(super) fn find(&self, name: &str) -> Option<Arc<Queue>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).by_name.get(name).cloned()
    }

    pub(super) fn all(&self) -> Vec<Arc<Queue>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).by_name.values().cloned().collect()
    }

    pub(super) fn bound_to(&self, kind: &str) -> Vec<Arc<Queue>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let mut bound: Vec<Arc<Queue>> = Vec::new();
        for (pattern, queue) in &known.bindings {
            if event::matches(pattern, kind) && !bound.iter().any(|it| it.id == queue.id) {
                bound.push(queue.clone());
            }
        }
        bound
    }

    /// Adds what is new among `wanted` and the queues of their dead letters; every statement may be repeated.
    pub(super) async fn declare(&self, db: &SqlitePool, wanted: &[WorkQueue]) -> sqlx::Result<()> {
        let mut queues = BTreeMap::new();
        for queue in wanted {
            queues.insert(queue.dead_letters(), &queue.service);
            queues.insert(queue.name.clone(), &queue.service);
        }
        let mut bindings = Vec::new();
        for queue in wanted {
            bindings.extend(queue.patterns.iter().map(|pattern| (&queue.name, pattern)));
        }
        let bindings = json(&bindings);
        sqlx::query(
            "INSERT INTO queues (name, service) SELECT key, value FROM json_each($1) WHERE true ON CONFLICT DO NOTHING",
        )
        .bind(json(&queues))
        .execute(db)
        .await?;
        sqlx::query(
            "INSERT INTO bindings (queue, pattern) \
             SELECT queues.id, wanted.value ->> 1 FROM json_each($1) AS wanted \
             JOIN queues ON queues.name = wanted.value ->> 0 WHERE true ON CONFLICT DO NOTHING",
        )
        .bind(bindings)
        .execute(db)
        .await?;
        self.load(db).await
    }

    pub(super) async fn load(&self, db: &SqlitePool) -> sqlx::Result<()> {
        let queues: Vec<(i64, String, String)> =
            sqlx::query_as("SELECT id, name, service FROM queues").fetch_all(db).await?;
        let bindings: Vec<(String, String)> =
            sqlx::query_as("SELECT pattern, name FROM bindings JOIN queues ON queues.id = queue").fetch_all(db).await?;
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        for (id, name, service) in queues {
            known.by_name.entry(name.clone()).or_insert_with(|| Arc::new(Queue::new(id, name, service)));
        }
        let bound =
            bindings.into_iter().filter_map(|(pattern, name)| Some((pattern, known.by_name.get(&name)?.clone())));
        known.bindings = bound.collect();
        Ok(())
    }
}

/// JSON of maps and lists of text, which cannot fail.
fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

pub(super) struct Queue {
    pub(super) id: i64,
    pub(super) name: String,
    service: String,
    held: Mutex<HashSet<i64>>,
    in_hand: AtomicUsize,
    consumers: AtomicUsize,
    changed: watch::Sender<()>,
}

impl Queue {
    fn new(id: i64, name: String, service: String) -> Self {
        let changed = watch::Sender::new(());
        let (in_hand, consumers) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Self { id, name, service, held: Mutex::default(), in_hand, consumers, changed }
    }

    pub(super) fn dead_letters(&self) -> String {
        dead_letters(&self.service)
    }

    /// Wakes the subscriptions: there may be something to take.
    pub(super) fn wake(&self) {
        self.changed.send_replace(());
    }

    pub(super) fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    pub(super) fn in_hand(&self) -> usize {
        self.in_hand.load(Ordering::Relaxed)
    }

    pub(super) fn consumers(&self) -> usize {
        self.consumers.load(Ordering::Relaxed)
    }

    /// Counted as a consumer until the guard is dropped.
    pub(super) fn consumed(self: &Arc<Self>) -> Consuming {
        self.consumers.fetch_add(1, Ordering::Relaxed);
        Consuming(self.clone())
    }

    pub(super) fn held(&self) -> Vec<i64> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect()
    }

    /// Nobody else gets the message until the hold is dropped; `None` where somebody has it.
    pub(super) fn hold(self: &Arc<Self>, id: i64) -> Option<Hold> {
        let free = self.held.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
        free.then(|| Hold { queue: self.clone(), id, in_hand: false, held: None })
    }
}

/// One message of a queue that one subscription has, read ahead or in hand.
pub(super) struct Hold {
    queue: Arc<Queue>,
    pub(super) id: i64,
    in_hand: bool,
    held: Option<Held>,
}

impl Hold {
    pub(super) fn counted(&mut self, held: Held) {
        self.held = Some(held);
    }

    pub(super) fn take_in_hand(&mut self) {
        if !std::mem::replace(&mut self.in_hand, true) {
            self.queue.in_hand.fetch_add(1, Ordering::Relaxed);
        }
        self.held.iter_mut().for_each(Held::take_in_hand);
    }

    pub(super) fn put_down(&mut self) {
        if std::mem::take(&mut self.in_hand) {
            self.queue.in_hand.fetch_sub(1, Ordering::Relaxed);
        }
        self.held.iter_mut().for_each(Held::put_down);
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.put_down();
        self.queue.held.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}

pub(super) struct Consuming(Arc<Queue>);

impl Drop for Consuming {
    fn drop(&mut self) {
        self.0.consumers.fetch_sub(1, Ordering::Relaxed);
    }
}
