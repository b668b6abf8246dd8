//! Asking: pages, filters, and what is refused.

use std::sync::Arc;

use prost_types::Timestamp;
use proto::logger::v1::{Entry, Level, QueryRequest, WriteBatchRequest, WriteRequest};

use crate::home::{Client, Home, fields, request};

fn at(seconds: i64, nanos: i32) -> Option<Timestamp> {
    Some(Timestamp { seconds, nanos })
}

async fn write(client: &mut Client, entries: Vec<WriteRequest>) {
    let results = client.write_batch(WriteBatchRequest { entries }).await.unwrap().into_inner().results;
    assert!(results.iter().all(|it| it.code == 0), "{results:?}");
}

async fn datas(client: &mut Client, request: QueryRequest) -> Vec<String> {
    client.query(request).await.unwrap().into_inner().entries.into_iter().map(|it| it.data).collect()
}

pub(crate) async fn pages_hold_every_entry_once_while_others_are_written(home: Arc<Home>) {
    let mut client = home.logger.client();
    // Three of a second each, so that pages end between entries of one time.
    let entry =
        |number: i64| WriteRequest { created_at: at(1_000 + number / 3, 0), ..request("old", &number.to_string()) };
    write(&mut client, (0..25).map(entry).collect()).await;
    let mut seen: Vec<Entry> = Vec::new();
    let mut asked = QueryRequest { limit: 10, ..Default::default() };
    loop {
        let page = client.query(asked.clone()).await.unwrap().into_inner();
        seen.extend(page.entries);
        write(&mut client, vec![request("new", "newer than any page")]).await;
        if page.next_cursor.is_empty() {
            break;
        }
        asked.cursor = page.next_cursor;
    }
    assert_eq!(seen.len(), 25);
    let mut sorted = seen.clone();
    sorted.sort_by_key(|it| std::cmp::Reverse((it.created_at.unwrap().seconds, it.id.clone())));
    assert_eq!(seen, sorted);
    seen.dedup_by_key(|it| it.id.clone());
    assert_eq!(seen.len(), 25);
    // An exact fit has no next page.
    let old = QueryRequest { limit: 25, name: "old".into(), ..Default::default() };
    let page = client.query(old).await.unwrap().into_inner();
    assert_eq!((page.entries.len(), page.next_cursor.as_str()), (25, ""));
    let usual = client.query(QueryRequest::default()).await.unwrap().into_inner();
    assert_eq!(usual.entries.len(), 28);
}

pub(crate) async fn every_filter_filters(home: Arc<Home>) {
    let mut client = home.logger.client();
    let entry = |name: &str, level: Level, seconds, nanos, data: &str| WriteRequest {
        level: level as i32,
        created_at: at(seconds, nanos),
        ..request(name, data)
    };
    write(
        &mut client,
        vec![
            entry("login", Level::Info, 10, 0, "a"),
            entry("login", Level::Error, 20, 0, "b"),
            entry("logout", Level::Error, 30, 500_000_000, "c"),
            entry("login", Level::Error, 40, 0, "d"),
        ],
    )
    .await;
    let all = QueryRequest::default;
    let cases = [
        (QueryRequest { name: "login".into(), ..all() }, "dba"),
        (QueryRequest { level: Level::Error as i32, ..all() }, "dcb"),
        (QueryRequest { since: at(20, 0), until: at(40, 0), ..all() }, "cb"),
        (QueryRequest { since: at(20, 1), until: at(40, 1), ..all() }, "dc"),
        (QueryRequest { since: at(30, 500_000_000), ..all() }, "dc"),
        (QueryRequest { until: at(10, 0), ..all() }, ""),
        (QueryRequest { since: at(10, 0), until: at(10, 0), ..all() }, ""),
        (QueryRequest { name: "login".into(), level: Level::Error as i32, until: at(40, 0), ..all() }, "b"),
        (QueryRequest { name: "log".into(), ..all() }, ""),
    ];
    for (asked, expected) in cases {
        assert_eq!(datas(&mut client, asked.clone()).await.concat(), expected, "{asked:?}");
    }
}

pub(crate) async fn text_is_found_in_any_case_and_means_only_itself(home: Arc<Home>) {
    let mut client = home.logger.client();
    let texts = ["Order 12 of ÄRGER shipped", "100% [sure] a.b*c?", "a_b \\d ^x$ (y|z)", "axb"];
    write(&mut client, texts.iter().map(|text| request("Note", text)).collect()).await;
    let cases = [
        ("oRdEr", 1),
        ("ärger", 1),
        ("ÄRGER", 1),
        ("note", 4),
        ("100%", 1),
        ("[SURE]", 1),
        ("a.b", 1),
        ("b*C?", 1),
        ("a_b", 1),
        ("%", 1),
        ("_", 1),
        ("*", 1),
        ("?", 1),
        ("]", 1),
        ("\\D", 1),
        ("^X$", 1),
        ("(y|z)", 1),
        ("missing", 0),
    ];
    for (text, expected) in cases {
        let asked = QueryRequest { text: text.into(), ..Default::default() };
        assert_eq!(datas(&mut client, asked).await.len(), expected, "{text}");
    }
}

pub(crate) async fn a_page_of_large_entries_stays_within_a_message(home: Arc<Home>) {
    let mut client = home.logger.client();
    let entry = |number: i64| WriteRequest { created_at: at(number, 0), ..request("large", &"x".repeat(256 << 10)) };
    write(&mut client, (0..20).map(entry).collect()).await;
    let mut asked = QueryRequest { limit: 500, ..Default::default() };
    let mut sizes = Vec::new();
    loop {
        // The client takes no more than 4 MiB, as gRPC clients do.
        let page = client.query(asked.clone()).await.unwrap().into_inner();
        sizes.push(page.entries.len());
        if page.next_cursor.is_empty() {
            break;
        }
        asked.cursor = page.next_cursor;
    }
    assert_eq!(sizes, [11, 9]);
}

pub(crate) async fn every_field_is_checked_and_named_too(home: Arc<Home>) {
    let mut client = home.logger.client();
    let all = QueryRequest::default;
    let cases = [
        ("limit", QueryRequest { limit: 501, ..all() }),
        ("cursor", QueryRequest { cursor: "nonsense".into(), ..all() }),
        ("since", QueryRequest { since: at(2, 0), until: at(1, 0), ..all() }),
        ("since", QueryRequest { since: at(253_402_300_800, 0), ..all() }),
        ("until", QueryRequest { until: at(0, -1), ..all() }),
        ("level", QueryRequest { level: 7, ..all() }),
        ("name", QueryRequest { name: "n".repeat(201), ..all() }),
        ("text", QueryRequest { text: "t".repeat(201), ..all() }),
        ("text", QueryRequest { text: "\0".into(), ..all() }),
    ];
    for (field, bad) in cases {
        let refused = client.query(bad).await.unwrap_err();
        assert_eq!(refused.code(), tonic::Code::InvalidArgument, "{field}");
        assert_eq!(fields(refused), [field]);
    }
}
