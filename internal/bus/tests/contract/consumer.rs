//! A subscription under test: what was handed to it comes out of a channel, what it answers is a closure.

use std::future::ready;
use std::sync::Arc;

use bus::{Bus, Delivery, Event, Handler, Outcome, Subscription, WorkQueue};
use futures::future::BoxFuture;
use mesh::Identity;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use crate::fresh::{PATIENCE, soon};

pub(crate) struct Consumer {
    seen: mpsc::UnboundedReceiver<Seen>,
    stop: CancellationToken,
    running: JoinHandle<()>,
}

/// One call of the handler.
pub(crate) struct Seen {
    pub(crate) at: Instant,
    pub(crate) deliveries: Vec<Delivery>,
}

impl Consumer {
    /// Answers each delivery by itself, at once.
    pub(crate) fn each(
        bus: &Bus,
        subscription: Subscription,
        outcome: impl Fn(&Delivery) -> Outcome + Send + Sync + 'static,
    ) -> Self {
        Self::batches(bus, subscription, move |deliveries| {
            let outcomes = deliveries.iter().map(&outcome).collect();
            Box::pin(ready(outcomes))
        })
    }

    pub(crate) fn batches(
        bus: &Bus,
        subscription: Subscription,
        answer: impl Fn(Vec<Delivery>) -> BoxFuture<'static, Vec<Outcome>> + Send + Sync + 'static,
    ) -> Self {
        let (sender, seen) = mpsc::unbounded_channel();
        let handler: Handler = Arc::new(move |deliveries: Vec<Delivery>| {
            // Nobody may be listening any more, when the test has seen enough.
            sender.send(Seen { at: Instant::now(), deliveries: deliveries.clone() }).ok();
            answer(deliveries)
        });
        let (stop, bus) = (CancellationToken::new(), bus.clone());
        let stopped = stop.clone();
        let running = tokio::spawn(async move { bus.subscribe(subscription, handler, stopped).await });
        Self { seen, stop, running }
    }

    pub(crate) async fn call(&mut self) -> Seen {
        let seen = timeout(PATIENCE, self.seen.recv()).await.expect("nothing was delivered");
        seen.expect("the subscription has ended")
    }

    /// The deliveries of as many calls as it takes to have `count`.
    pub(crate) async fn deliveries(&mut self, count: usize) -> Vec<Delivery> {
        let mut all = Vec::new();
        while all.len() < count {
            all.extend(self.call().await.deliveries);
        }
        all
    }

    pub(crate) async fn delivery(&mut self) -> Delivery {
        let mut deliveries = self.call().await.deliveries;
        assert_eq!(deliveries.len(), 1, "one delivery was expected");
        deliveries.remove(0)
    }

    /// What was delivered and not looked at yet.
    pub(crate) fn rest(&mut self) -> Vec<Delivery> {
        let mut all = Vec::new();
        while let Ok(seen) = self.seen.try_recv() {
            all.extend(seen.deliveries);
        }
        all
    }

    pub(crate) fn tell_to_stop(&self) {
        self.stop.cancel();
    }

    pub(crate) fn has_stopped(&self) -> bool {
        self.running.is_finished()
    }

    pub(crate) async fn stop(&mut self) {
        self.stop.cancel();
        timeout(PATIENCE, &mut self.running).await.expect("the subscription does not stop").unwrap();
    }
}

/// Takes one message from the dead letters of `service`.
pub(crate) async fn dead_letter(bus: &Bus, service: &str) -> Delivery {
    let mut consumer = Consumer::each(bus, Subscription::new(dead_letters(service)), |_| Outcome::Done);
    let delivery = consumer.delivery().await;
    consumer.stop().await;
    delivery
}

pub(crate) fn dead_letters(service: &str) -> WorkQueue {
    let name = bus::topology::dead_letters(service);
    WorkQueue { name, service: service.to_owned(), patterns: Vec::new() }
}

pub(crate) fn event(kind: &str, number: usize) -> Event {
    Event::new(kind, "/test", format!(r#"{{"number":{number}}}"#))
}

pub(crate) fn someone() -> Identity {
    let (subject, roles) = ("user \"7\" / ü".to_owned(), vec!["user".to_owned(), "admin".to_owned()]);
    Identity { subject, roles, session: Some("session-1".to_owned()) }
}

pub(crate) async fn publish(bus: &Bus, event: &Event) {
    bus.publish(event, soon()).await.unwrap();
}

/// Declares `queue` and publishes `count` events of `kind` to it, all caused by `someone`.
pub(crate) async fn fill(bus: &Bus, queue: &WorkQueue, kind: &str, count: usize) -> Vec<Event> {
    bus.declare(std::slice::from_ref(queue)).await.unwrap();
    let of_somebody = |number| Event { identity: Some(someone()), ..event(kind, number) };
    let events: Vec<_> = (0..count).map(of_somebody).collect();
    for event in &events {
        publish(bus, event).await;
    }
    events
}

pub(crate) fn retry(reason: &str) -> Outcome {
    Outcome::Retry { reason: reason.to_owned(), after: None }
}

pub(crate) fn ids<'a>(events: impl IntoIterator<Item = &'a Event>) -> Vec<String> {
    let mut ids: Vec<_> = events.into_iter().map(|event| event.id.clone()).collect();
    ids.sort();
    ids
}

pub(crate) fn delivered_ids(deliveries: &[Delivery]) -> Vec<String> {
    ids(deliveries.iter().map(|delivery| &delivery.event))
}
