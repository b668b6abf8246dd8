//! One JSON argument out of path, query and body: path over body over query, and two different values for the same
//! field are an error rather than a guess. Then the row's own changes: renamed fields and constants.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::Method;
use mesh::Error;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use crate::call::Argument;
use crate::table::Arg;

/// Fields of the path, by name and still percent-encoded.
pub type PathFields<'a> = [(&'a str, &'a str)];

/// Whether what is not in the path stands in the query, and no body is sent: over this line and in the document alike.
pub(crate) fn by_query(method: &Method) -> bool {
    method.is_safe() || method == Method::DELETE
}

/// The argument of a call over HTTP. An empty body counts as an empty object.
pub fn merge(
    path: &PathFields<'_>,
    query: Option<&str>,
    body: Bytes,
    args: &BTreeMap<String, Arg>,
) -> Result<Argument, Error> {
    let query = query.filter(|text| !text.is_empty());
    if path.is_empty() && query.is_none() && args.is_empty() {
        let body = if body.is_empty() { Bytes::from_static(b"{}") } else { body };
        return Ok(Argument::Text(body));
    }
    let mut argument = if body.is_empty() { Map::new() } else { parse(&body)? };
    for (name, value) in path {
        let value = Value::String(decoded(name, value)?);
        put(&mut argument, name, value, "path")?;
    }
    for (name, value) in query_fields(query.unwrap_or_default()) {
        put(&mut argument, &name, value, "query")?;
    }
    apply(&mut argument, args)?;
    Ok(Argument::Object(argument))
}

/// The row's renamed fields and constants.
pub fn apply(argument: &mut Map<String, Value>, args: &BTreeMap<String, Arg>) -> Result<(), Error> {
    for (field, arg) in args {
        let value = match arg {
            Arg::Constant(value) => value.clone(),
            Arg::Rename(from) => match argument.remove(from) {
                Some(value) => value,
                None => continue,
            },
        };
        if argument.contains_key(field) {
            return Err(Error::field(field, "is set by the route, leave it out"));
        }
        argument.insert(field.clone(), value);
    }
    Ok(())
}

/// A JSON object out of text, with an error that says where it is wrong.
pub fn parse(text: &[u8]) -> Result<Map<String, Value>, Error> {
    match serde_json::from_slice(text) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(other) => Err(Error::invalid(format!("the body must be a JSON object, not {}", kind(&other)))),
        Err(error) => Err(mesh::body::explained(".", &error)),
    }
}

fn put(argument: &mut Map<String, Value>, name: &str, value: Value, place: &str) -> Result<(), Error> {
    match argument.get(name) {
        None => {
            argument.insert(name.to_owned(), value);
            Ok(())
        }
        Some(found) if same(found, &value) => Ok(()),
        Some(_) => Err(Error::field(name, format!("has another value in the {place} than elsewhere; give it once"))),
    }
}

/// Text from path or query says the same as a number or boolean of a body.
fn same(left: &Value, right: &Value) -> bool {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    left == right || text(left) == text(right)
}

/// Query fields in order; one that is repeated becomes a list.
fn query_fields(query: &str) -> Map<String, Value> {
    let mut fields = Map::new();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        let value = Value::String(value.into_owned());
        match fields.get_mut(name.as_ref()) {
            None => {
                fields.insert(name.into_owned(), value);
            }
            Some(Value::Array(values)) => values.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
        }
    }
    fields
}

fn decoded(name: &str, value: &str) -> Result<String, Error> {
    let text = percent_decode_str(value).decode_utf8();
    text.map(std::borrow::Cow::into_owned).map_err(|_| Error::field(name, "is not UTF-8 in the path"))
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn merged(path: &PathFields<'_>, query: &str, body: &'static str) -> Result<Value, String> {
        merge(path, Some(query), Bytes::from_static(body.as_bytes()), &BTreeMap::new())
            .and_then(Argument::into_object)
            .map(Value::Object)
            .map_err(|error| error.detail)
    }

    #[test]
    fn the_three_sources_become_one_object() {
        assert_eq!(
            merged(&[("id", "a%20b")], "x=1&y=2&y=3", r#"{"z":[true]}"#).unwrap(),
            json!({
                "id": "a b", "x": "1", "y": ["2", "3"], "z": [true]
            })
        );
        assert_eq!(merged(&[], "", "").unwrap(), json!({}));
    }

    #[test]
    fn two_values_for_one_field_are_an_error_unless_they_say_the_same() {
        assert_eq!(merged(&[("id", "7")], "", r#"{"id":7}"#).unwrap(), json!({ "id": 7 }));
        let error = merged(&[("id", "7")], "", r#"{"id":8}"#).unwrap_err();
        assert!(error.starts_with("id: has another value in the path"), "{error}");
        let error = merged(&[], "id=7", r#"{"id":"8"}"#).unwrap_err();
        assert!(error.starts_with("id: has another value in the query"), "{error}");
    }

    #[test]
    fn what_is_not_an_object_is_told_where() {
        let cases = [
            ("[1]", "the body must be a JSON object, not a list"),
            ("{\"a\":}", "malformed JSON at line 1 column 6: expected value"),
            ("{\"a\":1", "malformed JSON: it ends too early, at line 1 column 6"),
        ];
        for (body, expected) in cases {
            assert_eq!(merged(&[], "x=1", body).unwrap_err(), expected);
        }
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(200), "]".repeat(200));
        assert!(parse(deep.as_bytes()).unwrap_err().detail.contains("nested too deeply"));
    }

    #[test]
    fn the_row_renames_and_sets_fields() {
        let args = BTreeMap::from([
            ("text".to_owned(), Arg::Rename("q".to_owned())),
            ("level".to_owned(), Arg::Constant(json!("INFO"))),
        ]);
        let mut argument = parse(br#"{"q":"x"}"#).unwrap();
        apply(&mut argument, &args).unwrap();
        assert_eq!(Value::Object(argument), json!({ "text": "x", "level": "INFO" }));
        let mut argument = parse(br#"{"level":"ERROR"}"#).unwrap();
        assert_eq!(apply(&mut argument, &args).unwrap_err().fields[0].field, "level");
    }
}
