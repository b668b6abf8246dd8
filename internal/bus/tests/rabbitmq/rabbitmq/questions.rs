//! Questions whose server or whose connection goes while they are handled.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bus::Bus;
use bus::rpc::{Request, Server};
use bytes::Bytes;
use lapin::BasicProperties;
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use mesh::{Code, TraceContext};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use crate::fresh::{Fresh, PATIENCE, until};

pub(super) fn question(method: &str, patience: Duration) -> Request {
    Request {
        service: "authenticator".to_owned(),
        method: method.to_owned(),
        body: Bytes::from_static(b"{}"),
        id: uuid::Uuid::now_v7().to_string(),
        priority: 0,
        deadline: Instant::now() + patience,
        trace: TraceContext::new(),
        identity: None,
        origin: None,
    }
}

/// Servers of one service. The first question other than `ready` is never answered, whoever gets it; the next ones are.
struct Servers {
    running: Vec<JoinHandle<()>>,
    /// Which one got the first question.
    begun: mpsc::UnboundedReceiver<usize>,
    handled: Arc<AtomicUsize>,
}

impl Servers {
    async fn start(bus: &Bus, count: usize, idempotent: bool) -> Self {
        let (began, begun) = mpsc::unbounded_channel();
        let handled = Arc::new(AtomicUsize::new(0));
        let running = (0..count).map(|index| {
            let (began, handled) = (began.clone(), handled.clone());
            let handler: bus::rpc::Handler = Arc::new(move |request: Request| {
                let (began, handled) = (began.clone(), handled.clone());
                Box::pin(async move {
                    if request.method != "ready" && handled.fetch_add(1, Ordering::SeqCst) == 0 {
                        began.send(index).unwrap();
                        std::future::pending::<()>().await;
                    }
                    Ok(Bytes::from_static(b"{}"))
                })
            });
            let server = Server { service: "authenticator".to_owned(), concurrency: 2, idempotent, handler };
            let bus = bus.clone();
            tokio::spawn(async move { bus.answer(server, CancellationToken::new()).await })
        });
        let running = running.collect();
        until("a server answers", async || bus.call(question("ready", PATIENCE)).await.is_ok()).await;
        Self { running, begun, handled }
    }

    /// Ends the server with the first question in hand, as a crash would.
    async fn crash(&mut self) {
        let index = timeout(PATIENCE, self.begun.recv()).await.unwrap().unwrap();
        self.running[index].abort();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idempotent_question_goes_to_the_next_server_after_a_crash() {
    let fresh = Fresh::start().await;
    let mut servers = Servers::start(&fresh.bus, 2, true).await;
    let bus = fresh.bus.clone();
    let asked = tokio::spawn(async move { bus.call(question("slow", PATIENCE)).await });
    servers.crash().await;
    assert_eq!(asked.await.unwrap().unwrap(), "{}");
    assert_eq!(servers.handled.load(Ordering::SeqCst), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_other_question_is_handled_at_most_once() {
    let fresh = Fresh::start().await;
    let mut servers = Servers::start(&fresh.bus, 2, false).await;
    let bus = fresh.bus.clone();
    let asked = tokio::spawn(async move { bus.call(question("slow", Duration::from_secs(2))).await });
    servers.crash().await;
    assert_eq!(asked.await.unwrap().unwrap_err().code, Code::DeadlineExceeded);
    assert_eq!(servers.handled.load(Ordering::SeqCst), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_connection_fails_open_questions_at_once_and_both_sides_come_back() {
    let fresh = Fresh::start().await;
    let mut servers = Servers::start(&fresh.bus, 1, true).await;
    let bus = fresh.bus.clone();
    let asked = tokio::spawn(async move { bus.call(question("slow", PATIENCE)).await });
    timeout(PATIENCE, servers.begun.recv()).await.unwrap();
    let closing = Instant::now();
    fresh.host.close_connections();
    assert_eq!(asked.await.unwrap().unwrap_err().code, Code::Unavailable);
    assert!(closing.elapsed() < PATIENCE / 2, "it took {:?}", closing.elapsed());
    until("it is answered again", async || fresh.bus.call(question("ready", PATIENCE)).await.is_ok()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_without_an_id_is_dropped() {
    let fresh = Fresh::start().await;
    let servers = Servers::start(&fresh.bus, 1, true).await;
    let channel = fresh.host.channel().await;
    channel.confirm_select(ConfirmSelectOptions::default()).await.unwrap();
    let properties = BasicProperties::default().with_type("slow".into()).with_correlation_id("1".into());
    let properties = properties.with_reply_to("rpc.reply.nobody".into());
    for id in [None, Some("")] {
        let properties = id.map_or(properties.clone(), |id: &str| properties.clone().with_message_id(id.into()));
        let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
        let sent = channel.basic_publish("".into(), "rpc.authenticator".into(), options, b"{}", properties).await;
        assert!(sent.unwrap().await.unwrap().is_ack());
    }
    // Behind them in the queue.
    for _ in 0..3 {
        fresh.bus.call(question("ready", PATIENCE)).await.unwrap();
    }
    assert_eq!(servers.handled.load(Ordering::SeqCst), 0);
}
