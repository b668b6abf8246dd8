//! Why letters died, without what differs from one to the next: reasons that differ in ids, numbers and quoted values
//! alone have one cause, and are one group.

/// Of a cause, in characters.
const LONGEST: usize = 200;
/// A word with a digit in it that is at least so long is an id.
const ID: usize = 12;
/// Words after which a number is a status.
const SAYS: [&str; 9] = ["says", "said", "answers", "answered", "returns", "returned", "status", "code", "HTTP"];

/// `no such user 'ada' (3 of 7)` becomes `no such user '…' (N of N)`.
pub(super) fn cause(reason: &str) -> String {
    let (mut cause, mut rest) = (String::new(), reason);
    while let Some(first) = rest.chars().next() {
        let is_inside = cause.chars().next_back().is_some_and(char::is_alphanumeric);
        let taken = match first {
            '\'' | '"' | '`' if !is_inside => quoted(rest, first, &mut cause),
            _ if first.is_alphanumeric() => word(rest, &mut cause),
            _ => {
                cause.push(first);
                first.len_utf8()
            }
        };
        rest = &rest[taken..];
    }
    match cause.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &cause[..end]),
        None => cause,
    }
}

/// A value between two of `quote`; an apostrophe within a word is none.
fn quoted(text: &str, quote: char, cause: &mut String) -> usize {
    cause.push(quote);
    let Some(length) = text[1..].find(quote) else { return 1 };
    cause.push('…');
    cause.push(quote);
    length + 2
}

fn word(text: &str, cause: &mut String) -> usize {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '@' | '.' | ':');
    let end = text.find(|c| !is_part(c)).unwrap_or(text.len());
    // What ends a sentence is no part of its last word.
    let word = text[..end].trim_end_matches(['.', ':', '-']);
    let begins_with_digit = word.starts_with(|c: char| c.is_ascii_digit());
    let has_digit = word.contains(|c: char| c.is_ascii_digit());
    cause.push_str(match word {
        _ if is_status(word) && is_said_by(cause) => word,
        _ if word.contains('@') => "…",
        _ if has_digit && word.len() >= ID => "…",
        _ if begins_with_digit => "N",
        _ => word,
    });
    word.len()
}

/// What a service answers with is why it failed: 400 and 500 are two causes.
fn is_status(word: &str) -> bool {
    word.len() == 3 && word.parse().is_ok_and(|status| (100..600).contains(&status))
}

/// Whether what stands before a number says that it is a status.
fn is_said_by(before: &str) -> bool {
    let before = before.trim_end_matches([' ', ':', '=', '(']);
    let last = before.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    before.ends_with("HTTP/N") || SAYS.iter().any(|it| last.eq_ignore_ascii_case(it))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_from_letter_to_letter_is_left_out() {
        for (reason, expected) in [
            ("name: must have 1 to 200 characters", "name: must have N to N characters"),
            ("no such user 'ada': sign up first", "no such user '…': sign up first"),
            ("entry 01981c5e-7b3a-7000-8000-0123456789ab is another one", "entry … is another one"),
            ("it doesn't answer, and that isn't all", "it doesn't answer, and that isn't all"),
            ("no answer in 0.3 s from 127.0.0.1:50001", "no answer in N s from …"),
            ("no answer in 250ms.", "no answer in N."),
            ("ada@example.com is taken", "… is taken"),
            ("expected v1.listener.store-logs", "expected …"),
            ("`a` and \"b\" and 'c", "`…` and \"…\" and 'c"),
            ("ängström 'ü' 7", "ängström '…' N"),
            ("sink says 400", "sink says 400"),
            ("sink answered 503 Service Unavailable", "sink answered 503 Service Unavailable"),
            ("HTTP/1.1 422, status code: 422, status=422", "HTTP/N 422, status code: 422, status=422"),
            ("sink says 40 and 4000, then says 99 and says 600", "sink says N and N, then says N and says N"),
            ("at most 200 characters, found 404", "at most N characters, found N"),
            ("", ""),
        ] {
            assert_eq!(cause(reason), expected, "{reason}");
        }
        assert_eq!(cause(&"é".repeat(500)).chars().count(), LONGEST + 1);
    }
}
