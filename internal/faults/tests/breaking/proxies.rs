//! What goes through a proxy, and what does not, in each of its states.

use std::time::Duration;

use faults::{Direction, Proxy};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, timeout};

use crate::PATIENCE;

/// A little, for what should not happen.
const A_WHILE: Duration = Duration::from_millis(150);

/// A client and the server's end of its connection.
struct Pair {
    proxy: Proxy,
    server: TcpListener,
    near: TcpStream,
    far: TcpStream,
}

impl Pair {
    async fn connect() -> Self {
        let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = Proxy::to(server.local_addr().unwrap().to_string()).await.unwrap();
        let near = TcpStream::connect(proxy.address()).await.unwrap();
        let (far, _) = server.accept().await.unwrap();
        let mut pair = Self { proxy, server, near, far };
        pair.carries_both_ways().await;
        pair
    }

    async fn carries_both_ways(&mut self) {
        pass(&mut self.near, &mut self.far).await;
        pass(&mut self.far, &mut self.near).await;
    }
}

async fn pass(from: &mut TcpStream, to: &mut TcpStream) {
    from.write_all(b"word").await.unwrap();
    assert_eq!(word(to).await, "word");
}

async fn word(from: &mut TcpStream) -> String {
    let mut bytes = [0; 4];
    timeout(PATIENCE, from.read_exact(&mut bytes)).await.expect("nothing arrives").unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

async fn is_silent(stream: &mut TcpStream) -> bool {
    timeout(A_WHILE, stream.read(&mut [0])).await.is_err()
}

async fn is_closed(stream: &mut TcpStream) -> bool {
    !matches!(timeout(PATIENCE, stream.read(&mut [0])).await.expect("it stays open"), Ok(1..))
}

#[tokio::test]
async fn a_cut_closes_connections_and_refuses_new_ones_until_it_is_mended() {
    let mut pair = Pair::connect().await;
    pair.proxy.cut();
    assert!(is_closed(&mut pair.near).await && is_closed(&mut pair.far).await);
    let mut refused = TcpStream::connect(pair.proxy.address()).await.unwrap();
    assert!(is_closed(&mut refused).await);
    pair.proxy.open();
    pair.near = TcpStream::connect(pair.proxy.address()).await.unwrap();
    pair.far = pair.server.accept().await.unwrap().0;
    pair.carries_both_ways().await;
}

#[tokio::test]
async fn a_half_open_one_takes_everything_and_says_nothing_not_even_that_it_is_closed() {
    let Pair { proxy, server, mut near, mut far } = Pair::connect().await;
    proxy.half_open();
    near.write_all(b"lost").await.unwrap();
    far.write_all(b"lost").await.unwrap();
    let mut late = TcpStream::connect(proxy.address()).await.unwrap();
    late.write_all(b"lost").await.unwrap();
    assert!(is_silent(&mut near).await && is_silent(&mut far).await && is_silent(&mut late).await);
    assert!(timeout(A_WHILE, server.accept()).await.is_err(), "a new connection got through");
    late.shutdown().await.unwrap();
    near.shutdown().await.unwrap();
    assert!(is_silent(&mut far).await);
    proxy.open();
    assert!(is_closed(&mut near).await && is_closed(&mut far).await && is_closed(&mut late).await);
}

#[tokio::test]
async fn one_direction_can_be_lost_alone() {
    let Pair { proxy, mut near, mut far, .. } = Pair::connect().await;
    proxy.lose(Direction::ToClient);
    pass(&mut near, &mut far).await;
    far.write_all(b"lost").await.unwrap();
    assert!(is_silent(&mut near).await);
    proxy.open();
    assert!(is_closed(&mut near).await, "with a hole in what it was sent");
}

#[tokio::test]
async fn what_is_held_back_arrives_when_the_way_is_open_again() {
    let Pair { proxy, mut near, mut far, .. } = Pair::connect().await;
    proxy.hold_back(Direction::ToServer);
    pass(&mut far, &mut near).await;
    near.write_all(b"late").await.unwrap();
    assert!(is_silent(&mut far).await);
    proxy.open();
    assert_eq!(word(&mut far).await, "late");
}

#[tokio::test]
async fn a_delay_holds_in_both_directions_and_does_not_add_up() {
    const DELAY: Duration = Duration::from_millis(200);
    let Pair { proxy, mut near, mut far, .. } = Pair::connect().await;
    proxy.delay(DELAY);
    let began = Instant::now();
    for _ in 0..10 {
        near.write_all(b"word").await.unwrap();
        far.write_all(b"word").await.unwrap();
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    for _ in 0..10 {
        assert_eq!((word(&mut far).await, word(&mut near).await), ("word".to_owned(), "word".to_owned()));
    }
    assert!(began.elapsed() >= DELAY, "{:?}", began.elapsed());
    assert!(began.elapsed() < 10 * DELAY, "one after another: {:?}", began.elapsed());
}
