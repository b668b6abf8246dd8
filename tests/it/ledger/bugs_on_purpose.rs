//! A bus that acknowledges before the work is done, and one that answers before the queue has anything. For each there is a
//! fault that a mesh without the bug comes through, and under which the one with it loses what it accepted.

use std::path::Path;

use sqlx::{Connection, Executor, SqliteConnection};

use super::*;
use crate::harness::{self, Mesh, eventually};

/// Events that are sent before the fault, and those that wait for the disk before somebody is killed.
const MEANWHILE: f64 = 10.0;

/// The verdict of a run during which `fault` is done to the mesh; `bug` is on from the start.
async fn run_under(way: harness::Way, bug: Option<&str>, fault: impl AsyncFnOnce(&mut Mesh)) -> Report {
    let variables: Vec<_> = bug.iter().map(|bug| ("SWITCHBOARD_BUG", *bug)).collect();
    let mut mesh = Mesh::with(way, &variables).await;
    let credentials = Credentials { email: "admin@example.com".to_owned(), password: "password123".into() };
    let url = format!("http://{}", mesh.address("broker"));
    let install = Install { url, credentials, metrics: Vec::new(), faults: Vec::new() };
    let (length, patience) = (Duration::from_secs(60), Duration::from_secs(15));
    let (work, faults) = (vec![Work::Event], Faults::None);
    let plan = Plan { seed: 5, length, rate: RATE, work, faults, patience };
    let stop = CancellationToken::new();
    let options = Options { progress: Progress::Silent, books: None, stop: stop.clone() };
    let mut target = Target::Install(install);
    let running = ledger::run(plan, &mut target, options);
    let breaking = async {
        comes_to(&mesh, "bus_published_total", MEANWHILE).await;
        fault(&mut mesh).await;
        stop.cancel();
    };
    let (report, ()) = tokio::join!(running, breaking);
    mesh.stop().await;
    report.unwrap()
}

/// Waits until the series of this metric come to `least` together.
async fn comes_to(mesh: &Mesh, metric: &str, least: f64) {
    let what = format!("{metric} comes to {least}");
    eventually(&what, async || (told(mesh, metric).await? >= least).then_some(())).await;
}

async fn told(mesh: &Mesh, metric: &str) -> Option<f64> {
    let metrics = String::from_utf8(mesh.get("/metrics").await.body.to_vec()).ok()?;
    let lines = metrics.lines().filter(|line| line.strip_prefix(metric).is_some_and(|rest| rest.starts_with('{')));
    Some(lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum())
}

/// Events are handed out in vain while the logger is away, and then whoever has them in hand is killed.
async fn away_and_killed(mesh: &mut Mesh) {
    mesh.stop_service("logger").await;
    comes_to(mesh, "bus_paused", 1.0).await;
    mesh.kill("broker").await;
    mesh.revive("broker").await;
}

/// Nothing can be committed to the queue for a while, and then whoever wanted to is killed.
async fn held_up_and_killed(mesh: &mut Mesh) {
    let hold = hold(&mesh.folder.path().join("data/bus.db")).await;
    comes_to(mesh, "bus_unconfirmed", MEANWHILE).await;
    mesh.kill("broker").await;
    hold.close().await.unwrap();
    mesh.revive("broker").await;
}

/// Nobody else writes to this file for as long as the connection is there.
async fn hold(file: &Path) -> SqliteConnection {
    let url = format!("sqlite:{}", file.display());
    let begun = eventually("the file of the queue is held", async || {
        let mut connection = SqliteConnection::connect(&url).await.ok()?;
        connection.execute("BEGIN IMMEDIATE").await.ok()?;
        Some(connection)
    });
    begun.await
}

async fn is_found(way: harness::Way, bug: &str, fault: impl AsyncFn(&mut Mesh)) {
    let without = run_under(way, None, &fault).await;
    assert_eq!(without.verdict, Verdict::Passed, "{}", without.text());
    let with = run_under(way, Some(bug), &fault).await;
    assert_eq!(with.verdict, Verdict::Failed, "{bug} was not found\n{}", with.text());
    assert!(with.total.lost > 0, "{bug}\n{}", with.text());
}

mod embedded {
    use super::*;

    #[tokio::test]
    async fn a_bus_that_acknowledges_early_is_found() {
        is_found(harness::Way::Embedded, "ack-early", away_and_killed).await;
    }

    #[tokio::test]
    async fn a_bus_that_does_not_wait_for_its_commit_is_found() {
        is_found(harness::Way::Embedded, "ignore-confirms", held_up_and_killed).await;
    }
}

mod on_rabbitmq {
    use super::*;

    #[tokio::test]
    async fn a_bus_that_acknowledges_early_is_found() {
        is_found(harness::Way::Mixed, "ack-early", away_and_killed).await;
    }

    /// What is sent into a network that carries nothing was never confirmed by anybody.
    #[tokio::test]
    #[ignore = "long: make nightly"]
    async fn a_bus_that_does_not_wait_for_confirms_is_found() {
        let bug = [("SWITCHBOARD_BUG", "ignore-confirms")];
        let report = run(Way::Rabbitmq, &["half-open", "half-open"], RATE, &bug).await;
        assert!(report.verdict == Verdict::Failed && report.total.lost > 0, "{}", report.text());
    }
}
