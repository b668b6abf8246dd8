//! Books written by hand, one for each way in which an install can fail to keep its promises.

use super::*;
use crate::plan::tests::plan;

/// What the books of a run hold, by numbers of tasks of one plan.
#[derive(Default)]
struct Story<'a> {
    attempted: &'a [u64],
    accepted: &'a [u64],
    applied: &'a [(Effect, u64, u64)],
}

/// The first task of this kind after the ones before `from`.
fn task(work: Work, from: u64) -> u64 {
    (from..).find(|number| plan(1).task(*number).work == work).unwrap()
}

fn checked(story: &Story<'_>, strange: &[&str]) -> Checked {
    let folder = tempfile::tempdir().unwrap();
    let (plan, books) = (plan(1), Books::begin(folder.path()).unwrap());
    for number in story.attempted {
        books.attempted.add(&Attempted(*number, plan.task(*number).id)).unwrap();
    }
    for number in story.accepted {
        books.accepted.add(&Accepted(*number, 1_000, plan.task(*number).id)).unwrap();
    }
    for (effect, times, number) in story.applied {
        books.applied.add(&Applied(*effect, *times, plan.task(*number).id)).unwrap();
    }
    for text in strange {
        books.applied.add(&Applied(Effect::Entry, 1, (*text).to_owned())).unwrap();
    }
    check(&plan, &books).unwrap()
}

fn tally(story: &Story<'_>) -> Tally {
    checked(story, &[]).tally(|_| true)
}

#[test]
fn everything_accepted_and_there_once_is_well() {
    let (one, two) = (task(Work::Event, 0), task(Work::Write, 0));
    let story = Story {
        attempted: &[one, two],
        accepted: &[one, two],
        applied: &[(Effect::Entry, 1, one), (Effect::Entry, 1, two)],
    };
    let well = Tally { attempted: 2, accepted: 2, applied: 2, ..Tally::default() };
    assert_eq!(tally(&story), well);
    assert!(checked(&story, &[]).at_fault(&plan(1)).is_empty());
}

#[test]
fn what_was_accepted_and_is_not_there_is_lost() {
    let one = task(Work::Event, 0);
    let story = Story { attempted: &[one], accepted: &[one], ..Story::default() };
    assert_eq!(tally(&story), Tally { attempted: 1, accepted: 1, lost: 1, ..Tally::default() });
    let named = checked(&story, &[]).at_fault(&plan(1));
    assert!(named[0].starts_with(&plan(1).task(one).id) && named[0].ends_with("entry 0 times"), "{named:?}");
}

#[test]
fn what_is_there_more_than_once_is_duplicated() {
    let one = task(Work::Write, 0);
    let story = Story { attempted: &[one], accepted: &[one], applied: &[(Effect::Entry, 3, one)] };
    assert_eq!(tally(&story), Tally { attempted: 1, accepted: 1, applied: 1, duplicated: 2, ..Tally::default() });
}

#[test]
fn what_was_not_accepted_may_be_there_or_not() {
    let (one, two) = (task(Work::Event, 0), task(Work::Event, task(Work::Event, 0) + 1));
    let story = Story { attempted: &[one, two], applied: &[(Effect::Entry, 1, two)], ..Story::default() };
    assert_eq!(tally(&story), Tally { attempted: 2, applied: 1, recovered: 1, ..Tally::default() });
}

#[test]
fn an_account_without_its_audit_is_lost_whether_or_not_it_was_accepted() {
    let one = task(Work::Account, 0);
    for accepted in [&[][..], &[one]] {
        let story = Story { attempted: &[one], accepted, applied: &[(Effect::User, 1, one)] };
        assert_eq!(tally(&story).lost, 1);
    }
    let whole = [(Effect::User, 1, one), (Effect::Audit, 2, one)];
    let story = Story { attempted: &[one], accepted: &[one], applied: &whole };
    let told_twice = Tally { attempted: 1, accepted: 1, applied: 1, duplicated: 1, ..Tally::default() };
    assert_eq!(tally(&story), told_twice);
}

#[test]
fn what_nobody_sent_was_invented() {
    let (one, other) = (task(Work::Event, 0), task(Work::Event, 500));
    let sent = Story { attempted: &[one], accepted: &[one], applied: &[(Effect::Entry, 1, one)] };
    assert_eq!(checked(&sent, &["hello", ""]).invented.len(), 2);
    let not_sent = Story { applied: &[(Effect::Entry, 1, one), (Effect::Entry, 1, other)], ..sent };
    assert_eq!(checked(&not_sent, &[]).invented.len(), 1);
    let of_another_kind = Story { applied: &[(Effect::Entry, 1, one), (Effect::User, 1, one)], ..not_sent };
    assert_eq!(checked(&of_another_kind, &[]).invented.len(), 1);
    let accepted_only = Story { attempted: &[], accepted: &[one], applied: &[] };
    assert_eq!(checked(&accepted_only, &[]).invented.len(), 1);
}
