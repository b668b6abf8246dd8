//! Which letters are meant: the same words in a query and in the body of an operation.

use chrono::{DateTime, SecondsFormat, Utc};
use mesh::Error;
use mesh::db::Query;
use serde::Deserialize;
use serde_json::Value;

/// Of each word, in characters.
const LONGEST: usize = 1_000;
/// When no letter died yet, and when none will any more.
const FIRST: i64 = 0;
const LAST: i64 = 253_402_300_799;

/// What was done with a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    Dead,
    Replaying,
    Replayed,
    Discarded,
    Replaced,
}

impl State {
    const ALL: [Self; 5] = [Self::Dead, Self::Replaying, Self::Replayed, Self::Discarded, Self::Replaced];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Dead => "dead",
            Self::Replaying => "replaying",
            Self::Replayed => "replayed",
            Self::Discarded => "discarded",
            Self::Replaced => "replaced",
        }
    }
}

/// All that is said has to be so; an empty one means every letter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Filter {
    pub(crate) service: Option<String>,
    pub(crate) queue: Option<String>,
    pub(crate) kind: Option<String>,
    pub(crate) cause: Option<String>,
    pub(crate) state: Option<State>,
    /// When the letter died, this included and `until` not.
    pub(crate) since: Option<DateTime<Utc>>,
    pub(crate) until: Option<DateTime<Utc>>,
    /// Somewhere in its event id, subject, reason or body, whatever the case.
    pub(crate) text: Option<String>,
}

impl Filter {
    /// Takes in one pair of a query; `false` where no such word is known here.
    pub(crate) fn set(&mut self, name: &str, value: &str) -> Result<bool, Error> {
        let text = || Some(value.to_owned());
        match name {
            "service" => self.service = text(),
            "queue" => self.queue = text(),
            "kind" => self.kind = text(),
            "cause" => self.cause = text(),
            "text" => self.text = text(),
            "state" => self.state = Some(state(value)?),
            "since" => self.since = Some(time("since", value)?),
            "until" => self.until = Some(time("until", value)?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Whether its words can be looked for; `field` is where the filter stands.
    pub(crate) fn check(&self, field: &str) -> Result<(), Error> {
        let words = [
            ("service", &self.service),
            ("queue", &self.queue),
            ("kind", &self.kind),
            ("cause", &self.cause),
            ("text", &self.text),
        ];
        // As a variable of a shell that was never set: it would mean every letter.
        let is_empty = |text: &String| text.is_empty();
        if let Some((name, _)) = words.iter().find(|(_, word)| word.as_ref().is_some_and(is_empty)) {
            return Err(Error::field(format!("{field}{name}"), "is empty: leave it out, or say a value"));
        }
        let is_odd = |text: &String| text.chars().count() > LONGEST || text.contains('\0');
        match words.iter().find(|(_, word)| word.as_ref().is_some_and(is_odd)) {
            Some((name, _)) => {
                let detail = format!("must have at most {LONGEST} characters, none of them NUL");
                Err(Error::field(format!("{field}{name}"), detail))
            }
            None => Ok(()),
        }
    }

    /// What was said, for the audit: of what was searched for, that it was, as it may be what a body holds.
    pub(crate) fn noted(&self) -> Value {
        let time = |time: Option<DateTime<Utc>>| time.map(|time| time.to_rfc3339_opts(SecondsFormat::AutoSi, true));
        let words = [
            ("service", self.service.clone()),
            ("queue", self.queue.clone()),
            ("kind", self.kind.clone()),
            ("cause", self.cause.clone()),
            ("state", self.state.map(|state| state.name().to_owned())),
            ("since", time(self.since)),
            ("until", time(self.until)),
            ("text", self.text.as_ref().map(|_| "…".to_owned())),
        ];
        words.into_iter().filter_map(|(name, word)| Some((name.to_owned(), Value::from(word?)))).collect()
    }

    /// The first eight placeholders of a statement that has `WHERE` as `letters/find.rs` has it.
    pub(crate) fn bind<'e>(&self, query: Query<'e>) -> Query<'e> {
        let word = |word: &Option<String>| word.clone().unwrap_or_default();
        let time = |time: Option<DateTime<Utc>>, otherwise: i64| {
            time.or_else(|| DateTime::from_timestamp(otherwise, 0)).unwrap_or_default()
        };
        let state = self.state.map(State::name).unwrap_or_default();
        let query = query.bind(word(&self.service)).bind(word(&self.queue)).bind(word(&self.kind));
        let query = query.bind(word(&self.cause)).bind(state).bind(time(self.since, FIRST));
        query.bind(time(self.until, LAST)).bind(pattern(&word(&self.text)))
    }
}

/// For LIKE, where %, _ and \ of what is looked for stand for themselves.
fn pattern(text: &str) -> String {
    let escape = |c: char| matches!(c, '%' | '_' | '\\').then_some('\\').into_iter();
    let escaped: String = text.to_lowercase().chars().flat_map(|c| escape(c).chain([c])).collect();
    format!("%{escaped}%")
}

fn state(value: &str) -> Result<State, Error> {
    let found = State::ALL.into_iter().find(|state| state.name() == value);
    found.ok_or_else(|| Error::field("state", "expected dead, replaying, replayed, discarded or replaced"))
}

fn time(field: &str, value: &str) -> Result<DateTime<Utc>, Error> {
    let time = DateTime::parse_from_rfc3339(value).map(|time| time.with_timezone(&Utc));
    time.map_err(|_| Error::field(field, "expected a time such as 2026-01-02T03:04:05Z"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_looked_for_stands_for_itself() {
        assert_eq!(pattern(r"50%_\Ä"), r"%50\%\_\\ä%");
    }

    #[test]
    fn a_mistake_names_its_word() {
        let mut filter = Filter::default();
        assert!(filter.set("kind", "log.INFO").unwrap() && !filter.set("knd", "x").unwrap());
        for (name, value) in [("state", "alive"), ("since", "yesterday"), ("until", "")] {
            assert_eq!(filter.set(name, value).unwrap_err().fields[0].field, name);
        }
        filter.text = Some("\0".to_owned());
        assert_eq!(filter.check("filter.").unwrap_err().fields[0].field, "filter.text");
        for name in ["service", "queue", "kind", "cause", "text"] {
            let mut filter = Filter::default();
            assert!(filter.set(name, "").unwrap());
            let refused = filter.check("filter.").unwrap_err();
            assert_eq!(refused.fields[0].field, format!("filter.{name}"));
            assert!(refused.detail.contains("leave it out"), "{refused}");
        }
    }

    #[test]
    fn the_audit_is_told_what_was_said_but_not_what_was_searched_for() {
        let mut filter = Filter::default();
        for (name, value) in [("kind", "log.INFO"), ("since", "2026-01-02T03:04:05Z"), ("text", "ada")] {
            filter.set(name, value).unwrap();
        }
        let noted = json!({ "kind": "log.INFO", "since": "2026-01-02T03:04:05Z", "text": "…" });
        assert_eq!(filter.noted(), noted);
    }
}
