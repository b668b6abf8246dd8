//! Key templates: what an argument can and cannot put into a routing key.

use proptest::prelude::*;
use routing::table::KeyTemplate;
use serde_json::{Map, Value, json};

fn template(text: &str) -> KeyTemplate {
    text.parse().unwrap()
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("{other} is not an object"),
    }
}

#[test]
fn a_key_is_made_of_words_and_fields() {
    let cases = [
        ("log.{level}", json!({ "level": "INFO" }), "log.INFO"),
        ("log.{level|INFO}", json!({}), "log.INFO"),
        ("log.{level|INFO}", json!({ "level": null }), "log.INFO"),
        ("log.{level|INFO}", json!({ "level": "ERROR" }), "log.ERROR"),
        ("user.{user.id}.seen", json!({ "user": { "id": 7 } }), "user.7.seen"),
        ("flag.{on}", json!({ "on": true }), "flag.true"),
        ("fixed", json!({}), "fixed"),
    ];
    for (text, argument, key) in cases {
        assert_eq!(template(text).render(&object(argument)).unwrap(), key, "{text}");
    }
    assert_eq!(template("log.{level|INFO}.{user.id}").pattern(), "log.*.*");
}

#[test]
fn what_is_not_one_word_is_refused_with_its_field() {
    let words = "becomes part of the event's key: send one word of letters, digits, - and _";
    for value in [json!("a.b"), json!("*"), json!("#"), json!(""), json!("a b"), json!(1.5), json!([1]), json!({})] {
        let error = template("log.{level|INFO}").render(&object(json!({ "level": value }))).unwrap_err();
        assert_eq!(error.detail, format!("level: {words}"), "{value}");
        assert_eq!(error.fields[0].field, "level");
    }
    let error = template("x.{user.id}").render(&object(json!({ "user": "7" }))).unwrap_err();
    assert_eq!(error.detail, "user.id: is missing: the event's key needs it");
    let long = object(json!({ "level": "x".repeat(252) }));
    let error = template("log.{level}").render(&long).unwrap_err();
    assert_eq!(error.detail, "level: makes the event's key longer than 255 bytes: send a shorter value");
    assert!(template("log.{level}").render(&object(json!({ "level": "x".repeat(251) }))).is_ok());
}

#[test]
fn what_is_not_a_template_is_told_with_the_remedy() {
    let word = "write letters, digits, - and _, joined by single dots";
    let cases = [
        ("log..x", format!("'' in the key 'log..x' is not a word: {word}")),
        ("log.#", format!("'#' in the key 'log.#' is not a word: {word}")),
        (
            "log-{level}",
            "'log-{level}' in the key 'log-{level}' is not a word: a field takes a whole word, as {level}".to_owned(),
        ),
        ("log.{}", "'{}' in the key 'log.{}' names no field: write {level} or {user.id}".to_owned()),
        (
            "log.{level|a.b}",
            "the default in '{level|a.b}' of the key 'log.{level|a.b}' is not one word: write letters, digits, - and _"
                .to_owned(),
        ),
    ];
    for (text, message) in cases {
        assert_eq!(text.parse::<KeyTemplate>().unwrap_err(), message);
    }
    assert!("x".repeat(256).parse::<KeyTemplate>().is_err());
}

proptest! {
    #[test]
    fn no_argument_brings_a_dot_or_a_wildcard(level in ".*", id in prop_oneof![any::<f64>().prop_map(Value::from), any::<i64>().prop_map(Value::from), ".*".prop_map(Value::from)]) {
        let argument = object(json!({ "level": level, "user": { "id": id } }));
        if let Ok(key) = template("log.{level}.{user.id|none}").render(&argument) {
            prop_assert!(bus::event::is_key(&key), "{}", &key);
            prop_assert_eq!(key.split('.').count(), 3, "{}", key);
        }
    }
}
