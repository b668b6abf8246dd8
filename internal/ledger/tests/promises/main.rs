//! A checker that cannot fail is worth nothing. Here it is set on an install that is made up, and breaks one promise after
//! the other on purpose; each has to be found, and an honest one has to pass.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod install;

use std::time::Duration;

use ledger::{CommandFault, Credentials, Faults, Install, Options, Plan, Progress, Report, Target, Verdict, Work};
use tokio_util::sync::CancellationToken;

use self::install::{Lie, MadeUp};

/// A second of work with a fault in the middle of it, which does nothing but to be a fault.
async fn run(lie: Lie, faults: Faults) -> Report {
    let made_up = MadeUp::start(lie).await;
    let nothing: CommandFault = "nothing=true; true".parse().unwrap();
    let credentials = Credentials { email: "admin@example.com".to_owned(), password: "password123".into() };
    let install = Install { url: made_up.url(), credentials, metrics: Vec::new(), faults: vec![nothing] };
    let plan = Plan {
        seed: 0x1ed6e7,
        length: Duration::from_millis(1_500),
        rate: 100,
        work: Work::ALL.to_vec(),
        faults,
        patience: Duration::from_secs(3),
    };
    let options = Options { progress: Progress::Silent, books: None, stop: CancellationToken::new() };
    ledger::run(plan, &mut Target::Install(install), options).await.unwrap()
}

async fn told(lie: Lie, verdict: Verdict, reason: &str) -> Report {
    let report = run(lie, Faults::All).await;
    assert_eq!(report.verdict, verdict, "{lie:?}\n{}", report.text());
    assert!(report.reasons.iter().any(|it| it.contains(reason)), "{lie:?}\n{}", report.text());
    report
}

#[tokio::test]
async fn an_install_that_keeps_its_promises_passes() {
    let report = run(Lie::None, Faults::All).await;
    assert_eq!(report.verdict, Verdict::Passed, "{}", report.text());
    let total = report.total;
    assert!(total.accepted > 50 && total.accepted == total.attempted, "{}", report.text());
    assert_eq!((total.applied, total.recovered), (total.attempted, 0));
    assert!(report.work.keys().eq(&Work::ALL), "{}", report.text());
    assert!(report.phases[0].healed_after.is_some() && report.phases[0].during.count > 0, "{}", report.text());
    assert!(report.answers.contains_key("503"), "every tenth is accepted at its repetition alone");
}

#[tokio::test]
async fn what_is_acknowledged_and_not_kept_is_found() {
    let report = told(Lie::Forgets, Verdict::Failed, "are not there").await;
    assert!(report.total.lost > 0 && report.total.lost < report.total.accepted, "{}", report.text());
    assert!(!report.examples.is_empty());
}

#[tokio::test]
async fn an_account_that_nobody_is_told_of_is_found() {
    let report = told(Lie::TellsNobody, Verdict::Failed, "only in part").await;
    assert_eq!(report.total.lost, report.work[&Work::Account].accepted, "{}", report.text());
}

#[tokio::test]
async fn what_is_done_again_under_the_same_key_is_found() {
    let report = told(Lie::ForgetsKeys, Verdict::Failed, "more than once").await;
    assert!(report.total.duplicated > 0 && report.total.lost == 0, "{}", report.text());
}

#[tokio::test]
async fn what_nobody_sent_and_what_was_changed_on_the_way_are_found() {
    told(Lie::Invents, Verdict::Failed, "nobody asked for").await;
    let report = told(Lie::Changes, Verdict::Failed, "nobody asked for").await;
    assert!(report.total.lost > 0, "what was sent is not there either: {}", report.text());
}

#[tokio::test]
async fn right_requests_that_are_refused_are_found() {
    let report = told(Lie::Refuses, Verdict::Failed, "refused for good").await;
    assert!(report.examples.iter().any(|it| it.contains("the answer is no")), "{}", report.text());
}

#[tokio::test]
async fn what_was_never_accepted_and_is_there_is_counted_and_no_fault() {
    let report = run(Lie::AnswersNobody, Faults::None).await;
    assert!(report.total.recovered > 0 && report.total.lost == 0, "{}", report.text());
}

#[tokio::test]
async fn a_run_in_which_nothing_came_again_has_shown_nothing() {
    told(Lie::CountsNothing, Verdict::Invalid, "nothing was ever delivered again").await;
    told(Lie::HasNoMetrics, Verdict::Invalid, "nobody tells").await;
}

#[tokio::test]
async fn an_install_that_does_not_heal_is_found() {
    told(Lie::StaysIll, Verdict::Failed, "not well again after 'nothing'").await;
}
