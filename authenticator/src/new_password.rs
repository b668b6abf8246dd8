//! Passwords that somebody may choose: long enough, not longer than bcrypt reads, and none of those that are tried
//! first. `common_passwords.txt` is our own list of well-known ones and their patterns, in lower case, one a line.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::email::{self, Email};

const COMMON: &str = include_str!("common_passwords.txt");
const SHORTEST: usize = 8;
/// bcrypt reads no further.
pub(crate) const LONGEST: usize = 72;

/// A password that keeps the rules. What an old one is compared with need not: rules change, passwords stay.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct NewPassword(SecretString);

impl NewPassword {
    /// Whoever knows the e-mail would know the password: refused.
    pub(crate) fn check_beside(&self, email: &Email) -> Result<(), String> {
        let chosen = email::key(self.0.expose_secret());
        if chosen == email::key(email.as_str()) || chosen == email::key(email.local()) {
            return Err("must not be the e-mail: choose another one".to_owned());
        }
        Ok(())
    }

    pub(crate) fn secret(&self) -> &SecretString {
        &self.0
    }
}

impl TryFrom<String> for NewPassword {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let password = Self(SecretString::from(text));
        check(password.0.expose_secret())?;
        Ok(password)
    }
}

fn check(text: &str) -> Result<(), String> {
    if !(SHORTEST..=LONGEST).contains(&text.len()) {
        return Err(format!("must have {SHORTEST} to {LONGEST} bytes"));
    }
    if text.contains('\0') {
        return Err("must not contain a NUL character".to_owned());
    }
    let plain = SecretString::from(text.trim().to_lowercase());
    if plain.expose_secret().is_empty() || COMMON.lines().any(|common| common == plain.expose_secret()) {
        return Err("is one of the most common passwords: choose another one".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    fn chosen(text: &str) -> Result<NewPassword, String> {
        NewPassword::try_from(text.to_owned())
    }

    #[test]
    fn the_list_is_long_and_every_line_of_it_is_refused_however_it_is_capitalised() {
        let lines: HashSet<&str> = COMMON.lines().collect();
        assert!(lines.len() >= 1_000 && lines.len() == COMMON.lines().count());
        for line in lines {
            assert_eq!(line, line.trim().to_lowercase());
            for text in [line.to_owned(), line.to_uppercase(), format!(" {line}")] {
                // ß and the like have no capital of one letter.
                let is_same = text.trim().to_lowercase() == line;
                assert!(
                    !is_same || text.len() > LONGEST || chosen(&text).unwrap_err().contains("most common"),
                    "{text}"
                );
            }
        }
        for known in ["password123", "Qwertyuiop", "12345678", "iloveyou", "00000000", "        "] {
            assert!(chosen(known).is_err(), "{known}");
        }
    }

    #[test]
    fn bounds_are_in_bytes_and_both_belong_to_it() {
        for (text, is_taken) in [("zebra-7", false), ("zebra-77", true), ("zebra\0-77", false)] {
            assert_eq!(chosen(text).is_ok(), is_taken, "{text}");
        }
        assert!(chosen(&"ä".repeat(36)).is_ok() && chosen(&"ä".repeat(37)).is_err());
    }

    #[test]
    fn the_email_is_no_password() {
        let email = Email::try_from("Ada.Lovelace@example.com".to_owned()).unwrap();
        for text in ["ada.lovelace@example.com", "ADA.LOVELACE@EXAMPLE.COM", "ada.Lovelace"] {
            assert!(chosen(text).unwrap().check_beside(&email).is_err(), "{text}");
        }
        assert!(chosen("ada.lovelace!").unwrap().check_beside(&email).is_ok());
    }

    #[test]
    fn nothing_shows_it() {
        let password = chosen("zebra-hunter-2").unwrap();
        assert!(!format!("{password:?}").contains("zebra"));
    }

    proptest! {
        #[test]
        fn what_is_taken_fits_bcrypt_and_is_not_repeated_in_a_refusal(text in "(?s).{0,80}") {
            match chosen(&text) {
                Ok(password) => {
                    prop_assert_eq!(password.secret().expose_secret(), text.as_str());
                    prop_assert!((SHORTEST..=LONGEST).contains(&text.len()) && !text.contains('\0'));
                }
                Err(mistake) => prop_assert!(text.chars().count() < 4 || !mistake.contains(&text)),
            }
        }

        #[test]
        fn a_long_random_one_is_taken(text in "[a-z]{4}-[a-z]{4}-[A-Z0-9]{4,40}") {
            prop_assert!(chosen(&text).is_ok());
        }
    }
}
