//! Schemas beside the transcoder itself: what the one takes the other takes, and what the one writes the other knows.

use prost_reflect::{DescriptorPool, MessageDescriptor};
use serde_json::{Value, json};

use super::schema::{Schemas, Way};
use super::{example, shared};
use crate::line::transcode;

const PROTO: &str = r#"
syntax = "proto3";
package t.v1;
import "google/protobuf/duration.proto";
import "google/protobuf/empty.proto";
import "google/protobuf/struct.proto";
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";

enum Kind { KIND_UNSPECIFIED = 0; GOOD = 1; BAD = 2; }

// A tree of trees.
message Tree {
  // What it is called.
  string name = 1;
  repeated Tree children = 2;
}

message All {
  int32 small = 1;
  uint32 count = 2;
  int64 big = 3;
  uint64 long = 4;
  double ratio = 5;
  bool yes = 6;
  bytes blob = 7;
  Kind kind = 8;
  repeated Kind kinds = 9;
  map<string, int32> scores = 10;
  map<int32, Tree> trees = 11;
  google.protobuf.Timestamp at = 12;
  google.protobuf.Duration took = 13;
  google.protobuf.Int64Value maybe = 14;
  google.protobuf.Struct free = 15;
  google.protobuf.Empty nothing = 16;
  Tree tree = 17;
  oneof choice { string left = 18; Tree right = 19; }
  optional string nick = 20;
}
"#;

fn message(name: &str) -> MessageDescriptor {
    compiled(PROTO).get_message_by_name(name).unwrap()
}

fn compiled(text: &str) -> DescriptorPool {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("t.proto"), text).unwrap();
    let mut compiler = protox::Compiler::new([folder.path()]).unwrap();
    let files = compiler.include_source_info(true).include_imports(true).open_files(["t.proto"]).unwrap();
    DescriptorPool::from_file_descriptor_set(files.file_descriptor_set()).unwrap()
}

/// The schema of a message with everything that it refers to.
fn schema(name: &str, way: Way) -> Value {
    let mut schemas = Schemas::default();
    let reference = schemas.message(&message(name), way);
    let mut whole = json!({ "components": shared::components(schemas) });
    whole["$ref"] = reference["$ref"].clone();
    whole
}

fn validator(schema: &Value) -> jsonschema::Validator {
    jsonschema::draft202012::meta::validate(schema).unwrap_or_else(|error| panic!("{error}"));
    jsonschema::draft202012::options().should_validate_formats(true).build(schema).unwrap()
}

#[test]
fn a_schema_takes_what_the_transcoder_takes() {
    let (all, validator) = (message("t.v1.All"), validator(&schema("t.v1.All", Way::Sent)));
    let cases = [
        (json!({}), true),
        (json!({ "small": -7, "count": 7, "yes": true, "ratio": 1.5, "nick": "" }), true),
        (json!({ "small": 1.5 }), false),
        (json!({ "small": 2_147_483_648_u32 }), false),
        (json!({ "count": -1 }), false),
        (json!({ "big": "-9007199254740993", "long": "9007199254740993" }), true),
        (json!({ "big": -7, "long": 7 }), true),
        (json!({ "big": "seven" }), false),
        (json!({ "long": "-7" }), false),
        (json!({ "ratio": "NaN" }), true),
        (json!({ "ratio": "much" }), false),
        (json!({ "yes": 1 }), false),
        (json!({ "blob": "aGVsbG8=" }), true),
        (json!({ "blob": 7 }), false),
        (json!({ "kind": "GOOD", "kinds": ["BAD", "GOOD"] }), true),
        (json!({ "kind": "UGLY" }), false),
        (json!({ "kinds": "BAD" }), false),
        (json!({ "scores": { "a": 1 } }), true),
        (json!({ "scores": { "a": "x" } }), false),
        (json!({ "trees": { "-7": { "name": "x" } } }), true),
        (json!({ "trees": { "x": {} } }), false),
        (json!({ "at": "2026-01-02T03:04:05.678Z", "took": "1.5s" }), true),
        (json!({ "at": "yesterday" }), false),
        (json!({ "took": "soon" }), false),
        (json!({ "maybe": "7" }), true),
        (json!({ "maybe": null }), true),
        (json!({ "maybe": true }), false),
        (json!({ "free": { "any": ["thing", null, 7] } }), true),
        (json!({ "free": 7 }), false),
        (json!({ "nothing": {} }), true),
        (json!({ "tree": { "children": [{ "children": [{ "name": "leaf" }] }] } }), true),
        (json!({ "tree": { "children": [{ "children": [{ "nam": "leaf" }] }] } }), false),
        (json!({ "left": "x" }), true),
        (json!({ "right": { "name": "x" } }), true),
        (json!({ "left": "x", "right": {} }), false),
        (json!({ "unknown": 1 }), false),
    ];
    for (case, taken) in cases {
        let Value::Object(object) = &case else { panic!("not an object") };
        let transcoded = transcode::from_object(&all, object);
        assert_eq!(transcoded.is_ok(), taken, "the transcoder on {case}: {transcoded:?}");
        assert_eq!(validator.is_valid(&case), taken, "the schema on {case}");
    }
}

#[test]
fn a_schema_knows_what_the_transcoder_writes() {
    let (all, validator) = (message("t.v1.All"), validator(&schema("t.v1.All", Way::Answered)));
    let full = json!({
        "small": -7, "count": 7, "big": "-7", "long": "7", "ratio": "Infinity", "yes": true, "blob": "aGVsbG8=",
        "kind": "GOOD", "kinds": ["KIND_UNSPECIFIED", "BAD"], "scores": { "a": 1 }, "trees": { "7": { "name": "x" } },
        "at": "2026-01-02T03:04:05Z", "took": "-1.5s", "maybe": "7", "free": { "x": [] }, "nothing": {},
        "tree": { "name": "t", "children": [{}] }, "right": {}, "nick": "",
    });
    for sent in [json!({}), full] {
        let Value::Object(object) = &sent else { panic!("not an object") };
        let encoded = prost::Message::encode_to_vec(&transcode::from_object(&all, object).unwrap());
        let written: Value = serde_json::from_slice(&transcode::to_text(&all, encoded.into()).unwrap()).unwrap();
        let errors: Vec<_> = validator.iter_errors(&written).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?} in {written}");
        // Every field that is always there is promised, so leaving one out has to be seen.
        let mut less = written.clone();
        less.as_object_mut().unwrap().remove("count");
        assert!(!validator.is_valid(&less), "{less}");
    }
}

#[test]
fn a_made_up_example_is_taken_by_both() {
    let all = message("t.v1.All");
    let mut schemas = Schemas::default();
    let reference = schemas.message(&all, Way::Sent);
    let made = example::of(&reference, &schemas).unwrap();
    assert!(made["tree"]["children"].is_array() && made["at"].is_string() && made["trees"]["1"].is_object(), "{made}");
    assert!(made.get("right").is_none(), "only one of a oneof: {made}");
    assert!(validator(&schema("t.v1.All", Way::Sent)).is_valid(&made), "{made}");
    transcode::from_object(&all, made.as_object().unwrap()).unwrap();
}

#[test]
fn what_the_proto_file_says_is_told() {
    let schema = schema("t.v1.Tree", Way::Answered);
    let tree = &schema["components"]["schemas"]["t.v1.Tree"];
    assert_eq!(tree["description"], "A tree of trees.");
    assert_eq!(tree["properties"]["name"]["description"], "What it is called.");
    assert_eq!(tree["properties"]["children"]["items"]["$ref"], "#/components/schemas/t.v1.Tree");
}

#[test]
fn two_messages_of_one_name_are_two_components() {
    let mut schemas = Schemas::default();
    let first = schemas.message(&message("t.v1.Tree"), Way::Sent);
    assert_eq!(schemas.message(&message("t.v1.Tree"), Way::Sent), first);
    let other = compiled(&PROTO.replace("repeated Tree children = 2;", "bool leaf = 2;"));
    let other = other.get_message_by_name("t.v1.Tree").unwrap();
    assert_eq!(schemas.message(&other, Way::Sent)["$ref"], "#/components/schemas/t.v1.Tree-sent-2");
}
