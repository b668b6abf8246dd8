//! Fields that a row sets itself: they reach every line, and a caller who sends one is told to leave it out.

use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt;
use mesh::{Code, Error};
use routing::{Call, Reply, Row, argument};
use serde_json::{Value, json};

use crate::world::{self, World, call};

fn table(address: impl std::fmt::Display) -> String {
    format!(
        r#"
        version = 1
        [services]
        logger = "grpc://{address}"
        [[route]]
        on = "POST /w"
        action = "write"
        call = "grpc logger logger.v1.Logger/Write"
        args = {{ audit = true }}
        [[route]]
        on = "GET /q"
        action = "query"
        call = "grpc logger logger.v1.Logger/Query"
        args = {{ limit = 7, audit = true }}
        [[route]]
        on = "GET /t"
        action = "tail"
        call = "grpc logger logger.v1.Logger/Tail"
        args = {{ audit = true }}
        [[route]]
        on = "POST /e"
        action = "publish"
        call = "event log.{{level|INFO}}"
        schema = "logger logger.v1.WriteRequest"
        args = {{ audit = false }}
        "#
    )
}

/// A request as the door makes a call of it.
async fn asked(row: &Arc<Row>, query: &str, body: &'static str) -> Result<Reply, Error> {
    let argument = argument::merge(&[], Some(query), Bytes::from_static(body.as_bytes()), &row.route.args)?;
    row.call(Call { argument, ..call(json!({})) }).await
}

async fn document(row: &Arc<Row>, query: &str, body: &'static str) -> Value {
    let text = match asked(row, query, body).await.unwrap() {
        Reply::Json { body, .. } | Reply::Accepted(body) => body,
        Reply::Stream(mut documents) => documents.next().await.unwrap().unwrap(),
        Reply::Raw(raw) => panic!("a raw answer: {raw:?}"),
    };
    serde_json::from_slice(&text).unwrap()
}

#[tokio::test]
async fn they_reach_unary_calls_and_streams() {
    let world = World::open(&table(world::logger(false).await)).await.unwrap();
    assert_eq!(document(&world.row("write"), "", r#"{"name":"n"}"#).await["audit"], true);
    assert_eq!(document(&world.row("query"), "name=n", "").await["next_cursor"], "7");
    assert_eq!(document(&world.row("tail"), "", "").await["entry"]["audit"], true);
}

#[tokio::test]
async fn a_caller_who_sends_one_is_told_to_leave_it_out() {
    let world = World::open(&table(world::logger(false).await)).await.unwrap();
    for row in ["write", "query", "tail", "publish"] {
        for (query, body) in
            [("audit=true", ""), ("audit=false", ""), ("", r#"{"audit":true}"#), ("", r#"{"audit":null}"#)]
        {
            let error = asked(&world.row(row), query, body).await.unwrap_err();
            assert_eq!((error.code, error.fields[0].field.as_str()), (Code::InvalidArgument, "audit"), "{row}");
        }
    }
}

#[tokio::test]
async fn a_schema_knows_them_and_a_missing_body_is_still_missing() {
    let world = World::open(&table(world::logger(false).await)).await.unwrap();
    let missing = asked(&world.row("publish"), "", "").await.unwrap_err();
    assert!(missing.detail.starts_with("the body is missing"), "{}", missing.detail);
    let unknown = asked(&world.row("publish"), "", r#"{"nam":"n"}"#).await.unwrap_err();
    assert_eq!(unknown.fields[0].field, "nam");
    // Past the door, and nobody is bound for it here.
    let unrouted = asked(&world.row("publish"), "", r#"{"name":"n"}"#).await.unwrap_err();
    assert_eq!(unrouted.code, Code::Unavailable);
}
