//! The OpenAPI document of a table: that it is one, that it says of each row what the row does, and that nothing in it
//! depends on chance.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod rows;
mod secrets;
mod valid;

use routing::table::{Table, parse};
use serde_json::Value;

const SERVICES: &str = "
[services]
logger        = \"grpc://127.0.0.1:50001\"
authenticator = { url = \"http://127.0.0.1:8081\", token = true }
math          = \"http://127.0.0.1:7090\"
orders        = \"grpc://127.0.0.1:50002\"
";

fn table(rows: &str) -> Table {
    parse("routes.toml", &format!("version = 1\n{rows}\n{SERVICES}"), |_| None).unwrap_or_else(|faults| {
        let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
        panic!("{}\nin\n{rows}", faults.join("\n"))
    })
}

/// The table that comes with the binary.
fn default_table() -> Table {
    parse("routes.toml", include_str!("../../../../routes.toml"), |_| None).unwrap()
}

/// By what this build knows of messages, without asking anybody.
async fn of(table: &Table) -> Value {
    routing::openapi::describe(table, false).await.unwrap().0
}

async fn document(rows: &str) -> Value {
    of(&table(rows)).await
}

/// Every operation, with its path and method.
fn operations(document: &Value) -> Vec<(&str, &str, &Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    let all = paths.flat_map(|(path, item)| {
        item.as_object().unwrap().iter().map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
    });
    all.collect()
}
