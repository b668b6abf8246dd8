//! What a process tells of itself over the queue: its services and how they do, what it did, and that it ends.

use std::time::Duration;

use bus::Bus;
use bus::heartbeat::{Heartbeat, TOPIC};
use serde_json::json;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::harness::{Mesh, PATIENCE, Way};

struct Listener {
    heard: mpsc::Receiver<bytes::Bytes>,
    _until: tokio_util::sync::DropGuard,
}

impl Listener {
    async fn start(mesh: &Mesh) -> Self {
        let (sink, heard) = mpsc::channel(100);
        let shutdown = CancellationToken::new();
        let bus = Bus::open(mesh.bus(), shutdown.clone()).await.unwrap();
        let stop = shutdown.clone();
        tokio::spawn(async move { bus.hear(TOPIC, sink, stop).await });
        Self { heard, _until: shutdown.drop_guard() }
    }

    /// The next heartbeat that is as wanted.
    async fn hears(&mut self, what: &str, wanted: impl Fn(&Heartbeat) -> bool) -> Heartbeat {
        let waiting = async {
            loop {
                let body = self.heard.recv().await.expect("it hears no more");
                let heartbeat: Heartbeat = serde_json::from_slice(&body).unwrap();
                if wanted(&heartbeat) {
                    return heartbeat;
                }
            }
        };
        let heard = tokio::time::timeout(PATIENCE + Duration::from_secs(10), waiting).await;
        heard.unwrap_or_else(|_| panic!("there was no heartbeat that {what}"))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_tells_how_it_does_and_that_it_ends_over_rabbitmq() {
    let mut mesh = Mesh::with(Way::Mixed, &[("SWITCHBOARD_INSTANCE", "the one")]).await;
    let mut listener = Listener::start(&mesh).await;
    mesh.post("/v1/events/logs", &json!({"name": "heartbeat", "data": "one"})).await.expect(202);
    mesh.get("/v1/math/add/1,2").await.expect(200);
    let handled = |it: &Heartbeat| it.bus.queues.get("v1.listener.store-logs").is_some_and(|queue| queue.handled > 0);
    let alive = listener
        .hears("counts the event", |it| handled(it) && it.routes.iter().any(|row| row.route.contains("math")))
        .await;
    assert_eq!((alive.instance.as_str(), alive.is_last), ("the one", false));
    assert_eq!(alive.version, env!("CARGO_PKG_VERSION"));
    let services: Vec<_> = alive.services.iter().map(|it| (it.name.as_str(), it.state.as_str())).collect();
    let expected = ["broker", "listener", "logger", "authenticator", "math", "operations"];
    assert_eq!(services, expected.map(|name| (name, "ready")));
    assert_eq!(alive.bus.queues["v1.listener.store-logs"].service, "listener");
    let sums = alive.routes.iter().filter(|it| it.route.contains("math")).map(|it| (it.calls, it.errors));
    assert_eq!(sums.fold((0, 0), |sum, it| (sum.0 + it.0, sum.1 + it.1)), (1, 0));
    mesh.stop().await;
    let last = listener.hears("is the last one", |it| it.is_last).await;
    assert!(last.services.iter().all(|it| it.state == "stopped"), "{:?}", last.services);
    assert_eq!((last.instance.as_str(), last.started_at), ("the one", alive.started_at));
}
