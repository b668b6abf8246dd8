//! A call's parts with the values of other answers put in: a body with its types, a path percent-encoded, a header as
//! text. What is put in is counted, so that a small batch cannot make large calls.

use std::collections::BTreeMap;

use http::StatusCode;
use mesh::Error;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

use super::reference::{Part, Reference, Source, Text};
use crate::request::MAX_BODY;

/// Everything but what may stand anywhere in a URL (RFC 3986, section 2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A JSON value whose strings may hold references.
#[derive(Debug)]
pub(super) enum Template {
    Fixed(Value),
    Text(Text),
    List(Vec<Template>),
    Object(Vec<(String, Template)>),
}

/// The answers that there are, by call, and how much may still be put into one call.
pub(super) struct Filling<'a> {
    answers: &'a BTreeMap<String, Source>,
    left: usize,
}

impl Template {
    /// The error names the field below `place`.
    pub(super) fn read(value: Value, place: &str) -> Result<Self, Error> {
        Ok(match value {
            Value::String(text) => Self::Text(text.parse().map_err(|wrong: String| Error::field(place, wrong))?),
            Value::Array(items) => {
                let read = |(index, item)| Self::read(item, &format!("{place}[{index}]"));
                Self::List(items.into_iter().enumerate().map(read).collect::<Result<_, _>>()?)
            }
            Value::Object(fields) => {
                let read = |(name, item): (String, Value)| {
                    let item = Self::read(item, &format!("{place}.{name}"))?;
                    Ok((name, item))
                };
                Self::Object(fields.into_iter().map(read).collect::<Result<_, Error>>()?)
            }
            fixed => Self::Fixed(fixed),
        })
    }

    pub(super) fn references<'a>(&'a self, found: &mut Vec<&'a Reference>) {
        match self {
            Self::Fixed(_) => {}
            Self::Text(text) => found.extend(text.references()),
            Self::List(items) => items.iter().for_each(|item| item.references(found)),
            Self::Object(fields) => fields.iter().for_each(|(_, item)| item.references(found)),
        }
    }

    pub(super) fn filled(&self, filling: &mut Filling<'_>) -> Result<Value, Error> {
        Ok(match self {
            Self::Fixed(value) => value.clone(),
            Self::Text(text) => match text.parts() {
                [Part::Taken(reference)] => filling.value(reference)?.clone(),
                _ => Value::String(text.filled(filling)?),
            },
            Self::List(items) => Value::Array(items.iter().map(|item| item.filled(filling)).collect::<Result<_, _>>()?),
            Self::Object(fields) => {
                let filled = fields.iter().map(|(name, item)| Ok((name.clone(), item.filled(filling)?)));
                Value::Object(filled.collect::<Result<Map<_, _>, Error>>()?)
            }
        })
    }
}

impl Text {
    /// With values as they are.
    pub(super) fn filled(&self, filling: &mut Filling<'_>) -> Result<String, Error> {
        self.made(filling, |_, _, value| value)
    }

    /// As path and query: each value is percent-encoded, and stays within its segment.
    pub(super) fn filled_path(&self, filling: &mut Filling<'_>) -> Result<String, Error> {
        let mut taken = Vec::new();
        let made = self.made(filling, |before, reference, value| {
            taken.push((before.len(), reference));
            utf8_percent_encode(&value, RESERVED).to_string()
        })?;
        let path = made.split('?').next().unwrap_or_default();
        // What stands beside a value counts too: `.` after a `.` leads upwards.
        match taken.into_iter().find(|(at, _)| segment(path, *at).is_some_and(leads_away)) {
            Some((_, reference)) => {
                Err(reference.failed("it would lead to another path: its segment is empty or made of dots"))
            }
            None => Ok(made),
        }
    }

    fn made<'a>(
        &'a self,
        filling: &mut Filling<'_>,
        mut written: impl FnMut(&str, &'a Reference, String) -> String,
    ) -> Result<String, Error> {
        let mut made = String::new();
        for part in self.parts() {
            match part {
                Part::Fixed(text) => made.push_str(text),
                Part::Taken(reference) => {
                    let value = filling.text(reference)?;
                    made.push_str(&written(&made, reference, value));
                }
            }
        }
        Ok(made)
    }
}

impl<'a> Filling<'a> {
    pub(super) fn new(answers: &'a BTreeMap<String, Source>) -> Self {
        Self { answers, left: MAX_BODY }
    }

    fn value(&mut self, reference: &Reference) -> Result<&'a Value, Error> {
        let source = self.answers.get(&reference.call);
        let value = source.ok_or_else(|| Error::internal("a call was begun before its source"))?;
        let value = reference.value(value)?;
        self.left = self.left.checked_sub(size(value)).ok_or_else(|| {
            let detail = format!("what is put in from other answers makes it larger than {MAX_BODY} bytes");
            Error::invalid(detail).with_status(StatusCode::PAYLOAD_TOO_LARGE)
        })?;
        Ok(value)
    }

    fn text(&mut self, reference: &Reference) -> Result<String, Error> {
        match self.value(reference)? {
            Value::String(text) => Ok(text.clone()),
            Value::Number(number) => Ok(number.to_string()),
            Value::Bool(bool) => Ok(bool.to_string()),
            Value::Null | Value::Array(_) | Value::Object(_) => {
                Err(reference.failed("only text, a number or a boolean can be put into a text"))
            }
        }
    }
}

/// The segment around this place, unless that is in the query.
fn segment(path: &str, at: usize) -> Option<&str> {
    let (before, after) = path.split_at_checked(at)?;
    let start = before.rfind('/').map_or(0, |slash| slash + 1);
    let end = after.find('/').map_or(path.len(), |slash| at + slash);
    path.get(start..end)
}

/// Whether some server on the way takes the segment for a step to another path.
fn leads_away(segment: &str) -> bool {
    matches!(segment.replace("%2e", ".").replace("%2E", ".").as_str(), "" | "." | "..")
}

/// About as many bytes as the value takes as JSON.
fn size(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 8,
        Value::String(text) => text.len() + 2,
        Value::Array(items) => items.iter().map(|item| size(item) + 1).sum::<usize>() + 2,
        Value::Object(fields) => fields.iter().map(|(name, item)| name.len() + size(item) + 4).sum::<usize>() + 2,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answers() -> BTreeMap<String, Source> {
        let body = json!({
            "id": "a/b c", "n": 7, "yes": true, "none": null, "list": [1], "dots": "..", "dot": ".", "empty": "",
            "big": "x".repeat(MAX_BODY / 2)
        });
        BTreeMap::from([("a".to_owned(), Source { status: json!(200), failed: false, body })])
    }

    fn filled(body: Value) -> Result<Value, Error> {
        Template::read(body, "body").unwrap().filled(&mut Filling::new(&answers()))
    }

    fn path(text: &str) -> Result<String, Error> {
        text.parse::<Text>().unwrap().filled_path(&mut Filling::new(&answers()))
    }

    #[test]
    fn a_whole_string_takes_the_type_and_a_part_of_one_becomes_text() {
        let body = json!({
            "a": "${a.body.n}", "b": ["${a.body.list}", "${a.body.none}"], "c": "no ${a.body.n}, ${a.body.yes}",
            "d": "$${a.body.n}", "e": 1
        });
        let expected = json!({ "a": 7, "b": [[1], null], "c": "no 7, true", "d": "${a.body.n}", "e": 1 });
        assert_eq!(filled(body).unwrap(), expected);
        for wrong in ["x${a.body.list}", "x${a.body.none}"] {
            assert_eq!(filled(json!(wrong)).unwrap_err().status(), StatusCode::FAILED_DEPENDENCY);
        }
    }

    #[test]
    fn a_value_stays_within_its_segment_of_a_path() {
        assert_eq!(path("/v1/x/${a.body.id}/y?z=${a.body.id}").unwrap(), "/v1/x/a%2Fb%20c/y?z=a%2Fb%20c");
        for (fits, expected) in [
            ("/v1/x?z=${a.body.dots}", "/v1/x?z=.."),
            ("/v1/x?z=/${a.body.empty}", "/v1/x?z=/"),
            ("/v1/x/v${a.body.dot}${a.body.n}/y", "/v1/x/v.7/y"),
            ("/v1/x-${a.body.empty}", "/v1/x-"),
        ] {
            assert_eq!(path(fits).unwrap(), expected);
        }
        for away in [
            "/v1/x/${a.body.dots}",
            "/v1/x/${a.body.dot}${a.body.dot}/y",
            "/v1/x/.${a.body.dot}",
            "/v1/x/%2e${a.body.dot}?z=1",
            "/v1/x/${a.body.dot}%2E/y",
            "/v1/x/..${a.body.empty}/y",
            "/v1/x/${a.body.empty}",
            "/v1/x/${a.body.list}",
        ] {
            assert_eq!(path(away).unwrap_err().status(), StatusCode::FAILED_DEPENDENCY, "{away}");
        }
    }

    #[test]
    fn a_small_call_cannot_become_a_large_one() {
        assert!(filled(json!(["${a.body.big}"])).is_ok());
        let error = filled(json!(["${a.body.big}", "${a.body.big}"])).unwrap_err();
        assert_eq!(error.status(), StatusCode::PAYLOAD_TOO_LARGE);
    }

    #[test]
    fn a_string_that_cannot_be_read_is_named_by_its_place() {
        let error = Template::read(json!({ "list": [{}, { "x": "${" }] }), "calls[2].body").unwrap_err();
        assert_eq!(error.fields[0].field, "calls[2].body.list[1].x");
    }
}
