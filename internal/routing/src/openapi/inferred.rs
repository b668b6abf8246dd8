//! The schema of what only an example is known of: names and JSON types, nothing required, and more may come.

use serde_json::{Map, Value, json};

/// What looks like this object.
pub(super) fn object(example: &Map<String, Value>) -> Value {
    let properties: Map<String, Value> = example.iter().map(|(name, value)| (name.clone(), like(value))).collect();
    json!({ "type": "object", "properties": properties, "x-inferred": true })
}

/// What looks like this value; nothing is known of what is null, or of a list without entries.
pub(super) fn like(value: &Value) -> Value {
    match value {
        Value::Null => json!({}),
        Value::Bool(_) => json!({ "type": "boolean" }),
        Value::Number(number) if number.is_f64() => json!({ "type": "number" }),
        Value::Number(_) => json!({ "type": "integer" }),
        Value::String(_) => json!({ "type": "string" }),
        Value::Array(items) => json!({ "type": "array", "items": items.first().map_or_else(|| json!({}), like) }),
        Value::Object(fields) => {
            let properties: Map<String, Value> =
                fields.iter().map(|(name, value)| (name.clone(), like(value))).collect();
            json!({ "type": "object", "properties": properties })
        }
    }
}
