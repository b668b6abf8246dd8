//! Which letters are meant, by what they have in common: the same words in a list and for an operation.

use anyhow::bail;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

use crate::cli::ago;

/// Everything that is said has to be so.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct Filter {
    /// Whose queue gave it up
    #[arg(long)]
    service: Option<String>,
    /// The queue that gave it up
    #[arg(long)]
    queue: Option<String>,
    /// The kind of the event, such as log.INFO
    #[arg(long)]
    kind: Option<String>,
    /// Why, as `list --groups` shows it
    #[arg(long)]
    cause: Option<String>,
    /// dead, replaying, replayed, discarded or replaced
    #[arg(long)]
    state: Option<String>,
    /// Died at this time or later: 2026-01-02T03:04:05Z, or how long ago, such as 1h
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Died before this time
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Has this somewhere in its event id, subject, reason or body
    #[arg(long)]
    text: Option<String>,
}

impl Filter {
    /// Whether a state was asked for.
    pub(super) fn has_state(&self) -> bool {
        self.state.is_some()
    }

    /// An empty word is a variable of a shell that was never set, and would mean every letter.
    fn check(&self) -> anyhow::Result<()> {
        let words = [
            ("service", &self.service),
            ("queue", &self.queue),
            ("kind", &self.kind),
            ("cause", &self.cause),
            ("state", &self.state),
            ("since", &self.since),
            ("until", &self.until),
            ("text", &self.text),
        ];
        match words.iter().find(|(_, word)| word.as_ref().is_some_and(String::is_empty)) {
            Some((name, _)) => bail!("--{name} is empty: leave it out, or say a value"),
            None => Ok(()),
        }
    }

    /// What was said, as an operation is told it.
    pub(super) fn words(&self) -> anyhow::Result<Map<String, Value>> {
        self.check()?;
        let time = |time: &Option<String>| time.as_deref().map(ago::time).transpose();
        let words = [
            ("service", self.service.clone()),
            ("queue", self.queue.clone()),
            ("kind", self.kind.clone()),
            ("cause", self.cause.clone()),
            ("state", self.state.clone()),
            ("since", time(&self.since)?),
            ("until", time(&self.until)?),
            ("text", self.text.clone()),
        ];
        Ok(words.into_iter().filter_map(|(name, word)| Some((name.to_owned(), word?.into()))).collect())
    }

    /// The same as pairs of a query, each ended by `&`.
    pub(super) fn query(&self) -> anyhow::Result<String> {
        let pair = |(name, word): (String, Value)| {
            let word = word.as_str().unwrap_or_default();
            format!("{name}={}&", utf8_percent_encode(word, NON_ALPHANUMERIC))
        };
        Ok(self.words()?.into_iter().map(pair).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_goes_into_a_query_letter_by_letter() {
        let filter = Filter {
            cause: Some("level: … & more".to_owned()),
            since: Some("2026-01-02T03:04:05Z".to_owned()),
            ..Filter::default()
        };
        let query = filter.query().unwrap();
        assert_eq!(query, "cause=level%3A%20%E2%80%A6%20%26%20more&since=2026%2D01%2D02T03%3A04%3A05Z&");
        assert_eq!(Filter::default().query().unwrap(), "");
    }
}
