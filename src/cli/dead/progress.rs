//! An operation from its beginning to its end, as it is watched from here. It is the service that does it: whoever
//! stops watching, or loses the connection, stops nothing.

use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use http::Method;
use serde_json::Value;

use super::path::escaped;
use crate::columns::{line, print_exact};
use crate::operator::{Answered, Operator};

const PAUSE: Duration = Duration::from_millis(500);
/// How often it is told of where nobody sees a line change.
const SELDOM: Duration = Duration::from_secs(10);
/// How long the service may be away before it is given up; the operation goes on when it is back.
const PATIENCE: Duration = Duration::from_secs(60);
/// What shells make of an interrupt.
const INTERRUPTED: u8 = 130;
/// Letters of which the reason is told.
const MOST_TOLD: usize = 10;

#[derive(Clone, Copy)]
pub(super) struct How {
    pub(super) detach: bool,
    pub(super) json: bool,
}

/// Asks for it, and watches it unless told not to.
pub(super) async fn begin(operator: &Operator, asked: &Value, how: How) -> anyhow::Result<ExitCode> {
    let operation = match operator.call(Method::POST, "/v1/admin/operations", Some(asked)).await? {
        Answered::Done(operation) => operation,
        Answered::Away(reason) => bail!("{reason}; it may have begun all the same: see `switchboard dead operations`"),
        Answered::Refused(reason) => bail!(reason),
    };
    let id = operation["id"].as_str().context("the answer holds no id")?;
    if !how.detach {
        return watch(operator, id, how).await;
    }
    print_exact(&match how.json {
        true => format!("{operation:#}\n"),
        false => format!("{}watch it: switchboard dead watch {id}\n", told(&operation)),
    });
    Ok(ExitCode::SUCCESS)
}

/// The exit code is 0 where every letter was done or skipped with a reason.
pub(super) async fn watch(operator: &Operator, id: &str, how: How) -> anyhow::Result<ExitCode> {
    tokio::select! {
        // First: it has to be caught before anything else is asked for.
        biased;
        _ = tokio::signal::ctrl_c() => {
            eprintln!(
                "\nthe operation goes on without being watched\n  \
                 switchboard dead watch {id}   watches it again\n  \
                 switchboard dead stop {id}    stops it"
            );
            Ok(ExitCode::from(INTERRUPTED))
        }
        operation = ended(operator, id) => {
            let operation = operation?;
            print_exact(&if how.json { format!("{operation:#}\n") } else { told(&operation) + &reasons(&operation) });
            let is_well = operation["state"] == "done" && operation["failed"] == 0;
            Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
    }
}

/// Waits until it has ended, and tells of it meanwhile.
async fn ended(operator: &Operator, id: &str) -> anyhow::Result<Value> {
    let path = format!("/v1/admin/operations/{}", escaped(id)?);
    let mut shown = Line::new();
    let mut heard = Instant::now();
    loop {
        match operator.call(Method::GET, &path, None).await? {
            Answered::Done(operation) if operation["state"] != "running" => {
                shown.end();
                return Ok(operation);
            }
            Answered::Done(operation) => {
                heard = Instant::now();
                shown.show(&format!("{}{}", told(&operation).trim_end(), waits_for(&operation)));
            }
            Answered::Away(reason) if heard.elapsed() < PATIENCE => shown.show(&format!("waiting: {reason}")),
            Answered::Away(reason) => {
                shown.end();
                bail!("{reason}; watch it again with `switchboard dead watch {id}`");
            }
            Answered::Refused(reason) => {
                shown.end();
                bail!(reason);
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// `replay is running: 312 of 1204 done, 1 failed, 0 skipped, at most 50/s`
pub(super) fn told(operation: &Value) -> String {
    let text = |name: &str| operation[name].as_str().unwrap_or_default();
    let count = |name: &str| operation[name].as_u64().unwrap_or_default();
    let rate = operation["rate"].as_u64().map(|rate| format!(", at most {rate}/s")).unwrap_or_default();
    format!(
        "{} {} is {}: {} of {} done, {} failed, {} skipped{rate}\n",
        text("kind"),
        text("id"),
        text("state"),
        count("done"),
        count("total"),
        count("failed"),
        count("skipped"),
    )
}

fn waits_for(operation: &Value) -> String {
    operation["error"].as_str().map(|error| format!(" ({error})")).unwrap_or_default()
}

/// Why letters failed or were skipped, the first ones.
fn reasons(operation: &Value) -> String {
    let letters = operation["letters"].as_array().map_or(&[][..], Vec::as_slice);
    let reason = |it: &Value| {
        let [letter, state, detail] = ["letter", "state", "detail"].map(|name| it[name].as_str().unwrap_or_default());
        format!("  {letter} {state}: {}\n", line(detail))
    };
    let mut text: String = letters.iter().take(MOST_TOLD).map(reason).collect();
    let more = letters.len().saturating_sub(MOST_TOLD);
    if more > 0 {
        text.push_str(&format!("  and more: --json lists {}\n", letters.len()));
    }
    text
}

/// A line that changes on a terminal, and is a new one now and then elsewhere.
struct Line {
    is_terminal: bool,
    shown: Option<Instant>,
}

impl Line {
    fn new() -> Self {
        Self { is_terminal: std::io::stderr().is_terminal(), shown: None }
    }

    fn show(&mut self, text: &str) {
        if self.is_terminal {
            eprint!("\r\x1b[K{}", line(text));
        } else if self.shown.is_none_or(|shown| shown.elapsed() >= SELDOM) {
            eprintln!("{}", line(text));
        } else {
            return;
        }
        self.shown = Some(Instant::now());
    }

    fn end(&self) {
        if self.is_terminal && self.shown.is_some() {
            eprint!("\r\x1b[K");
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_operation_is_told_in_a_line_and_the_first_reasons_below() {
        let letter = json!({ "letter": "7", "state": "skipped", "detail": "is not dead any more" });
        let operation = json!({
            "id": "1", "kind": "replay", "state": "done", "done": 1, "total": 13, "failed": 0, "skipped": 12,
            "rate": 50, "letters": vec![letter; 12],
        });
        assert_eq!(told(&operation), "replay 1 is done: 1 of 13 done, 0 failed, 12 skipped, at most 50/s\n");
        let reasons = reasons(&operation);
        assert_eq!(reasons.lines().next(), Some("  7 skipped: is not dead any more"));
        assert_eq!((reasons.lines().count(), reasons.lines().last()), (11, Some("  and more: --json lists 12")));
    }
}
