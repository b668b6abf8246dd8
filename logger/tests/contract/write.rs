//! Writing, alone and in batches: what is stored, what is the same, and what is refused.

use std::sync::Arc;

use mesh::Code;
use prost_types::Timestamp;
use proto::logger::v1::logger_client::LoggerClient;
use proto::logger::v1::{Level, QueryRequest, Via, WriteBatchRequest, WriteRequest};
use tonic::Request;

use crate::home::{Client, Home, fields, request};

pub(crate) async fn names(client: &mut Client) -> Vec<String> {
    let request = QueryRequest { limit: 500, ..Default::default() };
    client.query(request).await.unwrap().into_inner().entries.into_iter().map(|it| it.name).collect()
}

pub(crate) async fn an_entry_is_stored_as_it_was_sent(home: Arc<Home>) {
    let mut client = home.logger.client();
    let created_at = Some(Timestamp { seconds: -86_400, nanos: 5_000_000 });
    let datas = ["", "\"quoted\" \\ and \n broken", "NUL \0 inside", "Straße 🦀", &"x".repeat(256 << 10)];
    for (index, data) in datas.iter().enumerate() {
        let id = format!("id-{index}");
        let (level, name) = (Level::Error as i32, "café \0".to_owned());
        let via = [Via::Grpc, Via::Queue][index % 2];
        let data = (*data).to_owned();
        let sent = WriteRequest { name, level, data, id, created_at, audit: false, via: via as i32 };
        let stored = client.write(sent.clone()).await.unwrap().into_inner();
        assert_eq!(stored.via(), via);
        assert_eq!((&stored.id, &stored.data, stored.level), (&sent.id, &sent.data, sent.level));
        assert_eq!((&stored.name, stored.created_at), (&sent.name, created_at));
        // Read back by a later look at what the store holds.
        let found = client.query(QueryRequest::default()).await.unwrap().into_inner();
        assert!(found.entries.contains(&stored), "{index}");
    }
}

pub(crate) async fn what_is_left_out_is_filled_in(home: Arc<Home>) {
    let mut client = home.logger.client();
    let before = seconds_now();
    let first = client.write(request("event", "hello")).await.unwrap().into_inner();
    let second = client.write(request("event", "hello")).await.unwrap().into_inner();
    assert_eq!((first.level(), first.via()), (Level::Info, Via::Grpc));
    assert_eq!(uuid::Uuid::parse_str(&first.id).unwrap().get_version_num(), 7);
    assert!(first.id < second.id);
    let created = first.created_at.unwrap().seconds;
    assert!(created >= before && created <= seconds_now());
}

fn seconds_now() -> i64 {
    std::time::UNIX_EPOCH.elapsed().unwrap().as_secs() as i64
}

pub(crate) async fn the_same_id_is_one_entry(home: Arc<Home>) {
    let mut client = home.logger.client();
    let sent = WriteRequest { id: "event-1".into(), ..request("event", "hello") };
    let first = client.write(sent.clone()).await.unwrap().into_inner();
    let later = Some(Timestamp { seconds: 1, nanos: 0 });
    let as_event = WriteRequest { created_at: later, via: Via::Queue as i32, ..sent.clone() };
    let again = client.write(as_event).await.unwrap().into_inner();
    assert_eq!(first, again);
    let others = [
        WriteRequest { data: "other".into(), ..sent.clone() },
        WriteRequest { name: "other".into(), ..sent.clone() },
        WriteRequest { level: Level::Debug as i32, ..sent.clone() },
    ];
    for other in others {
        let refused = client.write(other).await.unwrap_err();
        assert_eq!(refused.code(), tonic::Code::AlreadyExists);
        assert!(refused.message().contains("event-1"), "{}", refused.message());
    }
    assert_eq!(names(&mut client).await, ["event"]);
}

/// What the broker sends along of an Idempotency-Key; the content of another call under it is refused.
pub(crate) async fn a_call_that_is_repeated_under_its_key_is_one_entry(home: Arc<Home>) {
    let mut client = home.logger.client();
    let under_key = |entry: WriteRequest| {
        let mut request = Request::new(entry);
        request.metadata_mut().insert("idempotency-key", "call-1".parse().unwrap());
        request
    };
    let first = client.write(under_key(request("event", "hello"))).await.unwrap().into_inner();
    let again = client.write(under_key(request("event", "hello"))).await.unwrap().into_inner();
    assert_eq!((&first, first.id.as_str()), (&again, "call-1"));
    let other = client.write(under_key(request("event", "other"))).await.unwrap_err();
    assert_eq!(other.code(), tonic::Code::AlreadyExists);
    let named = WriteRequest { id: "mine".into(), ..request("event", "other") };
    assert_eq!(client.write(under_key(named)).await.unwrap().into_inner().id, "mine");
    assert_eq!(names(&mut client).await.len(), 2);
}

pub(crate) async fn every_field_is_checked_and_named(home: Arc<Home>) {
    let mut client = home.logger.client();
    let good = request("event", "hello");
    let at = |seconds, nanos| Some(Timestamp { seconds, nanos });
    let cases = [
        ("name", WriteRequest { name: String::new(), ..good.clone() }),
        ("name", WriteRequest { name: "é".repeat(101), ..good.clone() }),
        ("data", WriteRequest { data: "x".repeat((256 << 10) + 1), ..good.clone() }),
        ("level", WriteRequest { level: 5, ..good.clone() }),
        ("level", WriteRequest { level: -1, ..good.clone() }),
        ("via", WriteRequest { via: 3, ..good.clone() }),
        ("id", WriteRequest { id: "x".repeat(129), ..good.clone() }),
        ("created_at", WriteRequest { created_at: at(253_402_300_800, 0), ..good.clone() }),
        ("created_at", WriteRequest { created_at: at(-62_135_596_801, 0), ..good.clone() }),
        ("created_at", WriteRequest { created_at: at(0, 1_000_000_000), ..good.clone() }),
        ("created_at", WriteRequest { created_at: at(0, -1), ..good.clone() }),
    ];
    for (field, bad) in cases {
        let refused = client.write(bad).await.unwrap_err();
        assert_eq!(refused.code(), tonic::Code::InvalidArgument, "{field}");
        if field == "level" {
            assert!(refused.message().contains("DEBUG, INFO, WARNING, ERROR"), "{}", refused.message());
        }
        assert_eq!(fields(refused), [field]);
    }
    let edge = WriteRequest { name: "n".repeat(200), id: "i".repeat(128), created_at: at(253_402_300_799, 0), ..good };
    client.write(edge).await.unwrap();
    assert_eq!(names(&mut client).await, ["n".repeat(200)]);
}

pub(crate) async fn a_batch_has_a_result_for_each_entry(home: Arc<Home>) {
    let mut client = home.logger.client();
    let with_id = |id: &str, data: &str| WriteRequest { id: id.into(), ..request("event", data) };
    client.write(with_id("old", "one")).await.unwrap();
    let entries = vec![
        with_id("a", "one"),
        WriteRequest { level: 9, ..with_id("bad", "one") },
        with_id("old", "one"),
        with_id("old", "two"),
        with_id("a", "one"),
        with_id("a", "two"),
        request("", "nameless"),
        request("made", "up"),
    ];
    let results = client.write_batch(WriteBatchRequest { entries }).await.unwrap().into_inner().results;
    let codes: Vec<_> = results.iter().map(|it| it.code).collect();
    let (invalid, exists) = (Code::InvalidArgument as i32, Code::AlreadyExists as i32);
    assert_eq!(codes, [0, invalid, 0, exists, 0, exists, invalid, 0]);
    assert!(results[1].message.starts_with("entries[1].level: "), "{}", results[1].message);
    assert!(results[6].message.starts_with("entries[6].name: "), "{}", results[6].message);
    let ids: Vec<_> = results.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(ids[..7], ["a", "bad", "old", "old", "a", "a", ""]);
    assert!(uuid::Uuid::parse_str(ids[7]).is_ok());
    assert_eq!(names(&mut client).await.len(), 3);
    let empty = client.write_batch(WriteBatchRequest::default()).await.unwrap().into_inner();
    assert!(empty.results.is_empty());
}

pub(crate) async fn what_is_too_large_is_refused_whole(home: Arc<Home>) {
    let mut client = home.logger.client();
    let entries = vec![request("event", ""); 1001];
    assert_eq!(fields(client.write_batch(WriteBatchRequest { entries }).await.unwrap_err()), ["entries"]);
    let entries = vec![request("event", &"x".repeat(256 << 10)); 70];
    let refused = client.write_batch(WriteBatchRequest { entries }).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::OutOfRange, "{}", refused.message());
    let entries = vec![request("event", ""); 1000];
    let results = client.write_batch(WriteBatchRequest { entries }).await.unwrap().into_inner().results;
    assert_eq!(results.iter().filter(|it| it.code == 0).count(), 1000);
}

pub(crate) async fn many_writes_at_once_all_have_their_own_answer(home: Arc<Home>) {
    let client = home.logger.client();
    // Every id twice; the content is the same where the number is even.
    let writes = (0..200).map(|number| {
        let mut client = client.clone();
        let data = if number % 2 == 0 { number % 100 } else { number };
        let entry = WriteRequest { id: format!("id-{}", number % 100), ..request("event", &data.to_string()) };
        async move { client.write(entry).await }
    });
    let answers = futures::future::join_all(writes).await;
    let (stored, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!((stored.len(), refused.len()), (150, 50));
    assert!(refused.iter().all(|it| it.as_ref().unwrap_err().code() == tonic::Code::AlreadyExists));
    assert_eq!(names(&mut client.clone()).await.len(), 100);
}

pub(crate) async fn what_is_past_its_deadline_is_not_stored(home: Arc<Home>) {
    // tonic's own channel would give up before it sends anything.
    let mut http = hyper_util::client::legacy::Client::builder(hyper_util::rt::TokioExecutor::new());
    let origin = format!("http://{}", home.logger.address).parse().unwrap();
    let mut client = LoggerClient::with_origin(http.http2_only(true).build_http(), origin);
    let mut late = Request::new(request("late", ""));
    late.metadata_mut().insert("grpc-timeout", "1n".parse().unwrap());
    assert_eq!(client.write(late).await.unwrap_err().code(), tonic::Code::DeadlineExceeded);
    client.write(request("next", "")).await.unwrap();
    assert_eq!(names(&mut home.logger.client()).await, ["next"]);
}
