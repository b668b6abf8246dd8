//! A service whose messages die for as long as it is broken, and whose effects are counted by the ids of their events.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use bus::{Bus, Delivery, Event, Handler, Outcome, Subscription, WorkQueue};
use mesh::Identity;
use tokio::time::{Duration, Instant};
use tokio_util::sync::{CancellationToken, DropGuard};

pub(super) const SERVICE: &str = "work";
pub(super) const QUEUE: &str = "v1.work.store";

pub(super) struct Work {
    bus: Bus,
    is_broken: Arc<AtomicBool>,
    /// The events that were handled, in order; once more for each delivery.
    handled: Arc<Mutex<Vec<Event>>>,
    _running: DropGuard,
}

impl Work {
    /// Broken, until it is mended.
    pub(super) async fn start(bus: &Bus) -> Self {
        let queue = WorkQueue::new(SERVICE, "store", ["work.#"]);
        bus.declare(std::slice::from_ref(&queue)).await.unwrap();
        let (is_broken, handled) = (Arc::new(AtomicBool::new(true)), Arc::<Mutex<Vec<Event>>>::default());
        let handler: Handler = {
            let (is_broken, handled) = (is_broken.clone(), handled.clone());
            Arc::new(move |deliveries: Vec<Delivery>| {
                let is_broken = is_broken.load(Ordering::SeqCst);
                let outcome = |delivery: Delivery| {
                    if is_broken {
                        return Outcome::Reject { reason: format!("no such user '{}'", delivery.event.id) };
                    }
                    handled.lock().unwrap().push(delivery.event);
                    Outcome::Done
                };
                let outcomes = deliveries.into_iter().map(outcome).collect();
                Box::pin(std::future::ready(outcomes))
            })
        };
        let (stop, subscription) = (CancellationToken::new(), Subscription { batch: 50, ..Subscription::new(queue) });
        let (running, stopped) = (bus.clone(), stop.clone());
        tokio::spawn(async move { running.subscribe(subscription, handler, stopped).await });
        Self { bus: bus.clone(), is_broken, handled, _running: stop.drop_guard() }
    }

    pub(super) fn mend(&self, is_mended: bool) {
        self.is_broken.store(!is_mended, Ordering::SeqCst);
    }

    pub(super) fn handled(&self) -> Vec<Event> {
        self.handled.lock().unwrap().clone()
    }

    pub(super) async fn publish(&self, kind: &str, body: &str) -> Event {
        let someone = Identity { subject: "ada".to_owned(), roles: vec!["user".to_owned()], session: None };
        let event = Event::new(kind, "/test", body.to_owned());
        let event = Event { subject: Some("ada".to_owned()), identity: Some(someone), ..event };
        self.bus.publish(&event, Instant::now() + Duration::from_secs(20)).await.unwrap();
        event
    }

    pub(super) async fn publish_many(&self, count: usize) {
        let publish = async |number: usize| self.publish("work.done", &format!(r#"{{"number":{number}}}"#)).await;
        futures::future::join_all((0..count).map(publish)).await;
    }
}
