//! A network that is cut, half-open, one-way, slow, or away for a moment.

use std::time::Duration;

use faults::{Direction, Proxy};

use crate::fresh::until;
use crate::host::VirtualHost;
use crate::scene::{LIST_CONSUMERS, Scene, prefetches};

/// In each direction.
const DELAY: Duration = Duration::from_millis(100);

/// A scene whose bus reaches RabbitMQ by way of a proxy.
async fn by_proxy() -> (Scene, Proxy, VirtualHost) {
    let host = VirtualHost::add();
    let (credentials, rest) = host.url.split_once('@').unwrap();
    let (server, name) = rest.split_once('/').unwrap();
    let proxy = Proxy::to(server).await.unwrap();
    let scene = Scene::start(&format!("{credentials}@{}/{name}", proxy.address())).await;
    (scene, proxy, host)
}

/// Threads that serve connections of lapin.
fn connections() -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let names = tasks.map(|task| std::fs::read_to_string(task.unwrap().path().join("comm")).unwrap_or_default());
    names.filter(|name| name.trim() == "lapin-io-loop").count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_cut_everything_comes_back_with_its_prefetch() {
    let (scene, proxy, host) = by_proxy().await;
    let before = prefetches(&host.ctl(LIST_CONSUMERS[0], &LIST_CONSUMERS[1..]));
    assert_eq!(before["v1.logger.write"], [40]);
    proxy.cut();
    assert!(scene.told().await.starts_with("RabbitMQ does not answer"));
    until("publishers are refused", async || scene.refused() > 10).await;
    proxy.open();
    scene.recovered().await;
    assert_eq!(prefetches(&host.ctl(LIST_CONSUMERS[0], &LIST_CONSUMERS[1..])), before);
    scene.end().await;
}

/// For so long that the connections are given up, and tries to connect too: none of them may be left behind.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_half_open_network_is_told_and_given_up_and_leaves_nothing_behind() {
    let (scene, proxy, _host) = by_proxy().await;
    let (connected, threads) = (proxy.accepted(), connections());
    proxy.half_open();
    assert_eq!(scene.told().await, "RabbitMQ does not answer: no answer in time");
    let confirmed = scene.confirmed();
    until("connecting was tried and given up", async || proxy.accepted() >= connected + 4).await;
    // One that is tried for each that there was, and none of those before.
    until("no connection is left behind", async || connections() <= threads).await;
    assert!(scene.bus.trouble().is_some());
    assert_eq!(scene.confirmed(), confirmed, "confirmed by nobody");
    proxy.open();
    scene.recovered().await;
    scene.end().await;
}

/// What was sent arrives and its confirm does not: the same event comes twice, and is confirmed once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_one_direction_is_lost_it_is_told_and_nothing_is_confirmed() {
    let (scene, proxy, _host) = by_proxy().await;
    for direction in [Direction::ToClient, Direction::ToServer] {
        proxy.lose(direction);
        scene.told().await;
        let confirmed = scene.confirmed();
        let refused = scene.refused();
        until("publishers run out of time", async || scene.refused() > refused).await;
        assert_eq!(scene.confirmed(), confirmed, "confirmed by nobody");
        proxy.open();
        scene.recovered().await;
    }
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_short_silence_the_same_connections_go_on() {
    let (scene, proxy, _host) = by_proxy().await;
    let connected = proxy.accepted();
    proxy.hold_back(Direction::ToServer);
    assert_eq!(scene.told().await, "RabbitMQ does not answer: no answer in time");
    proxy.open();
    scene.recovered().await;
    assert_eq!(proxy.accepted(), connected, "connected anew");
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_network_is_no_trouble() {
    let (scene, proxy, _host) = by_proxy().await;
    let (connected, refused) = (proxy.accepted(), scene.refused());
    proxy.delay(DELAY);
    scene.works().await;
    assert_eq!((scene.bus.trouble(), proxy.accepted(), scene.refused()), (None, connected, refused));
    // Coming back takes longer then, and still works.
    proxy.cut();
    scene.told().await;
    proxy.delay(DELAY);
    scene.recovered().await;
    scene.end().await;
}
