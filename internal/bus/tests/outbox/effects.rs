//! An effect once, whatever becomes of who has it: a consumer that is killed again and again between the commit of its
//! effect and the acknowledgement of the message. The process is this test itself, started once more with the place of
//! its rows and its queue in the environment.

use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bus::dedupe::{Begun, Fingerprint, begin, finish};
use bus::{Bus, Config, Delivery, Event, Handler, Outcome, Subscription};
use mesh::Error;
use mesh::db::Db;
use secrecy::SecretString;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::adding::queue;
use crate::consumer::{event, publish};
use crate::fresh::{config, until};
use crate::host::VirtualHost;
use crate::rows::{Rows, open};

const ROWS: &str = "TEST_EFFECTS_ROWS";
const QUEUE: &str = "TEST_EFFECTS_QUEUE";

const EVENTS: usize = 60;
const LIVES: usize = 3;
/// Of so many, one may be left unanswered for ever after its effect: it is in hand when the process ends. A process leaves
/// only its first one so, as the other half of its hands has to go on.
const HANGS: usize = 20;

fn at(place: &str) -> Config {
    match place.contains("://") {
        true => Config { url: Some(place.into()), ..config("") },
        false => config(place),
    }
}

/// Counts, so that a second effect is seen.
async fn effect(db: &Db, event: &Event) -> Result<Begun, Error> {
    let print = Fingerprint::of(&SecretString::from("a key of the service"), &event.body);
    let mut tx = db.begin().await?;
    let begun = begin(&mut tx, "count", &event.id, &print).await?;
    if begun == Begun::Fresh {
        let counted = "INSERT INTO effects (id, times) VALUES ($1, 1)
                       ON CONFLICT (id) DO UPDATE SET times = effects.times + 1";
        tx.query(counted).bind(event.id.clone()).execute().await?;
        finish(&mut tx, "count", &event.id, &Value::Null).await?;
        tx.commit().await?;
    }
    Ok(begun)
}

/// The process that is killed.
async fn counts_until_it_is_killed(rows: String, place: String) {
    let url = rows.contains("://").then_some(&*rows);
    let db = open(url, rows.as_ref(), true).await;
    let bus = Bus::open(at(&place), CancellationToken::new()).await.unwrap();
    let subscription = Subscription { batch: 5, concurrency: 2, ..Subscription::new(queue()) };
    bus.subscribe(subscription, handler(db, true), CancellationToken::new()).await;
}

fn handler(db: Db, hangs: bool) -> Handler {
    let hangs = Arc::new(AtomicBool::new(hangs));
    Arc::new(move |deliveries: Vec<Delivery>| {
        let (db, hangs) = (db.clone(), hangs.clone());
        Box::pin(async move {
            let mut outcomes = Vec::new();
            for Delivery { event, .. } in &deliveries {
                let begun = effect(&db, event).await;
                let number: usize = std::str::from_utf8(&event.body).unwrap().parse().unwrap();
                let due = matches!(begun, Ok(Begun::Fresh)) && number.is_multiple_of(HANGS);
                if due && hangs.swap(false, Ordering::Relaxed) {
                    std::future::pending::<()>().await;
                }
                outcomes.push(match begun {
                    Ok(Begun::Fresh | Begun::Done(_)) => Outcome::Done,
                    Ok(Begun::Conflict) => Outcome::Reject { reason: "another content".to_owned() },
                    Err(error) => Outcome::Unavailable { reason: error.detail, after: None },
                });
            }
            outcomes
        })
    })
}

/// Killed at the latest when its test ends.
struct Life(Child);

impl Life {
    fn begin(test: &str, rows: &Rows, queue: &str) -> Self {
        let place = rows.url.clone().unwrap_or_else(|| rows.file.display().to_string());
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", test, "--nocapture"]).env(ROWS, place).env(QUEUE, queue);
        Self(command.stdout(Stdio::null()).spawn().unwrap())
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

async fn happen_once(test: &str, rows: Rows, place: String) {
    let bus = Bus::open(at(&place), CancellationToken::new()).await.unwrap();
    until("the queue is declared", async || bus.declare(&[queue()]).await.is_ok()).await;
    for number in 0..EVENTS {
        publish(&bus, &Event { body: number.to_string().into(), ..event("log.INFO", number) }).await;
    }
    bus.close().await;
    for life in 1..=LIVES {
        let process = Life::begin(test, &rows, &place);
        // So many only after one that hangs, which its end takes out of its hand after the effect.
        let enough = (EVENTS * life / (LIVES + 1)) as i64;
        until("it is at work", async || rows.count("SELECT count(*) FROM effects").await >= enough).await;
        drop(process);
    }
    let bus = Bus::open(at(&place), CancellationToken::new()).await.unwrap();
    let (stop, consumed, handler) = (CancellationToken::new(), bus.clone(), handler(rows.db.clone(), false));
    let stopped = stop.clone();
    let running = tokio::spawn(async move {
        let subscription = Subscription { batch: 5, ..Subscription::new(queue()) };
        consumed.subscribe(subscription, handler, stopped).await;
    });
    until("all have their effect", async || {
        let left = [queue().name, queue().suspects()];
        let left = left.each_ref().map(|name| bus.depth(name));
        let left = futures::future::join_all(left).await.into_iter().filter_map(|depth| depth.unwrap()).sum::<u64>();
        left == 0 && rows.count("SELECT count(*) FROM effects").await == EVENTS as i64
    })
    .await;
    stop.cancel();
    running.await.unwrap();
    let times = rows.count("SELECT max(times) FROM effects").await;
    assert_eq!(times, 1, "an effect happened {times} times");
    bus.close().await;
}

async fn over_embedded(test: &str, rows: Rows) {
    let folder = tempfile::tempdir().unwrap();
    happen_once(test, rows, folder.path().join("bus.db").display().to_string()).await;
}

async fn over_rabbitmq(test: &str, rows: Rows) {
    let host = VirtualHost::add();
    happen_once(test, rows, host.url.clone()).await;
}

macro_rules! effects {
    ($($name:ident: $rows:ident $bus:ident)+) => {
        $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            if let (Ok(rows), Ok(queue)) = (std::env::var(ROWS), std::env::var(QUEUE)) {
                return counts_until_it_is_killed(rows, queue).await;
            }
            crate::rows::$rows(async |rows| $bus(concat!("effects::", stringify!($name)), rows).await).await;
        })+
    };
}

effects! {
    a_killed_consumer_on_sqlite_and_embedded_has_each_effect_once: sqlite over_embedded
    a_killed_consumer_on_postgres_and_rabbitmq_has_each_effect_once: postgres over_rabbitmq
}
