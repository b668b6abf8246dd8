//! The names on the bus, the same on every engine, and what they are on RabbitMQ as data: exchanges, queues with their
//! arguments, bindings. Arguments of queues cannot be changed later, so only what stays goes there.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// Where events are published, by kind. It has no alternate exchange: with one, an event that nobody takes would be
/// confirmed like any other.
pub const EVENTS: &str = "events";
/// Where dead letters go, by the name of their queue.
pub const DEAD: &str = "dead";
/// Where a message goes when its wait on a rung is over, by the name of its work queue.
pub const DELAY_RETURN: &str = "delay.return";
/// Where messages wait whose work queue was deleted meanwhile; they would block every other one on their rung.
pub const UNROUTABLE: &str = "unroutable";

/// The exchange that hints on this topic go over.
pub fn hear(topic: &str) -> String {
    format!("hear.{topic}")
}

/// How often RabbitMQ gives out a message again before it takes it for a dead letter.
const DELIVERY_LIMIT: i64 = 20;
/// The same where nothing may ever be dropped; there is no word for "never" that all versions take.
const NO_DELIVERY_LIMIT: i64 = 1_000_000_000;

/// A durable queue that takes events by pattern.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
pub struct WorkQueue {
    /// `v1.<service>.<what>`.
    pub name: String,
    /// Whose it is; its dead letters are in `dead.<service>`.
    pub service: String,
    /// Topic patterns, such as `log.#`.
    pub patterns: Vec<String>,
}

impl WorkQueue {
    pub fn new(service: &str, what: &str, patterns: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            name: format!("v1.{service}.{what}"),
            service: service.to_owned(),
            patterns: patterns.into_iter().map(Into::into).collect(),
        }
    }

    pub fn dead_letters(&self) -> String {
        dead_letters(&self.service)
    }

    pub fn suspects(&self) -> String {
        format!("{}.suspect", self.name)
    }
}

/// The queue with a service's dead letters.
pub fn dead_letters(service: &str) -> String {
    format!("dead.{service}")
}

/// The exchange and the queue in which a failed message waits this long, such as `delay.30s`.
pub fn rung(wait: Duration) -> String {
    let millis = wait.as_millis();
    let units = [(3_600_000, "h"), (60_000, "m"), (1_000, "s"), (1, "ms")];
    let (unit, letter) = units.into_iter().find(|(unit, _)| millis.is_multiple_of(*unit)).unwrap_or((1, "ms"));
    format!("delay.{}{letter}", millis / unit)
}

/// Everything that is declared; all of it durable, every queue a quorum queue.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
pub struct Topology {
    pub exchanges: Vec<Exchange>,
    pub queues: Vec<Queue>,
    pub bindings: Vec<Binding>,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Exchange {
    pub name: String,
    pub kind: ExchangeKind,
    /// Takes what no binding of this exchange takes.
    pub alternate: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ExchangeKind {
    Direct,
    Fanout,
    Topic,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Queue {
    pub name: String,
    pub arguments: BTreeMap<&'static str, Argument>,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(untagged)]
pub enum Argument {
    Number(i64),
    Text(String),
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Binding {
    pub exchange: String,
    pub queue: String,
    pub key: String,
}

/// What these work queues and rungs need. A work queue that has the name of its service's dead letters stands for
/// those and adds nothing: so they can be subscribed to like any other queue.
pub fn topology(queues: &[WorkQueue], rungs: &[Duration]) -> Topology {
    let mut all = Topology::default();
    all.exchange(EVENTS, ExchangeKind::Topic, None);
    all.exchange(DEAD, ExchangeKind::Direct, None);
    all.exchange(UNROUTABLE, ExchangeKind::Fanout, None);
    all.exchange(DELAY_RETURN, ExchangeKind::Direct, Some(UNROUTABLE));
    all.queue(UNROUTABLE, [("x-delivery-limit", Argument::Number(NO_DELIVERY_LIMIT))]);
    all.bind(UNROUTABLE, UNROUTABLE, "");
    all.exchange(&hear(crate::heartbeat::TOPIC), ExchangeKind::Fanout, None);
    for wait in rungs {
        all.rung(*wait);
    }
    for queue in queues {
        all.work(queue);
    }
    all
}

impl Topology {
    /// What hints on this topic need.
    pub(crate) fn of_hints(topic: &str) -> Self {
        let mut all = Self::default();
        all.exchange(&hear(topic), ExchangeKind::Fanout, None);
        all
    }

    fn exchange(&mut self, name: &str, kind: ExchangeKind, alternate: Option<&str>) {
        if !self.exchanges.iter().any(|known| known.name == name) {
            self.exchanges.push(Exchange { name: name.to_owned(), kind, alternate: alternate.map(str::to_owned) });
        }
    }

    fn queue<const N: usize>(&mut self, name: &str, arguments: [(&'static str, Argument); N]) {
        if !self.queues.iter().any(|known| known.name == name) {
            let kind = [("x-queue-type", Argument::Text("quorum".to_owned()))];
            let arguments = kind.into_iter().chain(arguments).collect();
            self.queues.push(Queue { name: name.to_owned(), arguments });
        }
    }

    /// All but this queue.
    pub(crate) fn without(mut self, queue: &str) -> Self {
        self.queues.retain(|it| it.name != queue);
        self.bindings.retain(|it| it.queue != queue);
        self
    }

    fn bind(&mut self, exchange: &str, queue: &str, key: &str) {
        let binding = Binding { exchange: exchange.to_owned(), queue: queue.to_owned(), key: key.to_owned() };
        if !self.bindings.contains(&binding) {
            self.bindings.push(binding);
        }
    }

    /// One TTL per queue, as a message waits behind one with a longer TTL. What comes back keeps its routing key,
    /// which is the name of its work queue.
    fn rung(&mut self, wait: Duration) {
        let name = rung(wait);
        let millis = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
        self.exchange(&name, ExchangeKind::Fanout, None);
        let [exchange, strategy, overflow] = dead_lettered(DELAY_RETURN);
        self.queue(&name, [("x-message-ttl", Argument::Number(millis)), exchange, strategy, overflow]);
        self.bind(&name, &name, "");
    }

    fn work(&mut self, queue: &WorkQueue) {
        let dead = queue.dead_letters();
        self.queue(&dead, [("x-delivery-limit", Argument::Number(NO_DELIVERY_LIMIT))]);
        self.bind(DEAD, &dead, &dead);
        self.bind(DELAY_RETURN, &queue.name, &queue.name);
        if queue.name == dead {
            return;
        }
        for name in [queue.name.clone(), queue.suspects()] {
            let [exchange, strategy, overflow] = dead_lettered(DEAD);
            // Without a key of its own a dead letter keeps the event's, and arrives nowhere.
            let key = ("x-dead-letter-routing-key", Argument::Text(dead.clone()));
            let limit = ("x-delivery-limit", Argument::Number(DELIVERY_LIMIT));
            self.queue(&name, [exchange, key, strategy, overflow, limit]);
        }
        for pattern in &queue.patterns {
            self.bind(EVENTS, &queue.name, pattern);
        }
    }
}

/// At-least-once holds only together with reject-publish; otherwise it is silently at-most-once.
fn dead_lettered(exchange: &str) -> [(&'static str, Argument); 3] {
    [
        ("x-dead-letter-exchange", Argument::Text(exchange.to_owned())),
        ("x-dead-letter-strategy", Argument::Text("at-least-once".to_owned())),
        ("x-overflow", Argument::Text("reject-publish".to_owned())),
    ]
}

impl fmt::Display for Topology {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for exchange in &self.exchanges {
            write!(f, "exchange  {:<32}  {}", exchange.name, format!("{:?}", exchange.kind).to_lowercase())?;
            let alternate = exchange.alternate.as_ref();
            writeln!(f, "{}", alternate.map(|name| format!(", else {name}")).unwrap_or_default())?;
        }
        for queue in &self.queues {
            let arguments: Vec<_> = queue.arguments.iter().map(|(name, value)| format!("{name}={value}")).collect();
            writeln!(f, "queue     {:<32}  {}", queue.name, arguments.join(" "))?;
        }
        for Binding { exchange, queue, key } in &self.bindings {
            writeln!(f, "binding   {exchange:<32}  {} -> {queue}", if key.is_empty() { "(all)" } else { key })?;
        }
        Ok(())
    }
}

impl fmt::Display for Argument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rung_is_named_after_its_wait_in_the_largest_whole_unit() {
        let names: Vec<_> = crate::RUNGS.into_iter().map(rung).collect();
        assert_eq!(names, ["delay.1s", "delay.5s", "delay.30s", "delay.2m", "delay.10m", "delay.1h"]);
        assert_eq!(rung(Duration::from_millis(1_500)), "delay.1500ms");
    }

    #[test]
    fn every_exchange_and_queue_that_is_named_is_declared_once() {
        let queues = [WorkQueue::new("logger", "store", ["log.#"]), WorkQueue::new("logger", "count", ["log.#", "x"])];
        let all = topology(&queues, &[Duration::from_secs(1), Duration::from_secs(1)]);
        let exchanges: Vec<_> = all.exchanges.iter().map(|it| it.name.as_str()).collect();
        let names: Vec<_> = all.queues.iter().map(|it| it.name.as_str()).collect();
        for Binding { exchange, queue, .. } in &all.bindings {
            assert!(exchanges.contains(&exchange.as_str()) && names.contains(&queue.as_str()), "{exchange} {queue}");
        }
        for name in &names {
            assert_eq!(names.iter().filter(|it| it == &name).count(), 1, "{name}");
        }
        assert_eq!(names.len(), 7, "unroutable, one rung, dead.logger, two queues with their suspects: {names:?}");
    }

    #[test]
    fn a_subscription_to_dead_letters_declares_no_other_queue() {
        let queue = WorkQueue { name: "dead.logger".to_owned(), service: "logger".to_owned(), patterns: Vec::new() };
        let all = topology(&[queue], &[]);
        let names: Vec<_> = all.queues.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["unroutable", "dead.logger"]);
    }

    #[test]
    fn no_queue_has_a_length_and_none_of_the_work_queues_a_lifetime() {
        let all = topology(&[WorkQueue::new("logger", "store", ["log.#"])], &crate::RUNGS);
        let has = |queue: &Queue, argument: &str| queue.arguments.contains_key(argument);
        assert!(!all.queues.iter().any(|it| has(it, "x-max-length") || has(it, "x-expires")));
        assert!(!all.queues.iter().any(|it| it.name.starts_with("v1.") && has(it, "x-message-ttl")));
    }
}
