//! What a run has shown, for people and for machines: what became of the work, fault by fault, and whether that is a proof.

mod figures;
mod judge;
mod text;

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;

use crate::checks::Tally;
use crate::streams::Streams;
use crate::task::Work;

pub(crate) use figures::{Run, report};

/// What a run comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Verdict {
    #[serde(rename = "passed")]
    Passed,
    /// A promise was broken.
    Failed,
    /// Nothing was shown: such as faults under which nothing was ever delivered again.
    Invalid,
}

impl Verdict {
    pub fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "FAILED",
            Self::Invalid => "INVALID",
        }
    }

    /// For scripts: 0, 1 or 2.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Passed => 0,
            Self::Failed => 1,
            Self::Invalid => 2,
        }
    }
}

/// How long work took to be accepted, from the moment at which it was due, repetitions included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Latency {
    pub count: u64,
    pub p50_ms: Option<f64>,
    pub p99_ms: Option<f64>,
}

/// One fault.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Phase {
    pub fault: String,
    pub what: String,
    /// Since the run began, in seconds.
    pub began: f64,
    /// For how long it was held, in seconds.
    pub held: f64,
    /// From its end until everything was well again, in seconds; none where that was not seen.
    pub healed_after: Option<f64>,
    /// What went wrong in doing or undoing it.
    pub trouble: Option<String>,
    /// What was begun from this fault to the next.
    pub tally: Tally,
    /// Deliveries that came again from this fault to the next.
    pub repeated: Option<u64>,
    /// Of what was begun while it was held, and afterwards.
    pub during: Latency,
    pub after: Latency,
}

/// A tenth of the run, to see whether it stays as it was.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Window {
    /// Since the run began, in seconds.
    pub from: f64,
    pub to: f64,
    pub accepted_per_second: f64,
    pub latency: Latency,
    /// At its end, bytes of all processes of the install, where that is known.
    pub resident: Option<u64>,
    /// At its end, messages in the work queues, where that is known.
    pub waiting: Option<u64>,
}

#[derive(Debug, Clone, Serialize)]
pub struct Report {
    pub verdict: Verdict,
    /// Why it did not pass.
    pub reasons: Vec<String>,
    /// In words: against what, and how.
    pub target: String,
    /// In hexadecimal, as --seed takes it.
    pub seed: String,
    pub rate: u32,
    /// How long work was sent, in seconds.
    pub seconds: f64,
    pub total: Tally,
    pub work: BTreeMap<Work, Tally>,
    pub invented: u64,
    /// Work that was asked for after the last fault, of which none was accepted any more.
    pub silent: Vec<Work>,
    /// Deliveries that came again, where somebody counts them.
    pub repeated: Option<u64>,
    /// None where the install has no streams.
    pub streams: Option<Streams>,
    pub phases: Vec<Phase>,
    pub windows: Vec<Window>,
    pub latency: Latency,
    /// From the end of the work until everything accepted was found, in seconds.
    pub drained_after: f64,
    /// Answers to single requests by status.
    pub answers: BTreeMap<String, u64>,
    /// What those that were no success said, and how often; not all, where there were many.
    pub words: BTreeMap<String, u64>,
    pub refusals: u64,
    pub given_up: u64,
    pub held_back: u64,
    /// The first few of what went wrong.
    pub examples: Vec<String>,
    /// Where the books are, if they were to be kept.
    pub books: Option<PathBuf>,
}
