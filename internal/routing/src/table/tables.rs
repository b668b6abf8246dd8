//! The options of a row that are tables or lists: `args`, `batch`, `secret` and `size`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;
use toml::de::{DeTable, DeValue};

use super::diagnostics::Fault;
use super::names::is_field;
use super::reader::{Item, Reader};
use super::{Arg, Batch, Size};

/// `{ text = "$q", page = 1 }`
pub(super) fn args(reader: &mut Reader<'_>, item: &Item<'_>) -> BTreeMap<String, Arg> {
    let table = reader.table("args", item, "a table, such as { text = \"$q\", page = 1 }");
    let read = |(key, item): (&_, &Item<'_>)| Some((name(reader, key)?, arg(reader, key.get_ref(), item)?));
    let args: BTreeMap<String, Arg> = table.into_iter().flatten().filter_map(read).collect();
    if let Some(from) = taken_twice(&args) {
        let remedy = "give each field of args a source of its own that args does not make";
        reader.faults.add(&item.span(), Fault::new(format!("args takes '{from}' twice, or makes it too"), remedy));
    }
    args
}

fn name(reader: &mut Reader<'_>, key: &toml::Spanned<toml::de::DeString<'_>>) -> Option<String> {
    reader.note(&key.span(), field(key.get_ref()))
}

/// A string beginning with `$` renames, unless that is doubled; a variable is a value like any other.
fn arg(reader: &mut Reader<'_>, key: &str, item: &Item<'_>) -> Option<Arg> {
    let written = item.get_ref().as_str().unwrap_or_default();
    let value = reader.json(key, item)?;
    let Json::String(text) = &value else { return Some(Arg::Constant(value)) };
    match text.strip_prefix('$') {
        Some(_) if written.starts_with("${") => Some(Arg::Constant(value)),
        Some(constant) if constant.starts_with('$') => Some(Arg::Constant(constant.into())),
        Some(from) => reader.note(&item.span(), field(from).map(Arg::Rename)),
        None => Some(Arg::Constant(value)),
    }
}

/// Such changes would depend on their order, which a table does not have.
fn taken_twice(args: &BTreeMap<String, Arg>) -> Option<&str> {
    let mut taken = BTreeSet::new();
    let mut sources = args.values().filter_map(|arg| match arg {
        Arg::Rename(from) => Some(from.as_str()),
        Arg::Constant(_) => None,
    });
    sources.find(|from| args.contains_key(*from) || !taken.insert(*from))
}

fn field(text: &str) -> Result<String, Fault> {
    let fault = || Fault::new(format!("'{text}' is not a field"), "name it with letters, digits and _");
    is_field(text).then(|| text.to_owned()).ok_or_else(fault)
}

/// `{ max = 500, into = "entries", id = "id" }`
pub(super) fn batch(reader: &mut Reader<'_>, item: &Item<'_>) -> Option<Batch> {
    let table = reader.table("batch", item, "a table, such as { max = 100, into = \"entries\" }")?;
    reader.only("batch", table, &["id", "into", "max", "results", "time"]);
    let max = table.get("max").map_or(Some(100), |item| reader.number("max", item, 1..=1000));
    let missing = || Fault::new("'batch' has no 'into'", "name the field of the request that takes the list");
    let into = reader.note(&item.span(), table.get("into").ok_or_else(missing));
    let into = into.and_then(|item| named(reader, "into", item));
    let [id, time, results] = ["id", "time", "results"].map(|key| optional(reader, table, key));
    Some(Batch { max: usize::try_from(max?).ok()?, into: into?, id, time, results })
}

fn optional(reader: &mut Reader<'_>, table: &DeTable<'_>, key: &str) -> Option<String> {
    named(reader, key, table.get(key)?)
}

fn named(reader: &mut Reader<'_>, key: &str, item: &Item<'_>) -> Option<String> {
    let text = reader.text(key, item)?;
    reader.note(&item.span(), field(&text))
}

/// `["password", "card.number"]`
pub(super) fn secret(reader: &mut Reader<'_>, item: &Item<'_>) -> Vec<String> {
    if let DeValue::Array(items) = item.get_ref() {
        let fields = items.iter().filter_map(|item| Some((reader.text("secret", item)?, item.span())));
        let fields: Vec<_> = fields.collect();
        return fields.into_iter().filter_map(|(text, span)| reader.note(&span, path(text))).collect();
    }
    let fault = Fault::new("'secret' is not a list", "write the fields in brackets, such as [\"password\"]");
    reader.faults.add(&item.span(), fault);
    Vec::new()
}

fn path(text: String) -> Result<String, Fault> {
    if text.split('.').all(is_field) {
        return Ok(text);
    }
    Err(Fault::new(format!("'{text}' is not a field"), "name it with letters, digits and _, joined by dots"))
}

/// `{ name = "1..200", data = "..256KiB" }`
pub(super) fn size(reader: &mut Reader<'_>, item: &Item<'_>) -> BTreeMap<String, Size> {
    let table = reader.table("size", item, "a table, such as { name = \"1..200\", data = \"..256KiB\" }");
    let read = |(key, item): (&_, &Item<'_>)| {
        let field = name(reader, key)?;
        let text = reader.text("size", item)?;
        Some((field, reader.note(&item.span(), bounds(&text))?))
    };
    table.into_iter().flatten().filter_map(read).collect()
}

fn bounds(text: &str) -> Result<Size, Fault> {
    let read = || {
        let (least, most) = text.split_once("..")?;
        let least = if least.is_empty() { 0 } else { bytes(least)? };
        Some(Size { least, most: bytes(most)? }).filter(|size| size.least <= size.most)
    };
    let remedy = "write LEAST..MOST in bytes, such as 1..200 or ..256KiB";
    read().ok_or_else(|| Fault::new(format!("'{text}' is not a size"), remedy))
}

fn bytes(text: &str) -> Option<usize> {
    let (number, unit) = match text {
        _ if text.ends_with("KiB") => (text.trim_end_matches("KiB"), 1 << 10),
        _ if text.ends_with("MiB") => (text.trim_end_matches("MiB"), 1 << 20),
        _ => (text, 1),
    };
    number.parse::<usize>().ok()?.checked_mul(unit)
}
