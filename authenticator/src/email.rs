//! E-mail addresses of accounts: what may be registered, and when two of them are the same one. Nothing is ever sent
//! to them, so the rules only keep out what cannot be an address and what people mistype.

use serde::Deserialize;

/// RFC 5321, as RFC 3696's erratum 1690 counts it, in bytes.
pub(crate) const LONGEST: usize = 254;
/// RFC 5321, 4.5.3.1.1, in bytes.
const LONGEST_LOCAL: usize = 64;
/// RFC 1035, 2.3.4.
const LONGEST_LABEL: usize = 63;
/// What RFC 5322 lets stand before the @ beside letters and digits, without quotes.
const MARKS: &str = "!#$%&'*+-/=?^_`{|}~";

/// An address that an account may have, as its owner writes it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Email(String);

impl Email {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the @.
    pub(crate) fn local(&self) -> &str {
        self.0.split_once('@').map_or(&self.0, |(local, _)| local)
    }
}

/// What makes two addresses the same: every letter without its case, as Unicode's simple case folding has it, which
/// does not depend on where in a word the letter stands.
pub(crate) fn key(email: &str) -> String {
    email.trim().chars().flat_map(fold).collect()
}

fn fold(letter: char) -> impl Iterator<Item = char> {
    let mut upper = letter.to_uppercase();
    // A letter such as ß becomes two and stays what it is; ς and σ meet in Σ.
    let upper = if upper.len() == 1 { upper.next().unwrap_or(letter) } else { letter };
    upper.to_lowercase()
}

impl TryFrom<String> for Email {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let email = text.trim();
        if email.is_empty() {
            return Err("must not be empty".to_owned());
        }
        if email.len() > LONGEST {
            return Err(format!("must have at most {LONGEST} bytes"));
        }
        if email.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err("must not contain spaces or control characters".to_owned());
        }
        let (local, domain) = email.split_once('@').ok_or("must contain an @, as in ada@example.com")?;
        check_local(local)?;
        check_domain(domain)?;
        Ok(Self(email.to_owned()))
    }
}

fn check_local(local: &str) -> Result<(), String> {
    if local.is_empty() || local.len() > LONGEST_LOCAL {
        return Err(format!("must have 1 to {LONGEST_LOCAL} bytes before the @"));
    }
    if local.split('.').any(str::is_empty) {
        return Err("must not have a dot at the beginning or end of what stands before the @, nor two in a row".into());
    }
    match local.chars().find(|c| !c.is_alphanumeric() && *c != '.' && !MARKS.contains(*c)) {
        Some(_) => Err("must have nothing but letters, digits, dots and !#$%&'*+-/=?^_`{|}~ before the @".to_owned()),
        None => Ok(()),
    }
}

fn check_domain(domain: &str) -> Result<(), String> {
    if domain.contains('@') {
        return Err("must contain only one @".to_owned());
    }
    let labels: Vec<&str> = domain.split('.').collect();
    if labels.len() < 2 || !labels.iter().all(|label| is_label(label)) {
        return Err("must have a domain such as example.com after the @".to_owned());
    }
    let top = labels.last().copied().unwrap_or_default();
    if top.chars().all(|c| c.is_ascii_digit()) {
        return Err("must have a name after the @, not an address made of numbers".to_owned());
    }
    Ok(())
}

fn is_label(label: &str) -> bool {
    let is_taken = |c: char| c.is_alphanumeric() || c == '-';
    (1..=LONGEST_LABEL).contains(&label.len())
        && label.chars().all(is_taken)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parsed(text: &str) -> Result<Email, String> {
        Email::try_from(text.to_owned())
    }

    #[test]
    fn usual_addresses_are_taken_and_mistakes_are_named() {
        for good in ["ada@example.com", " ada@example.com\n", "a.b+c@x-y.co.uk", "o'neill@example.com", "ädä@bücher.de"]
        {
            assert_eq!(parsed(good).unwrap().as_str(), good.trim(), "{good}");
        }
        for (bad, word) in [
            ("", "empty"),
            ("ada", "an @"),
            ("@example.com", "1 to 64"),
            ("ada@", "domain"),
            ("ada@example", "domain"),
            ("ada@-example.com", "domain"),
            ("ada@example..com", "domain"),
            ("ada@exa_mple.com", "domain"),
            ("ada@b@example.com", "one @"),
            (".ada@example.com", "dot"),
            ("a..da@example.com", "dot"),
            ("a da@example.com", "spaces"),
            ("a\0da@example.com", "control"),
            ("\"ada\"@example.com", "nothing but"),
            ("ada,bob@example.com", "nothing but"),
            ("ada@127.0.0.1", "numbers"),
            (&format!("{}@example.com", "a".repeat(65)), "1 to 64"),
            (&format!("ada@{}.com", "a".repeat(64)), "domain"),
            (&format!("ada@{}com", "abc.".repeat(64)), "254"),
        ] {
            let mistake = parsed(bad).unwrap_err();
            assert!(mistake.contains(word), "{bad}: {mistake}");
        }
    }

    #[test]
    fn no_letter_has_two_keys() {
        for letter in ('\0'..=char::MAX).filter(|c| !c.is_whitespace()) {
            let once = key(&letter.to_string());
            assert_eq!(key(&once), once, "{letter:?}");
            for other in [letter.to_uppercase().to_string(), letter.to_lowercase().to_string()] {
                assert!(other.chars().count() > 1 || key(&other) == once, "{letter:?}");
            }
        }
        assert_eq!(key("ΟΔΟΣ@example.com"), key("οδος@example.com"));
    }

    proptest! {
        #[test]
        fn whatever_is_taken_is_trimmed_short_and_whole(text in "\\PC{0,40}|[a-z.@ -]{0,20}") {
            if let Ok(email) = parsed(&text) {
                prop_assert_eq!(email.as_str(), text.trim());
                prop_assert_eq!(email.as_str().matches('@').count(), 1);
                prop_assert!(email.as_str().len() <= LONGEST && !email.as_str().contains(char::is_whitespace));
                prop_assert_eq!(parsed(email.as_str()).unwrap(), email);
            }
        }

        #[test]
        fn well_formed_addresses_are_taken_whatever_the_case_and_the_space_around(
            local in "[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,20}(\\.[a-z0-9]{1,10}){0,3}",
            domain in "[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?\\.[a-z]{2,10}",
            space in "[ \t\r\n]{0,3}",
        ) {
            let email = format!("{local}@{domain}");
            let taken = parsed(&format!("{space}{}{space}", email.to_uppercase()));
            prop_assert_eq!(key(taken.unwrap().as_str()), key(&email));
        }

        #[test]
        fn different_plain_addresses_have_different_keys(a in "[a-z0-9.]{1,12}", b in "[a-z0-9.]{1,12}") {
            prop_assert_eq!(key(&a.to_uppercase()) == key(&b), a == b);
        }
    }
}
