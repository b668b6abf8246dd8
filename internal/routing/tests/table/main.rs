//! The route table through its public surface: what the grammar takes, what it refuses and in which words, that what
//! is printed can be read again, and that the examples of docs/routes.md do what they say.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod callers;
mod cors;
mod documentation;
mod faults;
mod fits;
mod grammar;
mod keys;
mod live;
mod paths;
mod round_trip;
mod variables;

use routing::table::{Table, parse};

/// What every table of these tests may call.
const SERVICES: &str = r#"
[services]
logger = "grpc://127.0.0.1:50001"
authenticator = "http://127.0.0.1:8081"
math = "http://127.0.0.1:7090"
"#;

/// A whole table out of rows: the version on the first line where the text does not say it, the services at the end
/// where the text has none.
fn completed(text: &str) -> String {
    let version = if text.contains("version =") { "" } else { "version = 1\n" };
    let services = if text.contains("[services]") { "" } else { SERVICES };
    format!("{version}{text}\n{services}")
}

fn table(text: &str) -> Table {
    read(text).unwrap_or_else(|faults| panic!("{}\nin\n{text}", faults.join("\n")))
}

fn read(text: &str) -> Result<Table, Vec<String>> {
    parse("routes.toml", &completed(text), |_| None).map_err(|faults| faults.iter().map(ToString::to_string).collect())
}

fn faults(text: &str) -> Vec<String> {
    match read(text) {
        Ok(table) => panic!("read without a fault: {table:?}\n{text}"),
        Err(faults) => faults,
    }
}
