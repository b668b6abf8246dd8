//! The options of a row that are one string each, and what their strings may say.

use std::time::Duration;

use super::diagnostics::Fault;
use super::names::{is_name, slip};
use super::on::duration;
use super::{Auth, Limit, LimitScope, ReplyShape, Retry};
use mesh::words::nearest;

const LONGEST_TIMEOUT: Duration = Duration::from_secs(3600);
/// More is no limit; and counted in microseconds, calls are no closer than one.
const MOST_CALLS: u32 = 1_000_000;

pub(super) fn action(text: &str) -> Result<String, Fault> {
    // `{"action": "action", …}` could not say its argument: the argument stands under the action's name.
    if is_name(text) && text != "action" {
        return Ok(text.to_owned());
    }
    let remedy = "write small letters, digits and -, such as store-logs";
    Err(Fault::new(format!("'{text}' cannot name an action"), remedy))
}

pub(super) fn auth(text: &str) -> Result<Auth, Fault> {
    match text {
        "public" => Ok(Auth::Public),
        "local" => Ok(Auth::Local),
        "user" => Ok(Auth::User),
        // A slip must not become a role that nobody has.
        _ => match slip(text, ["public", "local", "user"]) {
            Some(word) => Err(Fault::new(format!("unknown auth '{text}'"), format!("did you mean '{word}'?"))),
            None if is_name(text) => Ok(Auth::Role(text.to_owned())),
            None => {
                Err(Fault::new(format!("unknown auth '{text}'"), "write public, local, user or the name of a role"))
            }
        },
    }
}

pub(super) fn timeout(text: &str) -> Result<Duration, Fault> {
    let timeout = duration(text)?;
    if (Duration::from_millis(1)..=LONGEST_TIMEOUT).contains(&timeout) {
        return Ok(timeout);
    }
    Err(Fault::new(format!("the timeout '{text}' is out of bounds"), "write a duration from 1ms to 1h"))
}

pub(super) fn retry(text: &str) -> Result<Retry, Fault> {
    one_of("retry", text, [("never", Retry::Never), ("safe", Retry::Safe)])
}

pub(super) fn reply(text: &str) -> Result<ReplyShape, Fault> {
    one_of("reply", text, [("plain", ReplyShape::Plain), ("envelope", ReplyShape::Envelope)])
}

fn one_of<T, const N: usize>(key: &str, text: &str, known: [(&str, T); N]) -> Result<T, Fault> {
    let words = known.each_ref().map(|(word, _)| *word);
    if let Some((_, value)) = known.into_iter().find(|(word, _)| *word == text) {
        return Ok(value);
    }
    let remedy = match nearest(text, words) {
        Some(near) => format!("did you mean '{near}'?"),
        None => format!("write {}", words.join(" or ")),
    };
    Err(Fault::new(format!("unknown {key} '{text}'"), remedy))
}

/// `N/s per caller`
pub(super) fn limit(text: &str) -> Result<Limit, Fault> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let read = || {
        let [rate, "per", scope] = words[..] else { return None };
        let (calls, unit) = rate.split_once('/')?;
        let seconds = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3600,
            _ => return None,
        };
        let scope = match scope {
            "caller" => LimitScope::Caller,
            "route" => LimitScope::Route,
            _ => return None,
        };
        let calls = calls.parse().ok().filter(|calls| (1..=MOST_CALLS).contains(calls))?;
        Some(Limit { calls, per: Duration::from_secs(seconds), scope })
    };
    let remedy =
        "write N/s, N/m or N/h with N from 1 to 1000000, then per caller or per route, such as 200/s per caller";
    read().ok_or_else(|| Fault::new(format!("'{text}' is not a limit"), remedy))
}

/// The name of a topic. No digits: what stands behind it is the value of a path parameter.
pub(super) fn live(text: &str) -> Result<String, Fault> {
    let is_letter = |b: u8| b.is_ascii_lowercase();
    if text.bytes().next().is_some_and(is_letter) && text.bytes().all(|b| is_letter(b) || b == b'-') {
        return Ok(text.to_owned());
    }
    Err(Fault::new(format!("'{text}' cannot name a topic"), "write small letters and -, such as dead-letters"))
}

/// One line for people.
pub(super) fn summary(text: &str) -> Result<String, Fault> {
    if !text.trim().is_empty() && !text.contains(char::is_control) {
        return Ok(text.to_owned());
    }
    Err(Fault::new("'summary' is not one line of text", "say in a sentence what the row is for"))
}

/// The Host header without a port, in small letters.
pub(super) fn host(text: &str) -> Result<String, Fault> {
    let host = text.to_ascii_lowercase();
    let is_label = |label: &str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if host.split('.').all(is_label) {
        return Ok(host);
    }
    Err(Fault::new(format!("'{text}' is not the name of a host"), "write it without port and path, as api.example.com"))
}
