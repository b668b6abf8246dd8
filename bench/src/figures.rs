//! From rounds to a table: medians, spread and ratios, and for each aim whether it holds.

use std::time::Duration;

use crate::load::{self, Budget, Seen, Target};
use crate::process::Process;

/// How often every subject takes its turn; odd, so that there is a middle one.
pub(crate) const ROUNDS: usize = 5;
pub(crate) const ROUND: Duration = Duration::from_secs(5);
pub(crate) const WARM_UP: Duration = Duration::from_secs(1);

/// How often and for how long every subject is measured.
#[derive(Clone, Copy)]
pub(crate) struct Pace {
    pub(crate) rounds: usize,
    pub(crate) round: Duration,
    pub(crate) warm_up: Duration,
}

impl Pace {
    pub(crate) const FULL: Self = Self { rounds: ROUNDS, round: ROUND, warm_up: WARM_UP };
    /// To see whether it runs; its figures mean nothing.
    pub(crate) const SHORT: Self =
        Self { rounds: 1, round: Duration::from_millis(500), warm_up: Duration::from_millis(100) };
}

/// What one round of one subject gave.
pub(crate) struct Round {
    pub(crate) per_second: f64,
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) cpu_micros: Option<f64>,
}

impl Round {
    /// One round of requests to `target`, which `process` serves.
    pub(crate) async fn over_http(target: &Target, process: &Process) -> anyhow::Result<Self> {
        Self::at(Pace::FULL, target, process).await
    }

    pub(crate) async fn at(pace: Pace, target: &Target, process: &Process) -> anyhow::Result<Self> {
        load::run(target, &Budget::time(pace.warm_up)).await?;
        let before = process.cpu()?;
        let seen = load::run(target, &Budget::time(pace.round)).await?;
        Ok(Self::new(&seen, Some(process.cpu()? - before)))
    }

    /// One round of requests to a process whose CPU others use too.
    pub(crate) async fn beside_others(target: &Target) -> anyhow::Result<Self> {
        load::run(target, &Budget::time(WARM_UP)).await?;
        let seen = load::run(target, &Budget::time(ROUND)).await?;
        Ok(Self::new(&seen, None))
    }

    /// `cpu` is what the subject's processes used meanwhile.
    pub(crate) fn new(seen: &Seen, cpu: Option<Duration>) -> Self {
        let each = |cpu: Duration| cpu.as_secs_f64() * 1e6 / seen.latencies.len().max(1) as f64;
        Self {
            per_second: seen.per_second(),
            p50: seen.percentile(0.5),
            p99: seen.percentile(0.99),
            cpu_micros: cpu.map(each),
        }
    }
}

/// One subject with all its rounds.
pub(crate) struct Subject {
    pub(crate) name: &'static str,
    pub(crate) rounds: Vec<Round>,
    pub(crate) peak_megabytes: Option<f64>,
}

impl Subject {
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, rounds: Vec::new(), peak_megabytes: None }
    }

    pub(crate) fn per_second(&self) -> f64 {
        self.median(|round| round.per_second)
    }

    pub(crate) fn p50(&self) -> f64 {
        self.median(|round| round.p50)
    }

    pub(crate) fn p99(&self) -> f64 {
        self.median(|round| round.p99)
    }

    pub(crate) fn cpu_micros(&self) -> Option<f64> {
        let all: Option<Vec<f64>> = self.rounds.iter().map(|round| round.cpu_micros).collect();
        all.map(median)
    }

    fn median(&self, of: impl Fn(&Round) -> f64) -> f64 {
        median(self.rounds.iter().map(of).collect())
    }

    fn row(&self, baseline: &Self) -> [String; 8] {
        let speeds = || self.rounds.iter().map(|round| round.per_second);
        let or_dash = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.1}"));
        [
            self.name.to_owned(),
            format!("{:.0}", self.per_second()),
            format!("{:.0}-{:.0}", speeds().fold(f64::MAX, f64::min), speeds().fold(0.0, f64::max)),
            format!("{:.2}", self.per_second() / baseline.per_second()),
            format!("{:.2}", self.p50()),
            format!("{:.2}", self.p99()),
            or_dash(self.cpu_micros()),
            or_dash(self.peak_megabytes),
        ]
    }
}

/// The middle one of an odd number of values.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Prints the subjects below each other; the first one is the baseline of the ratios.
pub(crate) fn print(title: &str, subjects: &[Subject]) {
    let Some(baseline) = subjects.first() else { return };
    let head = ["", "per s", "lowest-highest", "ratio", "p50 ms", "p99 ms", "CPU us each", "peak MB"];
    println!("\n{title}");
    for [name, columns @ ..] in
        std::iter::once(head.map(str::to_owned)).chain(subjects.iter().map(|it| it.row(baseline)))
    {
        let columns: String = columns.iter().map(|column| format!("  {column:>14}")).collect();
        println!("{name:<44}{columns}");
    }
}

/// Prints one line about an aim.
pub(crate) fn aim(what: &str, aim: &str, value: &str, holds: bool) {
    println!("{} {what}: {value}, aim {aim}", if holds { "holds " } else { "MISSED" });
}
