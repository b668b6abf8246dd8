//! What goes on all the time: publishing, asking and answering.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bus::rpc::{Request, Server};
use bus::{Bus, Event, PublishError};
use bytes::Bytes;
use mesh::TraceContext;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::{Book, CONFIRM};
use crate::consumer::event;

const PACE: Duration = Duration::from_millis(10);

/// One event after the other, each until it is confirmed.
pub(super) async fn publish(bus: Bus, book: Arc<Book>, stop: CancellationToken) {
    for number in 0.. {
        let event = event("log.INFO", number);
        while !is_confirmed(&bus, &book, &event).await {
            if stop.is_cancelled() {
                return;
            }
            sleep(PACE).await;
        }
        if stop.is_cancelled() {
            return;
        }
        sleep(PACE).await;
    }
}

async fn is_confirmed(bus: &Bus, book: &Book, event: &Event) -> bool {
    let began = Instant::now();
    let published = bus.publish(event, began + CONFIRM).await;
    let mut slowest = book.slowest.lock().unwrap();
    *slowest = slowest.max(began.elapsed());
    match &published {
        Ok(()) => drop(book.confirmed.lock().unwrap().insert(event.id.clone())),
        Err(PublishError::TooLarge { .. } | PublishError::Invalid(_)) => panic!("{published:?}"),
        Err(_) => drop(book.refused.fetch_add(1, Ordering::SeqCst)),
    }
    published.is_ok()
}

pub(super) fn ask_and_answer(bus: &Bus, book: &Arc<Book>, stop: &CancellationToken) {
    let server = Server {
        service: "authenticator".to_owned(),
        concurrency: 2,
        idempotent: true,
        handler: Arc::new(|request: Request| Box::pin(async move { Ok(request.body) })),
    };
    let (answering, stopped) = (bus.clone(), stop.clone());
    tokio::spawn(async move { answering.answer(server, stopped).await });
    let (bus, book, stop) = (bus.clone(), book.clone(), stop.clone());
    tokio::spawn(stop.run_until_cancelled_owned(async move {
        loop {
            if bus.call(question()).await.is_ok() {
                book.answered.fetch_add(1, Ordering::SeqCst);
            }
            sleep(PACE).await;
        }
    }));
}

fn question() -> Request {
    Request {
        service: "authenticator".to_owned(),
        method: "echo".to_owned(),
        body: Bytes::from_static(b"{}"),
        id: uuid::Uuid::now_v7().to_string(),
        priority: 0,
        deadline: Instant::now() + CONFIRM,
        trace: TraceContext::new(),
        identity: None,
        origin: None,
    }
}
