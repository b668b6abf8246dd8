//! The message: a CloudEvent with a JSON body. Its id stays the same over every retry and redelivery, which is what
//! makes an effect happen once.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use mesh::{Identity, TraceContext};
use uuid::Uuid;

/// What happened, as one service tells others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// UUIDv7, or an effect id (`effect_id`).
    pub id: String,
    /// The CloudEvents type and, on the way out, the routing key: words joined by dots, such as `log.INFO`. Consumers
    /// go by this and never by the key of the delivery, which a wait on a rung changes.
    pub kind: String,
    /// Who tells, such as `/broker`.
    pub source: String,
    /// Whom it is about, such as a user's id.
    pub subject: Option<String>,
    /// When it was accepted.
    pub time: DateTime<Utc>,
    pub trace: TraceContext,
    /// Who caused it, as authorised when it was accepted; none where nobody was signed in.
    pub identity: Option<Identity>,
    /// proto3 JSON.
    pub body: Bytes,
}

impl Event {
    /// A new event with a fresh id, now, in the current trace.
    pub fn new(kind: impl Into<String>, source: impl Into<String>, body: impl Into<Bytes>) -> Self {
        Self {
            id: Uuid::now_v7().to_string(),
            kind: kind.into(),
            source: source.into(),
            subject: None,
            time: Utc::now(),
            trace: TraceContext::current_or_new().child(),
            identity: None,
            body: body.into(),
        }
    }

    /// Whether it can travel on every engine, or what stands in the way.
    pub(crate) fn check(&self) -> Result<(), String> {
        if !is_key(&self.kind) {
            return Err(
                "the key of an event is words of letters, digits, - and _ joined by dots, 255 bytes at most".into()
            );
        }
        if !(1..=255).contains(&self.id.len()) {
            return Err("the id of an event has 1 to 255 bytes".into());
        }
        let subject = self.subject.as_ref().map_or(0, String::len);
        if self.source.is_empty() || self.source.len().max(subject) > MAX_ATTRIBUTE {
            return Err(format!("the source of an event has 1 to {MAX_ATTRIBUTE} bytes, its subject no more either"));
        }
        if self.identity.as_ref().is_some_and(|it| identity_text(it).len() > MAX_ATTRIBUTE) {
            return Err(format!("the identity behind an event has at most {MAX_ATTRIBUTE} bytes"));
        }
        Ok(())
    }
}

/// An identity as it travels in headers and rows.
pub(crate) fn identity_text(identity: &Identity) -> String {
    // Text and lists of text, which cannot fail.
    serde_json::to_string(identity).unwrap_or_default()
}

/// The same back. What cannot be read is not taken for nobody: that may open doors.
pub(crate) fn identity(text: &str) -> Result<Identity, String> {
    serde_json::from_str(text).map_err(|_| "unreadable: its identity is not one".to_owned())
}

/// All attributes together have to fit into one frame of AMQP, 128 KiB.
pub(crate) const MAX_ATTRIBUTE: usize = 8 << 10;

/// Whether `key` is one that can be published: 1 to 255 bytes, words of letters, digits, `-` and `_` joined by dots.
pub fn is_key(key: &str) -> bool {
    let word =
        |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    key.len() <= 255 && key.split('.').all(word)
}

/// Whether `pattern` is a key in which whole words may be `*` (exactly one word) or `#` (any number of words).
pub fn is_pattern(pattern: &str) -> bool {
    pattern.len() <= 255 && pattern.split('.').all(|word| matches!(word, "*" | "#") || is_key(word))
}

/// Whether a topic `pattern` takes `key`, as AMQP's topic exchange decides it.
pub fn matches(pattern: &str, key: &str) -> bool {
    let words: Vec<&str> = key.split('.').collect();
    // Which beginnings of the key the pattern's words so far can take: one pass, however many `#` there are.
    let mut taken = vec![false; words.len() + 1];
    taken[0] = true;
    for wanted in pattern.split('.') {
        taken = match wanted {
            "#" => taken.iter().scan(false, |any, here| Some(std::mem::replace(any, *any || *here) || *here)).collect(),
            _ => after_one(wanted, &taken, &words),
        };
    }
    taken[words.len()]
}

fn after_one(wanted: &str, taken: &[bool], words: &[&str]) -> Vec<bool> {
    let next = words.iter().zip(taken).map(|(word, before)| *before && (wanted == "*" || wanted == *word));
    std::iter::once(false).chain(next).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_take_what_a_topic_exchange_takes() {
        let cases = [
            ("log.#", "log.INFO", true),
            ("log.#", "log", true),
            ("log.#", "log.a.b", true),
            ("log.*", "log", false),
            ("log.*", "log.a.b", false),
            ("#", "anything.at.all", true),
            ("*.INFO", "log.INFO", true),
            ("#.INFO", "INFO", true),
            ("log.INFO", "log.ERROR", false),
            ("a.#.z", "a.z", true),
            ("a.#.z", "a.b.c.z", true),
            ("a.#.z", "a.b.c", false),
            ("#.#.#.#.#.#.#.#.#.#.#.#.z", "a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a", false),
        ];
        for (pattern, key, taken) in cases {
            assert_eq!(matches(pattern, key), taken, "{pattern} {key}");
        }
    }

    #[test]
    fn a_key_has_no_wildcards_and_no_empty_words() {
        for bad in ["", "log.", ".log", "log..INFO", "log.*", "log.#", "log.a b", "log.ä"] {
            assert!(!is_key(bad), "{bad}");
        }
        assert!(is_key("log.INFO-1_x"));
        assert!(is_pattern("log.#") && is_pattern("*.x") && !is_pattern("lo*") && !is_pattern(""));
    }
}
