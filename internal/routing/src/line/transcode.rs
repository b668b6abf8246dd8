//! JSON to protobuf and back by descriptor, with errors that name the field. Fields are called as in the .proto file;
//! camelCase is understood as well.

mod spelled;

use bytes::Bytes;
use mesh::Error;
use prost_reflect::{DeserializeOptions, DynamicMessage, Kind, MessageDescriptor, SerializeOptions};
use serde::de::{DeserializeSeed, Deserializer};
use serde_json::{Map, Value};

use mesh::words::nearest;
use spelled::Spelled;

const READ: DeserializeOptions = DeserializeOptions::new().deny_unknown_fields(true);
/// Every field is shown, so that a reader sees what there is; 64-bit numbers are strings, as proto3 JSON has it.
const WRITE: SerializeOptions = SerializeOptions::new().skip_default_fields(false).use_proto_field_name(true);

/// A message out of JSON text.
pub(crate) fn from_text(descriptor: &MessageDescriptor, text: &[u8]) -> Result<DynamicMessage, Error> {
    let mut json = serde_json::Deserializer::from_slice(text);
    let message = read(descriptor, &mut json, |error| match error.classify() {
        serde_json::error::Category::Data => None,
        _ => Some(mesh::body::explained(".", error)),
    })?;
    json.end().map_err(|error| mesh::body::explained(".", &error))?;
    Ok(message)
}

/// A message out of a JSON object; text for a boolean is taken too, as path and query know nothing else.
pub(crate) fn from_object(
    descriptor: &MessageDescriptor,
    object: &Map<String, Value>,
) -> Result<DynamicMessage, Error> {
    read(descriptor, object, |_| None)
}

/// Gives text from path and query the type that the field asks for: `true` is a boolean, one value can be a list.
pub(crate) fn coerce(descriptor: &MessageDescriptor, object: &mut Map<String, Value>) {
    for (name, value) in object.iter_mut() {
        let Some(field) = descriptor.get_field_by_name(name).or_else(|| descriptor.get_field_by_json_name(name)) else {
            continue;
        };
        if field.is_list() && value.is_string() {
            *value = Value::Array(vec![value.take()]);
        }
        if field.kind() == Kind::Bool {
            match value.as_str() {
                Some("true") => *value = Value::Bool(true),
                Some("false") => *value = Value::Bool(false),
                _ => {}
            }
        }
    }
}

/// JSON text out of an encoded message.
pub(crate) fn to_text(descriptor: &MessageDescriptor, encoded: Bytes) -> Result<Bytes, Error> {
    let message = DynamicMessage::decode(descriptor.clone(), encoded).map_err(Error::internal)?;
    let mut text = Vec::with_capacity(256);
    let mut json = serde_json::Serializer::new(&mut text);
    message.serialize_with_options(Spelled(&mut json), &WRITE).map_err(Error::internal)?;
    Ok(Bytes::from(text))
}

fn read<'de, D>(
    descriptor: &MessageDescriptor,
    json: D,
    unreadable: impl Fn(&D::Error) -> Option<Error>,
) -> Result<DynamicMessage, Error>
where
    D: Deserializer<'de>,
{
    let mut track = serde_path_to_error::Track::new();
    let tracked = serde_path_to_error::Deserializer::new(json, &mut track);
    Message(descriptor).deserialize(tracked).map_err(|error| {
        unreadable(&error).unwrap_or_else(|| explain(descriptor, &track.path().to_string(), &error.to_string()))
    })
}

struct Message<'a>(&'a MessageDescriptor);

impl<'de> DeserializeSeed<'de> for Message<'_> {
    type Value = DynamicMessage;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<DynamicMessage, D::Error> {
        DynamicMessage::deserialize_with_options(self.0.clone(), json, &READ)
    }
}

/// Turns what the JSON mapping says into a field and a remedy.
fn explain(descriptor: &MessageDescriptor, path: &str, problem: &str) -> Error {
    let problem = problem.split(" at line ").next().unwrap_or_default();
    if path == "." && !problem.starts_with("unrecognized") {
        return Error::invalid("the body must be a JSON object");
    }
    if let Some(name) = problem.strip_prefix("unrecognized field name '").and_then(|rest| rest.strip_suffix('\'')) {
        // The path ends at the message: its reader found the name before there was a value.
        let parent = if path == "." { "" } else { path };
        let field = if parent.is_empty() { name.to_owned() } else { format!("{parent}.{name}") };
        return Error::field(field, unknown_field(&message_at(descriptor, parent), name));
    }
    if problem.starts_with("unrecognized enum value") {
        return Error::field(path, format!("must be one of {}", enum_names(descriptor, path)));
    }
    mesh::body::wrong_field(path, problem)
}

fn unknown_field(message: &MessageDescriptor, name: &str) -> String {
    let known: Vec<String> = message.fields().map(|field| field.name().to_owned()).collect();
    match nearest(name, known.iter().map(String::as_str)) {
        Some(near) => format!("is unknown, did you mean '{near}'? known are {}", known.join(", ")),
        None => format!("is unknown; known are {}", known.join(", ")),
    }
}

/// The names that an enum field takes, without the one that stands for "not given".
fn enum_names(descriptor: &MessageDescriptor, path: &str) -> String {
    let (parent, name) = path.rsplit_once('.').unwrap_or(("", path));
    let name = name.split('[').next().unwrap_or_default();
    let message = message_at(descriptor, parent);
    let field = message.get_field_by_name(name).or_else(|| message.get_field_by_json_name(name));
    let Some(Kind::Enum(kind)) = field.map(|field| field.kind()) else { return "the known values".to_owned() };
    let names = kind.values().filter(|value| value.number() != 0).map(|value| value.name().to_owned());
    names.collect::<Vec<_>>().join(", ")
}

/// The message that a path such as `entries[3].origin` leads to, as far as it can be followed.
fn message_at(descriptor: &MessageDescriptor, path: &str) -> MessageDescriptor {
    let mut message = descriptor.clone();
    for part in path.split('.').filter(|part| !part.is_empty()) {
        let name = part.split('[').next().unwrap_or_default();
        let field = message.get_field_by_name(name).or_else(|| message.get_field_by_json_name(name));
        match field.map(|field| field.kind()) {
            Some(Kind::Message(next)) => message = next,
            _ => break,
        }
    }
    message
}

#[cfg(test)]
mod fuzz;

#[cfg(test)]
mod tests {
    use prost_reflect::DescriptorPool;

    use super::*;

    fn message(name: &str) -> MessageDescriptor {
        DescriptorPool::decode(proto::DESCRIPTORS).unwrap().get_message_by_name(name).unwrap()
    }

    fn error(name: &str, json: &str) -> (String, String) {
        let error = from_text(&message(name), json.as_bytes()).unwrap_err();
        (error.fields.first().map(|it| it.field.clone()).unwrap_or_default(), error.detail)
    }

    #[test]
    fn json_becomes_a_message_and_comes_back_with_every_field() {
        let entry = message("logger.v1.Entry");
        let sent = from_text(&entry, br#"{"name":"n","level":"WARNING","createdAt":"2026-01-02T03:04:05Z"}"#).unwrap();
        let back = to_text(&entry, prost::Message::encode_to_vec(&sent).into()).unwrap();
        let back: Value = serde_json::from_slice(&back).unwrap();
        let expected = serde_json::json!({
            "id": "", "name": "n", "level": "WARNING", "data": "", "created_at": "2026-01-02T03:04:05Z",
            "audit": false, "via": "VIA_UNSPECIFIED"
        });
        assert_eq!(back, expected);
    }

    /// As the JSON mapping of protobuf has it: a newer .proto may have the number.
    #[test]
    fn a_number_that_an_enum_does_not_have_is_kept() {
        let entry = message("logger.v1.Entry");
        let sent = from_text(&entry, br#"{"level":7}"#).unwrap();
        let back = to_text(&entry, prost::Message::encode_to_vec(&sent).into()).unwrap();
        assert_eq!(serde_json::from_slice::<Value>(&back).unwrap()["level"], 7);
    }

    #[test]
    fn numbers_that_have_no_digits_are_spelled_out() {
        for name in ["google.protobuf.FloatValue", "google.protobuf.DoubleValue"] {
            let wrapper = DescriptorPool::global().get_message_by_name(name).unwrap();
            for text in ["\"NaN\"", "\"Infinity\"", "\"-Infinity\"", "1.5"] {
                let read = from_text(&wrapper, text.as_bytes()).unwrap();
                assert_eq!(to_text(&wrapper, prost::Message::encode_to_vec(&read).into()).unwrap(), text, "{name}");
            }
        }
    }

    #[test]
    fn errors_name_the_field_and_the_remedy() {
        let write = "logger.v1.WriteRequest";
        let cases = [
            (write, r#"{"level":"LOUD"}"#, "level", "level: must be one of DEBUG, INFO, WARNING, ERROR"),
            (write, r#"{"nam":"x"}"#, "nam", "nam: is unknown, did you mean 'name'?"),
            (write, r#"{"name":7}"#, "name", "name: expected a string, found a number"),
            (write, r#"[]"#, "", "the body must be a JSON object"),
            (write, r#"{"name":"x""#, "", "malformed JSON: it ends too early, at line 1 column 11"),
            (write, r#"{"name":"x"} x"#, "", "malformed JSON at line 1 column 14"),
            (
                "logger.v1.WriteBatchRequest",
                r#"{"entries":[{},{"level":"x"}]}"#,
                "entries[1].level",
                "entries[1].level: must be one of",
            ),
            ("logger.v1.WriteBatchRequest", r#"{"entries":[{"dta":""}]}"#, "entries[0].dta", "did you mean 'data'"),
        ];
        for (name, json, field, detail) in cases {
            let (found, text) = error(name, json);
            assert_eq!(found, field, "{json}: {text}");
            assert!(text.contains(detail), "{json}: {text}");
        }
    }

    #[test]
    fn text_is_given_the_type_of_its_field() {
        let query = message("logger.v1.QueryRequest");
        let mut object = crate::argument::parse(br#"{"limit":"20","level":"INFO"}"#).unwrap();
        coerce(&query, &mut object);
        let limit = from_object(&query, &object).unwrap().get_field_by_name("limit").unwrap().as_u32();
        assert_eq!(limit, Some(20));
    }
}
