//! What a row takes from its callers, whichever door they come in by: the fields of its message, or those of its example,
//! as the row's own changes leave them. Doors then say which of them stand in the path, the query or the body.

use std::collections::BTreeSet;

use prost_reflect::FieldDescriptor;
use serde_json::{Map, Value, json};

use super::schema::{Schemas, Way, choices};
use super::{example, inferred};
use crate::catalog::Catalog;
use crate::check::input_of;
use crate::mask::{is_same, mask};
use crate::table::{Arg, Line, Route, Size};

/// The fields of an argument, named as callers name them.
#[derive(Debug, Clone)]
pub(super) struct Fields {
    pub(super) properties: Map<String, Value>,
    pub(super) required: BTreeSet<String>,
    /// At most one of each.
    choices: Vec<Value>,
    pub(super) known: Known,
    /// Those that are secret, or that hold what is.
    pub(super) secret: BTreeSet<String>,
    example: Map<String, Value>,
    /// A body without any field would be refused.
    not_empty: bool,
}

/// Where the fields are known from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    Descriptor,
    /// There is a message, and its service has not told of it yet.
    NotYet,
    Example,
    Nothing,
}

impl Fields {
    pub(super) fn of(route: &Route, catalog: &Catalog, schemas: &mut Schemas) -> Self {
        let mut fields = Self::before_args(route, catalog, schemas);
        fields.sizes(route);
        fields.required.extend(needed(route));
        fields.args(route);
        fields.secrets(route, schemas);
        fields.example = match &route.example {
            Some(written) => written.clone(),
            None => fields.made_up(schemas),
        };
        mask(&mut fields.example, &route.callers_secrets());
        fields
    }

    fn before_args(route: &Route, catalog: &Catalog, schemas: &mut Schemas) -> Self {
        let mut fields = Self {
            properties: Map::new(),
            required: BTreeSet::new(),
            choices: Vec::new(),
            known: Known::Nothing,
            secret: BTreeSet::new(),
            example: Map::new(),
            not_empty: route.schema.is_some(),
        };
        if let Some(message) = input_of(route, catalog) {
            let is_left = |field: &FieldDescriptor| !route.args.contains_key(field.name());
            fields.choices = choices(&message, is_left);
            fields.required =
                message.fields().filter(FieldDescriptor::is_required).map(|it| it.name().to_owned()).collect();
            let schema = |field: FieldDescriptor| (field.name().to_owned(), schemas.field(&field, Way::Sent));
            fields.properties = message.fields().map(schema).collect();
            fields.known = Known::Descriptor;
        } else if matches!(route.call, Line::Grpc { .. }) || route.schema.is_some() {
            fields.known = Known::NotYet;
        } else if let Some(example) = &route.example {
            fields.properties = example.iter().map(|(name, value)| (name.clone(), inferred::sent(value))).collect();
            fields.known = Known::Example;
        }
        fields
    }

    fn sizes(&mut self, route: &Route) {
        for (name, size) in &route.size {
            let schema = self.properties.entry(name.clone()).or_insert_with(|| json!({ "type": "string" }));
            sized(schema, *size);
            if size.least > 0 {
                self.required.insert(name.clone());
            }
        }
    }

    /// Constants are nothing that a caller says, and renamed fields go by the name that callers use.
    fn args(&mut self, route: &Route) {
        for (name, arg) in &route.args {
            let schema = self.properties.remove(name);
            let was_required = self.required.remove(name);
            match arg {
                Arg::Constant(_) if self.is_closed() => {}
                // Where anything may come, this may not.
                Arg::Constant(_) => drop(self.properties.insert(name.clone(), json!(false))),
                Arg::Rename(from) => {
                    let known = self.properties.remove(from).filter(|_| !self.is_closed());
                    self.properties.insert(from.clone(), schema.or(known).unwrap_or_else(|| json!({})));
                    if was_required {
                        self.required.insert(from.clone());
                    }
                }
            }
        }
        let names = self.required.clone();
        for name in names {
            self.properties.entry(name).or_insert_with(|| json!({ "type": "string" }));
        }
    }

    fn secrets(&mut self, route: &Route, schemas: &Schemas) {
        for path in route.callers_secrets() {
            let first = path.split('.').next().unwrap_or(&path);
            for (name, schema) in self.properties.iter_mut().filter(|(name, _)| is_same(name, first)) {
                self.secret.insert(name.clone());
                hide(schema, path.split('.').skip(1), schemas);
            }
        }
    }

    fn made_up(&self, schemas: &Schemas) -> Map<String, Value> {
        let whole = self.object();
        let made = example::of(&whole, schemas).filter(|_| self.known != Known::Nothing);
        made.and_then(|made| made.as_object().cloned()).unwrap_or_default()
    }

    /// Whether nothing else may come.
    fn is_closed(&self) -> bool {
        self.known == Known::Descriptor
    }

    /// Takes a field out: it stands somewhere else than where the rest stands.
    pub(super) fn take(&mut self, name: &str) -> Value {
        self.required.remove(name);
        self.not_empty = false;
        self.properties.remove(name).unwrap_or_else(|| json!({ "type": "string" }))
    }

    pub(super) fn example_of(&self, name: &str) -> Option<&Value> {
        self.example.get(name)
    }

    /// The example of what is left.
    pub(super) fn example(&self) -> Map<String, Value> {
        let left = self.example.iter().filter(|(name, _)| self.properties.contains_key(*name));
        left.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// What is left, as one object.
    pub(super) fn object(&self) -> Value {
        let mut schema = json!({ "type": "object", "properties": self.properties });
        if !self.required.is_empty() {
            schema["required"] = self.required.iter().cloned().collect();
        } else if self.not_empty {
            schema["minProperties"] = 1.into();
        }
        if !self.choices.is_empty() {
            schema["allOf"] = self.choices.clone().into();
        }
        match self.known {
            Known::Descriptor => schema["additionalProperties"] = false.into(),
            Known::NotYet => schema["x-descriptor"] = "unknown".into(),
            Known::Example => schema["x-inferred"] = true.into(),
            Known::Nothing => {}
        }
        schema
    }
}

/// Fields without which the line cannot be gone over.
fn needed(route: &Route) -> Vec<String> {
    match &route.call {
        Line::Http { path, .. } => path.params().to_vec(),
        Line::Event { key } => {
            let needed = key.fields().filter(|(_, is_optional)| !is_optional);
            needed.map(|(name, _)| name.split('.').next().unwrap_or(name).to_owned()).collect()
        }
        Line::Grpc { .. } | Line::Raw { .. } | Line::Rpc { .. } => Vec::new(),
    }
}

/// Lengths in a schema count characters, of which each has one to four bytes: what they refuse is refused for certain.
fn sized(schema: &mut Value, size: Size) {
    schema["maxLength"] = size.most.into();
    if size.least > 0 {
        schema["minLength"] = size.least.div_ceil(4).into();
    }
    let said = schema["description"].as_str().map(|text| format!("{text} ")).unwrap_or_default();
    let bytes =
        if size.least > 0 { format!("{} to {}", size.least, size.most) } else { format!("At most {}", size.most) };
    schema["description"] = format!("{said}{bytes} bytes as UTF-8.").into();
}

/// Follows the path to what is secret, through lists as well; a component on the way is copied, as it is no secret
/// elsewhere.
fn hide<'a>(schema: &mut Value, mut path: impl Iterator<Item = &'a str> + Clone, schemas: &Schemas) {
    if let Some(component) = schema["$ref"].as_str().and_then(|it| schemas.at(it)) {
        *schema = component.clone();
    }
    let mut below = path.clone();
    if below.next().is_some()
        && let Some(items) = schema.get_mut("items")
    {
        return hide(items, path, schemas);
    }
    match path.next() {
        Some(wanted) => {
            let fields = schema.get_mut("properties").and_then(Value::as_object_mut);
            for (_, field) in fields.into_iter().flatten().filter(|(name, _)| is_same(name, wanted)) {
                hide(field, path.clone(), schemas);
            }
        }
        None => {
            schema["writeOnly"] = true.into();
            schema["format"] = "password".into();
        }
    }
}
