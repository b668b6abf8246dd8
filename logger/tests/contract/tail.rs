//! Following what is committed: from now on, filtered, with gaps for the slow, and ended by a stop.

use std::sync::Arc;
use std::time::{Duration, Instant};

use proto::logger::v1::tail_response::Event;
use proto::logger::v1::{Level, TailRequest, TailResponse, WriteBatchRequest, WriteRequest};
use tonic::{Status, Streaming};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use crate::home::{Home, fields, request};

async fn next(tail: &mut Streaming<TailResponse>) -> Result<Event, Status> {
    let message = tokio::time::timeout(Duration::from_secs(20), tail.message()).await.expect("nothing came");
    Ok(message?.expect("the tail ended").event.expect("an event"))
}

/// The data of the next entry.
pub(crate) async fn entry(tail: &mut Streaming<TailResponse>) -> String {
    match next(tail).await.unwrap() {
        Event::Entry(entry) => entry.data,
        Event::Gap(gap) => panic!("a gap of {}", gap.missed),
    }
}

pub(crate) async fn what_is_committed_from_now_on_is_sent(home: Arc<Home>) {
    let mut client = home.logger.client();
    client.write(request("event", "before")).await.unwrap();
    let mut tail = client.tail(TailRequest::default()).await.unwrap().into_inner();
    let again = WriteRequest { id: "one".into(), ..request("event", "first") };
    let stored = client.write(again.clone()).await.unwrap().into_inner();
    // The same entry again is no commit.
    client.write(again).await.unwrap();
    client.write(WriteRequest { name: String::new(), ..request("", "refused") }).await.unwrap_err();
    client.write(request("event", "second")).await.unwrap();
    assert_eq!(next(&mut tail).await.unwrap(), Event::Entry(stored));
    assert_eq!(entry(&mut tail).await, "second");
}

pub(crate) async fn a_filter_lets_through_what_matches(home: Arc<Home>) {
    let mut client = home.logger.client();
    let level = Level::Error as i32;
    let asked = TailRequest { name: "order".into(), level, text: "LOST".into(), audit: false };
    let mut tail = client.tail(asked).await.unwrap().into_inner();
    let entries = vec![
        WriteRequest { level, ..request("order", "shipped") },
        request("order", "lost but only INFO"),
        WriteRequest { level, ..request("parcel", "lost") },
        WriteRequest { level, ..request("order", "lost at sea") },
    ];
    client.write_batch(WriteBatchRequest { entries }).await.unwrap();
    assert_eq!(entry(&mut tail).await, "lost at sea");
    let refused = client.tail(TailRequest { level: 8, ..Default::default() }).await.unwrap_err();
    assert_eq!(fields(refused), ["level"]);
}

pub(crate) async fn a_slow_reader_gets_a_gap_and_goes_on(home: Arc<Home>) {
    let mut client = home.logger.client();
    let mut tail = client.tail(TailRequest::default()).await.unwrap().into_inner();
    // More than the windows of the connection and what waits for a slow reader can hold.
    for _ in 0..5 {
        let entries = vec![request("event", &"x".repeat(8 << 10)); 1000];
        client.write_batch(WriteBatchRequest { entries }).await.unwrap();
    }
    client.write(request("event", "last")).await.unwrap();
    let (mut seen, mut missed) = (0, 0);
    loop {
        match next(&mut tail).await.unwrap() {
            Event::Entry(entry) if entry.data == "last" => break,
            Event::Entry(_) => seen += 1,
            Event::Gap(gap) => missed += gap.missed,
        }
    }
    assert!(missed > 0);
    assert_eq!(seen + missed, 5000);
}

pub(crate) async fn a_stop_ends_tails_and_watches_at_once(home: Arc<Home>) {
    let logger = home.start().await;
    let mut tail = logger.client().tail(TailRequest::default()).await.unwrap().into_inner();
    let watched = HealthCheckRequest::default();
    let _watch = HealthClient::new(logger.channel()).watch(watched).await.unwrap().into_inner();
    let started = Instant::now();
    logger.ended().await;
    let ended = next(&mut tail).await.unwrap_err();
    assert_eq!(ended.code(), tonic::Code::Unavailable);
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
}
