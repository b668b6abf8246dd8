//! Following what is committed: from now on, filtered, with gaps for the slow, and ended by a stop.

use std::collections::HashSet;
use std::sync::Arc;

use proto::logger::v1::tail_response::Event;
use proto::logger::v1::{Level, TailRequest, TailResponse, WriteBatchRequest, WriteRequest};
use tonic::{Status, Streaming};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use crate::home::{Home, PATIENCE, fields, request};

async fn next(tail: &mut Streaming<TailResponse>) -> Result<Event, Status> {
    let message = tokio::time::timeout(PATIENCE, tail.message()).await.expect("nothing came");
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
    let asked = TailRequest { name: "order".into(), level, text: "LOST".into(), ..Default::default() };
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
    logger.ended().await;
    let ended = next(&mut tail).await.unwrap_err();
    assert_eq!(ended.code(), tonic::Code::Unavailable);
}

/// An event, if the message has one, and where to go on.
async fn marked(tail: &mut Streaming<TailResponse>) -> (Option<Event>, String) {
    let message = tokio::time::timeout(PATIENCE, tail.message()).await.expect("nothing came");
    let TailResponse { event, position } = message.unwrap().expect("the tail ended");
    (event, position.expect("a position"))
}

fn after(position: &str) -> TailRequest {
    TailRequest { after: Some(position.to_owned()), ..Default::default() }
}

pub(crate) async fn a_tail_goes_on_without_loss_after_any_position(home: Arc<Home>) {
    let mut client = home.logger.client();
    let mut tail = client.tail(after("")).await.unwrap().into_inner();
    let (none, mut position) = marked(&mut tail).await;
    assert_eq!(none, None, "first of all where it begins");
    let (mut seen, mut expected) = (HashSet::new(), HashSet::new());
    for round in 0..5 {
        drop(tail);
        let datas: Vec<_> = (0..50).map(|number| format!("{round} {number}")).collect();
        let entries = datas.iter().map(|data| request("event", data)).collect();
        client.write_batch(WriteBatchRequest { entries }).await.unwrap();
        expected.extend(datas);
        tail = client.tail(after(&position)).await.unwrap().into_inner();
        // It breaks off in the middle of what is replayed; the last one reads on to the end.
        let enough = if round == 4 { expected.len() } else { seen.len() + 20 };
        while seen.len() < enough {
            let (event, at) = marked(&mut tail).await;
            position = at;
            match event {
                Some(Event::Entry(entry)) => drop(seen.insert(entry.data)),
                Some(Event::Gap(gap)) => panic!("a gap of {}", gap.missed),
                None => {}
            }
        }
    }
    assert_eq!(seen, expected);
    let refused = client.tail(after("not a position")).await.unwrap_err();
    assert_eq!((refused.code(), fields(refused)), (tonic::Code::InvalidArgument, vec!["after".to_owned()]));
}

pub(crate) async fn a_tail_goes_on_with_its_filter_and_its_kind_alone(home: Arc<Home>) {
    let mut client = home.logger.client();
    let mut tail = client.tail(after("")).await.unwrap().into_inner();
    let (_, position) = marked(&mut tail).await;
    let level = Level::Error as i32;
    let entries = vec![
        request("event", "only INFO"),
        WriteRequest { level, ..request("event", "lost") },
        WriteRequest { level, audit: true, ..request("audit.x", "of the audit") },
    ];
    client.write_batch(WriteBatchRequest { entries }).await.unwrap();
    let asked = TailRequest { level, ..after(&position) };
    let mut tail = client.tail(asked).await.unwrap().into_inner();
    let (Some(Event::Entry(entry)), _) = marked(&mut tail).await else { panic!("no entry") };
    assert_eq!(entry.data, "lost");
    let (none, _) = marked(&mut tail).await;
    assert_eq!(none, None, "all that was stored is sent");
    client.write(WriteRequest { level, ..request("event", "after") }).await.unwrap();
    loop {
        let (Some(Event::Entry(entry)), _) = marked(&mut tail).await else { continue };
        assert_eq!(entry.data, "after");
        break;
    }
}
