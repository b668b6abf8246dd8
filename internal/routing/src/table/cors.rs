//! `[cors]`: which pages of other origins may call, and what they may send. One table for the whole door, as a browser
//! asks about paths, not about rows.

use std::ops::Range;
use std::time::Duration;

use http::{HeaderName, Method};
use toml::de::{DeTable, DeValue};
use url::Url;

use super::diagnostics::Fault;
use super::on::{duration, method};
use super::reader::{Item, Reader};
use super::{Cors, Origins};

/// How long browsers keep what they were told where the table does not say, and the longest that any of them keeps it.
const MAX_AGE: Duration = Duration::from_secs(600);
const LONGEST: Duration = Duration::from_secs(24 * 3600);
/// What callers may want to send to the broker itself.
const HEADERS: [&str; 8] = [
    "accept",
    "authorization",
    "content-type",
    "idempotency-key",
    "prefer",
    "traceparent",
    "x-request-id",
    "x-timeout-ms",
];

pub(super) fn read(reader: &mut Reader<'_>, root: &DeTable<'_>) -> Option<Cors> {
    let item = root.get("cors")?;
    let table = reader.table("cors", item, "a table, as [cors]")?;
    reader.only("[cors]", table, &["credentials", "headers", "max_age", "methods", "origins"]);
    let credentials = table.get("credentials").map_or(Some(false), |item| reader.boolean("credentials", item));
    let origins = origins(reader, item, table);
    let methods = table.get("methods").map_or(Some(None), |item| methods(reader, item).map(Some));
    let headers = table.get("headers").map_or_else(known_headers, |item| headers(reader, item));
    let max_age = table.get("max_age").map_or(Some(MAX_AGE), |item| max_age(reader, item));
    let (credentials, (origins, span)) = (credentials?, origins?);
    if credentials && origins == Origins::Any {
        let message = "every origin would be let in with the credentials of its visitors";
        reader.faults.add(&span, Fault::new(message, "list the origins, or leave credentials out"));
        return None;
    }
    Some(Cors { origins, methods: methods?, headers: headers?, credentials, max_age: max_age? })
}

fn known_headers() -> Option<Vec<HeaderName>> {
    Some(HEADERS.map(HeaderName::from_static).to_vec())
}

fn origins(reader: &mut Reader<'_>, whole: &Item<'_>, table: &DeTable<'_>) -> Option<(Origins, Range<usize>)> {
    let missing = || Fault::new("'cors' has no 'origins'", "add origins = [\"https://app.example.com\"]");
    let item = reader.note(&whole.span(), table.get("origins").ok_or_else(missing))?;
    let texts = list(reader, "origins", item)?;
    if let [(text, span)] = &texts[..]
        && text == "*"
    {
        return Some((Origins::Any, span.clone()));
    }
    let read: Vec<_> = texts.into_iter().map(|(text, span)| reader.note(&span, origin(text))).collect();
    Some((Origins::These(read.into_iter().collect::<Option<_>>()?), item.span()))
}

/// Browsers send an origin in exactly this form, so any other would never be met.
fn origin(text: String) -> Result<String, Fault> {
    if text == "*" {
        return Err(Fault::new("'*' stands beside other origins", "write it alone, or leave it out"));
    }
    let remedy = "write https://HOST or http://HOST:PORT";
    let read = Url::parse(&text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    match read.map(|url| url.origin().ascii_serialization()) {
        Some(exact) if exact == text => Ok(text),
        Some(exact) => Err(Fault::new(format!("'{text}' is not how a browser sends it"), format!("write {exact}"))),
        None => Err(Fault::new(format!("'{text}' is not an origin"), remedy)),
    }
}

fn methods(reader: &mut Reader<'_>, item: &Item<'_>) -> Option<Vec<Method>> {
    let texts = list(reader, "methods", item)?;
    let read: Vec<_> = texts.into_iter().map(|(text, span)| reader.note(&span, method(&text))).collect();
    read.into_iter().collect()
}

fn headers(reader: &mut Reader<'_>, item: &Item<'_>) -> Option<Vec<HeaderName>> {
    let texts = list(reader, "headers", item)?;
    let name = |text: &str| {
        text.parse()
            .map_err(|_| Fault::new(format!("'{text}' is not the name of a header"), "write such as x-api-version"))
    };
    let read: Vec<_> = texts.into_iter().map(|(text, span)| reader.note(&span, name(&text))).collect();
    read.into_iter().collect()
}

fn max_age(reader: &mut Reader<'_>, item: &Item<'_>) -> Option<Duration> {
    let text = reader.text("max_age", item)?;
    let age = reader.note(&item.span(), duration(&text))?;
    let fault = || Fault::new(format!("'max_age' is {text}"), "write at most 24h, as browsers keep it no longer");
    reader.note(&item.span(), (age <= LONGEST).then_some(age).ok_or_else(fault))
}

/// A list that is not empty.
fn list(reader: &mut Reader<'_>, key: &str, item: &Item<'_>) -> Option<Vec<(String, Range<usize>)>> {
    if matches!(item.get_ref(), DeValue::Array(items) if items.is_empty()) {
        let remedy = format!("name at least one, or remove '{key}'");
        return reader.note(&item.span(), Err(Fault::new(format!("'{key}' is empty"), remedy)));
    }
    reader.texts(key, item)
}
