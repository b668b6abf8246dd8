//! `switchboard dead replay | discard | purge`: which letters, and how.

use std::process::ExitCode;

use anyhow::bail;
use serde_json::{Value, json};

use super::filter::Filter;
use super::progress::{self, How};
use crate::operator::Operator;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Letters, as `list` shows them
    ids: Vec<String>,

    #[command(flatten)]
    filter: Filter,

    /// Every letter that it is for
    #[arg(long)]
    all: bool,
    /// At most so many letters a second
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    rate: Option<u32>,
    /// Do it also where there is a reason not to, which is said in the letter's place otherwise
    #[arg(long)]
    force: bool,
    /// Do not wait for its end
    #[arg(long)]
    detach: bool,
    /// For machines
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(
    kind: &str,
    args: &Args,
    operator: impl AsyncFnOnce() -> anyhow::Result<Operator>,
) -> anyhow::Result<ExitCode> {
    // Before anybody is asked for a password.
    let operation = operation(kind, args)?;
    progress::begin(&operator().await?, &operation, How { detach: args.detach, json: args.json }).await
}

fn operation(kind: &str, args: &Args) -> anyhow::Result<Value> {
    let filter = args.filter.words()?;
    let mut operation = json!({ "kind": kind, "force": args.force });
    match (args.ids.is_empty(), filter.is_empty(), args.all) {
        (false, true, false) => operation["ids"] = args.ids.clone().into(),
        (true, false, false) | (true, true, true) => operation["filter"] = filter.into(),
        (true, true, false) => bail!(
            "say which letters: by id, by what they have in common such as --queue or --cause, or --all of them; see \
             `switchboard dead list --groups`"
        ),
        _ => bail!("letters are named by id, or by what they have in common, or by --all: say one of these"),
    }
    if let Some(rate) = args.rate {
        operation["rate"] = rate.into();
    }
    Ok(operation)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    fn asked(line: &[&str]) -> anyhow::Result<Value> {
        operation("replay", &Line::try_parse_from([&["x"], line].concat())?.args)
    }

    #[test]
    fn a_word_that_is_empty_means_no_letter_rather_than_all_of_them() {
        for word in ["--service", "--queue", "--kind", "--cause", "--state", "--since", "--until", "--text"] {
            let refused = asked(&[word, "", "--force"]).unwrap_err().to_string();
            assert_eq!(refused, format!("{word} is empty: leave it out, or say a value"));
        }
        assert!(asked(&["--kind", "k", "--queue", ""]).is_err(), "one of two");
    }

    #[test]
    fn nothing_is_done_with_letters_that_nobody_named() {
        let ids = json!({ "kind": "replay", "force": false, "ids": ["1", "2"] });
        assert_eq!(asked(&["1", "2"]).unwrap(), ids);
        let all = json!({ "kind": "replay", "force": true, "filter": {}, "rate": 50 });
        assert_eq!(asked(&["--all", "--force", "--rate", "50"]).unwrap(), all);
        assert_eq!(asked(&["--queue", "q"]).unwrap()["filter"], json!({ "queue": "q" }));
        for line in [&[][..], &["--force"], &["1", "--all"], &["1", "--queue", "q"], &["--all", "--kind", "k"]] {
            assert!(asked(line).is_err(), "{line:?}");
        }
    }
}
