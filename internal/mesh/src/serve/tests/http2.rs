//! HTTP/2 by hand-made frames: floods end the connection, what HTTP/2 forbids is refused, and a connection without calls,
//! or whose client reads nothing, does not live for ever.

use super::*;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RESET: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
/// `GET`, `http` by their places in HPACK's table; what follows is the path.
const GET: [u8; 2] = [0x82, 0x86];

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let head = [&length[1..], &[kind, flags], &stream.to_be_bytes()].concat();
    [&head[..], payload].concat()
}

/// A header whose name is written out, in HPACK without Huffman.
fn literal(name: &str, value: &[u8]) -> Vec<u8> {
    let length = |bytes: &[u8]| u8::try_from(bytes.len()).unwrap();
    [&[0, length(name.as_bytes())], name.as_bytes(), &[length(value)], value].concat()
}

fn initial_window(bytes: u32) -> Vec<u8> {
    [&[0, 4][..], &bytes.to_be_bytes()].concat()
}

fn get(path: &str, more: &[u8]) -> Vec<u8> {
    [&GET[..], &[0x04, u8::try_from(path.len()).unwrap()], path.as_bytes(), &literal(":authority", b"a"), more].concat()
}

struct Http2 {
    stream: TcpStream,
}

impl Http2 {
    async fn open(running: &Running, settings: &[u8]) -> Self {
        let mut stream = TcpStream::connect(running.address).await.unwrap();
        stream.write_all(&[PREFACE, &frame(SETTINGS, 0, 0, settings)].concat()).await.unwrap();
        Self { stream }
    }

    async fn send(&mut self, bytes: &[u8]) {
        // A server that ends the connection over them need not read all of them.
        let _ = self.stream.write_all(bytes).await;
    }

    /// The next frame of this kind: its stream and what it holds; nothing where the connection ends before.
    async fn next(&mut self, kind: u8) -> Option<(u32, Vec<u8>)> {
        self.first_of(&[kind]).await.map(|(_, stream, payload)| (stream, payload))
    }

    async fn first_of(&mut self, kinds: &[u8]) -> Option<(u8, u32, Vec<u8>)> {
        let reading = async {
            loop {
                let mut head = [0; 9];
                self.stream.read_exact(&mut head).await.ok()?;
                let mut payload = vec![0; u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize];
                self.stream.read_exact(&mut payload).await.ok()?;
                if kinds.contains(&head[3]) {
                    return Some((head[3], u32::from_be_bytes([head[5], head[6], head[7], head[8]]), payload));
                }
            }
        };
        tokio::time::timeout(PATIENCE, reading).await.expect("neither such a frame nor the end")
    }

    /// Why the server ends the connection.
    async fn goaway(&mut self) -> u32 {
        let (_, payload) = self.next(GOAWAY).await.expect("ended without a word");
        u32::from_be_bytes(payload[4..8].try_into().unwrap())
    }
}

/// So long that a machine that pauses is not taken for a client that is quiet.
const SHORT: Duration = Duration::from_secs(3);

const NO_ERROR: u32 = 0;
const PROTOCOL_ERROR: u32 = 1;
const CANCEL: u32 = 8;
const ENHANCE_YOUR_CALM: u32 = 11;

#[tokio::test]
async fn a_flood_of_resets_ends_the_connection() {
    let running = Running::with(Limits::behind(), LONG, &Gate::default()).await;
    let mut client = Http2::open(&running, &[]).await;
    let mut flood = Vec::new();
    for number in 0..1000 {
        let stream = number * 2 + 1;
        flood.extend(frame(HEADERS, END_HEADERS | END_STREAM, stream, &get("/ok", &[])));
        flood.extend(frame(RESET, 0, stream, &CANCEL.to_be_bytes()));
    }
    client.send(&flood).await;
    assert_eq!(client.goaway().await, ENHANCE_YOUR_CALM);
}

#[tokio::test]
async fn a_head_without_an_end_ends_the_connection() {
    let running = Running::with(Limits::behind(), LONG, &Gate::default()).await;
    let mut client = Http2::open(&running, &[]).await;
    client.send(&frame(HEADERS, END_STREAM, 1, &get("/ok", &[]))).await;
    let more = frame(CONTINUATION, 0, 1, &literal("x", &[b'y'; 100]));
    client.send(&more.repeat(5000)).await;
    assert_eq!(client.goaway().await, ENHANCE_YOUR_CALM);
}

#[tokio::test]
async fn what_http2_forbids_is_refused() {
    let running = Running::with(Limits::behind(), LONG, &Gate::default()).await;
    for (name, value) in [
        ("transfer-encoding", "chunked"),
        ("connection", "close"),
        ("upgrade", "h2c"),
        ("keep-alive", "1"),
        ("te", "gzip"),
        ("x", "a\r\nhost: smuggled"),
        ("x", "a\0"),
        ("X", "a"),
        ("x y", "a"),
    ] {
        let mut client = Http2::open(&running, &[]).await;
        client
            .send(&frame(HEADERS, END_HEADERS | END_STREAM, 1, &get("/host", &literal(name, value.as_bytes()))))
            .await;
        let refusal = client.first_of(&[HEADERS, RESET, GOAWAY]).await;
        let (kind, _, payload) =
            refusal.unwrap_or_else(|| panic!("{name}: {value:?} ends the connection without a word"));
        assert_ne!(kind, HEADERS, "{name}: {value:?} is answered");
        assert!(payload.ends_with(&PROTOCOL_ERROR.to_be_bytes()), "{name}: {value:?}: {payload:?}");
    }
}

#[tokio::test]
async fn two_hosts_are_refused_over_http2_too() {
    let running = Running::with(Limits::behind(), LONG, &Gate::default()).await;
    for (host, status) in [("a", 0x88), ("b", 0x8c)] {
        let mut client = Http2::open(&running, &[]).await;
        client.send(&frame(HEADERS, END_HEADERS | END_STREAM, 1, &get("/ok", &literal("host", host.as_bytes())))).await;
        let (_, payload) = client.next(HEADERS).await.unwrap();
        assert_eq!(payload[0], status, "{host}: 200 is 0x88, 400 is 0x8c");
    }
}

#[tokio::test]
async fn a_connection_without_calls_is_told_to_end() {
    let running = Running::with(Limits { quiet: SHORT, ..Limits::behind() }, LONG, &Gate::default()).await;
    let mut client = Http2::open(&running, &[]).await;
    client.send(&frame(HEADERS, END_HEADERS | END_STREAM, 1, &get("/ok", &[]))).await;
    assert_eq!(client.next(HEADERS).await.unwrap().0, 1);
    assert_eq!(client.goaway().await, NO_ERROR);
}

#[tokio::test]
async fn a_stream_that_nobody_reads_is_reset() {
    let running = Running::with(Limits { stall: SHORT, ..Limits::behind() }, LONG, &Gate::default()).await;
    // The window is never widened: the connection goes on, this stream does not.
    for (path, window) in [("/endless", 1 << 16), ("/long", 0)] {
        let mut client = Http2::open(&running, &initial_window(window)).await;
        client.send(&frame(HEADERS, END_HEADERS | END_STREAM, 1, &get(path, &[]))).await;
        let (stream, _) = client.next(RESET).await.unwrap_or_else(|| panic!("{path}: the connection ended"));
        assert_eq!(stream, 1, "{path}");
    }
}

#[tokio::test]
async fn a_connection_whose_client_takes_nothing_ends() {
    let running = Running::with(Limits { quiet: SHORT, stall: LONG, ..Limits::behind() }, LONG, &Gate::default()).await;
    // Room for one byte of an answer that has more: hyper has handed over all of it and waits no longer.
    let mut client = Http2::open(&running, &initial_window(1)).await;
    client.send(&frame(HEADERS, END_HEADERS | END_STREAM, 1, &get("/long", &[]))).await;
    assert_eq!(client.next(HEADERS).await.unwrap().0, 1);
    assert_eq!(client.next(u8::MAX).await, None, "it ends");
}

/// HTTP/2 says the host in its target alone.
#[tokio::test]
async fn the_host_is_in_its_header_over_http2_too() {
    let running = Running::with(Limits::behind(), LONG, &Gate::default()).await;
    let mut client = Http2::open(&running, &[]).await;
    client.send(&frame(HEADERS, END_HEADERS | END_STREAM, 1, &get("/host", &[]))).await;
    assert_eq!(client.next(DATA).await, Some((1, b"a".to_vec())));
}

#[tokio::test]
async fn who_has_said_what_it_wants_before_the_server_stops_is_answered() {
    let running = Running::with(Limits::behind(), LONG, &Gate::default()).await;
    tokio::task::yield_now().await;
    // Nothing of the server runs between the two.
    let mut stream = std::net::TcpStream::connect(running.address).unwrap();
    let request = frame(HEADERS, END_STREAM | END_HEADERS, 1, &get("/ok", &[]));
    stream.write_all(&[PREFACE, &frame(SETTINGS, 0, 0, &[]), &request].concat()).unwrap();
    stream.set_nonblocking(true).unwrap();
    running.stop.cancel();
    let mut client = Http2 { stream: TcpStream::from_std(stream).unwrap() };
    assert_eq!(client.next(HEADERS).await.expect("ended without an answer").0, 1);
}
