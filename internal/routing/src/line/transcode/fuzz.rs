//! Any text as any message: refused with a 400, or read and then written and read again as the same. The messages are
//! those of this build and protobuf's own, which have every kind of field: maps, oneofs, durations, any JSON.

use std::sync::LazyLock;

use ::fuzz::Target;
use mesh::Code;
use prost::Message as _;
use prost_reflect::{DescriptorPool, MessageDescriptor};
use serde_json::Value;

use super::{coerce, from_object, from_text, to_text};
use crate::argument;

static MESSAGES: LazyLock<Vec<MessageDescriptor>> = LazyLock::new(|| {
    let ours = DescriptorPool::decode(proto::DESCRIPTORS).unwrap();
    let both = [ours, DescriptorPool::global()];
    let mut all: Vec<_> = both.iter().flat_map(DescriptorPool::all_messages).filter(|it| !it.is_map_entry()).collect();
    all.sort_by(|left, right| left.full_name().cmp(right.full_name()));
    all.dedup_by(|left, right| left.full_name() == right.full_name());
    all
});

const WORDS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    "\"",
    ":",
    ",",
    "null",
    "true",
    "\"NaN\"",
    "\"-Infinity\"",
    "1e400",
    "-1",
    "4294967296",
    "\"1\"",
    "\"2026-01-02T03:04:05Z\"",
    "\"0001-01-01T00:00:00Z\"",
    "\"-315576000001s\"",
    "\"1.5s\"",
    "\"a.b,cD\"",
    "\"@type\":",
    "\"type.googleapis.com/google.protobuf.Duration\"",
    "\"value\":",
    "\"entries\":[",
    "\"level\":",
    "\"name\":",
    "\"createdAt\":",
    "\"created_at\":",
    "\"\\ud800\"",
    "\"=\"",
    "\"_-8\"",
    "\u{0}",
];

#[test]
fn any_text_is_read_as_any_message_or_refused_by_its_field() {
    let texts = [
        r#"{"name":"n","level":"WARNING","createdAt":"2026-01-02T03:04:05Z"}"#,
        r#"{"entries":[{"name":"a"},{"id":"x","data":"{}"}]}"#,
        r#"{"fields":{"a":{"b":[1,null,"x",true]}}}"#,
        r#"{"@type":"type.googleapis.com/google.protobuf.Duration","value":"1.5s"}"#,
        r#"{"limit":7,"cursor":"x"}"#,
        r#""1.5s""#,
        "[[[{}]]]",
    ];
    let each = |at: u8| texts.map(|text| [&[at], text.as_bytes()].concat());
    let seeds = (0..MESSAGES.len()).filter_map(|at| u8::try_from(at).ok()).flat_map(each).collect();
    let target = Target::new(env!("CARGO_MANIFEST_DIR"), "tests/corpus/transcode", property);
    Target { seeds, words: WORDS, ..target }.check();
}

/// A byte that says which message, then the text.
fn property(input: &[u8]) {
    let Some((which, text)) = input.split_first() else { return };
    let message = &MESSAGES[usize::from(*which) % MESSAGES.len()];
    if let Ok(mut object) = argument::parse(text) {
        coerce(message, &mut object);
        if let Err(error) = from_object(message, &object) {
            assert_eq!(error.code, Code::InvalidArgument, "{}: {error:?}", message.full_name());
        }
    }
    let read = match from_text(message, text) {
        Ok(read) => read,
        Err(error) => {
            assert!(error.code == Code::InvalidArgument && !error.detail.is_empty(), "{error:?}");
            return;
        }
    };
    let written = to_text(message, read.encode_to_vec().into());
    let written = written.unwrap_or_else(|error| panic!("{} does not come back: {error:?}", message.full_name()));
    let again = from_text(message, &written).unwrap_or_else(|error| {
        panic!("{} is not read again from {}: {error:?}", message.full_name(), String::from_utf8_lossy(&written))
    });
    let again = to_text(message, again.encode_to_vec().into()).unwrap();
    assert_eq!(json(&again), json(&written), "{}", message.full_name());
}

/// Maps of a message have no order, and as text NaN is itself.
fn json(text: &[u8]) -> Value {
    serde_json::from_slice(text).unwrap()
}
