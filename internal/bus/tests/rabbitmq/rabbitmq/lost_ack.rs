//! An acknowledgement that never arrives: a proxy between the server and RabbitMQ cuts the connection in its stead.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use bus::Bus;
use bus::rpc::{Handler, Server};
use bytes::Bytes;
use futures::StreamExt;
use lapin::options::{BasicCancelOptions, BasicConsumeOptions};
use lapin::types::{AMQPValue, FieldTable};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::questions::question;
use crate::fresh::{Fresh, PATIENCE, config, until};

/// A method frame with basic.ack.
const METHOD: u8 = 1;
const ACK: [u8; 4] = [0, 60, 0, 80];

/// A way to `server` on which no acknowledgement passes while `cuts`: it ends the connection.
async fn way_to(server: String, cuts: Arc<AtomicBool>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            let (server, cuts) = (server.clone(), cuts.clone());
            tokio::spawn(async move {
                let (near_in, mut near_out) = near.into_split();
                let (mut far_in, far_out) = TcpStream::connect(server).await.unwrap().into_split();
                tokio::select! {
                    _ = forward(near_in, far_out, &cuts) => {}
                    _ = tokio::io::copy(&mut far_in, &mut near_out) => {}
                }
            });
        }
    });
    address
}

/// The protocol's header and then frame by frame.
async fn forward(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, cuts: &AtomicBool) -> std::io::Result<()> {
    let mut header = [0; 8];
    from.read_exact(&mut header).await?;
    to.write_all(&header).await?;
    loop {
        let mut frame = vec![0; 7];
        from.read_exact(&mut frame).await?;
        let size = u32::from_be_bytes([frame[3], frame[4], frame[5], frame[6]]) as usize;
        frame.resize(7 + size + 1, 0);
        from.read_exact(&mut frame[7..]).await?;
        if frame[0] == METHOD && frame[7..].starts_with(&ACK) && cuts.load(Ordering::SeqCst) {
            return Ok(());
        }
        to.write_all(&frame).await?;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_that_the_queue_still_has_is_not_begun() {
    let fresh = Fresh::start().await;
    let (credentials, rest) = fresh.host.url.split_once('@').unwrap();
    let (server, host) = rest.split_once('/').unwrap();
    let cuts = Arc::new(AtomicBool::new(false));
    let address = way_to(server.to_owned(), cuts.clone()).await;
    let answering = Bus::open(config(&format!("{credentials}@{address}/{host}")), CancellationToken::new());
    let answering = answering.await.unwrap();
    let begun = Arc::new(AtomicUsize::new(0));
    let counted = begun.clone();
    let handler: Handler = Arc::new(move |request| {
        counted.fetch_add(usize::from(request.method != "ready"), Ordering::SeqCst);
        Box::pin(std::future::ready(Ok(Bytes::from_static(b"{}"))))
    });
    let server = Server { service: "authenticator".to_owned(), concurrency: 1, idempotent: false, handler };
    let stop = CancellationToken::new();
    let serving = tokio::spawn({
        let stop = stop.clone();
        async move { answering.answer(server, stop).await }
    });
    let ready = async || fresh.bus.call(question("ready", PATIENCE)).await.is_ok();
    until("the server answers", ready).await;
    // Keeps the queue while the server is away, and is given what comes back to it.
    let channel = fresh.host.channel().await;
    let mut last = FieldTable::default();
    last.insert("x-priority".into(), AMQPValue::LongInt(-1));
    let options = BasicConsumeOptions { no_ack: true, ..BasicConsumeOptions::default() };
    let mut heir = channel.basic_consume("rpc.authenticator".into(), "heir".into(), options, last).await.unwrap();

    cuts.store(true, Ordering::SeqCst);
    let bus = fresh.bus.clone();
    let asked = tokio::spawn(async move { bus.call(question("once", PATIENCE)).await });
    let inherited = timeout(PATIENCE, heir.next()).await.unwrap().unwrap().unwrap();
    assert!(inherited.redelivered, "the server had it before");
    cuts.store(false, Ordering::SeqCst);
    asked.abort();
    channel.basic_cancel("heir".into(), BasicCancelOptions::default()).await.unwrap();
    until("the server answers again", ready).await;
    assert_eq!(begun.load(Ordering::SeqCst), 0, "begun by one, and another one has it");
    stop.cancel();
    serving.await.unwrap();
}
