//! Times as people read them: how long ago something was, in its largest units; and the way back, from what people type.

use std::time::{Duration, SystemTime};

use anyhow::bail;

/// `3m 20s` for a time of an answer, such as `2026-01-02T03:04:05Z`; what cannot be read stays as it is.
pub(super) fn ago(time: &str) -> String {
    since(time).map_or_else(|| time.to_owned(), short)
}

/// How long ago a time of an answer was, where it can be read.
pub(super) fn since(time: &str) -> Option<Duration> {
    let time = humantime::parse_rfc3339_weak(time).ok()?;
    Some(SystemTime::now().duration_since(time).unwrap_or_default())
}

/// Its two largest units, from seconds up.
pub(super) fn short(duration: Duration) -> String {
    let whole = humantime::format_duration(Duration::from_secs(duration.as_secs())).to_string();
    whole.split(' ').take(2).collect::<Vec<_>>().join(" ")
}

/// A time, or how long ago it was: `1h`.
pub(super) fn time(text: &str) -> anyhow::Result<String> {
    if humantime::parse_rfc3339(text).is_ok() {
        return Ok(text.to_owned());
    }
    let Some(time) = humantime::parse_duration(text).ok().and_then(|ago| SystemTime::now().checked_sub(ago)) else {
        bail!("expected a time such as 2026-01-02T03:04:05Z or how long ago such as 1h, found '{text}'")
    };
    Ok(humantime::format_rfc3339_seconds(time).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_units_are_enough() {
        let cases = [(0, "0s"), (59, "59s"), (200, "3m 20s"), (90_061, "1day 1h")];
        for (seconds, text) in cases {
            assert_eq!(short(Duration::from_millis(seconds * 1_000 + 999)), text);
        }
        assert_eq!(ago("soon"), "soon");
        let now = humantime::format_rfc3339_nanos(SystemTime::now()).to_string();
        assert_eq!(ago(&now), "0s");
    }

    #[test]
    fn a_time_is_taken_as_it_is_or_as_how_long_ago() {
        assert_eq!(time("2026-01-02T03:04:05Z").unwrap(), "2026-01-02T03:04:05Z");
        let then = humantime::parse_rfc3339(&time("1h").unwrap()).unwrap();
        let ago = SystemTime::now().duration_since(then).unwrap().as_secs();
        assert!((3_600..3_610).contains(&ago), "{ago}");
        assert!(time("yesterday").unwrap_err().to_string().contains("found 'yesterday'"));
    }
}
