//! One connection from its first byte to its last: which HTTP it speaks, within which bounds, and how it is told to end.

use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulConnection;
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use super::door::Door;
use super::limits::{BUFFER, HEAD, Limits};
use super::streams::Streams;
use super::wire::Wire;

const WINDOW: u32 = 1 << 20;
/// The least that the protocol allows, and enough: larger frames hold other streams up.
const FRAME: u32 = 16 << 10;
/// Streams that a client may open and take back before anybody looked at them, and those that it may get wrong. More of
/// either end the connection: CVE-2023-44487 and its like.
const TAKEN_BACK: usize = 20;
const WRONG: usize = 100;
/// How often an HTTP/2 client is asked whether it is still there, and how long it may take to say so.
const PING: Duration = Duration::from_secs(20);
/// The first bytes of HTTP/2, <https://www.rfc-editor.org/rfc/rfc9113#section-3.4>.
pub(super) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Serves until the client, its silence, or `closing` ends it.
pub(super) async fn serve(stream: TcpStream, peer: SocketAddr, door: Door, limits: &Limits) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!("cannot set nodelay: {error}");
    }
    let closing = door.closing.clone();
    let version = tokio::select! {
        biased;
        version = tokio::time::timeout(limits.head, version(&stream)) => version.ok().flatten(),
        () = lingered(&closing, limits) => None,
    };
    let ended = match version {
        Some(Version::Http1) => http1(stream, peer, door, limits, &closing).await,
        Some(Version::Http2) => http2(stream, peer, door, limits, &closing).await,
        None => return,
    };
    if let Err(error) = ended {
        tracing::debug!(%peer, "connection ended: {error}");
    }
}

/// Comes a moment after `closing`. A request that is on its way then would find its connection closed, and whoever sent
/// it could not tell whether it was heard; in this moment it is answered, with the word that it was the last.
async fn lingered(closing: &CancellationToken, limits: &Limits) {
    closing.cancelled().await;
    tokio::time::sleep(limits.linger).await;
}

/// An idle connection ends by the timeout for heads.
async fn http1(
    stream: TcpStream,
    peer: SocketAddr,
    door: Door,
    limits: &Limits,
    closing: &CancellationToken,
) -> hyper::Result<()> {
    let service = service_fn(move |request| door.clone().answer(request, peer));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(limits.head);
    http.max_header_size(HEAD).max_buf_size(BUFFER);
    let connection = http.serve_connection(TokioIo::new(Wire::http1(stream, limits.stall)), service);
    drive(connection, lingered(closing, limits), std::future::pending, std::future::pending).await
}

async fn http2(
    stream: TcpStream,
    peer: SocketAddr,
    door: Door,
    limits: &Limits,
    closing: &CancellationToken,
) -> hyper::Result<()> {
    let service = service_fn(move |request| door.clone().answer(request, peer));
    let streams = Streams::new(limits.stall);
    let mut http = http2::Builder::new(streams.clone());
    http.timer(TokioTimer::new()).keep_alive_interval(PING).keep_alive_timeout(PING);
    http.max_concurrent_streams(limits.streams).max_frame_size(FRAME).max_header_list_size(HEAD as u32);
    http.max_pending_accept_reset_streams(TAKEN_BACK).max_local_error_reset_streams(WRONG);
    http.initial_stream_window_size(WINDOW).initial_connection_window_size(WINDOW * 4).adaptive_window(false);
    let connection = http.serve_connection(TokioIo::new(Wire::http2(stream, limits.stall, streams.sent())), service);
    // HTTP/2 tells the client which of its requests were heard, so it is told to end at once.
    drive(connection, closing.cancelled(), || streams.quiet(limits.quiet), || streams.silent(limits.quiet)).await
}

/// Told to end, a connection finishes what it has in hand. One that was told because it was quiet, and then is silent, has
/// something in hand that the other side does not take.
async fn drive<C, Q, S>(
    connection: C,
    ending: impl Future<Output = ()>,
    quiet: impl FnOnce() -> Q,
    silent: impl FnOnce() -> S,
) -> Result<(), C::Error>
where
    C: GracefulConnection,
    Q: Future<Output = ()>,
    S: Future<Output = ()>,
{
    let mut connection = pin!(connection);
    tokio::select! {
        // The connection first: what has come already is in hand, and not cut off.
        biased;
        ended = connection.as_mut() => return ended,
        () = ending => {
            connection.as_mut().graceful_shutdown();
            return connection.await;
        }
        () = quiet() => connection.as_mut().graceful_shutdown(),
    }
    tokio::select! {
        ended = connection => ended,
        () = silent() => Ok(()),
    }
}

enum Version {
    Http1,
    Http2,
}

/// Waits until the client has said which HTTP it speaks, or is gone.
async fn version(stream: &TcpStream) -> Option<Version> {
    let mut first = [0; PREFACE.len()];
    let mut pause = Duration::from_millis(1);
    loop {
        match stream.peek(&mut first).await {
            Ok(0) | Err(_) => return None,
            Ok(read) if !PREFACE.starts_with(&first[..read]) => return Some(Version::Http1),
            Ok(read) if read == first.len() => return Some(Version::Http2),
            // A preface in pieces, which only hand-made clients send: what was peeked at cannot be waited behind.
            Ok(_) => tokio::time::sleep(pause).await,
        }
        pause *= 2;
    }
}
