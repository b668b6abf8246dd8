//! Two kinds of entries on one store: what is of the audit is never shown with the rest, nor the rest with it.

use std::sync::Arc;

use proto::logger::v1::{Entry, QueryRequest, TailRequest, WriteBatchRequest, WriteRequest};

use crate::home::{Client, Home, request};
use crate::tail::entry;

pub(crate) fn audit(name: &str, data: &str) -> WriteRequest {
    WriteRequest { audit: true, ..request(name, data) }
}

async fn found(client: &mut Client, asked: QueryRequest) -> Vec<Entry> {
    client.query(asked).await.unwrap().into_inner().entries
}

fn datas(entries: &[Entry]) -> Vec<&str> {
    entries.iter().map(|it| it.data.as_str()).collect()
}

pub(crate) async fn a_query_shows_one_kind_only(home: Arc<Home>) {
    let mut client = home.logger.client();
    let stored = client.write(audit("audit.sign_in", "one")).await.unwrap().into_inner();
    assert!(stored.audit);
    assert!(!client.write(request("audit.sign_in", "two")).await.unwrap().into_inner().audit);
    let entries = vec![audit("audit.sign_in", "three"), request("event", "four"), audit("audit.deleted", "five")];
    client.write_batch(WriteBatchRequest { entries }).await.unwrap();
    let cases = [
        (QueryRequest::default(), vec!["four", "two"], vec!["five", "three", "one"]),
        (QueryRequest { name: "audit.sign_in".into(), ..Default::default() }, vec!["two"], vec!["three", "one"]),
        (QueryRequest { text: "F".into(), ..Default::default() }, vec!["four"], vec!["five"]),
    ];
    for (asked, others, of_audit) in cases {
        let mut shown = found(&mut client, asked.clone()).await;
        assert!(shown.iter().all(|it| !it.audit));
        shown.sort_by(|left, right| left.data.cmp(&right.data));
        assert_eq!(datas(&shown), sorted(others), "{asked:?}");
        let mut shown = found(&mut client, QueryRequest { audit: true, ..asked.clone() }).await;
        assert!(shown.iter().all(|it| it.audit));
        shown.sort_by(|left, right| left.data.cmp(&right.data));
        assert_eq!(datas(&shown), sorted(of_audit), "{asked:?}");
    }
}

/// Entries of one millisecond have no order that a test could know.
fn sorted(mut datas: Vec<&str>) -> Vec<&str> {
    datas.sort_unstable();
    datas
}

pub(crate) async fn pages_of_the_audit_pass_the_others_by(home: Arc<Home>) {
    let mut client = home.logger.client();
    let entry = |number: i64| {
        let created_at = Some(prost_types::Timestamp { seconds: 1_000 + number / 3, nanos: 0 });
        let audit = number % 2 == 0;
        WriteRequest { created_at, audit, ..request("event", &number.to_string()) }
    };
    client.write_batch(WriteBatchRequest { entries: (0..50).map(entry).collect() }).await.unwrap();
    for audit in [false, true] {
        let mut asked = QueryRequest { limit: 10, audit, ..Default::default() };
        let mut seen = std::collections::BTreeSet::new();
        let mut sizes = Vec::new();
        loop {
            let page = client.query(asked.clone()).await.unwrap().into_inner();
            sizes.push(page.entries.len());
            seen.extend(page.entries.iter().map(|it| it.data.parse::<i64>().unwrap()));
            if page.next_cursor.is_empty() {
                break;
            }
            asked.cursor = page.next_cursor;
        }
        assert_eq!(sizes, [10, 10, 5]);
        assert!(seen.iter().all(|number| (number % 2 == 0) == audit) && seen.len() == 25, "{seen:?}");
    }
}

pub(crate) async fn a_tail_follows_one_kind_only(home: Arc<Home>) {
    let mut client = home.logger.client();
    let mut others = client.tail(TailRequest::default()).await.unwrap().into_inner();
    let mut of_audit = client.tail(TailRequest { audit: true, ..Default::default() }).await.unwrap().into_inner();
    let filtered = TailRequest { audit: true, name: "audit.deleted".into(), ..Default::default() };
    let mut deleted = client.tail(filtered).await.unwrap().into_inner();
    let sent = [audit("audit.sign_in", "one"), request("event", "two"), audit("audit.deleted", "three")];
    for written in sent {
        client.write(written).await.unwrap();
    }
    client.write(request("event", "four")).await.unwrap();
    assert_eq!((entry(&mut others).await.as_str(), entry(&mut others).await.as_str()), ("two", "four"));
    assert_eq!((entry(&mut of_audit).await.as_str(), entry(&mut of_audit).await.as_str()), ("one", "three"));
    assert_eq!(entry(&mut deleted).await, "three");
}

pub(crate) async fn the_same_id_in_the_other_kind_is_a_conflict(home: Arc<Home>) {
    let mut client = home.logger.client();
    let sent = WriteRequest { id: "one".into(), ..audit("event", "hello") };
    client.write(sent.clone()).await.unwrap();
    assert!(client.write(sent.clone()).await.unwrap().into_inner().audit);
    let refused = client.write(WriteRequest { audit: false, ..sent }).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::AlreadyExists);
    assert!(found(&mut client, QueryRequest::default()).await.is_empty());
}
