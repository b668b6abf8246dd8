//! Takes dead letters from the queues into rows, for every service that was ever heard to consume. A letter leaves its
//! queue once its row is committed; while the rows are away, letters stay where they are.

mod cause;
mod deaths;

use std::collections::BTreeSet;
use std::sync::Arc;

use bus::event::is_key;
use bus::topology::dead_letters;
use bus::{Delivery, Handler, Outcome, Subscription, WorkQueue};
use chrono::Utc;
use futures::FutureExt;
use mesh::Error;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::door::Door;

#[cfg(test)]
pub(crate) use deaths::keep;

/// It consumes wherever events are, so it is never waited for.
const ALWAYS: &str = "listener";
/// Letters in one transaction: few, as each may be as large as a body may be.
const BATCH: usize = 20;
/// Services beyond this are nobody's: names come from others.
const MOST: usize = 1_000;

/// Drains until `stop`; `told` brings the names of services that consume.
pub(crate) async fn run(
    door: &Door,
    told: &mut mpsc::Receiver<String>,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    let mut drains = Drains { door, stop, known: BTreeSet::new(), running: JoinSet::new() };
    drains.begin(ALWAYS.to_owned());
    for (service,) in door.db.query(KNOWN).fetch_all::<(String,)>().await? {
        drains.begin(service);
    }
    while !stop.is_cancelled() {
        tokio::select! {
            () = stop.cancelled() => {}
            Some(service) = told.recv() => {
                // It is told of again with its next heartbeat, and the others are drained meanwhile.
                if let Err(error) = drains.remember(service).await {
                    error.log("the dead letters of a service are not drained yet");
                }
            }
            // One that ends before it was told to has panicked: all are started again.
            Some(ended) = drains.running.join_next(), if !stop.is_cancelled() => ended?,
        }
    }
    while let Some(ended) = drains.running.join_next().await {
        ended?;
    }
    Ok(())
}

struct Drains<'a> {
    door: &'a Door,
    stop: &'a CancellationToken,
    known: BTreeSet<String>,
    running: JoinSet<()>,
}

impl Drains<'_> {
    /// Notes a service that is new, so that its letters are drained also after a restart and without it.
    async fn remember(&mut self, service: String) -> Result<(), Error> {
        if self.known.contains(&service) || self.known.len() >= MOST || !is_name(&service) {
            return Ok(());
        }
        self.door.db.query(REMEMBER).bind(service.clone()).bind(Utc::now()).execute().await?;
        self.begin(service);
        Ok(())
    }

    fn begin(&mut self, service: String) {
        if !self.known.insert(service.clone()) {
            return;
        }
        let queue = WorkQueue { name: dead_letters(&service), service: service.clone(), patterns: Vec::new() };
        let subscription = Subscription { batch: BATCH, ..Subscription::new(queue) };
        let (bus, stop) = (self.door.bus.clone(), self.stop.clone());
        let handler = handler(self.door, service.into());
        self.running.spawn(async move { bus.subscribe(subscription, handler, stop).await });
    }
}

/// One word, as the names of queues are made of them.
fn is_name(service: &str) -> bool {
    is_key(service) && !service.contains('.') && service.len() <= 100
}

fn handler(door: &Door, service: Arc<str>) -> Handler {
    let door = door.clone();
    Arc::new(move |deliveries| {
        let (door, service) = (door.clone(), service.clone());
        async move { drained(&door, &service, &deliveries).await }.boxed()
    })
}

async fn drained(door: &Door, service: &str, deliveries: &[Delivery]) -> Vec<Outcome> {
    let Err(error) = deaths::keep(door, service, deliveries).await else {
        return vec![Outcome::Done; deliveries.len()];
    };
    if error.is_unavailable() || deliveries.len() == 1 {
        return vec![given_back(&error); deliveries.len()];
    }
    // One of them cannot be kept, which the others should not wait for.
    let mut outcomes = Vec::new();
    for delivery in deliveries {
        let kept = deaths::keep(door, service, std::slice::from_ref(delivery)).await;
        outcomes.push(kept.map_or_else(|error| given_back(&error), |()| Outcome::Done));
    }
    outcomes
}

fn given_back(error: &Error) -> Outcome {
    if error.is_unavailable() {
        return Outcome::Unavailable { reason: error.detail.clone(), after: None };
    }
    error.log("a dead letter could not be kept");
    Outcome::Retry { reason: error.detail.clone(), after: None }
}

const KNOWN: &str = "SELECT service FROM drained ORDER BY since LIMIT 1000";

const REMEMBER: &str = "INSERT INTO drained (service, since) VALUES ($1, $2) ON CONFLICT (service) DO NOTHING";
