//! What a batch asks for: read from its body, and once it is read nothing in it can be wrong any more but what only the
//! answers of its own calls can tell.

use std::collections::{BTreeMap, BTreeSet};

use axum::body::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use mesh::Error;
use routing::line::http::TIMEOUT_HEADER;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::order::Order;
use super::reference::{Reference, Text};
use super::target::{FilledTarget, Target};
use super::template::{Filling, Template};

/// The most calls of one batch.
const MOST: usize = 50;
/// What a call may say itself; who calls is said by the batch alone.
const HEADERS: [&str; 4] = ["accept", "idempotency-key", "prefer", TIMEOUT_HEADER];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sent {
    calls: Vec<SentCall>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SentCall {
    id: Option<String>,
    method: Option<String>,
    path: Option<String>,
    action: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Option<Box<RawValue>>,
}

/// Calls that can be made, and in which order.
pub(super) struct Batch {
    pub(super) calls: Vec<Call>,
    pub(super) order: Order,
    /// Those that others take values from.
    pub(super) sources: BTreeSet<usize>,
}

pub(super) struct Call {
    pub(super) id: String,
    target: Target,
    headers: Vec<(HeaderName, Text)>,
    body: Body,
    /// The path as it was sent, for answers of a call that could not be made.
    pub(super) path: String,
}

enum Body {
    /// Passed on as it came.
    Sent(Bytes),
    Made(Template),
}

/// A call whose values are there.
pub(super) struct Filled {
    pub(super) target: FilledTarget,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Batch {
    pub(super) fn read(body: &[u8]) -> Result<Self, Error> {
        let Sent { calls } = mesh::body::parse(body)?;
        match calls.len() {
            0 => return Err(Error::field("calls", format!("is empty; send 1 to {MOST} calls"))),
            1..=MOST => {}
            more => return Err(Error::field("calls", format!("has {more} calls, at most {MOST} are taken"))),
        }
        let calls = calls.into_iter().enumerate().map(|(index, call)| Call::read(index, call));
        let calls: Vec<Call> = calls.collect::<Result<_, _>>()?;
        let positions = positions(&calls)?;
        let needs: Vec<_> =
            calls.iter().enumerate().map(|(index, call)| call.needs(index, &positions)).collect::<Result<_, _>>()?;
        let order = Order::of(&needs).map_err(|circle| {
            let ids: Vec<_> = circle.iter().chain(circle.first()).map(|call| calls[*call].id.as_str()).collect();
            Error::field("calls", format!("wait for each other: {}", ids.join(" takes a value from ")))
        })?;
        Ok(Self { order, sources: needs.into_iter().flatten().collect(), calls })
    }
}

/// Each call by its id.
fn positions(calls: &[Call]) -> Result<BTreeMap<&str, usize>, Error> {
    let mut positions = BTreeMap::new();
    for (index, call) in calls.iter().enumerate() {
        if let Some(first) = positions.insert(call.id.as_str(), index) {
            let detail = format!("'{}' is taken already by calls[{first}]", call.id);
            return Err(Error::field(format!("calls[{index}].id"), detail));
        }
    }
    Ok(positions)
}

impl Call {
    fn read(index: usize, sent: SentCall) -> Result<Self, Error> {
        let place = |name: &str| format!("calls[{index}].{name}");
        let id = sent.id.unwrap_or_else(|| index.to_string());
        if !is_id(&id) {
            return Err(Error::field(place("id"), "must be 1 to 64 letters, digits, - and _"));
        }
        let (target, path) = Target::read(sent.method, sent.path, sent.action, place)?;
        let headers = sent.headers.iter().map(|(name, value)| header_of(name, value, &place("headers")));
        let headers = headers.collect::<Result<_, _>>()?;
        Ok(Self { id, target, headers, body: Body::read(sent.body, &place("body"))?, path })
    }

    /// The calls that this one takes values from.
    fn needs(&self, index: usize, positions: &BTreeMap<&str, usize>) -> Result<BTreeSet<usize>, Error> {
        let position = |reference: &Reference| {
            let found = positions.get(reference.call.as_str()).copied();
            found.ok_or_else(|| {
                let detail = format!("takes a value from '{}', and no call has this id", shown(&reference.call));
                Error::field(format!("calls[{index}]"), detail)
            })
        };
        self.references().into_iter().map(position).collect()
    }

    fn references(&self) -> Vec<&Reference> {
        let mut found: Vec<_> = self.headers.iter().flat_map(|(_, value)| value.references()).collect();
        if let Target::Path(_, path) = &self.target {
            found.extend(path.references());
        }
        if let Body::Made(template) = &self.body {
            template.references(&mut found);
        }
        found
    }

    pub(super) fn filled(&self, mut filling: Filling<'_>) -> Result<Filled, Error> {
        let filling = &mut filling;
        let target = self.target.filled(filling)?;
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            let value = HeaderValue::from_str(&value.filled(filling)?);
            let value =
                value.map_err(|_| Error::field(format!("headers.{name}"), "must be visible ASCII characters"))?;
            headers.insert(name, value);
        }
        let body = match &self.body {
            Body::Sent(body) => body.clone(),
            Body::Made(template) => serde_json::to_vec(&template.filled(filling)?).map_err(Error::internal)?.into(),
        };
        Ok(Filled { target, headers, body })
    }
}

impl Body {
    fn read(sent: Option<Box<RawValue>>, place: &str) -> Result<Self, Error> {
        let Some(sent) = sent else { return Ok(Self::Sent(Bytes::new())) };
        // An escape may hide a dollar: who writes one has it looked at.
        if !sent.get().contains("${") && !sent.get().contains("\\u") {
            return Ok(Self::Sent(Bytes::from(Box::<str>::from(sent).into_string())));
        }
        let value = serde_json::from_str(sent.get()).map_err(|error| mesh::body::explained(place, &error))?;
        Template::read(value, place).map(Self::Made)
    }
}

fn header_of(name: &str, value: &str, place: &str) -> Result<(HeaderName, Text), Error> {
    let place = || format!("{place}.{}", shown(name));
    let known = HEADERS.into_iter().find(|known| known.eq_ignore_ascii_case(name));
    let Some(known) = known else {
        let detail = format!("cannot be set by one call; those that can are {}", HEADERS.join(", "));
        return Err(Error::field(place(), detail));
    };
    let value = value.parse().map_err(|wrong: String| Error::field(place(), wrong))?;
    Ok((HeaderName::from_static(known), value))
}

fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

/// As much of a name as is repeated.
fn shown(name: &str) -> String {
    name.chars().take(64).collect()
}

/// Headers of the batch that are for itself, or that each call says anew. Cookies stay behind in both directions.
pub(super) fn is_own(name: &HeaderName) -> bool {
    let own = [header::CONTENT_LENGTH, header::CONTENT_TYPE, header::TRANSFER_ENCODING, header::EXPECT, header::COOKIE];
    own.contains(name) || HEADERS.contains(&name.as_str())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn refused(calls: &Value) -> (String, String) {
        let error = Batch::read(json!({ "calls": calls }).to_string().as_bytes()).err().unwrap();
        assert_eq!(error.status(), 400);
        (error.fields.first().map(|it| it.field.clone()).unwrap_or_default(), error.detail)
    }

    #[test]
    fn what_is_wrong_is_named_by_its_place() {
        let get = |path: &str| json!({ "method": "GET", "path": path });
        let with = |name: &str, value: Value| {
            let mut call = get("/a");
            call[name] = value;
            json!([call])
        };
        let cases = [
            (json!([]), "calls"),
            (Value::Array(vec![get("/a"); 51]), "calls"),
            (json!([get("/a"), { "metod": "GET" }]), "calls[1].metod"),
            (with("id", json!("a b")), "calls[0].id"),
            (with("id", json!("x".repeat(65))), "calls[0].id"),
            (with("action", json!("a")), "calls[0].method"),
            (json!([{ "path": "/a" }]), "calls[0].method"),
            (json!([{ "method": "GET" }]), "calls[0].path"),
            (json!([get("a")]), "calls[0].path"),
            (json!([get("/a b")]), "calls[0].path"),
            (json!([get("/v1/batch?x=1")]), "calls[0].path"),
            (json!([get("/${a")]), "calls[0].path"),
            (with("headers", json!({ "Authorization": "x" })), "calls[0].headers.Authorization"),
            (with("headers", json!({ "cookie": "x" })), "calls[0].headers.cookie"),
            (with("headers", json!({ "accept": 1 })), "calls[0].headers.accept"),
            (with("body", json!({ "x": ["${a.what}"] })), "calls[0].body.x[0]"),
            (with("body", json!("${other.status}")), "calls[0]"),
            (json!([{ "id": "1", "action": "a" }, get("/a")]), "calls[1].id"),
        ];
        for (calls, field) in cases {
            let (found, detail) = refused(&calls);
            assert_eq!(found, field, "{calls}: {detail}");
        }
    }

    #[test]
    fn calls_that_wait_for_each_other_are_told_by_their_ids() {
        let calls = json!([
            { "id": "x", "method": "GET", "path": "/${z.body.id}" },
            { "id": "y", "action": "a", "body": "${x.body}" },
            { "id": "z", "action": "a", "headers": { "prefer": "wait=${y.body.n}" } },
        ]);
        let (field, detail) = refused(&calls);
        assert_eq!(field, "calls");
        for id in ["x", "y", "z"] {
            assert!(detail.contains(id), "{detail}");
        }
        let (_, detail) = refused(&json!([{ "id": "self", "action": "a", "body": { "x": "${self.status}" } }]));
        assert!(detail.ends_with("self takes a value from self"), "{detail}");
    }

    #[test]
    fn a_body_without_references_goes_on_as_it_came() {
        let sent = r#"{"calls":[{"action":"a","body":{"n": 123456789012345678901234567890, "n": 1}}]}"#;
        let batch = Batch::read(sent.as_bytes()).unwrap();
        let filled = batch.calls[0].filled(Filling::new(&BTreeMap::new())).unwrap();
        assert_eq!(filled.body, r#"{"n": 123456789012345678901234567890, "n": 1}"#);
        let hidden = r#"{"calls":[{"action":"a","body":{"x":"\u0024{b.status}"}}]}"#;
        assert!(Batch::read(hidden.as_bytes()).is_err(), "an escape hides no reference");
    }
}
