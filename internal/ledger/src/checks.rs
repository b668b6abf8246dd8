//! The checks, of the books alone: what was accepted is there, nothing is there twice, nothing was invented, and what was
//! never accepted and is there all the same is counted. Streams have a check of their own, in `streams`.

use serde::Serialize;

use crate::books::{Accepted, Applied, Attempted, Books};
use crate::plan::Plan;
use crate::streams::{self, Streams};
use crate::task::{Effect, Work};

/// How many of what went wrong are named.
const NAMED: usize = 5;

/// How many tasks came to what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    pub attempted: u64,
    pub accepted: u64,
    /// Whose effects are in the data.
    pub applied: u64,
    /// Applied, although nobody was told that they were accepted.
    pub recovered: u64,
    /// Accepted, or begun in the data, with an effect that is missing.
    pub lost: u64,
    /// Effects beyond the one that there may be.
    pub duplicated: u64,
}

/// What became of one task. There may be millions of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fate {
    pub(crate) work: Work,
    /// When it was due, in microseconds since the run began.
    pub(crate) due: u64,
    /// How long it took to be accepted, in microseconds.
    pub(crate) accepted: Option<u64>,
    /// How often each effect was found, in the order of `Effect`.
    applied: [u32; Effect::COUNT],
}

impl Fate {
    fn times(&self, effect: Effect) -> u64 {
        self.applied[effect as usize].into()
    }

    fn add(&mut self, effect: Effect, times: u64) {
        let found = &mut self.applied[effect as usize];
        *found = found.saturating_add(u32::try_from(times).unwrap_or(u32::MAX));
    }

    fn tally(&self) -> Tally {
        let effects = self.work.effects();
        let is_whole = effects.iter().all(|effect| self.times(*effect) > 0);
        let is_promised = self.accepted.is_some() || effects.iter().any(|effect| self.times(*effect) > 0);
        Tally {
            attempted: 1,
            accepted: self.accepted.is_some().into(),
            applied: is_whole.into(),
            recovered: (is_whole && self.accepted.is_none()).into(),
            lost: (is_promised && !is_whole).into(),
            duplicated: effects.iter().map(|effect| self.times(*effect).saturating_sub(1)).sum(),
        }
    }
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.attempted += other.attempted;
        self.accepted += other.accepted;
        self.applied += other.applied;
        self.recovered += other.recovered;
        self.lost += other.lost;
        self.duplicated += other.duplicated;
    }
}

/// What the books say.
#[derive(Debug)]
pub(crate) struct Checked {
    /// By the number of the task; none for those that were not begun.
    fates: Vec<Option<Fate>>,
    /// In the data, or accepted, without having been attempted: what it says.
    pub(crate) invented: Vec<String>,
    pub(crate) streams: Streams,
}

impl Checked {
    pub(crate) fn tally(&self, which: impl Fn(&Fate) -> bool) -> Tally {
        let mut sum = Tally::default();
        for fate in self.fates().filter(|fate| which(fate)) {
            sum += fate.tally();
        }
        sum
    }

    pub(crate) fn fates(&self) -> impl Iterator<Item = &Fate> {
        self.fates.iter().flatten()
    }

    /// The first few tasks that are lost, or there twice, with what was found of them.
    pub(crate) fn at_fault(&self, plan: &Plan) -> Vec<String> {
        let wrong = |fate: &Fate| fate.tally().lost > 0 || fate.tally().duplicated > 0;
        let numbered = (0..).zip(&self.fates).filter_map(|(number, fate)| Some((number, fate.as_ref()?)));
        let named = numbered.filter(|(_, fate)| wrong(fate)).take(NAMED);
        named.map(|(number, fate)| format!("{} {}", plan.task(number).id, fate.in_words())).collect()
    }
}

impl Fate {
    fn in_words(&self) -> String {
        let accepted = if self.accepted.is_some() { "accepted" } else { "not accepted" };
        let found = self.work.effects().iter().map(|effect| format!("{effect} {} times", self.times(*effect)));
        let found = found.collect::<Vec<_>>().join(", ");
        format!("({}, due after {:.1} s, {accepted}): {found}", self.work.name(), self.due as f64 / 1e6)
    }
}

pub(crate) fn check(plan: &Plan, books: &Books) -> anyhow::Result<Checked> {
    let (mut fates, mut invented) = (Vec::new(), Vec::new());
    for line in books.attempted.lines()? {
        let Attempted(due, id) = line?;
        match plan.task_with(&id) {
            Some(task) => {
                let fate = Fate { work: task.work, due, accepted: None, applied: [0; Effect::COUNT] };
                begin(&mut fates, task.number, fate);
            }
            None => invented.push(format!("attempted {id}, which the plan does not have")),
        }
    }
    for line in books.accepted.lines()? {
        let Accepted(_, took, id) = line?;
        match known(plan, &mut fates, &id) {
            Some(fate) => fate.accepted = Some(took),
            None => invented.push(format!("accepted {id}, which was not attempted")),
        }
    }
    for line in books.applied.lines()? {
        let Applied(effect, times, id) = line?;
        match known(plan, &mut fates, &id).filter(|fate| fate.work.effects().contains(&effect)) {
            Some(fate) => fate.add(effect, times),
            None => invented.push(format!("{effect} '{id}', which nobody has sent")),
        }
    }
    Ok(Checked { fates, invented, streams: streams::check(books)? })
}

/// Numbers follow each other, but for tasks that were held back.
fn begin(fates: &mut Vec<Option<Fate>>, number: u64, fate: Fate) {
    let place = number as usize;
    if fates.len() <= place {
        fates.resize(place + 1, None);
    }
    fates[place] = Some(fate);
}

fn known<'a>(plan: &Plan, fates: &'a mut [Option<Fate>], id: &str) -> Option<&'a mut Fate> {
    fates.get_mut(plan.task_with(id)?.number as usize)?.as_mut()
}

#[cfg(test)]
mod tests;
