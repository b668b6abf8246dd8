//! Hints over RabbitMQ: what is declared for them, that they are heard again after a loss, and that they come to an end
//! with the process, the last one included.

use bus::Bus;
use bytes::Bytes;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::fresh::{Fresh, config, until};

const TOPIC: &str = "weather";

fn hear(bus: &Bus, stop: &CancellationToken) -> mpsc::Receiver<Bytes> {
    let (sink, heard) = mpsc::channel(10_000);
    let (bus, stop) = (bus.clone(), stop.clone());
    tokio::spawn(async move { bus.hear(TOPIC, sink, stop).await });
    heard
}

async fn hears(bus: &Bus, heard: &mut mpsc::Receiver<Bytes>, what: &str) {
    until("it is heard", async || {
        bus.tell(TOPIC, what.to_owned().into()).await;
        std::iter::from_fn(|| heard.try_recv().ok()).any(|hint| hint == what)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hints_are_heard_again_after_closed_connections() {
    let Fresh { bus, host, _tasks } = Fresh::start().await;
    let mut heard = hear(&bus, &CancellationToken::new());
    hears(&bus, &mut heard, "before").await;
    host.close_connections();
    hears(&bus, &mut heard, "after").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_listener_has_a_queue_of_its_own_with_a_bound_and_takes_it_away() {
    let Fresh { bus, host, _tasks } = Fresh::start().await;
    let stop = CancellationToken::new();
    let mut heard = hear(&bus, &stop);
    hears(&bus, &mut heard, "anything").await;
    let queues = || host.ctl("list_queues", &["name", "durable", "exclusive", "auto_delete", "arguments"]);
    let all = queues();
    let queue = all.lines().find(|line| line.starts_with("hear.weather.test-")).expect("the listener has a queue");
    assert!(queue.contains("\tfalse\ttrue\ttrue\t"), "{queue}");
    assert!(queue.contains(r#"{"x-max-length",10000}"#) && queue.contains("drop-head"), "{queue}");
    assert!(queue.contains(r#"{"x-max-length-bytes",16777216}"#), "{queue}");
    stop.cancel();
    until("its queue is gone", async || !queues().contains("hear.weather.")).await;
    // The exchange is still there for whoever tells, and telling nobody disturbs nobody.
    bus.tell(TOPIC, "to nobody".into()).await;
    let mut again = hear(&bus, &CancellationToken::new());
    hears(&bus, &mut again, "to somebody").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_hint_goes_out_before_a_bus_closes() {
    let Fresh { bus, host, _tasks } = Fresh::start().await;
    let mut heard = hear(&bus, &CancellationToken::new());
    hears(&bus, &mut heard, "anything").await;
    let other = Bus::open(config(&host.url), CancellationToken::new()).await.unwrap();
    until("it is connected", async || other.declare(&[]).await.is_ok()).await;
    other.tell(TOPIC, "goodbye".into()).await;
    other.close().await;
    until("the last one is heard", async || heard.try_recv().is_ok_and(|hint| hint == "goodbye")).await;
}
