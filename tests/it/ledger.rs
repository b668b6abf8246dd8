//! The short form of `switchboard ledger`: a few seconds of work for each fault on a mesh of its own, after which nothing that
//! was accepted is lost and nothing is there twice; and the bugs on purpose, which it has to find.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use ledger::{
    Credentials, Faults, Install, Options, Plan, Progress, Report, Rig, RigOptions, Target, Verdict, Way, Work,
};
use tokio_util::sync::CancellationToken;

/// Both are for a build that is not optimised, on a machine that has other things to do.
const RATE: u32 = 40;
const EACH: Duration = Duration::from_secs(4);

/// A run with these faults one after another, each of which has a few seconds.
async fn run(way: Way, faults: &[&str], rate: u32, variables: &[(&str, &str)]) -> Report {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/services");
    let rig = RigOptions {
        way,
        program: env!("CARGO_BIN_EXE_switchboard").into(),
        services: std::env::var("SWITCHBOARD_SERVICES").map_or(here, Into::into),
        variables: variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        small_disk: true,
    };
    let rig = Rig::start(rig).await.unwrap();
    let known = rig.faults();
    // A disk of one's own needs the right to mount; the faults beside it are worth a run without it.
    let has = |name: &&str| *name != "full-disk" || known.iter().any(|fault| fault.name == *name);
    let faults: Vec<_> = faults.iter().copied().filter(has).map(str::to_owned).collect();
    let plan = Plan {
        seed: 5,
        length: EACH * faults.len() as u32,
        rate,
        work: Work::ALL.to_vec(),
        faults: Faults::Named(faults),
        patience: Duration::from_secs(60),
    };
    let options = Options { progress: Progress::Silent, books: None, stop: CancellationToken::new() };
    let mut target = Target::Rig(Box::new(rig));
    let report = ledger::run(plan, &mut target, options).await.unwrap();
    let Target::Rig(rig) = target else { panic!() };
    let codes: BTreeMap<_, _> = rig.stop().await.unwrap();
    assert!(codes.values().all(|code| *code == Some(0)), "{codes:?}\n{}", report.text());
    report
}

/// Everything was tried, and every promise was kept.
fn passed(report: &Report) {
    assert_eq!(report.verdict, Verdict::Passed, "{}", report.text());
    assert!(report.repeated > Some(0) && report.phases.iter().all(|phase| phase.during.count > 0), "{}", report.text());
}

mod embedded {
    use super::*;

    #[tokio::test]
    async fn kills_and_a_full_disk_lose_nothing_and_repeat_nothing() {
        passed(&run(Way::Embedded, &["kill-up", "full-disk", "kill-in-hand"], RATE, &[]).await);
    }
}

mod engines_rabbitmq_postgres_redis_mongo {
    use super::*;

    #[tokio::test]
    async fn kills_cuts_and_closed_connections_lose_nothing_and_repeat_nothing() {
        let faults = ["kill-logger", "kill-listener", "kill-broker", "kill-queue", "close-connections", "cut"];
        passed(&run(Way::Engines, &faults, RATE, &[]).await);
    }
}

/// Only builds for debugging have them. Each run is made without its bug, too, and passes: what is found is the bug.
#[cfg(debug_assertions)]
mod bugs_on_purpose;
