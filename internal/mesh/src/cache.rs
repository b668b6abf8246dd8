//! Shared hints with an end: Redis where REDIS_URL is set, else the memory of this process. Losing all of it loses
//! nothing, so an engine that is slow or away reads as a miss and never as an error. Counts that several processes keep
//! together need more than get and set: `server` runs scripts, and tells when it cannot.

mod script;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use bytes::Bytes;
use redis::AsyncCommands;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;

use crate::config::masked_url;

pub use script::{Script, Server};

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
    Redis(Redis),
}

#[derive(Clone)]
struct Redis {
    connection: ConnectionManager,
    prefix: Arc<str>,
    /// Without its password, for people.
    place: Arc<str>,
    is_away: Arc<AtomicBool>,
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
        let place = masked_url(url.expose_secret()).into();
        let redis = Redis { connection, prefix: prefix.into(), place, is_away: Arc::default() };
        Ok(Self { store: Store::Redis(redis) })
    }

    /// What the cache is shared by; nothing where it is this process's own.
    pub fn server(&self) -> Option<Server> {
        match &self.store {
            Store::Memory(_) => None,
            Store::Redis(redis) => Some(Server::new(redis.clone())),
        }
    }

    pub async fn get(&self, key: &str) -> Option<Bytes> {
        match &self.store {
            Store::Memory(entries) => {
                let entries = entries.lock().unwrap_or_else(PoisonError::into_inner);
                entries.get(key).filter(|entry| entry.ends > Instant::now()).map(|entry| entry.value.clone())
            }
            Store::Redis(redis) => {
                let mut connection = redis.connection.clone();
                let asked = connection.get::<_, Option<Vec<u8>>>(redis.key(key));
                redis.hint(asked).await.flatten().map(Bytes::from)
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
            Store::Redis(redis) => {
                let mut connection = redis.connection.clone();
                let ttl = u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX);
                redis.hint(connection.pset_ex::<_, _, ()>(redis.key(key), &value[..], ttl)).await;
            }
        }
    }

    pub async fn remove(&self, key: &str) {
        match &self.store {
            Store::Memory(entries) => {
                entries.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
            }
            Store::Redis(redis) => {
                let mut connection = redis.connection.clone();
                redis.hint(connection.del::<_, ()>(redis.key(key))).await;
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

impl Redis {
    fn key(&self, key: &str) -> String {
        format!("{}{key}", self.prefix)
    }

    async fn hint<T>(&self, asked: impl Future<Output = redis::RedisResult<T>>) -> Option<T> {
        let failure = match tokio::time::timeout(PATIENCE, asked).await {
            Ok(Ok(value)) => {
                if self.is_away.swap(false, Ordering::Relaxed) {
                    tracing::info!("Redis answers again at {}", self.place);
                }
                return Some(value);
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => "no answer in time".to_owned(),
        };
        metrics::counter!("cache_failures_total").increment(1);
        // Once for each outage: an answer that is late is none, and a busy moment should not fill the log.
        if self.is_away.swap(true, Ordering::Relaxed) {
            tracing::debug!("cache: {failure}");
        } else {
            tracing::warn!(
                "Redis does not answer at {} ({failure}): start it, or correct REDIS_URL; it only holds hints and \
                 counts, so all else goes on",
                self.place
            );
        }
        None
    }
}
