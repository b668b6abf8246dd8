//! `Prefer` (RFC 7240): whether a caller would rather be answered at once than wait, and for how long it would wait.
//! What cannot be understood is ignored, as the RFC asks for.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};

const PREFER: HeaderName = HeaderName::from_static("prefer");
const APPLIED: HeaderName = HeaderName::from_static("preference-applied");
/// Nobody waits longer than this, in seconds; a clock cannot count as far as a caller may write.
const LONGEST: u64 = 24 * 3600;

/// What a caller prefers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Preference {
    pub is_async: bool,
    /// In whole seconds, at most a day.
    pub wait: Option<u64>,
}

impl Preference {
    pub fn of(headers: &HeaderMap) -> Self {
        let mut preference = Self::default();
        let values = headers.get_all(PREFER).iter().filter_map(|value| value.to_str().ok());
        for one in values.flat_map(|value| value.split(',')) {
            // Parameters after a semicolon are none of ours.
            let word = one.split(';').next().unwrap_or_default();
            let (name, value) = word.split_once('=').unwrap_or((word, ""));
            match name.trim().to_ascii_lowercase().as_str() {
                "respond-async" => preference.is_async = true,
                // Of several the first counts.
                "wait" if preference.wait.is_none() => preference.wait = seconds(value),
                _ => {}
            }
        }
        preference
    }

    /// Whether it asks for anything that concerns us.
    pub fn is_any(self) -> bool {
        self.is_async || self.wait.is_some()
    }

    pub fn wait(self) -> Option<Duration> {
        self.wait.map(Duration::from_secs)
    }

    /// Tells the caller what was done as it preferred.
    pub fn applied(self, notes: &mut HeaderMap) {
        let wait = self.wait.map(|seconds| format!("wait={seconds}"));
        let words: Vec<_> = self.is_async.then(|| "respond-async".to_owned()).into_iter().chain(wait).collect();
        if let Ok(value) = HeaderValue::try_from(words.join(", "))
            && !words.is_empty()
        {
            notes.insert(APPLIED, value);
        }
    }
}

fn seconds(value: &str) -> Option<u64> {
    let seconds: u64 = value.trim().trim_matches('"').parse().ok()?;
    Some(seconds.min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn preferences_are_read_as_the_rfc_writes_them() {
        let cases: [(&[&str], bool, Option<u64>); 10] = [
            (&["respond-async"], true, None),
            (&["Respond-Async, wait=10"], true, Some(10)),
            (&["wait=10", "respond-async"], true, Some(10)),
            (&["wait = \"5\"; x=1"], false, Some(5)),
            (&["wait=1, wait=2"], false, Some(1)),
            (&["return=minimal; foo=\"some parameter\""], false, None),
            (&["wait=soon"], false, None),
            (&["wait=-1"], false, None),
            (&["wait=18446744073709551615"], false, Some(LONGEST)),
            (&[], false, None),
        ];
        for (sent, is_async, wait) in cases {
            let headers = sent.iter().map(|value| (PREFER, HeaderValue::from_str(value).unwrap())).collect();
            assert_eq!(Preference::of(&headers), Preference { is_async, wait }, "{sent:?}");
        }
    }

    #[test]
    fn what_was_done_is_told() {
        let told = |preference: Preference| {
            let mut notes = HeaderMap::new();
            preference.applied(&mut notes);
            notes.get(APPLIED).map(|it| it.to_str().unwrap().to_owned())
        };
        assert_eq!(told(Preference { is_async: true, wait: Some(3) }).as_deref(), Some("respond-async, wait=3"));
        assert_eq!(told(Preference { is_async: false, wait: Some(3) }).as_deref(), Some("wait=3"));
        assert_eq!(told(Preference::default()), None);
    }
}
