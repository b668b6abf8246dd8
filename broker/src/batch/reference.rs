//! `${a.body.items[0].id}`: what a call takes from the answer of another one of its batch. A string that is nothing but
//! a reference becomes the value itself; inside a longer one the value is put in as text. `$${` stands for `${`.

use std::fmt;
use std::str::FromStr;

use http::StatusCode;
use mesh::{Code, Error};
use serde_json::Value;

/// The most bytes of a reference.
const LONGEST: usize = 256;

/// A string in which references may stand.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Text(Vec<Part>);

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Part {
    Fixed(String),
    Taken(Reference),
}

/// Which value of which call's answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Reference {
    pub(super) call: String,
    place: Place,
}

#[derive(Debug, Clone, PartialEq)]
enum Place {
    Status,
    Body(Vec<Step>),
}

#[derive(Debug, Clone, PartialEq)]
enum Step {
    Field(String),
    Item(usize),
}

/// What is known of a call that was answered.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) status: Value,
    pub(super) failed: bool,
    pub(super) body: Value,
}

impl Text {
    pub(super) fn parts(&self) -> &[Part] {
        &self.0
    }

    pub(super) fn references(&self) -> impl Iterator<Item = &Reference> {
        self.0.iter().filter_map(|part| match part {
            Part::Fixed(_) => None,
            Part::Taken(reference) => Some(reference),
        })
    }

    /// What it is where nothing has to be put in.
    pub(super) fn fixed(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Part::Fixed(text)] => Some(text),
            _ => None,
        }
    }

    fn push(&mut self, text: &str) {
        match self.0.last_mut() {
            Some(Part::Fixed(last)) => last.push_str(text),
            _ if text.is_empty() => {}
            _ => self.0.push(Part::Fixed(text.to_owned())),
        }
    }
}

/// The error says what is wrong and what to write instead.
impl FromStr for Text {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (mut parsed, mut rest) = (Self(Vec::new()), text);
        while let Some((before, after)) = rest.split_once("${") {
            if let Some(before) = before.strip_suffix('$') {
                parsed.push(before);
                parsed.push("${");
                rest = after;
                continue;
            }
            let Some((inner, after)) = after.split_once('}') else {
                return Err("has a ${ without its }; write $${ where no reference is meant".to_owned());
            };
            parsed.push(before);
            parsed.0.push(Part::Taken(inner.parse()?));
            rest = after;
        }
        parsed.push(rest);
        Ok(parsed)
    }
}

impl Reference {
    /// The value, or why there is none: 424, as it is the other call that failed.
    pub(super) fn value<'a>(&self, source: &'a Source) -> Result<&'a Value, Error> {
        if source.failed {
            return Err(self.failed(&format!("'{}' was answered with {}", self.call, source.status)));
        }
        let Place::Body(steps) = &self.place else { return Ok(&source.status) };
        let step = |value: &'a Value, step: &Step| match step {
            Step::Field(name) => value.get(name),
            Step::Item(index) => value.get(index),
        };
        let found = steps.iter().try_fold(&source.body, step);
        found.ok_or_else(|| self.failed(&format!("the answer of '{}' does not have it", self.call)))
    }

    pub(super) fn failed(&self, why: &str) -> Error {
        Error::new(Code::FailedPrecondition, format!("{self} has no value: {why}"))
            .with_status(StatusCode::FAILED_DEPENDENCY)
            .with_field(self.to_string(), why)
    }
}

impl FromStr for Reference {
    type Err = String;

    fn from_str(inner: &str) -> Result<Self, String> {
        // What stands there is not repeated: it may be a password that happens to look like this.
        let unclear = || {
            "has a ${…} that is no reference; write ${ID.body.FIELD}, ${ID.body.LIST[0].FIELD} or ${ID.status}, and $${ \
             where none is meant"
                .to_owned()
        };
        if inner.len() > LONGEST {
            return Err(unclear());
        }
        let (call, rest) = inner.split_once('.').ok_or_else(unclear)?;
        let place = match rest.strip_prefix("body") {
            _ if rest == "status" => Place::Status,
            Some(path) => Place::Body(steps(path).ok_or_else(unclear)?),
            None => return Err(unclear()),
        };
        Ok(Self { call: call.to_owned(), place })
    }
}

/// `.items[0].id`, step by step.
fn steps(mut path: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    while !path.is_empty() {
        if let Some(rest) = path.strip_prefix('[') {
            let (index, rest) = rest.split_once(']')?;
            steps.push(Step::Item(index.parse().ok()?));
            path = rest;
        } else {
            let rest = path.strip_prefix('.')?;
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            let (name, rest) = rest.split_at(end);
            steps.push(Step::Field((!name.is_empty()).then(|| name.to_owned())?));
            path = rest;
        }
    }
    Some(steps)
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place::Body(steps) = &self.place else { return write!(f, "${{{}.status}}", self.call) };
        write!(f, "${{{}.body", self.call)?;
        for step in steps {
            match step {
                Step::Field(name) => write!(f, ".{name}")?,
                Step::Item(index) => write!(f, "[{index}]")?,
            }
        }
        f.write_str("}")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn value(reference: &str) -> Result<Value, Error> {
        let body = json!({ "items": [{ "id": 7 }], "odd name": null, "": 1 });
        let source = Source { status: json!(201), failed: false, body };
        reference.parse::<Reference>().unwrap().value(&source).cloned()
    }

    #[test]
    fn a_reference_leads_to_a_value() {
        for (reference, expected) in [
            ("a.status", json!(201)),
            ("a.body.items[0].id", json!(7)),
            ("a.body.items", json!([{ "id": 7 }])),
            ("a.body.odd name", Value::Null),
        ] {
            assert_eq!(value(reference).unwrap(), expected, "{reference}");
            let parsed: Reference = reference.parse().unwrap();
            assert_eq!(parsed.to_string(), format!("${{{reference}}}"));
        }
    }

    #[test]
    fn what_the_answer_does_not_have_is_a_failed_dependency_by_name() {
        for reference in ["a.body.items[1].id", "a.body.items.id", "a.body.none", "a.body[0]"] {
            let error = value(reference).unwrap_err();
            assert_eq!(error.status(), StatusCode::FAILED_DEPENDENCY, "{reference}");
            assert_eq!(error.fields[0].field, format!("${{{reference}}}"));
        }
        let failed = Source { status: json!(404), failed: true, body: json!({ "detail": "x" }) };
        for reference in ["a.status", "a.body.detail"] {
            let error = reference.parse::<Reference>().unwrap().value(&failed).unwrap_err();
            assert!(error.detail.contains("'a' was answered with 404"), "{}", error.detail);
        }
    }

    #[test]
    fn text_is_taken_apart_and_two_dollars_stand_for_one() {
        let fixed = |text: &str| Part::Fixed(text.to_owned());
        let taken = || Part::Taken("a.status".parse().unwrap());
        let cases = [
            ("", vec![]),
            ("${a.status}", vec![taken()]),
            ("x${a.status}y${a.status}", vec![fixed("x"), taken(), fixed("y"), taken()]),
            ("$${a.status}", vec![fixed("${a.status}")]),
            ("$$${a.status}", vec![fixed("$${a.status}")]),
            ("$5 {x} $", vec![fixed("$5 {x} $")]),
        ];
        for (text, parts) in cases {
            assert_eq!(text.parse::<Text>().unwrap(), Text(parts), "{text}");
        }
    }

    #[test]
    fn what_is_no_reference_is_told_and_not_repeated() {
        for wrong in
            ["${s3cret", "${s3cret}", "${a.s3cret}", "${a.bodys3cret}", "${a.body.s3cret[x]}", "${a.body..s3cret}"]
        {
            let error = wrong.parse::<Text>().unwrap_err();
            assert!(error.contains("$${") && !error.contains("s3cret"), "{wrong}: {error}");
        }
    }
}
