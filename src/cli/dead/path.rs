//! Ids and cursors as people type them, in paths: whatever they are, they stay one word of theirs.

use anyhow::ensure;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What ids are made of stays as it is.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-');

pub(super) fn escaped(id: &str) -> anyhow::Result<String> {
    ensure!(!id.is_empty(), "the id is empty: say one, as `list` or `operations` shows it");
    Ok(utf8_percent_encode(id, ESCAPED).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_one_word_of_a_path() {
        assert_eq!(escaped("01981c5e-7b3a").unwrap(), "01981c5e-7b3a");
        assert_eq!(escaped("../x?y").unwrap(), "%2E%2E%2Fx%3Fy");
        assert!(escaped("").unwrap_err().to_string().contains("empty"));
    }
}
