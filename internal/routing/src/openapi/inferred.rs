//! The schema of what only an example is known of: names and JSON types, and more may come. In an argument nothing is
//! required. An answer has every field that its example has; a name with a question mark behind it, as in `"rate?" = 50`,
//! is of a field that may be missing, or null, for which TOML has no value.

use serde_json::{Map, Value, json};

/// Which way what looks like the example goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    Argument,
    Answer,
}

/// What is answered like this object.
pub(super) fn answered(example: &Map<String, Value>) -> Value {
    let mut schema = object(example, Of::Answer);
    schema["x-inferred"] = true.into();
    schema
}

/// A field that is sent like this; nothing is known of what is null, or of a list without entries.
pub(super) fn sent(value: &Value) -> Value {
    like(value, Of::Argument)
}

fn like(value: &Value, of: Of) -> Value {
    match value {
        Value::Null => json!({}),
        Value::Bool(_) => json!({ "type": "boolean" }),
        Value::Number(number) if number.is_f64() => json!({ "type": "number" }),
        Value::Number(_) => json!({ "type": "integer" }),
        Value::String(_) => json!({ "type": "string" }),
        Value::Array(items) => {
            let items = items.first().map_or_else(|| json!({}), |first| like(first, of));
            json!({ "type": "array", "items": items })
        }
        Value::Object(fields) => object(fields, of),
    }
}

fn object(example: &Map<String, Value>, of: Of) -> Value {
    let mut schema = json!({ "type": "object", "properties": properties(example, of) });
    let always: Vec<_> = example.keys().filter(|name| !name.ends_with('?')).cloned().collect();
    if of == Of::Answer && !always.is_empty() {
        schema["required"] = always.into();
    }
    schema
}

fn properties(fields: &Map<String, Value>, of: Of) -> Map<String, Value> {
    let property = |(name, value): (&String, &Value)| match name.strip_suffix('?') {
        Some(name) => (name.to_owned(), or_null(like(value, of))),
        None => (name.clone(), like(value, of)),
    };
    fields.iter().map(property).collect()
}

fn or_null(mut schema: Value) -> Value {
    if let Some(kind) = schema.get_mut("type") {
        *kind = json!([kind, "null"]);
    }
    schema
}

/// The example as it would be answered: without the question marks.
pub(super) fn shown(example: &Map<String, Value>) -> Map<String, Value> {
    let field = |(name, value): (&String, &Value)| (name.strip_suffix('?').unwrap_or(name).to_owned(), plain(value));
    example.iter().map(field).collect()
}

fn plain(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(plain).collect(),
        Value::Object(fields) => shown(fields).into(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_a_question_mark_may_be_missing_or_null_and_is_shown_without_it() {
        let example = json!({ "id": "x", "rate?": 50, "of?": { "who?": "y" }, "list": [{ "at": "z", "age?": 1.5 }] });
        let example = example.as_object().unwrap();
        let of = json!({ "type": ["object", "null"], "properties": { "who": { "type": ["string", "null"] } } });
        let item = json!({
            "type": "object",
            "properties": { "at": { "type": "string" }, "age": { "type": ["number", "null"] } },
            "required": ["at"],
        });
        let schema = json!({ "type": "object", "x-inferred": true, "required": ["id", "list"], "properties": {
            "id": { "type": "string" },
            "rate": { "type": ["integer", "null"] },
            "of": of,
            "list": { "type": "array", "items": item },
        }});
        assert_eq!(answered(example), schema);
        let plain = json!({ "id": "x", "rate": 50, "of": { "who": "y" }, "list": [{ "at": "z", "age": 1.5 }] });
        assert_eq!(Value::Object(shown(example)), plain);
    }

    #[test]
    fn an_argument_may_leave_out_what_its_example_has() {
        let schema = json!({ "type": "object", "properties": { "cause": { "type": "string" } } });
        assert_eq!(sent(&json!({ "cause": "x" })), schema);
    }
}
