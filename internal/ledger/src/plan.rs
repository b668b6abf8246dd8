//! What a run does: for how long, how fast, and which work and faults. Every task follows from the seed and its number, so
//! whoever knows the plan can tell from an id alone what was sent under it.

use std::time::Duration;

use crate::task::{Task, Work};

/// A run. The same plan against the same install sends the same tasks.
#[derive(Debug, Clone)]
pub struct Plan {
    pub seed: u64,
    /// How long work is sent; healing and draining come on top.
    pub length: Duration,
    /// Tasks begun a second.
    pub rate: u32,
    /// Which kinds, each of them at least now and then.
    pub work: Vec<Work>,
    pub faults: Faults,
    /// How long the install may take to heal, and at the end to apply what it accepted.
    pub patience: Duration,
}

/// Which of the faults that there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Faults {
    All,
    None,
    Named(Vec<String>),
}

impl Faults {
    pub(crate) fn are_wanted(&self) -> bool {
        !matches!(self, Self::None)
    }
}

impl std::str::FromStr for Faults {
    type Err = std::convert::Infallible;

    /// `all`, `none`, or names with commas between.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text.trim() {
            "all" => Self::All,
            "none" | "" => Self::None,
            names => Self::Named(names.split(',').map(|name| name.trim().to_owned()).collect()),
        })
    }
}

impl Plan {
    /// What all entries of the run are named, so that no other run and no user has entries among them.
    pub(crate) fn name(&self) -> String {
        format!("ledger-{:x}", self.seed)
    }

    /// The mail domain of the accounts of the run.
    pub(crate) fn domain(&self) -> String {
        format!("{}.example.com", self.name())
    }

    pub(crate) fn task(&self, number: u64) -> Task {
        Task::of(self, number)
    }

    /// The task with this id, if the plan has one.
    pub(crate) fn task_with(&self, id: &str) -> Option<Task> {
        let (number, _) = id.split_once('-')?;
        let task = self.task(u64::from_str_radix(number, 16).ok()?);
        (task.id == id).then_some(task)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn plan(seed: u64) -> Plan {
        let (length, patience) = (Duration::from_secs(1), Duration::from_secs(5));
        Plan { seed, length, rate: 100, work: Work::ALL.to_vec(), faults: Faults::None, patience }
    }

    #[test]
    fn a_seed_makes_the_same_tasks_again_and_another_one_others() {
        let tasks = |seed| (0..50).map(|number| plan(seed).task(number)).collect::<Vec<_>>();
        assert_eq!(tasks(7), tasks(7));
        assert!(tasks(7).iter().zip(tasks(8)).all(|(one, other)| one.id != other.id));
    }

    #[test]
    fn an_id_is_known_again_and_a_forged_one_is_not() {
        let task = plan(7).task(300);
        assert_eq!(plan(7).task_with(&task.id), Some(task.clone()));
        assert_eq!(plan(8).task_with(&task.id), None);
        for forged in ["", "12c", "12c-0000000000000000", &format!("0{}", task.id), &format!("{}0", task.id)] {
            assert_eq!(plan(7).task_with(forged), None, "{forged}");
        }
    }

    #[test]
    fn faults_are_all_none_or_named() {
        let read = |text: &str| text.parse::<Faults>().unwrap();
        assert_eq!(read("all"), Faults::All);
        assert_eq!(read("none"), Faults::None);
        assert_eq!(read("kill logger, cut"), Faults::Named(vec!["kill logger".into(), "cut".into()]));
    }
}
