//! RabbitMQ that is away, comes, goes in the middle and comes back: events wait in the rows, and none is lost.

use std::collections::BTreeSet;
use std::sync::Arc;

use bus::{Bus, Config, Outbox, Outcome, Subscription, WorkQueue};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::adding::queue;
use crate::consumer::{Consumer, delivered_ids, event, ids};
use crate::fresh::{Fresh, config, until};
use crate::host::VirtualHost;
use crate::rows::{Relay, Rows};

/// A way to RabbitMQ that can be shut.
struct Way {
    address: std::net::SocketAddr,
    server: Arc<str>,
}

impl Way {
    fn to(host: &VirtualHost) -> (Self, String) {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap();
        let (credentials, rest) = host.url.split_once('@').unwrap();
        let (server, name) = rest.split_once('/').unwrap();
        (Self { address, server: server.into() }, format!("{credentials}@{address}/{name}"))
    }

    /// Open until it is aborted, with every connection on it.
    async fn open(&self) -> AbortHandle {
        let (front, server) = (TcpListener::bind(self.address).await.unwrap(), self.server.clone());
        let running = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((mut near, _)) = front.accept().await {
                let mut far = TcpStream::connect(&*server).await.unwrap();
                connections.spawn(async move { tokio::io::copy_bidirectional(&mut near, &mut far).await.ok() });
            }
        });
        running.abort_handle()
    }
}

async fn events_wait_and_none_is_lost(rows: Rows) {
    let host = VirtualHost::add();
    let (way, url) = Way::to(&host);
    let open = |url: &str| Bus::open(Config { url: Some(url.into()), ..config("") }, CancellationToken::new());
    let (near, far) = (open(&host.url).await.unwrap(), open(&url).await.unwrap());
    until("the queue is declared", async || near.declare(&[queue()]).await.is_ok()).await;
    let outbox = Outbox::new("test", rows.db.clone());
    let events: Vec<_> = (0..900).map(|number| event("log.INFO", number)).collect();
    let relay = Relay::start(&outbox, &far);
    rows.add(&outbox, &events[..300]).await;
    until("it is noticed", async || far.trouble().is_some()).await;
    assert_eq!((rows.due().await, rows.sent().await), (300, 0));
    let first = way.open().await;
    until("they go out", async || rows.sent().await == 300).await;
    rows.add(&outbox, &events[300..600]).await;
    first.abort();
    rows.add(&outbox, &events[600..]).await;
    until("it is noticed again", async || far.trouble().is_some()).await;
    let _second = way.open().await;
    until("all go out", async || rows.sent().await == 900).await;
    assert_eq!(rows.count("SELECT count(*) FROM bus_outbox WHERE unrouted_at IS NOT NULL").await, 0);
    relay.stop().await;
    let subscription = Subscription { batch: 100, ..Subscription::new(queue()) };
    let mut consumer = Consumer::each(&near, subscription, |_| Outcome::Done);
    let mut seen = BTreeSet::new();
    until("all are delivered", async || {
        seen.extend(delivered_ids(&consumer.rest()));
        seen.len() >= 900 && near.depth(&queue().name).await.unwrap() == Some(0)
    })
    .await;
    assert_eq!(seen, ids(&events).into_iter().collect());
    consumer.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_of_sqlite_wait_for_rabbitmq_and_none_is_lost() {
    crate::rows::sqlite(events_wait_and_none_is_lost).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_of_postgres_wait_for_rabbitmq_and_none_is_lost() {
    crate::rows::postgres(events_wait_and_none_is_lost).await;
}

/// More rows than fit into a page are for a queue that has no room.
async fn a_full_queue_blocks_nobody(rows: Rows) {
    let host = VirtualHost::add();
    let config = Config { url: Some(host.url.clone().into()), ..config("") };
    let bus = Bus::open(config, CancellationToken::new()).await.unwrap();
    let limit = r#"{"max-length":1,"overflow":"reject-publish"}"#;
    host.ctl("set_policy", &["full", "^v1[.]full[.]take$", limit, "--apply-to", "queues"]);
    let full = WorkQueue::new("full", "take", ["full.#"]);
    until("the queues are declared", async || bus.declare(&[full.clone(), queue()]).await.is_ok()).await;
    let outbox = Outbox::new("test", rows.db.clone());
    let blocked: Vec<_> = (0..1_200).map(|number| event("full.up", number)).collect();
    let others: Vec<_> = (0..20).map(|number| event("log.INFO", number)).collect();
    rows.add(&outbox, &blocked).await;
    rows.add(&outbox, &others).await;
    let relay = Relay::start(&outbox, &bus);
    let mut consumer = Consumer::each(&bus, Subscription::new(queue()), |_| Outcome::Done);
    let seen: BTreeSet<_> = delivered_ids(&consumer.deliveries(20).await).into_iter().collect();
    assert_eq!(seen, ids(&others).into_iter().collect());
    assert!(rows.due().await > 500, "most of the others wait");
    relay.stop().await;
    consumer.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_queue_on_rabbitmq_blocks_no_events_of_sqlite() {
    crate::rows::sqlite(a_full_queue_blocks_nobody).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_queue_on_rabbitmq_blocks_no_events_of_postgres() {
    crate::rows::postgres(a_full_queue_blocks_nobody).await;
}

/// PostgreSQL ends every connection, also the one that holds a page.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_goes_on_when_postgres_has_ended_its_connections() {
    crate::rows::postgres(async |rows| {
        let Fresh { bus, .. } = &Fresh::embedded().await;
        bus.declare(&[queue()]).await.unwrap();
        let outbox = Outbox::new("test", rows.db.clone());
        let relay = Relay::start(&outbox, bus);
        let events: Vec<_> = (0..10).map(|number| event("log.INFO", number)).collect();
        for event in &events {
            rows.add(&outbox, std::slice::from_ref(event)).await;
            let all = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                       WHERE datname = current_database() AND pid <> pg_backend_pid()";
            until("PostgreSQL answers", async || rows.db.query(all).fetch_one::<(i64,)>().await.is_ok()).await;
            until("PostgreSQL is back", async || rows.db.ping().await.is_ok()).await;
        }
        let sent = "SELECT count(*) FROM bus_outbox WHERE sent_at IS NOT NULL";
        let all_sent = async || rows.db.query(sent).fetch_one::<(i64,)>().await.is_ok_and(|it| it.0 == 10);
        until("all go out", all_sent).await;
        relay.stop().await;
    })
    .await;
}
