//! What clients see of a stop: whoever was heard is answered, and whoever is told to go elsewhere is told so in time.

use std::io::Write as _;

use tokio::io::{AsyncBufReadExt, BufReader};

use super::*;

const REQUEST: &[u8] = b"GET /ok HTTP/1.1\r\nhost: test\r\n\r\n";
const CLIENTS: usize = 32;

/// One connection of a client that notices whether it may go on with it.
struct KeptAlive {
    stream: BufReader<TcpStream>,
}

/// What became of one request.
#[derive(Debug, PartialEq, Eq)]
enum Told {
    /// Answered, and the connection goes on.
    More,
    /// Answered, with the word that it was the last.
    Last,
    /// Never sent: the connection had ended in good order.
    Closed,
    /// Sent, and nothing came back.
    Unanswered,
}

impl KeptAlive {
    fn on(stream: TcpStream) -> Self {
        Self { stream: BufReader::new(stream) }
    }

    async fn open(running: &Running) -> Self {
        Self::on(TcpStream::connect(running.address).await.unwrap())
    }

    /// What has come already, where that can only be the end.
    fn is_closed(&self) -> bool {
        !matches!(self.stream.get_ref().try_read(&mut [0]), Err(error) if error.kind() == std::io::ErrorKind::WouldBlock)
    }

    async fn ask(&mut self) -> Told {
        if self.is_closed() {
            return Told::Closed;
        }
        if self.stream.get_mut().write_all(REQUEST).await.is_err() {
            return Told::Unanswered;
        }
        self.told().await
    }

    async fn told(&mut self) -> Told {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            let read = tokio::time::timeout(PATIENCE, self.stream.read_line(&mut head)).await.expect("no answer");
            if !matches!(read, Ok(1..)) {
                return Told::Unanswered;
            }
        }
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        if head.contains("\r\nconnection: close\r\n") { Told::Last } else { Told::More }
    }

    async fn ends(mut self) {
        let rest = tokio::time::timeout(PATIENCE, self.stream.read_to_end(&mut Vec::new())).await;
        assert_eq!(rest.expect("still open").unwrap(), 0);
    }
}

/// Whoever stops has closed the door once nobody gets in any more.
async fn closed(running: &Running) {
    while TcpStream::connect(running.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_request_on_its_way_to_a_server_that_stops_is_answered_as_the_last() {
    let running = Running::with(Limits { linger: LONG, ..Limits::behind() }, LONG, &Gate::default()).await;
    let (mut used, fresh) = (KeptAlive::open(&running).await, KeptAlive::open(&running).await);
    assert_eq!(used.ask().await, Told::More);
    running.stop.cancel();
    closed(&running).await;
    for mut client in [used, fresh] {
        assert_eq!(client.ask().await, Told::Last);
        client.ends().await;
    }
    running.ended().await;
}

#[tokio::test]
async fn whoever_is_connected_when_the_door_closes_is_answered() {
    let running = Running::with(Limits { linger: LONG, ..Limits::behind() }, LONG, &Gate::default()).await;
    tokio::task::yield_now().await;
    // Nothing of the server runs meanwhile: the system alone says that they are connected.
    let waiting: Vec<_> = (0..CLIENTS).map(|_| said_unheard(running.address)).collect();
    running.stop.cancel();
    for stream in waiting {
        let mut client = KeptAlive::on(stream);
        assert_eq!(client.told().await, Told::Last);
    }
    running.ended().await;
}

fn said_unheard(address: SocketAddr) -> TcpStream {
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    stream.write_all(REQUEST).unwrap();
    stream.set_nonblocking(true).unwrap();
    TcpStream::from_std(stream).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_request_goes_unanswered_when_a_server_stops_under_load() {
    for _ in 0..5 {
        let running = Running::with(Limits::behind(), LONG, &Gate::default()).await;
        let mut clients = tokio::task::JoinSet::new();
        for _ in 0..CLIENTS {
            let mut client = KeptAlive::open(&running).await;
            clients.spawn(async move {
                loop {
                    match client.ask().await {
                        Told::More => {}
                        end => return end,
                    }
                }
            });
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        running.stop.cancel();
        while let Some(ended) = clients.join_next().await {
            assert_ne!(ended.unwrap(), Told::Unanswered);
        }
        running.ended().await;
    }
}
