//! Messages as JSON Schema 2020-12, by the proto3 JSON mapping: what the transcoder takes, and what it writes. Messages
//! become components that refer to each other, so a message may hold itself.

use std::collections::BTreeMap;

use prost_reflect::{EnumDescriptor, FieldDescriptor, FileDescriptor, Kind, MessageDescriptor};
use serde_json::{Map, Value, json};

use super::well_known;

/// Which way a message goes: what is sent may leave out anything, what is answered holds every field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Sent,
    Answered,
}

/// The components that were referred to so far.
#[derive(Default)]
pub(super) struct Schemas {
    made: BTreeMap<String, (Option<MessageDescriptor>, Value)>,
}

impl Schemas {
    /// Adds a component that is no message; its place is its name.
    pub(super) fn add(&mut self, name: &str, schema: Value) -> Value {
        self.made.insert(name.to_owned(), (None, schema));
        reference(name)
    }

    /// What a reference leads to.
    pub(super) fn at(&self, reference: &str) -> Option<&Value> {
        self.made.get(reference.strip_prefix(PLACE)?).map(|(_, schema)| schema)
    }

    pub(super) fn into_components(self) -> Map<String, Value> {
        self.made.into_iter().map(|(name, (_, schema))| (name, schema)).collect()
    }

    /// A reference to the message, or what it is where JSON has a form of its own for it.
    pub(super) fn message(&mut self, message: &MessageDescriptor, way: Way) -> Value {
        if let Some(schema) = well_known::schema(message) {
            return schema;
        }
        let name = self.name(message, way);
        if !self.made.contains_key(&name) {
            // Before its fields, which may lead back to it.
            self.made.insert(name.clone(), (Some(message.clone()), Value::Null));
            let schema = self.object(message, way);
            self.made.insert(name.clone(), (Some(message.clone()), schema));
        }
        reference(&name)
    }

    /// Two services may mean different things by one name: the second one gets a number.
    fn name(&self, message: &MessageDescriptor, way: Way) -> String {
        let name = match way {
            Way::Sent => format!("{}-sent", message.full_name()),
            Way::Answered => message.full_name().to_owned(),
        };
        let numbered = |number: usize| if number == 1 { name.clone() } else { format!("{name}-{number}") };
        let is_it = |found: &MessageDescriptor| found.descriptor_proto() == message.descriptor_proto();
        let free = |name: &String| match self.made.get(name) {
            Some((Some(found), _)) => is_it(found),
            Some((None, _)) => false,
            None => true,
        };
        (1..).map(numbered).find(free).unwrap_or(name)
    }

    /// The message itself, with its fields.
    fn object(&mut self, message: &MessageDescriptor, way: Way) -> Value {
        let mut properties = Map::new();
        let mut required = Vec::new();
        for field in message.fields() {
            properties.insert(field.name().to_owned(), self.field(&field, way));
            // The transcoder writes every field but those of which it can be told that they were never set.
            if field.is_required() || (way == Way::Answered && !field.supports_presence()) {
                required.push(field.name().to_owned());
            }
        }
        let mut schema = json!({ "type": "object", "properties": properties, "additionalProperties": false });
        if !required.is_empty() {
            schema["required"] = required.into();
        }
        let choices = choices(message, |_| true);
        if !choices.is_empty() {
            schema["allOf"] = choices.into();
        }
        described(schema, comment(&message.parent_file(), message.path()))
    }

    pub(super) fn field(&mut self, field: &FieldDescriptor, way: Way) -> Value {
        let schema = if let (true, Kind::Message(entry)) = (field.is_map(), field.kind()) {
            let (key, value) = (entry.map_entry_key_field(), entry.map_entry_value_field());
            let mut map = json!({ "type": "object", "additionalProperties": self.single(&value.kind(), way) });
            if let Some(names) = key_pattern(&key.kind()) {
                map["propertyNames"] = json!({ "pattern": names });
            }
            map
        } else if field.is_list() {
            json!({ "type": "array", "items": self.single(&field.kind(), way) })
        } else {
            self.single(&field.kind(), way)
        };
        described(schema, comment(&field.parent_file(), field.path()))
    }

    fn single(&mut self, kind: &Kind, way: Way) -> Value {
        match kind {
            Kind::Message(message) => self.message(message, way),
            Kind::Enum(kind) => names(kind, way),
            Kind::Bool => json!({ "type": "boolean" }),
            Kind::String => json!({ "type": "string" }),
            Kind::Bytes => json!({ "type": "string", "contentEncoding": "base64" }),
            Kind::Float | Kind::Double => number(kind),
            Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => json!({
                "type": "integer", "format": "int32", "minimum": i32::MIN, "maximum": i32::MAX
            }),
            Kind::Uint32 | Kind::Fixed32 => json!({
                "type": "integer", "format": "uint32", "minimum": 0, "maximum": u32::MAX
            }),
            Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => long("int64", "^-?[0-9]+$", way),
            Kind::Uint64 | Kind::Fixed64 => long("uint64", "^[0-9]+$", way),
        }
    }
}

const PLACE: &str = "#/components/schemas/";

pub(super) fn reference(name: &str) -> Value {
    json!({ "$ref": format!("{PLACE}{name}") })
}

/// JSON has no number for what is none.
fn number(kind: &Kind) -> Value {
    let format = if *kind == Kind::Float { "float" } else { "double" };
    json!({ "anyOf": [
        { "type": "number", "format": format },
        { "type": "string", "enum": ["NaN", "Infinity", "-Infinity"] },
    ]})
}

/// Readers that have only doubles would round it, so it is written as text; either is taken.
fn long(format: &str, pattern: &str, way: Way) -> Value {
    let kind = if way == Way::Sent { json!(["string", "integer"]) } else { json!("string") };
    json!({ "type": kind, "format": format, "pattern": pattern })
}

/// The value that stands for "not given" is taken too, and nobody has to send it.
fn names(kind: &EnumDescriptor, way: Way) -> Value {
    if kind.full_name() == "google.protobuf.NullValue" {
        return json!({ "type": "null" });
    }
    let is_unset = |number: i32, name: &str| number == 0 && name.ends_with("_UNSPECIFIED");
    let values = kind.values().filter(|it| way == Way::Answered || !is_unset(it.number(), it.name()));
    let names: Vec<_> = values.map(|value| value.name().to_owned()).collect();
    json!({ "type": "string", "enum": names })
}

/// Keys of maps are text in JSON, whatever they are in the message.
fn key_pattern(kind: &Kind) -> Option<&'static str> {
    match kind {
        Kind::String => None,
        Kind::Bool => Some("^(true|false)$"),
        Kind::Uint32 | Kind::Uint64 | Kind::Fixed32 | Kind::Fixed64 => Some("^[0-9]+$"),
        _ => Some("^-?[0-9]+$"),
    }
}

/// For each oneof among the fields that are left: at most one of its members.
pub(super) fn choices(message: &MessageDescriptor, is_left: impl Fn(&FieldDescriptor) -> bool) -> Vec<Value> {
    let oneofs = message.oneofs().filter(|oneof| !oneof.is_synthetic());
    let members = oneofs.map(|oneof| {
        let left = oneof.fields().filter(&is_left);
        left.map(|field| json!({ "required": [field.name()] })).collect::<Vec<_>>()
    });
    let several = members.filter(|members| members.len() > 1);
    several
        .map(|mut members| {
            members.push(json!({ "not": { "anyOf": members } }));
            json!({ "oneOf": members })
        })
        .collect()
}

fn described(mut schema: Value, comment: Option<String>) -> Value {
    if let Some(comment) = comment {
        schema["description"] = comment.into();
    }
    schema
}

/// What the .proto file says of it, on one line; reflection may have dropped it.
fn comment(file: &FileDescriptor, path: &[i32]) -> Option<String> {
    let source = file.file_descriptor_proto().source_code_info.as_ref()?;
    let place = source.location.iter().find(|location| location.path == path)?;
    let text = place.leading_comments().split_whitespace().collect::<Vec<_>>().join(" ");
    Some(text).filter(|text| !text.is_empty())
}
