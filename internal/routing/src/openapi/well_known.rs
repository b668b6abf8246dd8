//! The messages of google.protobuf that have a form of their own in JSON.

use prost_reflect::MessageDescriptor;
use serde_json::{Value, json};

/// The form of this message, if it is one of them.
pub(super) fn schema(message: &MessageDescriptor) -> Option<Value> {
    let name = message.full_name().strip_prefix("google.protobuf.")?;
    Some(match name {
        "Timestamp" => json!({ "type": "string", "format": "date-time" }),
        "Duration" => json!({ "type": "string", "pattern": r"^-?[0-9]+(\.[0-9]{1,9})?s$", "example": "1.5s" }),
        "FieldMask" => json!({ "type": "string", "description": "names of fields, joined by commas" }),
        "Empty" => json!({ "type": "object", "properties": {}, "additionalProperties": false }),
        "Struct" => json!({ "type": "object", "additionalProperties": true }),
        "ListValue" => json!({ "type": "array", "items": {} }),
        "Value" => json!({}),
        "Any" => json!({ "type": "object", "properties": { "@type": { "type": "string" } }, "required": ["@type"] }),
        "BoolValue" => json!({ "type": ["boolean", "null"] }),
        "StringValue" => json!({ "type": ["string", "null"] }),
        "BytesValue" => json!({ "type": ["string", "null"], "contentEncoding": "base64" }),
        "DoubleValue" | "FloatValue" => json!({ "type": ["number", "string", "null"] }),
        "Int32Value" | "UInt32Value" => json!({ "type": ["integer", "null"] }),
        "Int64Value" | "UInt64Value" => {
            json!({ "type": ["string", "integer", "null"], "format": "int64", "pattern": "^-?[0-9]+$" })
        }
        _ => return None,
    })
}
