//! The parts of a request: fields of a path, a query and a body, whatever bytes they are, become an argument or a 400
//! that names what is wrong.

use std::collections::BTreeMap;

use bytes::Bytes;
use fuzz::{Target, Unstructured};
use mesh::Code;
use routing::argument::merge;
use routing::table::Arg;
use routing::{Argument, argument};
use serde_json::json;

use crate::target;

const WORDS: &[&str] = &[
    "{\"a\":", "\"b\"", "[", "]", "{", "}", ",", ":", "1", "-0", "1e999", "0.1", "true", "null", "\\u0000", "\\ud800",
    "a=", "&", "=", "+", "%20", "%", "%ff", "%C3%A4", "%00", "ä", "\u{0}", "a", "b", "c",
];

#[test]
fn the_parts_of_a_request_become_an_argument_or_a_clear_error() {
    let bodies = [r#"{"a":"x","b":[1,{"c":null}]}"#, r#"{"a":1e2,"a":2}"#, "[]", ""];
    let seeds = bodies.iter().map(|body| format!("a=1&b=x+y%20z\u{0}a%2Fb\u{0}{body}").into_bytes()).collect();
    Target { seeds, words: WORDS, ..target("argument", property) }.check();
}

/// A byte that says which fields of the path there are and what the row changes; a query, a value and a body, each up
/// to a zero.
fn property(input: &[u8]) {
    let mut rest = Unstructured::new(input);
    let shape: u8 = rest.arbitrary().unwrap_or_default();
    let mut parts = rest.take_rest().splitn(3, |byte| *byte == 0);
    let [query, value, body] = [(); 3].map(|()| parts.next().unwrap_or_default());
    let (query, value) = (String::from_utf8_lossy(query), String::from_utf8_lossy(value));
    let path: Vec<(&str, &str)> = ["a", "b"].into_iter().take(usize::from(shape % 3)).map(|it| (it, &*value)).collect();
    let args = args(shape);
    match merge(&path, Some(&query), Bytes::copy_from_slice(body), &args) {
        Ok(Argument::Text(text)) => {
            assert!(path.is_empty() && query.is_empty() && args.is_empty());
            assert!(text == body || (body.is_empty() && text == "{}"));
        }
        Ok(argument) => holds_all(argument, &path, &args),
        Err(error) => assert!(error.code == Code::InvalidArgument && !error.detail.is_empty(), "{error:?}"),
    }
}

fn args(shape: u8) -> BTreeMap<String, Arg> {
    let all = [("c", Arg::Constant(json!({ "x": 1 }))), ("d", Arg::Rename("a".to_owned()))];
    let wanted = all.into_iter().enumerate().filter(|(at, _)| shape >> (4 + at) & 1 == 1);
    wanted.map(|(_, (name, arg))| (name.to_owned(), arg)).collect()
}

fn holds_all(argument: Argument, path: &[(&str, &str)], args: &BTreeMap<String, Arg>) {
    let object = argument.clone().into_object().unwrap();
    for (name, _) in path {
        let name = if args.contains_key("d") && *name == "a" { "d" } else { name };
        assert!(object.contains_key(name), "{name} is lost: {object:?}");
    }
    assert!(args.get("c").is_none_or(|_| object["c"] == json!({ "x": 1 })));
    let text = argument.into_text().unwrap();
    assert_eq!(argument::parse(&text).unwrap(), object, "it is another one as text");
}
