//! Shared hints with an end: Redis where REDIS_URL is set, else the memory of this process. Losing all of it loses
//! nothing, so an engine that is slow or away reads as a miss and never as an error.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use bytes::Bytes;
use redis::AsyncCommands;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;

/// Longer than this and doing the work again is cheaper than asking.
const PATIENCE: Duration = Duration::from_millis(50);
/// Entries kept in memory before the ones that end first are dropped.
const MOST_ENTRIES: usize = 10_000;

/// Clones share the same entries.
#[derive(Clone)]
pub struct Cache {
    store: Store,
}

#[derive(Clone)]
enum Store {
    Memory(Arc<Mutex<HashMap<String, Entry>>>),
    Redis { connection: ConnectionManager, prefix: Arc<str> },
}

struct Entry {
    value: Bytes,
    ends: Instant,
}

impl Cache {
    pub fn in_memory() -> Self {
        Self { store: Store::Memory(Arc::default()) }
    }

    /// Connects in the background and again whenever the connection breaks; `prefix` goes before every key.
    pub fn redis(url: &SecretString, prefix: &str) -> anyhow::Result<Self> {
        let client = redis::Client::open(url.expose_secret()).context("REDIS_URL: not a Redis URL")?;
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE))
            .set_max_delay(Duration::from_secs(2));
        let connection = client.get_connection_manager_lazy(config).context("REDIS_URL: cannot be used")?;
        Ok(Self { store: Store::Redis { connection, prefix: prefix.into() } })
    }

    pub async fn get(&self, key: &str) -> Option<Bytes> {
        match &self.store {
            Store::Memory(entries) => {
                let entries = entries.lock().unwrap_or_else(PoisonError::into_inner);
                entries.get(key).filter(|entry| entry.ends > Instant::now()).map(|entry| entry.value.clone())
            }
            Store::Redis { connection, prefix } => {
                let mut connection = connection.clone();
                hint(connection.get::<_, Option<Vec<u8>>>(format!("{prefix}{key}"))).await.flatten().map(Bytes::from)
            }
        }
    }

    /// Keeps `value` for `ttl`, at least one millisecond.
    pub async fn set(&self, key: &str, value: Bytes, ttl: Duration) {
        let ttl = ttl.max(Duration::from_millis(1));
        match &self.store {
            Store::Memory(entries) => {
                let mut entries = entries.lock().unwrap_or_else(PoisonError::into_inner);
                make_room(&mut entries);
                entries.insert(key.to_owned(), Entry { value, ends: Instant::now() + ttl });
            }
            Store::Redis { connection, prefix } => {
                let mut connection = connection.clone();
                let ttl = u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX);
                hint(connection.pset_ex::<_, _, ()>(format!("{prefix}{key}"), &value[..], ttl)).await;
            }
        }
    }

    pub async fn remove(&self, key: &str) {
        match &self.store {
            Store::Memory(entries) => {
                entries.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
            }
            Store::Redis { connection, prefix } => {
                let mut connection = connection.clone();
                hint(connection.del::<_, ()>(format!("{prefix}{key}"))).await;
            }
        }
    }
}

fn make_room(entries: &mut HashMap<String, Entry>) {
    if entries.len() < MOST_ENTRIES {
        return;
    }
    let now = Instant::now();
    entries.retain(|_, entry| entry.ends > now);
    while entries.len() >= MOST_ENTRIES {
        let Some(first) = entries.iter().min_by_key(|(_, entry)| entry.ends).map(|(key, _)| key.clone()) else {
            return;
        };
        entries.remove(&first);
    }
}

async fn hint<T>(asked: impl Future<Output = redis::RedisResult<T>>) -> Option<T> {
    let failure = match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok(value)) => return Some(value),
        Ok(Err(error)) => error.to_string(),
        Err(_) => "no answer in time".to_owned(),
    };
    metrics::counter!("cache_failures_total").increment(1);
    tracing::debug!("cache: {failure}");
    None
}
