//! How long a caller waits, in its own words.

use std::time::Duration;

use http::HeaderMap;
use mesh::Error;

use crate::line::http::TIMEOUT_HEADER;

/// What the caller says; nothing where it says nothing, and 400 where that is no time.
pub fn patience(headers: &HeaderMap) -> Result<Option<Duration>, Error> {
    let Some(said) = headers.get(TIMEOUT_HEADER) else { return Ok(None) };
    let said = said.to_str().ok().and_then(|text| text.parse().ok()).filter(|ms| *ms > 0);
    let said = said.ok_or_else(|| Error::field(TIMEOUT_HEADER, "must be a whole number of milliseconds above 0"))?;
    Ok(Some(Duration::from_millis(said)))
}
