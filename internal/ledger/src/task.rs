//! One piece of work: what is sent, under which key, and which effects it must have exactly once.

use std::fmt;

use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::plan::Plan;
use crate::random::Random;

/// Accounts cost a hash of a password each: so many a second at most, whatever the rate.
const ACCOUNTS_A_SECOND: u64 = 1;
/// The longest text that is sent beside the id, in bytes.
const LONGEST: u64 = 300;
/// How often each kind is drawn, in hundredths; accounts come out of the first.
const WRITES: u64 = 15;
const LATER: u64 = 10;

/// A way to hand over work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Work {
    /// An entry by event: 202 once the queue has it.
    Event,
    /// An entry, stored when the answer is there.
    Write,
    /// An entry by a call that is answered later.
    Later,
    /// A registration, over the queue as a question.
    Account,
}

impl Work {
    pub const ALL: [Self; 4] = [Self::Event, Self::Write, Self::Later, Self::Account];

    pub fn name(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Write => "write",
            Self::Later => "later",
            Self::Account => "account",
        }
    }

    /// What has to be there once it is accepted.
    pub(crate) fn effects(self) -> &'static [Effect] {
        match self {
            Self::Event | Self::Write | Self::Later => &[Effect::Entry],
            Self::Account => &[Effect::User, Effect::Audit],
        }
    }
}

impl std::str::FromStr for Work {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|work| work.name() == text.trim());
        found.ok_or_else(|| format!("'{text}' is no kind of work: there are event, write, later and account"))
    }
}

/// Something in the data that a task brings about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Effect {
    /// In the activity log.
    Entry,
    /// Among the users.
    User,
    /// In the audit, which tells of a registration by an event of its own.
    Audit,
}

impl Effect {
    pub(crate) const COUNT: usize = 3;
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Entry => "entry",
            Self::User => "user",
            Self::Audit => "audit",
        })
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Task {
    pub(crate) number: u64,
    pub(crate) work: Work,
    /// Also its Idempotency-Key.
    pub(crate) id: String,
    /// What is stored of an entry.
    pub(crate) data: String,
}

impl Task {
    pub(crate) fn of(plan: &Plan, number: u64) -> Self {
        let mut random = Random::at(plan.seed, number);
        let id = format!("{number:x}-{:016x}", random.next());
        let work = drawn(plan, &mut random);
        let length = random.below(LONGEST) as usize;
        let data = format!("{id} {}", "x".repeat(length));
        Self { number, work, id, data }
    }

    pub(crate) fn path(&self) -> &'static str {
        match self.work {
            Work::Event => "/v1/events/logs",
            Work::Write | Work::Later => "/v1/logs",
            Work::Account => "/v1/users",
        }
    }

    pub(crate) fn body(&self, plan: &Plan) -> Value {
        match self.work {
            Work::Event | Work::Write | Work::Later => json!({ "name": plan.name(), "data": self.data }),
            Work::Account => json!({
                "email": self.email(plan), "password": format!("correct horse {}", self.id),
                "first_name": "Ledger", "last_name": self.id,
            }),
        }
    }

    pub(crate) fn email(&self, plan: &Plan) -> String {
        format!("{}@{}", self.id, plan.domain())
    }

    /// The status that says it is kept.
    pub(crate) fn accepted(&self) -> StatusCode {
        match self.work {
            Work::Event | Work::Later => StatusCode::ACCEPTED,
            Work::Write | Work::Account => StatusCode::CREATED,
        }
    }
}

/// Which work is done with a share of its own, among the kinds that the plan has.
fn drawn(plan: &Plan, random: &mut Random) -> Work {
    let has = |work| plan.work.contains(&work);
    let rate = u64::from(plan.rate.max(1));
    let is_account = random.below(rate.max(20)) < ACCOUNTS_A_SECOND;
    let share = random.below(100);
    let choice = match share {
        _ if is_account => Work::Account,
        share if share < WRITES => Work::Write,
        share if share < WRITES + LATER => Work::Later,
        _ => Work::Event,
    };
    if has(choice) { choice } else { *plan.work.first().unwrap_or(&Work::Event) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::plan::tests::plan;

    #[test]
    fn every_kind_has_its_share_and_accounts_stay_few() {
        let mut drawn: BTreeMap<Work, usize> = BTreeMap::new();
        for number in 0..10_000 {
            *drawn.entry(plan(3).task(number).work).or_default() += 1;
        }
        let share = |work| drawn[&work] as f64 / 10_000.0;
        assert!((0.70..0.80).contains(&share(Work::Event)), "{drawn:?}");
        assert!((0.13..0.17).contains(&share(Work::Write)), "{drawn:?}");
        assert!((0.005..0.02).contains(&share(Work::Account)), "one a second of 100: {drawn:?}");
    }

    #[test]
    fn only_what_the_plan_has_is_drawn() {
        let plan = Plan { work: vec![Work::Event], ..plan(3) };
        assert!((0..1_000).all(|number| plan.task(number).work == Work::Event));
    }

    #[test]
    fn no_two_tasks_have_one_id() {
        let ids: std::collections::BTreeSet<_> = (0..5_000).map(|number| plan(1).task(number).id).collect();
        assert_eq!(ids.len(), 5_000);
    }
}
