//! Path, query and body as one argument, against what docs/routes.md says of it: path over body over query, two
//! different values for one field are refused, and nothing is lost or made up on the way.

use std::collections::BTreeMap;

use bytes::Bytes;
use proptest::prelude::*;
use routing::Argument;
use routing::argument::merge;
use routing::table::Arg;
use serde_json::{Map, Value, json};

type Fields = BTreeMap<String, Value>;

fn name() -> impl Strategy<Value = String> {
    "[a-d]|ä b"
}

/// Few texts, some of which a number or a boolean would also be written as.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![3 => "1|true|x|a b|ä|&=%\\+|", 1 => ".{0,6}"]
}

fn value() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        4 => text().prop_map(Value::from),
        2 => Just(json!(1)),
        1 => Just(json!(true)),
        1 => Just(Value::Null),
        1 => any::<f64>().prop_filter_map("JSON has no such number", |it| serde_json::Number::from_f64(it).map(Value::Number)),
        1 => any::<i64>().prop_map(Value::from),
    ];
    scalar.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("[a-c]", inner, 0..3).prop_map(|it| json!(it)),
        ]
    })
}

fn path() -> impl Strategy<Value = BTreeMap<String, String>> {
    prop::collection::btree_map(name(), text(), 0..3)
}

fn query() -> impl Strategy<Value = Vec<(String, String)>> {
    prop::collection::vec((name(), text()), 0..5)
}

fn body() -> impl Strategy<Value = Fields> {
    prop::collection::btree_map(name(), value(), 0..4)
}

fn merged(
    path: &BTreeMap<String, String>,
    query: &[(String, String)],
    body: &Fields,
    args: &BTreeMap<String, Arg>,
) -> Result<Argument, String> {
    let escaped: Vec<(&str, String)> = path.iter().map(|(name, value)| (name.as_str(), escape(value))).collect();
    let fields: Vec<(&str, &str)> = escaped.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
    let body = if body.is_empty() { Bytes::new() } else { Bytes::from(json!(body).to_string()) };
    merge(&fields, Some(&query), body, args).map_err(|error| error.fields[0].field.clone())
}

fn escape(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

fn object(argument: Argument) -> Fields {
    argument.into_object().unwrap().into_iter().collect()
}

/// Every field with what each place says of it, the one that is kept first.
fn said(path: &BTreeMap<String, String>, query: &[(String, String)], body: &Fields) -> BTreeMap<String, Vec<Value>> {
    let mut said: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let mut lists: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    query.iter().for_each(|(name, value)| lists.entry(name).or_default().push(value));
    // The same value is kept as the body has it, which knows numbers from texts.
    for (name, value) in body {
        said.entry(name.clone()).or_default().push(value.clone());
    }
    for (name, value) in path {
        said.entry(name.clone()).or_default().push(json!(value));
    }
    for (name, values) in lists {
        let value = if values.len() == 1 { json!(values[0]) } else { json!(values) };
        said.entry(name.to_owned()).or_default().push(value);
    }
    said
}

fn as_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn an_argument_is_what_its_places_say_and_two_values_are_a_conflict(path in path(), query in query(), body in body()) {
        let said = said(&path, &query, &body);
        let conflicts: Vec<_> = said
            .iter()
            .filter(|(_, values)| values.iter().any(|it| as_text(it) != as_text(&values[0])))
            .map(|(name, _)| name.clone())
            .collect();
        match merged(&path, &query, &body, &BTreeMap::new()) {
            Ok(argument) => {
                let expected: Fields = said.into_iter().map(|(name, mut values)| (name, values.swap_remove(0))).collect();
                prop_assert_eq!(object(argument), expected);
                prop_assert!(conflicts.is_empty(), "nobody was told of {:?}", conflicts);
            }
            Err(field) => prop_assert!(conflicts.contains(&field), "{} is no conflict", field),
        }
    }

    #[test]
    fn the_order_of_fields_in_a_query_does_not_matter(path in path(), query in query(), body in body(), by in any::<usize>()) {
        // Values of one field keep their order among each other, as they become a list.
        let mut other = query.clone();
        let by = by % other.len().max(1);
        other.sort_by_key(|(name, _)| (name.len() + by * usize::from(name.as_bytes()[0])) % 7);
        let each = |query: &[(String, String)]| merged(&path, query, &body, &BTreeMap::new()).map(object).map_err(drop);
        prop_assert_eq!(each(&query), each(&other));
    }

    #[test]
    fn rows_rename_and_set_fields_and_leave_the_others(query in query(), body in body(), constant in value()) {
        let args = BTreeMap::from([
            ("b".to_owned(), Arg::Rename("a".to_owned())),
            ("k".to_owned(), Arg::Constant(constant.clone())),
        ]);
        let Ok(before) = merged(&BTreeMap::new(), &query, &body, &BTreeMap::new()).map(object) else { return Ok(()) };
        let after = merged(&BTreeMap::new(), &query, &body, &args).map(object);
        if before.contains_key("a") && before.contains_key("b") {
            prop_assert_eq!(after, Err("b".to_owned()));
            return Ok(());
        }
        let mut expected = before;
        if let Some(renamed) = expected.remove("a") {
            expected.insert("b".to_owned(), renamed);
        }
        expected.insert("k".to_owned(), constant);
        prop_assert_eq!(after, Ok(expected));
    }

    #[test]
    fn a_constant_cannot_be_sent(place in 0..3, value in value(), sent in text()) {
        let args = BTreeMap::from([("k".to_owned(), Arg::Constant(value.clone()))]);
        let (mut path, mut query, mut body) = (BTreeMap::new(), Vec::new(), Fields::new());
        match place {
            0 => drop(path.insert("k".to_owned(), sent)),
            1 => query.push(("k".to_owned(), sent)),
            _ => drop(body.insert("k".to_owned(), value)),
        }
        prop_assert_eq!(merged(&path, &query, &body, &args), Err("k".to_owned()));
    }

    #[test]
    fn a_body_alone_is_the_same_read_or_unread(body in prop::collection::btree_map(".{0,4}", value(), 0..4)) {
        let text = Bytes::from(json!(body).to_string());
        let unread = merge(&[], None, text.clone(), &BTreeMap::new()).unwrap();
        prop_assert_eq!(&unread, &Argument::Text(text.clone()));
        let read = merge(&[("added \u{0}", "1")], None, text, &BTreeMap::new()).unwrap();
        let mut expected: Map<String, Value> = unread.clone().into_object().unwrap();
        expected.insert("added \u{0}".to_owned(), json!("1"));
        prop_assert_eq!(&read, &Argument::Object(expected.clone()));
        prop_assert_eq!(Argument::Text(read.into_text().unwrap()).into_object().unwrap(), expected);
        prop_assert_eq!(unread.clone().into_object().unwrap(), Argument::Text(unread.into_text().unwrap()).into_object().unwrap());
    }
}
