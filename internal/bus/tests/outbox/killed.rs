//! A process that is killed while it relays. The process is this test itself, started once more with the place of its
//! rows and its queue in the environment.

use std::collections::BTreeSet;
use std::process::{Child, Command, Stdio};

use bus::{Bus, Config, Outbox, Outcome, Subscription};
use tokio_util::sync::CancellationToken;

use crate::adding::queue;
use crate::consumer::{Consumer, delivered_ids, event, ids};
use crate::fresh::{config, until};
use crate::host::VirtualHost;
use crate::rows::{Relay, Rows, open};

const ROWS: &str = "TEST_RELAY_ROWS";
const QUEUE: &str = "TEST_RELAY_QUEUE";

const EVENTS: usize = 3_000;

fn at(place: &str) -> Config {
    match place.contains("://") {
        true => Config { url: Some(place.into()), ..config("") },
        false => config(place),
    }
}

/// The process that is killed: relays until then.
async fn relay_for_ever(rows: String, queue: String) {
    let url = rows.contains("://").then_some(&*rows);
    let db = open(url, rows.as_ref(), true).await;
    let bus = Bus::open(at(&queue), CancellationToken::new()).await.unwrap();
    Outbox::new("test", db).run(&bus, &CancellationToken::new()).await.unwrap();
}

/// Killed at the latest when its test ends.
struct Process(Child);

impl Process {
    fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

fn start(test: &str, rows: &Rows, queue: &str) -> Process {
    let place = rows.url.clone().unwrap_or_else(|| rows.file.display().to_string());
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture"]).env(ROWS, place).env(QUEUE, queue);
    Process(command.stdout(Stdio::null()).spawn().unwrap())
}

async fn survives(test: &str, rows: Rows, place: String) {
    let prepared = Bus::open(at(&place), CancellationToken::new()).await.unwrap();
    until("the queue is declared", async || prepared.declare(&[queue()]).await.is_ok()).await;
    prepared.close().await;
    let outbox = Outbox::new("test", rows.db.clone());
    let events: Vec<_> = (0..EVENTS).map(|number| event("log.INFO", number)).collect();
    rows.add(&outbox, &events).await;
    for least in [1, 1_001] {
        let mut relay = start(test, &rows, &place);
        until("it has begun", async || rows.sent().await >= least).await;
        relay.kill();
    }
    let bus = Bus::open(at(&place), CancellationToken::new()).await.unwrap();
    let relay = Relay::start(&outbox, &bus);
    until("the rest is marked", async || rows.sent().await == EVENTS as i64).await;
    relay.stop().await;
    let mut seen = BTreeSet::new();
    let subscription = Subscription { batch: 100, ..Subscription::new(queue()) };
    let mut consumer = Consumer::each(&bus, subscription, |_| Outcome::Done);
    until("all are delivered", async || {
        seen.extend(delivered_ids(&consumer.rest()));
        seen.len() >= EVENTS && bus.depth(&queue().name).await.unwrap() == Some(0)
    })
    .await;
    assert_eq!(seen, ids(&events).into_iter().collect());
    consumer.stop().await;
    bus.close().await;
}

async fn over_embedded(test: &str, rows: Rows) {
    let folder = tempfile::tempdir().unwrap();
    survives(test, rows, folder.path().join("bus.db").display().to_string()).await;
}

async fn over_rabbitmq(test: &str, rows: Rows) {
    let host = VirtualHost::add();
    survives(test, rows, host.url.clone()).await;
}

macro_rules! killed {
    ($($name:ident: $rows:ident $bus:ident)+) => {
        $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            if let (Ok(rows), Ok(queue)) = (std::env::var(ROWS), std::env::var(QUEUE)) {
                return relay_for_ever(rows, queue).await;
            }
            crate::rows::$rows(async |rows| $bus(concat!("killed::", stringify!($name)), rows).await).await;
        })+
    };
}

killed! {
    a_killed_relay_from_sqlite_to_embedded_loses_nothing: sqlite over_embedded
    a_killed_relay_from_sqlite_to_rabbitmq_loses_nothing: sqlite over_rabbitmq
    a_killed_relay_from_postgres_to_embedded_loses_nothing: postgres over_embedded
    a_killed_relay_from_postgres_to_rabbitmq_loses_nothing: postgres over_rabbitmq
}
