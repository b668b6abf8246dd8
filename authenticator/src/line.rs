//! What people call themselves, their keys and their streets: one line of text, without space around it.

use serde::Deserialize;

/// From `SHORTEST` to `LONGEST` characters.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Line<const SHORTEST: usize, const LONGEST: usize>(String);

/// A first or last name, which not everybody has.
pub(crate) type Name = Line<0, 100>;

impl<const SHORTEST: usize, const LONGEST: usize> Line<SHORTEST, LONGEST> {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn into_string(self) -> String {
        self.0
    }
}

impl<const SHORTEST: usize, const LONGEST: usize> TryFrom<String> for Line<SHORTEST, LONGEST> {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let line = text.trim();
        if !(SHORTEST..=LONGEST).contains(&line.chars().count()) {
            return Err(format!("must have {SHORTEST} to {LONGEST} characters"));
        }
        if line.chars().any(char::is_control) {
            return Err("must not contain line breaks or other control characters".to_owned());
        }
        Ok(Self(line.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_trimmed_bounded_and_one_line() {
        let line = |text: &str| Line::<1, 3>::try_from(text.to_owned());
        assert_eq!(line(" äöü\n").unwrap().as_str(), "äöü");
        assert!(line("  ").is_err() && line("abcd").is_err() && line("a\nb").is_err() && line("a\0").is_err());
        assert_eq!(Name::try_from(String::new()).unwrap().into_string(), "");
    }
}
