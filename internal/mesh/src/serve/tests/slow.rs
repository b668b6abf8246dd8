//! Clients that send nothing, read nothing or come too often hold neither a connection nor what stands behind it.

use metrics_exporter_prometheus::PrometheusBuilder;

use super::*;

/// Short enough for a test that waits for an end; a busy machine only makes it come later.
const SHORT: Duration = Duration::from_millis(200);
/// How long a machine may pause without being taken for a client that stalls.
const PAUSE: Duration = Duration::from_secs(3);

fn short() -> Limits {
    Limits { stall: SHORT, quiet: SHORT, ..Limits::behind() }
}

fn callers(most: usize) -> Limits {
    let exempt = Arc::new(|_| false);
    Limits { callers: Some(Callers { connections_per_address: most, exempt }), ..Limits::behind() }
}

/// Reads until the connection ends; fails where it does not.
async fn ends(stream: &mut TcpStream) -> Vec<u8> {
    let mut read = Vec::new();
    let reading = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut read));
    let _ = reading.await.expect("the connection does not end");
    read
}

#[tokio::test]
async fn a_body_that_stops_ends_its_connection() {
    let running = Running::with(short(), LONG, &Gate::default()).await;
    for start in ["content-length: 5\r\n\r\nab", "transfer-encoding: chunked\r\n\r\n5\r\nab"] {
        let mut stream = TcpStream::connect(running.address).await.unwrap();
        stream.write_all(format!("POST /echo HTTP/1.1\r\nhost: a\r\n{start}").as_bytes()).await.unwrap();
        let answer = ends(&mut stream).await;
        assert!(answer.starts_with(b"HTTP/1.1 400"), "{}", String::from_utf8_lossy(&answer));
    }
}

#[tokio::test]
async fn a_client_that_does_not_read_its_answer_is_cut() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let _recording = metrics::set_default_local_recorder(&recorder);
    let running = Running::with(Limits { connections: 1, ..short() }, LONG, &Gate::default()).await;
    let mut deaf = TcpStream::connect(running.address).await.unwrap();
    deaf.write_all(b"GET /endless HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    // There is one place, and only the end of the first connection frees it.
    let mut next = running.client().await;
    let answered =
        tokio::time::timeout(PATIENCE, next.status("/ok")).await.expect("the deaf client still has its place");
    assert_eq!(answered, 200);
    let told = recorder.handle().render();
    assert!(told.contains("\nconnections_stalled_total 1\n"), "{told}");
}

#[tokio::test]
async fn a_client_that_reads_slowly_is_not() {
    let running = Running::with(Limits { stall: PAUSE, ..short() }, LONG, &Gate::default()).await;
    let mut slow = TcpStream::connect(running.address).await.unwrap();
    slow.write_all(b"GET /endless HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    let (mut piece, began) = (vec![0; 1 << 20], tokio::time::Instant::now());
    let mut pace = tokio::time::interval(PAUSE / 20);
    while began.elapsed() < PAUSE * 3 / 2 {
        pace.tick().await;
        let read = tokio::time::timeout(PATIENCE, slow.read(&mut piece)).await.unwrap().unwrap();
        assert_ne!(read, 0, "cut although it reads");
    }
}

#[tokio::test]
async fn beyond_its_most_connections_an_address_is_refused() {
    let running = Running::with(callers(2), LONG, &Gate::default()).await;
    let (mut first, mut second) = (running.client().await, running.client().await);
    assert_eq!((first.status("/ok").await, second.status("/ok").await), (StatusCode::OK, StatusCode::OK));
    let mut third = TcpStream::connect(running.address).await.unwrap();
    assert_eq!(ends(&mut third).await, b"");
    drop(first);
    let again = async {
        loop {
            let stream = TcpStream::connect(running.address).await.unwrap();
            let (mut sender, connection) = handshake(TokioIo::new(stream)).await.unwrap();
            tokio::spawn(connection);
            let request = Request::get("/ok").header("host", "test").body(Empty::<Bytes>::new()).unwrap();
            if sender.send_request(request).await.is_ok() {
                return;
            }
        }
    };
    tokio::time::timeout(PATIENCE, again).await.expect("the place of a connection that has ended is not free");
}
