//! Descriptors by service: what the service itself tells by reflection, else the last that it told (kept in the
//! cache), else those this build was made with. So a service that is away at start costs nothing but its own answers.

mod reflection;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use bytes::Bytes;
use mesh::cache::Cache;
use mesh::shutdown::Backoff;
use mesh::{Code, Error, NotSent};
use prost_reflect::{DescriptorPool, MessageDescriptor, MethodDescriptor};
use tokio_util::sync::CancellationToken;

use crate::table::{Line, Route, Table};
use crate::upstream::Upstream;

/// How often a service that answers is asked again: a new version is known within this.
const REFRESH: Duration = Duration::from_secs(30);
/// How long the last good descriptors are kept.
const KEEP: Duration = Duration::from_secs(7 * 24 * 3600);

/// Shared by every table of the process.
pub struct Catalog {
    built_in: DescriptorPool,
    told: ArcSwap<BTreeMap<String, Told>>,
    /// Counts what was learned, so that lines know when to look again.
    generation: AtomicU64,
    cache: Cache,
}

/// What a service has told, as it came and read.
#[derive(Clone)]
struct Told {
    encoded: Bytes,
    pool: DescriptorPool,
}

impl Catalog {
    pub fn new(cache: Cache) -> Result<Self, Error> {
        let built_in = DescriptorPool::decode(proto::DESCRIPTORS).map_err(Error::internal)?;
        Ok(Self { built_in, told: ArcSwap::default(), generation: AtomicU64::new(0), cache })
    }

    /// Changes whenever a service has told something new.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// The method `pkg.Service/Method` of a service.
    pub fn method(&self, service: &str, method: &str) -> Option<MethodDescriptor> {
        let (name, method) = method.split_once('/')?;
        let find = |pool: &DescriptorPool| {
            let service = pool.get_service_by_name(name)?;
            service.methods().find(|it| it.name() == method)
        };
        self.told.load().get(service).and_then(|told| find(&told.pool)).or_else(|| find(&self.built_in))
    }

    pub fn message(&self, service: &str, message: &str) -> Option<MessageDescriptor> {
        let find = |pool: &DescriptorPool| pool.get_message_by_name(message);
        self.told.load().get(service).and_then(|told| find(&told.pool)).or_else(|| find(&self.built_in))
    }

    /// Whether a line brings back more than one document, as far as that is known.
    pub(crate) fn is_stream(&self, line: &Line) -> bool {
        match line {
            Line::Grpc { service, method } => {
                self.method(service, method).is_some_and(|method| method.is_server_streaming())
            }
            Line::Raw { .. } => true,
            Line::Http { .. } | Line::Event { .. } | Line::Rpc { .. } => false,
        }
    }

    /// Whether a call over a row of this table can be answered later, as far as that is known.
    pub(crate) fn is_for_later(&self, table: &Table, route: &Route) -> bool {
        route.is_for_later(table.has_credentials(route), self.is_stream(&route.call))
    }

    /// Whether anything but the built-in descriptors is known of a service.
    pub fn knows(&self, service: &str) -> bool {
        self.told.load().contains_key(service)
    }

    /// The names of a service's methods, for "did you mean".
    pub fn methods(&self, service: &str) -> Vec<String> {
        let told = self.told.load();
        let pool = told.get(service).map_or(&self.built_in, |told| &told.pool);
        let methods = pool.services().flat_map(|service| {
            let name = service.full_name().to_owned();
            service.methods().map(move |method| format!("{name}/{}", method.name())).collect::<Vec<_>>()
        });
        methods.collect()
    }

    /// The names of a service's messages, for the same.
    pub(crate) fn messages(&self, service: &str) -> Vec<String> {
        let told = self.told.load();
        let pool = told.get(service).map_or(&self.built_in, |told| &told.pool);
        pool.all_messages().map(|message| message.full_name().to_owned()).collect()
    }

    /// What to tell a caller whose method has no descriptor.
    pub(crate) fn why_unknown(&self, service: &str, method: &str) -> Error {
        if self.knows(service) {
            return Error::new(Code::Unimplemented, format!("{service} has no method {method}"));
        }
        // Without a hint, which would be taken for one of the service's own.
        let detail = format!("{service} is not available: it has not told its methods yet");
        Error::new(Code::Unavailable, detail).with_nothing_sent(NotSent::NotReached)
    }

    /// Asks every gRPC service of `table` for its descriptors, now and then again, until `stop`.
    pub fn follow(
        self: &Arc<Self>,
        table: &Table,
        upstream: impl Fn(&str) -> Option<Arc<Upstream>>,
        stop: &CancellationToken,
    ) {
        for (service, symbols) in symbols_by_service(table) {
            let Some(upstream) = upstream(&service) else { continue };
            let catalog = Arc::clone(self);
            let work = async move { catalog.follow_one(service, symbols, upstream).await };
            tokio::spawn(stop.clone().run_until_cancelled_owned(work));
        }
    }

    async fn follow_one(&self, service: String, symbols: BTreeSet<String>, upstream: Arc<Upstream>) {
        self.recall(&service).await;
        let mut backoff = Backoff::new(Duration::from_millis(250), REFRESH);
        loop {
            let wait = match reflection::ask(&upstream, &symbols).await {
                Ok(told) => {
                    self.learn(&service, &told);
                    self.cache.set(&cache_key(&service), told, KEEP).await;
                    backoff.reset();
                    REFRESH
                }
                Err(error) => {
                    tracing::debug!(service, "has not told its descriptors: {error}");
                    backoff.next_delay()
                }
            };
            tokio::time::sleep(wait).await;
        }
    }

    /// Asks once, for `switchboard check`.
    pub async fn ask_once(&self, service: &str, symbols: &BTreeSet<String>, upstream: &Upstream) -> Result<(), Error> {
        let told = reflection::ask(upstream, symbols).await?;
        self.learn(service, &told);
        Ok(())
    }

    async fn recall(&self, service: &str) {
        if let Some(kept) = self.cache.get(&cache_key(service)).await {
            self.learn(service, &kept);
        }
    }

    /// What is known already is no news: whoever looks at the generation has nothing to do again.
    fn learn(&self, service: &str, encoded: &Bytes) {
        if self.told.load().get(service).is_some_and(|told| told.encoded == *encoded) {
            return;
        }
        match DescriptorPool::decode(encoded.clone()) {
            Ok(pool) => {
                let news = Told { encoded: encoded.clone(), pool };
                self.told.rcu(|told| {
                    let mut told = BTreeMap::clone(told);
                    told.insert(service.to_owned(), news.clone());
                    told
                });
                self.generation.fetch_add(1, Ordering::AcqRel);
            }
            Err(error) => tracing::warn!(service, "told descriptors that cannot be read: {error}"),
        }
    }
}

fn cache_key(service: &str) -> String {
    format!("descriptors:{service}")
}

/// What the rows of a table need to know of each gRPC service: the full names of services and messages.
pub(crate) fn symbols_by_service(table: &Table) -> BTreeMap<String, BTreeSet<String>> {
    let mut symbols: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for route in &table.routes {
        if let Line::Grpc { service, method } = &route.call {
            let name = method.split_once('/').map_or(method.as_str(), |(name, _)| name);
            symbols.entry(service.clone()).or_default().insert(name.to_owned());
        }
        if let Some(schema) = &route.schema {
            symbols.entry(schema.service.clone()).or_default().insert(schema.message.clone());
        }
    }
    symbols
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_again_unchanged_is_no_news() {
        let catalog = Catalog::new(Cache::in_memory()).unwrap();
        let told = Bytes::from_static(proto::DESCRIPTORS);
        catalog.learn("logger", &told);
        let first = catalog.generation();
        catalog.learn("logger", &Bytes::copy_from_slice(&told));
        catalog.learn("logger", &Bytes::from_static(b"no descriptors"));
        assert_eq!((catalog.generation(), catalog.knows("logger")), (first, true));
        catalog.learn("math", &told);
        catalog.learn("logger", &Bytes::new());
        assert_eq!(catalog.generation(), first + 2);
    }
}
