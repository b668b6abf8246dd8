//! Lists come page by page, the latest first: how long a page is, and after which row it begins.

use mesh::Error;

use crate::letters::id;

pub(crate) fn limit(value: &str, most: i64) -> Result<i64, Error> {
    let limit = value.parse().ok().filter(|limit| (1..=most).contains(limit));
    limit.ok_or_else(|| Error::field("limit", format!("expected a whole number from 1 to {most}")))
}

/// The last id of the page before; empty for the first page.
pub(crate) fn cursor(value: &str) -> Result<String, Error> {
    let none = || Error::field("cursor", "is none: send next_cursor of the page before as it is");
    if value.is_empty() { Ok(String::new()) } else { id(value).ok_or_else(none) }
}
