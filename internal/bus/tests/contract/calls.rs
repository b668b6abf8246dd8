//! Questions and answers: what comes back, what does not, and when.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bus::Bus;
use bus::rpc::{Request, Server};
use bytes::Bytes;
use futures::future::{BoxFuture, join_all};
use mesh::{Code, Error, TraceContext};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::consumer::someone;
use crate::fresh::{Fresh, PATIENCE, until};

type Answer = BoxFuture<'static, Result<Bytes, Error>>;

pub(crate) fn question(method: &str, body: &str, patience: Duration) -> Request {
    Request {
        service: "authenticator".to_owned(),
        method: method.to_owned(),
        body: Bytes::copy_from_slice(body.as_bytes()),
        id: Uuid::now_v7().to_string(),
        priority: 0,
        deadline: Instant::now() + patience,
        trace: TraceContext::new(),
        identity: None,
        origin: None,
    }
}

pub(crate) struct Running {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Running {
    /// Starts a server and waits until it answers; `ready` questions are not shown to the handler.
    pub(crate) async fn start(
        bus: &Bus,
        concurrency: usize,
        answer: impl Fn(Request) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let handler: bus::rpc::Handler = Arc::new(move |request: Request| match request.method.as_str() {
            "ready" => Box::pin(async { Ok(Bytes::from_static(b"{}")) }),
            _ => answer(request),
        });
        let server = Server { service: "authenticator".to_owned(), concurrency, idempotent: true, handler };
        let (stop, served) = (CancellationToken::new(), bus.clone());
        let stopped = stop.clone();
        let task = tokio::spawn(async move { served.answer(server, stopped).await });
        until("the server answers", async || bus.call(question("ready", "{}", PATIENCE)).await.is_ok()).await;
        Self { stop, task }
    }

    pub(crate) async fn stop(self) {
        self.stop.cancel();
        timeout(PATIENCE, self.task).await.expect("the server does not stop").unwrap();
    }
}

pub(crate) async fn an_answer_comes_back(Fresh { bus, .. }: Fresh) {
    let seen = Arc::new(Mutex::new(None));
    let keep = seen.clone();
    let server = Running::start(&bus, 8, move |request| {
        let body = Bytes::from(format!(r#"{{"got":{}}}"#, String::from_utf8_lossy(&request.body)));
        *keep.lock().unwrap() = Some(request);
        Box::pin(async move { Ok(body) })
    })
    .await;
    let (identity, origin) = (Some(someone()), Some("2001:db8::7".parse().unwrap()));
    let asked =
        Request { priority: 3, identity, origin, ..question("register", r#"{"email":"a@example.com"}"#, PATIENCE) };
    let answer = bus.call(asked.clone()).await.unwrap();
    assert_eq!(answer, r#"{"got":{"email":"a@example.com"}}"#);
    let seen = seen.lock().unwrap().take().unwrap();
    assert_eq!((&seen.service, &seen.method, &seen.body), (&asked.service, &asked.method, &asked.body));
    assert_eq!((&seen.id, seen.priority, seen.trace.trace_id()), (&asked.id, 3, asked.trace.trace_id()));
    assert_eq!((&seen.identity, seen.origin), (&asked.identity, asked.origin));
    let drift = seen.deadline.max(asked.deadline) - seen.deadline.min(asked.deadline);
    assert!(drift < Duration::from_secs(1), "the deadline moved by {drift:?}");
    let many = (0..100).map(|number| bus.call(question("echo", &number.to_string(), PATIENCE)));
    for (number, answer) in join_all(many).await.into_iter().enumerate() {
        assert_eq!(answer.unwrap(), format!(r#"{{"got":{number}}}"#));
    }
    server.stop().await;
}

pub(crate) async fn an_error_keeps_its_code_and_its_fields(Fresh { bus, .. }: Fresh) {
    let server = Running::start(&bus, 1, |_| {
        Box::pin(async {
            let error = Error::new(Code::AlreadyExists, "the account exists");
            Err(error.with_field("email", "is taken").with_retry_after(Duration::from_secs(3)))
        })
    })
    .await;
    let error = bus.call(question("register", "{}", PATIENCE)).await.unwrap_err();
    assert_eq!((error.code, error.detail.as_str()), (Code::AlreadyExists, "the account exists"));
    assert_eq!((error.fields[0].field.as_str(), error.fields[0].detail.as_str()), ("email", "is taken"));
    assert_eq!(error.retry_after, Some(Duration::from_secs(3)));
    server.stop().await;
}

pub(crate) async fn without_a_server_the_answer_comes_at_once(Fresh { bus, .. }: Fresh) {
    let asked = Instant::now();
    let error = bus.call(question("register", "{}", PATIENCE)).await.unwrap_err();
    assert_eq!(error.code, Code::Unavailable);
    assert!(asked.elapsed() < PATIENCE / 2, "it took {:?}", asked.elapsed());
}

pub(crate) async fn a_caller_waits_no_longer_than_its_deadline(Fresh { bus, .. }: Fresh) {
    let server = Running::start(&bus, 1, |_| Box::pin(std::future::pending())).await;
    let asked = Instant::now();
    let error = bus.call(question("slow", "{}", Duration::from_millis(200))).await.unwrap_err();
    assert_eq!(error.code, Code::DeadlineExceeded);
    let waited = asked.elapsed();
    assert!(waited >= Duration::from_millis(200) && waited < PATIENCE / 2, "it took {waited:?}");
    // Nothing is done for a caller who is gone: the only place is free again.
    bus.call(question("ready", "{}", PATIENCE)).await.unwrap();
    server.stop().await;
}

pub(crate) async fn a_question_that_expired_is_not_handled(Fresh { bus, .. }: Fresh) {
    let (gate, handled) = (Arc::new(Semaphore::new(0)), Arc::new(AtomicBool::new(false)));
    let (opened, marked) = (gate.clone(), handled.clone());
    let (began, mut begun) = mpsc::unbounded_channel();
    let server = Running::start(&bus, 1, move |request| {
        let (gate, handled, began) = (opened.clone(), marked.clone(), began.clone());
        Box::pin(async move {
            began.send(()).unwrap();
            match request.method.as_str() {
                "blocking" => gate.acquire().await.unwrap().forget(),
                _ => handled.store(true, Ordering::SeqCst),
            }
            Ok(Bytes::from_static(b"{}"))
        })
    })
    .await;
    let blocking = {
        let bus = bus.clone();
        tokio::spawn(async move { bus.call(question("blocking", "{}", PATIENCE)).await })
    };
    timeout(PATIENCE, begun.recv()).await.unwrap();
    let error = bus.call(question("expiring", "{}", Duration::from_millis(150))).await.unwrap_err();
    assert_eq!(error.code, Code::DeadlineExceeded);
    gate.add_permits(1);
    blocking.await.unwrap().unwrap();
    bus.call(question("ready", "{}", PATIENCE)).await.unwrap();
    assert!(!handled.load(Ordering::SeqCst), "an expired question was handled");
    server.stop().await;
}

pub(crate) async fn the_most_urgent_question_goes_first(Fresh { bus, .. }: Fresh) {
    let (gate, order) = (Arc::new(Semaphore::new(0)), Arc::new(Mutex::new(Vec::new())));
    let (opened, noted) = (gate.clone(), order.clone());
    let (began, mut begun) = mpsc::unbounded_channel();
    let server = Running::start(&bus, 1, move |request| {
        let (gate, order, began) = (opened.clone(), noted.clone(), began.clone());
        Box::pin(async move {
            order.lock().unwrap().push(request.priority);
            began.send(()).unwrap();
            gate.acquire().await.unwrap().forget();
            Ok(Bytes::from_static(b"{}"))
        })
    })
    .await;
    let ask = |priority| {
        let (bus, request) = (bus.clone(), Request { priority, ..question("ask", "{}", PATIENCE) });
        tokio::spawn(async move { bus.call(request).await })
    };
    let mut asked = vec![ask(4)];
    timeout(PATIENCE, begun.recv()).await.unwrap();
    for priority in [0, 0, 0, 2, 4, 1] {
        asked.push(ask(priority));
    }
    until("all others wait", async || bus.depth("rpc.authenticator").await.unwrap() == Some(6)).await;
    gate.add_permits(asked.len());
    for answer in join_all(asked).await {
        answer.unwrap().unwrap();
    }
    let mut order = order.lock().unwrap().clone();
    order.remove(0);
    let position = |priority| order.iter().position(|it| *it == priority).unwrap();
    assert!(position(4) <= 1 && position(4) < position(2) && position(2) < position(1), "{order:?}");
    assert_eq!(order.last(), Some(&0), "{order:?}");
    server.stop().await;
}

pub(crate) async fn a_handler_that_panics_is_an_error_for_its_caller_only(Fresh { bus, .. }: Fresh) {
    let server = Running::start(&bus, 1, |_| Box::pin(async { panic!("a bug in a handler") })).await;
    let asked = Instant::now();
    let error = bus.call(question("broken", "{}", PATIENCE)).await.unwrap_err();
    assert_eq!(error.code, Code::Internal);
    assert!(asked.elapsed() < PATIENCE / 2, "it took {:?}", asked.elapsed());
    bus.call(question("ready", "{}", PATIENCE)).await.unwrap();
    server.stop().await;
}

pub(crate) async fn questions_in_hand_are_answered_before_a_server_stops(Fresh { bus, .. }: Fresh) {
    let gate = Arc::new(Semaphore::new(0));
    let opened = gate.clone();
    let (began, mut begun) = mpsc::unbounded_channel();
    let server = Running::start(&bus, 1, move |_| {
        let (gate, began) = (opened.clone(), began.clone());
        Box::pin(async move {
            began.send(()).unwrap();
            gate.acquire().await.unwrap().forget();
            Ok(Bytes::from_static(b"{}"))
        })
    })
    .await;
    let asked = {
        let bus = bus.clone();
        tokio::spawn(async move { bus.call(question("slow", "{}", PATIENCE)).await })
    };
    timeout(PATIENCE, begun.recv()).await.unwrap();
    server.stop.cancel();
    gate.add_permits(1);
    asked.await.unwrap().unwrap();
    server.stop().await;
    let error = bus.call(question("late", "{}", PATIENCE)).await.unwrap_err();
    assert_eq!(error.code, Code::Unavailable);
}
