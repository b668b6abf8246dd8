//! The figures of a report, from the books and from what was looked at beside the work.

use std::collections::BTreeMap;
use std::time::Duration;

use super::judge::judge;
use super::{Latency, Phase, Report, Verdict, Window};
use crate::checks::{Checked, Fate, Tally};
use crate::phases;
use crate::plan::Plan;
use crate::samples::Sample;
use crate::task::Work;
use crate::workload::Seen;

const WINDOWS: u32 = 10;
/// How many of what was invented are named.
const NAMED: usize = 3;

/// All that is known of a run when it is over.
pub(crate) struct Run {
    pub(crate) target: String,
    pub(crate) plan: Plan,
    pub(crate) checked: Checked,
    pub(crate) phases: Vec<phases::Phase>,
    pub(crate) samples: Vec<Sample>,
    pub(crate) seen: Seen,
    /// How long work was sent, and how long it then took to find all that was accepted.
    pub(crate) sent: Duration,
    pub(crate) drained: Duration,
}

pub(crate) fn report(run: &Run) -> Report {
    let Run { plan, checked, seen, .. } = run;
    let work = plan.work.iter().map(|work| (*work, checked.tally(|fate| fate.work == *work)));
    let work: BTreeMap<_, _> = work.filter(|(_, tally)| tally.attempted > 0).collect();
    let streams = Some(&checked.streams).filter(|streams| streams.delivered > 0).cloned();
    let at_fault = checked.at_fault(plan);
    let invented = checked.invented.iter().take(NAMED);
    let examples = seen.refused.iter().chain(&at_fault).chain(&checked.streams.examples).chain(invented);
    let mut report = Report {
        verdict: Verdict::Invalid,
        reasons: Vec::new(),
        target: run.target.clone(),
        seed: format!("{:x}", plan.seed),
        rate: plan.rate,
        seconds: run.sent.as_secs_f64(),
        total: checked.tally(|_| true),
        work,
        invented: checked.invented.len() as u64,
        silent: run.silent(),
        repeated: run.samples.last().and_then(|sample| sample.repeated),
        streams,
        phases: run.phases(),
        windows: run.windows(),
        latency: run.latency(Duration::ZERO, Duration::MAX),
        drained_after: run.drained.as_secs_f64(),
        answers: seen.answers.clone(),
        words: seen.words.clone(),
        refusals: seen.refusals,
        given_up: seen.given_up,
        held_back: seen.held_back,
        examples: examples.cloned().collect(),
        books: None,
    };
    judge(&mut report, plan.faults.are_wanted());
    report
}

impl Run {
    fn phases(&self) -> Vec<Phase> {
        let ends = self.phases.iter().skip(1).map(|next| next.began).chain([Duration::MAX]);
        self.phases.iter().zip(ends).map(|(phase, end)| self.phase(phase, end)).collect()
    }

    fn phase(&self, phase: &phases::Phase, end: Duration) -> Phase {
        Phase {
            fault: phase.fault.name.clone(),
            what: phase.fault.what.clone(),
            began: phase.began.as_secs_f64(),
            held: (phase.healed - phase.began).as_secs_f64(),
            healed_after: phase.well.map(|well| (well - phase.healed).as_secs_f64()),
            trouble: phase.trouble.clone(),
            tally: self.tally(phase.began, end),
            repeated: self.repeated(end).zip(self.repeated(phase.began)).map(|(after, before)| after - before),
            during: self.latency(phase.began, phase.healed),
            after: self.latency(phase.healed, end),
        }
    }

    /// Rare work is not waited for when a fault has healed, so it is looked at here.
    fn silent(&self) -> Vec<Work> {
        let Some(last) = self.phases.last() else { return Vec::new() };
        let from = last.well.unwrap_or(last.healed);
        let is_silent = |work: &Work| {
            let tally = self.checked.tally(|fate| fate.work == *work && is_within(fate, from, Duration::MAX));
            tally.attempted > 0 && tally.accepted == 0
        };
        self.plan.work.iter().copied().filter(is_silent).collect()
    }

    /// Tenths of the time in which work was sent.
    fn windows(&self) -> Vec<Window> {
        let each = self.sent / WINDOWS;
        let window = |number| {
            let (from, to) = (each * number, each * (number + 1));
            let latency = self.latency(from, to);
            let last = self.samples.iter().take_while(|sample| sample.at <= to).last().copied().unwrap_or_default();
            Window {
                from: from.as_secs_f64(),
                to: to.as_secs_f64(),
                accepted_per_second: latency.count as f64 / each.as_secs_f64().max(f64::EPSILON),
                latency,
                resident: last.resident,
                waiting: last.waiting,
            }
        };
        (0..WINDOWS).map(window).collect()
    }

    /// Of what was due from one moment to another.
    fn tally(&self, from: Duration, to: Duration) -> Tally {
        self.checked.tally(|fate| is_within(fate, from, to))
    }

    fn latency(&self, from: Duration, to: Duration) -> Latency {
        let fates = self.checked.fates().filter(|fate| is_within(fate, from, to));
        Latency::of(fates.filter_map(|fate| fate.accepted))
    }

    /// What was counted until a moment.
    fn repeated(&self, until: Duration) -> Option<u64> {
        let seen = self.samples.iter().take_while(|sample| sample.at <= until);
        let seen: Vec<_> = seen.filter_map(|sample| sample.repeated).collect();
        seen.last().copied().or_else(|| self.samples.iter().find_map(|sample| sample.repeated))
    }
}

fn is_within(fate: &Fate, from: Duration, to: Duration) -> bool {
    (from..to).contains(&Duration::from_micros(fate.due))
}

impl Latency {
    /// Of microseconds.
    pub(crate) fn of(all: impl Iterator<Item = u64>) -> Self {
        let mut all: Vec<_> = all.collect();
        all.sort_unstable();
        let at = |hundredths: usize| {
            let place = (all.len() * hundredths / 100).min(all.len().saturating_sub(1));
            all.get(place).map(|micros| *micros as f64 / 1e3)
        };
        Self { count: all.len() as u64, p50_ms: at(50), p99_ms: at(99) }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::report) fn empty_report() -> Report {
        let latency = Latency::default();
        Report {
            verdict: Verdict::Passed,
            reasons: Vec::new(),
            target: "http://127.0.0.1:8080".to_owned(),
            seed: "7".to_owned(),
            rate: 100,
            seconds: 10.0,
            total: Tally::default(),
            work: BTreeMap::new(),
            invented: 0,
            silent: Vec::new(),
            repeated: None,
            streams: None,
            phases: Vec::new(),
            windows: Vec::new(),
            latency,
            drained_after: 0.5,
            answers: BTreeMap::new(),
            words: BTreeMap::new(),
            refusals: 0,
            given_up: 0,
            held_back: 0,
            examples: Vec::new(),
            books: None,
        }
    }

    #[test]
    fn percentiles_are_of_the_sorted_values() {
        let latency = Latency::of((1..=1_000).rev().map(|millis| millis * 1_000));
        assert_eq!(latency, Latency { count: 1_000, p50_ms: Some(501.0), p99_ms: Some(991.0) });
        assert_eq!(Latency::of([5_000].into_iter()).p99_ms, Some(5.0));
        assert_eq!(Latency::of([].into_iter()), Latency::default());
    }
}
