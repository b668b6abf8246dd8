//! The text of a table: read, and then good for an index, or refused with faults that stand somewhere in the text.

use fuzz::Target;
use routing::index::Index;
use routing::table::{Diagnostic, Table, parse};

use crate::target;

const WORDS: &[&str] = &[
    "\n[[route]]\n",
    "\n[services]\n",
    "[issuers.a]\n",
    "version = 1\n",
    "\non = ",
    "\ncall = ",
    "\naction = ",
    "\nargs = ",
    "async = true",
    "attempts = ",
    "auth = ",
    "batch = { into = ",
    "cookies = ",
    "host = ",
    "limit = ",
    "reply = ",
    "retry = ",
    "schema = ",
    "secret = [",
    "size = {",
    "status = ",
    "timeout = ",
    "\"GET /",
    "\"ANY /{*rest}\"",
    "{id}",
    "{*p}",
    "event a.#",
    "every ",
    "cron * * * * *",
    "grpc logger a.B/C",
    "http math GET /",
    "rpc a b",
    "${X}",
    "${X:-y}",
    "$",
    "\"",
    "'",
    "\"\"\"",
    "[",
    "]",
    "{",
    "}",
    "=",
    "..",
    "KiB",
    "99999999999999999999",
    "-1",
    "0x",
    "1e400",
    "nan",
    "\u{0}",
    "\r\n",
    "\t",
    "é",
    "\u{10ffff}",
    "url",
    "jwks",
    "roles = { claim = ",
    "localhost:9000",
    "[::1]:80",
    "@",
];

#[test]
fn a_table_is_read_or_refused_with_faults_that_stand_in_it() {
    let documented = include_str!("../../../../docs/routes.md").split("```").skip(1).step_by(2);
    let examples = documented.filter_map(|block| block.strip_prefix("toml\n"));
    let seeds = examples.chain([include_str!("../../../../routes.toml")]).map(|text| text.as_bytes().to_vec());
    Target { seeds: seeds.collect(), words: WORDS, ..target("table", property) }.check();
}

fn property(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    match parse("routes.toml", &text, |name| (name.len() < 4).then(|| "http://x:1".to_owned())) {
        Ok(table) => is_usable(&table),
        Err(faults) => are_told(&faults, &text),
    }
}

fn is_usable(table: &Table) {
    Index::new(table).unwrap();
    let _ = routing::work_queues(table);
    for route in &table.routes {
        assert!(!route.name.is_empty(), "{route:?}");
        let _ = route.on.iter().map(ToString::to_string).chain([route.call.to_string()]).collect::<Vec<_>>();
    }
}

fn are_told(faults: &[Diagnostic], text: &str) {
    assert!(!faults.is_empty());
    let lines: Vec<&str> = text.split('\n').collect();
    let places: Vec<_> = faults.iter().map(|fault| (fault.line, fault.column)).collect();
    assert!(places.is_sorted(), "{places:?}");
    for fault in faults {
        let line = lines.get(fault.line.wrapping_sub(1)).unwrap_or_else(|| panic!("{fault} stands in no line"));
        assert!((1..=line.chars().count() + 1).contains(&fault.column), "{fault} stands beside its line");
        assert!(!fault.message.is_empty());
    }
}
