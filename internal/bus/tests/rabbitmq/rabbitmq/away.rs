//! RabbitMQ that is not there: said in words, at once, and never a false success.

use std::net::SocketAddr;
use std::time::Duration;

use bus::{Bus, Subscription, WorkQueue};
use tokio::net::TcpSocket;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use crate::consumer::{Consumer, event};
use crate::fresh::{Fresh, PATIENCE, config, soon, until};

/// A port that refuses connections and that nobody else is given as long as this is held.
fn refusing() -> (TcpSocket, SocketAddr) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

async fn nowhere() -> (Bus, CancellationToken, TcpSocket) {
    let (held, address) = refusing();
    let url = format!("amqp://me:s3cret@{address}");
    let shutdown = CancellationToken::new();
    (Bus::open(config(&url), shutdown.clone()).await.unwrap(), shutdown, held)
}

#[tokio::test]
async fn calls_fail_within_a_second_and_say_so_without_the_url() {
    let (bus, _shutdown, _held) = nowhere().await;
    until("it is noticed", async || bus.trouble().is_some_and(|it| it.contains("connection refused"))).await;
    let trouble = bus.trouble().unwrap();
    assert_eq!(trouble, "RabbitMQ does not answer: connection refused");
    assert!(bus.describe().starts_with("RabbitMQ amqp://me:***@127.0.0.1:"), "{}", bus.describe());
    let began = Instant::now();
    let published = bus.publish(&event("log.INFO", 1), soon()).await;
    let error = mesh::Error::from(published.unwrap_err());
    assert_eq!((error.code, error.detail.as_str()), (mesh::Code::Unavailable, "the queue is not available"));
    let causes = error.causes();
    assert!(causes.contains("amqp://me:***@127.0.0.1:") && !causes.contains("s3cret"), "{causes}");
    let counted = bus.depth("any").await.unwrap_err();
    assert_eq!((counted.code, counted.detail.as_str()), (mesh::Code::Unavailable, "the queue is not available"));
    assert!(began.elapsed() < PATIENCE / 2, "it took {:?}", began.elapsed());
    // A busy machine may hold one up; without its deadline each would take a second.
    until("a call ends with its own deadline", async || {
        let deadline = Instant::now() + Duration::from_millis(100);
        bus.publish(&event("log.INFO", 1), deadline).await.unwrap_err();
        deadline.elapsed() < Duration::from_millis(500)
    })
    .await;
}

/// An operator's command may come a little before RabbitMQ does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn declaring_waits_for_a_connection() {
    let fresh = Fresh::start().await;
    let (front, address) = refusing();
    let (credentials, rest) = fresh.host.url.split_once('@').unwrap();
    let (server, host) = rest.split_once('/').unwrap();
    let url = format!("{credentials}@{address}/{host}");
    let bus = Bus::open(config(&url), CancellationToken::new()).await.unwrap();
    let mut declaring = Box::pin(bus.declare(&[]));
    let early = timeout(Duration::from_millis(1500), &mut declaring).await;
    assert!(early.is_err(), "it gave up: {early:?}");
    let front = front.listen(16).unwrap();
    let server = server.to_owned();
    tokio::spawn(async move {
        while let Ok((mut near, _)) = front.accept().await {
            let mut far = tokio::net::TcpStream::connect(&server).await.unwrap();
            tokio::spawn(async move { tokio::io::copy_bidirectional(&mut near, &mut far).await });
        }
    });
    declaring.await.unwrap();
    bus.close().await;
}

#[tokio::test]
async fn a_subscription_that_never_began_stops_at_once() {
    let (bus, _shutdown, _held) = nowhere().await;
    let queue = WorkQueue::new("logger", "write", ["log.#"]);
    let mut consumer = Consumer::each(&bus, Subscription::new(queue), |_| bus::Outcome::Done);
    consumer.stop().await;
    timeout(PATIENCE, bus.close()).await.unwrap();
}
