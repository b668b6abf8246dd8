//! Examples, made from a schema where nobody has written one.

use serde_json::{Map, Value, json};

use super::schema::Schemas;
use crate::mask::MASKED;

/// How deep an example goes into messages that hold messages.
const DEEPEST: usize = 4;

/// A value that the schema allows, as short as it can be told; nothing where it would have no end.
pub(super) fn of(schema: &Value, schemas: &Schemas) -> Option<Value> {
    at(schema, schemas, 0)
}

fn at(schema: &Value, schemas: &Schemas, depth: usize) -> Option<Value> {
    if depth > DEEPEST {
        return None;
    }
    if let Some(written) = schema.get("example").or_else(|| schema.get("const")) {
        return Some(written.clone());
    }
    if let Some(reference) = schema["$ref"].as_str() {
        return at(schemas.at(reference)?, schemas, depth + 1);
    }
    if let Some(first) = schema["enum"].get(0) {
        return Some(first.clone());
    }
    if let Some(first) = schema["anyOf"].get(0) {
        return at(first, schemas, depth);
    }
    match kind(schema)? {
        "object" => Some(Value::Object(object(schema, schemas, depth))),
        "array" => Some(at(&schema["items"], schemas, depth + 1).map_or_else(|| json!([]), |item| json!([item]))),
        "boolean" => Some(json!(true)),
        "integer" => Some(json!(1)),
        "number" => Some(json!(1.5)),
        "null" => Some(Value::Null),
        _ => Some(text(schema).into()),
    }
}

fn kind(schema: &Value) -> Option<&str> {
    schema["type"].as_str().or_else(|| schema["type"].get(0)?.as_str())
}

fn object(schema: &Value, schemas: &Schemas, depth: usize) -> Map<String, Value> {
    let others = others(schema);
    let properties = schema["properties"].as_object().into_iter().flatten();
    let mut made: Map<String, Value> = properties
        .filter(|(name, _)| !others.contains(&name.as_str()))
        .filter_map(|(name, schema)| Some((name.clone(), at(schema, schemas, depth + 1)?)))
        .collect();
    if made.is_empty()
        && schema["additionalProperties"].is_object()
        && let Some(value) = at(&schema["additionalProperties"], schemas, depth + 1)
    {
        let key = if schema["propertyNames"].is_null() { "key" } else { "1" };
        made.insert(key.to_owned(), value);
    }
    made
}

/// Of each choice all members but the first: only one may be there.
fn others(schema: &Value) -> Vec<&str> {
    let choices = schema["allOf"].as_array().into_iter().flatten();
    let members = choices.flat_map(|choice| choice["oneOf"].as_array().into_iter().flatten().skip(1));
    members.filter_map(|member| member["required"].get(0)?.as_str()).collect()
}

fn text(schema: &Value) -> String {
    let least = schema["minLength"].as_u64().and_then(|least| usize::try_from(least).ok()).unwrap_or_default();
    let text = match (schema["format"].as_str(), schema["contentEncoding"].as_str()) {
        (Some("date-time"), _) => "2026-01-02T03:04:05Z",
        (Some("int64" | "uint64"), _) => "1",
        (Some("password"), _) => MASKED,
        (_, Some(_)) => "aGVsbG8=",
        _ => "text",
    };
    text.chars().cycle().take(text.chars().count().max(least.min(256))).collect()
}
