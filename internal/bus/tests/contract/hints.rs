//! Hints: told to whoever listens, and to nobody else.

use bus::Bus;
use bytes::Bytes;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::fresh::{Fresh, PATIENCE, until};

const TOPIC: &str = "weather";

/// Hears until it is dropped.
struct Listener {
    heard: mpsc::Receiver<Bytes>,
    _until: DropGuard,
}

impl Listener {
    /// Returns once it hears. What it was told until then is taken out of it again.
    async fn start(bus: &Bus, topic: &'static str, room: usize) -> Self {
        let mut listener = Self::begin(bus, topic, room).await;
        bus.tell(topic, "silence".into()).await;
        listener.hears("silence").await;
        listener
    }

    /// Returns once it hears; it may have been told more than once.
    async fn begin(bus: &Bus, topic: &'static str, room: usize) -> Self {
        let (sink, mut heard) = mpsc::channel(room);
        let (stop, hearing) = (CancellationToken::new(), bus.clone());
        let stopped = stop.clone();
        tokio::spawn(async move { hearing.hear(topic, sink, stopped).await });
        until("it hears", async || {
            bus.tell(topic, "is anybody there?".into()).await;
            heard.try_recv().is_ok()
        })
        .await;
        Self { heard, _until: stop.drop_guard() }
    }

    /// Waits for this very hint; what comes before it is gone.
    async fn hears(&mut self, hint: &str) {
        let waiting = async { while self.heard.recv().await.expect("it hears no more") != hint {} };
        assert!(timeout(PATIENCE, waiting).await.is_ok(), "'{hint}' was never heard");
    }
}

pub(crate) async fn everybody_who_hears_is_told_and_nobody_else(Fresh { bus, .. }: Fresh) {
    let mut one = Listener::start(&bus, TOPIC, 100).await;
    let mut other = Listener::start(&bus, TOPIC, 100).await;
    one.hears("silence").await;
    let mut elsewhere = Listener::start(&bus, "news", 100).await;
    bus.tell(TOPIC, "rain".into()).await;
    bus.tell(TOPIC, "sun".into()).await;
    for listener in [&mut one, &mut other] {
        let heard = [listener.heard.recv().await, listener.heard.recv().await];
        assert_eq!(heard, [Some("rain".into()), Some("sun".into())]);
    }
    drop(one);
    bus.tell(TOPIC, "snow".into()).await;
    other.hears("snow").await;
    bus.tell("news", "none".into()).await;
    assert_eq!(elsewhere.heard.recv().await, Some("none".into()), "what is told elsewhere is not heard");
}

pub(crate) async fn a_listener_that_takes_nothing_holds_up_nobody(Fresh { bus, .. }: Fresh) {
    let mut quick = Listener::start(&bus, TOPIC, 1_000).await;
    let mut full = Listener::begin(&bus, TOPIC, 1).await;
    for number in 0..50 {
        bus.tell(TOPIC, number.to_string().into()).await;
    }
    quick.hears("49").await;
    assert!(full.heard.recv().await.is_some(), "what it had room for");
    until("it is told again", async || {
        bus.tell(TOPIC, "again".into()).await;
        full.heard.try_recv().is_ok_and(|hint| hint == "again")
    })
    .await;
}

pub(crate) async fn a_hint_that_is_too_large_is_not_told(Fresh { bus, .. }: Fresh) {
    let mut listener = Listener::start(&bus, TOPIC, 100).await;
    bus.tell(TOPIC, vec![b'x'; (256 << 10) + 1].into()).await;
    bus.tell(TOPIC, "small".into()).await;
    assert_eq!(listener.heard.recv().await, Some("small".into()));
}
