//! Typed access to the values of the file: each reading gives the value, or notes what was expected where it stands.

use std::ops::{Range, RangeInclusive};

use serde_json::Value as Json;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::diagnostics::{Fault, Faults};
use super::variables::substitute;
use mesh::words::nearest;

pub(super) type Item<'t> = Spanned<DeValue<'t>>;

pub(super) struct Reader<'a> {
    pub(super) faults: Faults<'a>,
    pub(super) variable: &'a dyn Fn(&str) -> Option<String>,
}

impl Reader<'_> {
    /// The value, or nothing after its fault was noted.
    pub(super) fn note<T>(&mut self, span: &Range<usize>, read: Result<T, impl Into<Fault>>) -> Option<T> {
        read.map_err(|fault| self.faults.add(span, fault)).ok()
    }

    fn expected<T>(&mut self, key: &str, item: &Item<'_>, what: &str) -> Option<T> {
        let found = kind(item.get_ref());
        let (message, remedy) = (format!("'{key}' is {found}"), format!("it must be {what}"));
        self.note(&item.span(), Err(Fault::new(message, remedy)))
    }

    /// A string, with its variables replaced.
    pub(super) fn text(&mut self, key: &str, item: &Item<'_>) -> Option<String> {
        match item.get_ref() {
            DeValue::String(text) => self.note(&item.span(), substitute(text, self.variable)),
            _ => self.expected(key, item, "a string"),
        }
    }

    /// A string or a list of strings, each with its place; nothing when one of them is faulty.
    pub(super) fn texts(&mut self, key: &str, item: &Item<'_>) -> Option<Vec<(String, Range<usize>)>> {
        let items = match item.get_ref() {
            DeValue::Array(items) => items.iter().collect(),
            DeValue::String(_) => vec![item],
            _ => return self.expected(key, item, "a string or a list of strings"),
        };
        let texts: Vec<_> = items.iter().map(|item| Some((self.text(key, item)?, item.span()))).collect();
        texts.into_iter().collect()
    }

    pub(super) fn boolean(&mut self, key: &str, item: &Item<'_>) -> Option<bool> {
        item.get_ref().as_bool().or_else(|| self.expected(key, item, "true or false"))
    }

    /// A whole number between the two ends.
    pub(super) fn number(&mut self, key: &str, item: &Item<'_>, range: RangeInclusive<u32>) -> Option<u32> {
        let what = format!("a whole number from {} to {}", range.start(), range.end());
        let DeValue::Integer(integer) = item.get_ref() else { return self.expected(key, item, &what) };
        let number = u32::from_str_radix(integer.as_str(), integer.radix()).ok().filter(|it| range.contains(it));
        let fault = || Fault::new(format!("'{key}' is {integer}"), format!("it must be {what}"));
        self.note(&item.span(), number.ok_or_else(fault))
    }

    pub(super) fn table<'t, 'i>(&mut self, key: &str, item: &'t Item<'i>, what: &str) -> Option<&'t DeTable<'i>> {
        item.get_ref().as_table().or_else(|| self.expected(key, item, what))
    }

    /// Notes each key that is not one of `known`; `whole` is what the table is called.
    pub(super) fn only(&mut self, whole: &str, table: &DeTable<'_>, known: &[&str]) {
        for key in table.keys().filter(|key| !known.contains(&key.get_ref().as_ref())) {
            let takes = format!("{whole} takes {}", known.join(", "));
            let remedy = match nearest(key.get_ref(), known.iter().copied()) {
                Some(near) => format!("did you mean '{near}'? {takes}"),
                None => takes,
            };
            self.faults.add(&key.span(), Fault::new(format!("unknown key '{key}'"), remedy));
        }
    }

    /// Any value as JSON; a date becomes a string.
    pub(super) fn json(&mut self, key: &str, item: &Item<'_>) -> Option<Json> {
        Some(match item.get_ref() {
            DeValue::String(_) => Json::String(self.text(key, item)?),
            DeValue::Integer(integer) => match i64::from_str_radix(integer.as_str(), integer.radix()) {
                Ok(number) => number.into(),
                Err(_) => return self.expected(key, item, "a number of at most 64 bits"),
            },
            DeValue::Float(float) => match float.as_str().parse().ok().and_then(serde_json::Number::from_f64) {
                Some(number) => Json::Number(number),
                None => return self.expected(key, item, "a number that JSON can hold"),
            },
            DeValue::Boolean(bool) => Json::Bool(*bool),
            DeValue::Datetime(date) => Json::String(date.to_string()),
            DeValue::Array(items) => items.iter().map(|item| self.json(key, item)).collect::<Option<Vec<_>>>()?.into(),
            DeValue::Table(table) => {
                let fields = table.iter().map(|(key, item)| Some((key.to_string(), self.json(key.get_ref(), item)?)));
                Json::Object(fields.collect::<Option<_>>()?)
            }
        })
    }
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
