//! Text to table: the walk over the file. What each part of the grammar means is in the modules beside this one.

use std::ops::Range;
use std::sync::Arc;

use toml::de::{DeTable, DeValue};

use super::diagnostics::{Diagnostic, Fault, Faults};
use super::reader::Reader;
use super::row::Row;
use super::services::Services;
use super::{Table, cors, fit, issuers, unique};

/// The version of the grammar that this build reads.
const VERSION: u32 = 1;

/// Reads a table; `variable` looks up what `${NAME}` stands for, and `file_name` is what errors call the file. The
/// error holds every fault of the file in the order of its lines, except that a file which is not TOML has only one.
pub fn parse(file_name: &str, text: &str, variable: impl Fn(&str) -> Option<String>) -> Result<Table, Vec<Diagnostic>> {
    let mut reader = Reader { faults: Faults::new(file_name, text), variable: &variable };
    let root = match DeTable::parse(text) {
        Ok(root) => root.into_inner(),
        Err(error) => {
            reader.faults.add(&error.span().unwrap_or_default(), Fault::new(error.message(), ""));
            return reader.faults.or(Table::default());
        }
    };
    reader.only("a table", &root, &["cors", "issuers", "route", "services", "version"]);
    version(&mut reader, &root);
    let mut services = services(&mut reader, &root);
    let issuers = issuers::read(&mut reader, &mut services, &root);
    let cors = cors::read(&mut reader, &root).map(Arc::new);
    let rows = rows(&mut reader, &mut services, &root);
    for row in &rows {
        fit::check(&mut reader, &services, row);
    }
    unique::check(&mut reader, &rows);
    let routes = rows.into_iter().filter_map(|row| row.route.map(Arc::new)).collect();
    reader.faults.or(Table { services: services.into_known(), issuers, cors, routes })
}

fn version(reader: &mut Reader<'_>, root: &DeTable<'_>) {
    let Some(item) = root.get("version") else {
        let remedy = format!("begin with version = {VERSION}");
        return reader.faults.add(&Range::default(), Fault::new("the table does not say its version", remedy));
    };
    let written = match item.get_ref() {
        DeValue::Integer(integer) if integer.to_string() == VERSION.to_string() => return,
        DeValue::Integer(integer) => integer.to_string(),
        _ => "something that is no number".to_owned(),
    };
    let message = format!("the version of the table is {written}, and this build reads {VERSION}");
    reader.faults.add(&item.span(), Fault::new(message, format!("write version = {VERSION}")));
}

fn services(reader: &mut Reader<'_>, root: &DeTable<'_>) -> Services {
    let Some(item) = root.get("services") else { return Services::default() };
    match reader.table("services", item, "a table, as [services]") {
        Some(table) => Services::read(reader, table),
        None => Services::default(),
    }
}

fn rows<'t>(reader: &mut Reader<'_>, services: &mut Services, root: &'t DeTable<'t>) -> Vec<Row<'t>> {
    let Some(item) = root.get("route") else { return Vec::new() };
    let DeValue::Array(items) = item.get_ref() else {
        let remedy = "write [[route]] with two brackets before each row";
        reader.faults.add(&item.span(), Fault::new("'route' is not a list of rows", remedy));
        return Vec::new();
    };
    let mut rows = Vec::new();
    for item in items {
        if let Some(table) = reader.table("route", item, "a row, as [[route]]") {
            rows.push(Row::read(reader, services, table, item.span()));
        }
    }
    rows
}
