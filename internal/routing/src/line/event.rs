//! Publishing: the key is made from the argument, the body is checked against its schema at the door, and the answer
//! says 202 only after the queue has confirmed the event and had somewhere to put it.

use std::collections::BTreeMap;
use std::sync::Arc;

use ::http::StatusCode;
use bus::{Bus, Event};
use bytes::Bytes;
use mesh::Error;
use serde_json::{Map, Value, json};

use super::Parts;
use super::transcode;
use crate::call::{Call, Reply};
use crate::catalog::Catalog;
use crate::table::{Arg, KeyTemplate, Route, Schema, Size};

pub struct EventLine {
    bus: Bus,
    key: KeyTemplate,
    schema: Option<Schema>,
    size: BTreeMap<String, Size>,
    args: BTreeMap<String, Arg>,
    catalog: Arc<Catalog>,
    source: Arc<str>,
}

impl EventLine {
    pub(super) fn new(route: &Route, key: KeyTemplate, parts: &Parts) -> Self {
        Self {
            bus: parts.bus.clone(),
            key,
            schema: route.schema.clone(),
            size: route.size.clone(),
            args: route.args.clone(),
            catalog: Arc::clone(&parts.catalog),
            source: Arc::clone(&parts.source),
        }
    }

    pub(super) async fn call(&self, call: Call) -> Result<Reply, Error> {
        let argument = call.argument.into_object()?;
        self.check(&argument)?;
        let kind = self.key.render(&argument)?;
        let body = serde_json::to_vec(&argument).map_err(Error::internal)?;
        let mut event = Event::new(kind, &*self.source, body);
        event.trace = call.trace.child();
        event.identity = call.identity;
        event.id = call.key.unwrap_or_else(|| call.id.to_string());
        self.bus.publish(&event, call.deadline).await?;
        let body = json!({ "id": event.id, "type": event.kind });
        let (status, body) = (Some(StatusCode::ACCEPTED), Bytes::from(body.to_string()));
        Ok(Reply::Json { status, body, cookies: Vec::new() })
    }

    fn check(&self, argument: &Map<String, Value>) -> Result<(), Error> {
        check(argument, self.schema.as_ref(), &self.size, &self.args, &self.catalog)
    }
}

/// Whether a body may be published, or the field that is wrong.
pub(crate) fn check(
    argument: &Map<String, Value>,
    schema: Option<&Schema>,
    size: &BTreeMap<String, Size>,
    args: &BTreeMap<String, Arg>,
    catalog: &Catalog,
) -> Result<(), Error> {
    if let Some(schema) = schema {
        fits_schema(argument, schema, args, catalog)?;
    }
    size.iter().try_for_each(|(field, size)| fits_size(argument, field, *size))
}

fn fits_schema(
    argument: &Map<String, Value>,
    schema: &Schema,
    args: &BTreeMap<String, Arg>,
    catalog: &Catalog,
) -> Result<(), Error> {
    // A message of defaults only is valid to protobuf, and never what was meant.
    let is_constant = |field| matches!(args.get(field), Some(Arg::Constant(_)));
    if argument.keys().all(is_constant) {
        return Err(Error::invalid(format!("the body is missing; send a {} as JSON", schema.message)));
    }
    // Without descriptors the event is taken all the same: the service checks again, and being away is no reason
    // to refuse what the queue can keep.
    let Some(message) = catalog.message(&schema.service, &schema.message) else { return Ok(()) };
    transcode::from_object(&message, argument).map(drop)
}

fn fits_size(argument: &Map<String, Value>, field: &str, size: Size) -> Result<(), Error> {
    let bytes = argument.get(field).and_then(Value::as_str).map_or(0, str::len);
    if bytes > size.most {
        return Err(Error::field(field, format!("has {bytes} bytes, at most {} are taken", size.most)));
    }
    match (bytes, size.least) {
        (0, 1..) => Err(Error::field(field, "is missing")),
        (_, least) if bytes < least => {
            Err(Error::field(field, format!("has {bytes} bytes, at least {least} are needed")))
        }
        _ => Ok(()),
    }
}
