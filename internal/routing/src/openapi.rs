//! The OpenAPI 3.1 document of a table, made of its rows and of the descriptors of its services. The same table and the
//! same descriptors make the same bytes, so that a reader can tell by a hash whether anything has changed.

mod actions;
mod answers;
mod argument;
mod example;
mod inferred;
mod kept;
mod operation;
mod own;
mod paths;
mod schema;
mod shared;
#[cfg(test)]
mod tests;
mod well_known;

use bytes::Bytes;
use mesh::cache::Cache;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::catalog::Catalog;
use crate::check::ask;
use crate::table::Table;
use operation::Parts;
use paths::Ids;
use schema::Schemas;

/// The document as it is served.
#[derive(Debug, Clone)]
pub struct Document {
    pub json: Bytes,
    /// A strong one, quotes included.
    pub etag: String,
}

impl Document {
    pub(crate) fn of(table: &Table, catalog: &Catalog) -> Self {
        let json = Bytes::from(document(table, catalog).to_string());
        let digest = Sha256::digest(&json);
        let hash: String = digest[..16].iter().map(|byte| format!("{byte:02x}")).collect();
        Self { json, etag: format!("\"{hash}\"") }
    }
}

/// The document for `switchboard openapi`, and the services that could not be asked for their descriptors: those are
/// told of as far as this build knows them. `asks` is whether services are asked at all.
pub async fn describe(table: &Table, asks: bool) -> Result<(Value, Vec<String>), mesh::Error> {
    let catalog = Catalog::new(Cache::in_memory())?;
    let unasked = if asks { ask(table, &catalog).await } else { Vec::new() };
    Ok((document(table, &catalog), unasked))
}

fn document(table: &Table, catalog: &Catalog) -> Value {
    let (mut ids, mut parts) = (Ids::default(), Parts { table, catalog, schemas: Schemas::default() });
    let own = own::operations(&mut ids, &mut parts.schemas);
    let handle = ids.give("post", "/handle", None);
    let handle = actions::operation(table, &handle, &mut parts);
    let mut paths = paths::paths(table, &mut ids, &mut parts);
    let handle = handle.map(|operation| ("/handle", "post", operation));
    for (path, method, operation) in own.into_iter().chain(handle) {
        let item = paths.entry(path).or_insert_with(|| json!({}));
        item[method] = operation;
    }
    json!({
        "openapi": "3.1.1",
        "info": {
            "title": "Switchboard",
            "version": env!("CARGO_PKG_VERSION"),
            "description": DESCRIPTION,
        },
        "servers": [{ "url": "/" }],
        "tags": tags(&paths),
        "paths": paths,
        "components": shared::components(parts.schemas),
    })
}

const DESCRIPTION: &str = "Path, query and body become one JSON argument; two different values for one field are a 400. \
    Fields of messages go by the names of the .proto files, camelCase is understood as well. Errors are problem details \
    (RFC 9457), inside an envelope where a row answers in one. What is marked `x-inferred` is known from an example alone.";

/// Every tag that is used, in the order of their names.
fn tags(paths: &serde_json::Map<String, Value>) -> Value {
    let operations = paths.values().filter_map(Value::as_object).flat_map(|item| item.values());
    let names = operations.filter_map(|operation| operation["tags"][0].as_str());
    let names: std::collections::BTreeSet<_> = names.collect();
    names.into_iter().map(|name| json!({ "name": name })).collect()
}
