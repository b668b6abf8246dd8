//! The embedded queue on a disk that fills up under it and is emptied again, as its users see it. The disk is a small one
//! in memory, which the test mounts in a namespace of its own: it starts itself once more in there, and the disk is gone
//! with that process, whatever becomes of it.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use bus::{Bus, Event, Outcome, PublishError, Subscription, WorkQueue};
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use crate::consumer::{Consumer, delivered_ids, event, fill};
use crate::fresh::{config, soon, until};

const DISK: &str = "TEST_DISK";
const SIZE: &str = "size=8m";
/// What is wrong has to be told so soon, and so soon after its end no more.
const TOLD: Duration = Duration::from_secs(5);
const HEALED: Duration = Duration::from_secs(10);
/// A busy machine is slower than the queue.
const LEEWAY: Duration = Duration::from_secs(10);

fn queue() -> WorkQueue {
    WorkQueue::new("logger", "write", ["log.#"])
}

/// This test once more, in a namespace with a small disk at `folder`.
fn on_a_small_disk(test: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let (program, place) = (std::env::current_exe().unwrap(), folder.path());
    let inside = r#"mount -t tmpfs -o "$0" tmpfs "$TEST_DISK" && exec "$@""#;
    // Whoever is not root may be it inside a namespace, on most machines.
    let spaces = |options: &[&str]| {
        let mut command = Command::new("unshare");
        command.args(options).args(["sh", "-c", inside, SIZE]).arg(&program);
        command.args(["--exact", test, "--nocapture"]).env(DISK, place);
        command.output().expect("unshare (util-linux) is needed to mount a small disk")
    };
    let allowed = Command::new("unshare").args(["--mount", "true"]).stderr(Stdio::null()).status();
    match allowed.is_ok_and(|status| status.success()) {
        true => spaces(&["--mount"]),
        false => spaces(&["--user", "--map-root-user", "--mount"]),
    }
}

fn passes_on_a_small_disk(test: &str) {
    let Output { status, stdout, stderr } = on_a_small_disk(test);
    let told = [stdout, stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    assert!(status.success() && told.contains("1 passed"), "{told}");
}

/// A file that takes what is left of the disk, until it is dropped.
struct Ballast(PathBuf);

impl Ballast {
    fn fill(disk: &Path) -> Self {
        let path = disk.join("ballast");
        let mut file = File::create(&path).unwrap();
        for size in [64 << 10, 4 << 10, 1] {
            while file.write_all(&vec![0; size]).is_ok() {}
        }
        Self(path)
    }
}

impl Drop for Ballast {
    fn drop(&mut self) {
        std::fs::remove_file(&self.0).unwrap();
    }
}

fn large(number: usize) -> Event {
    Event { body: "x".repeat(5_000).into(), ..event("log.INFO", number) }
}

/// Publishes until so many were refused; the ids of those that were not.
async fn publish_until_refused(bus: &Bus, refusals: usize) -> Vec<String> {
    let (mut kept, mut refused) = (Vec::new(), 0);
    for number in 0..10_000 {
        let event = large(number);
        match bus.publish(&event, soon()).await {
            Ok(()) => kept.push(event.id),
            Err(error) => {
                assert_eq!(error, PublishError::Unavailable("database or disk is full".to_owned()));
                refused += 1;
            }
        }
        if refused == refusals {
            return kept;
        }
    }
    panic!("the disk is never full");
}

#[test]
fn a_full_disk_refuses_and_loses_nothing_and_heals_without_being_asked() {
    let Ok(disk) = std::env::var(DISK) else {
        return passes_on_a_small_disk(
            "full_disk::a_full_disk_refuses_and_loses_nothing_and_heals_without_being_asked",
        );
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(fills_and_heals(Path::new(&disk)));
}

async fn fills_and_heals(disk: &Path) {
    let bus = Bus::open(config(disk.join("bus.db")), CancellationToken::new()).await.unwrap();
    let mut expected: Vec<String> = fill(&bus, &queue(), "log.INFO", 50).await.into_iter().map(|it| it.id).collect();
    let gate = Arc::new(Semaphore::new(0));
    let opened = gate.clone();
    let subscription = Subscription { batch: 10, ..Subscription::new(queue()) };
    let mut consumer = Consumer::batches(&bus, subscription, move |deliveries| {
        let gate = opened.clone();
        Box::pin(async move {
            drop(gate.acquire().await.unwrap());
            vec![Outcome::Done; deliveries.len()]
        })
    });
    // In hand from here on, so that nobody writes anything unless this test says so.
    let mut seen = consumer.deliveries(10).await;
    let ballast = Ballast::fill(disk);
    let began = Instant::now();
    expected.extend(publish_until_refused(&bus, 20).await);
    assert_eq!(bus.trouble(), Some("the queue's file cannot be written: database or disk is full".to_owned()));
    assert!(began.elapsed() < TOLD + LEEWAY, "told after {:?}", began.elapsed());
    drop(ballast);
    healed(&bus).await;

    // What became of messages cannot be written down either, and is not forgotten meanwhile.
    let ballast = Ballast::fill(disk);
    gate.add_permits(1);
    expected.extend(publish_until_refused(&bus, 1).await);
    drop(ballast);
    healed(&bus).await;
    // Not the queue's depth, which leaves out what is read ahead and not handed over yet.
    let mut ids = BTreeSet::new();
    until("all are handed over", async || {
        seen.extend(consumer.rest());
        ids.extend(delivered_ids(&seen));
        ids.len() >= expected.len()
    })
    .await;
    consumer.stop().await;
    let seen = Vec::from_iter(ids);
    expected.sort();
    assert_eq!(seen, expected, "what was kept, and nothing that was refused");
    bus.close().await;
}

async fn healed(bus: &Bus) {
    let healed = async {
        while bus.trouble().is_some() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(HEALED + LEEWAY, healed).await.expect("there is room again, and the trouble stays");
}

/// Publishes on the full disk until it is killed.
#[test]
fn a_process_that_dies_on_a_full_disk_has_kept_what_it_confirmed() {
    const TEST: &str = "full_disk::a_process_that_dies_on_a_full_disk_has_kept_what_it_confirmed";
    let Ok(disk) = std::env::var(DISK) else { return passes_on_a_small_disk(TEST) };
    let (disk, runtime) = (PathBuf::from(disk), tokio::runtime::Runtime::new().unwrap());
    if std::env::var("TEST_DISK_CHILD").is_ok() {
        return runtime.block_on(publishes_until_killed(&disk));
    }
    runtime.block_on(dies_and_comes_back(TEST, &disk));
}

async fn publishes_until_killed(disk: &Path) {
    let bus = Bus::open(config(disk.join("bus.db")), CancellationToken::new()).await.unwrap();
    bus.declare(&[queue()]).await.unwrap();
    let kept = publish_until_refused(&bus, 3).await;
    // To the pipe, as the disk is full.
    println!("kept {}", kept.join(" "));
    std::future::pending::<()>().await;
}

async fn dies_and_comes_back(test: &str, disk: &Path) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture"]).env(DISK, disk).env("TEST_DISK_CHILD", "1");
    let mut child = Killed(command.stdout(Stdio::piped()).spawn().unwrap());
    let kept = child.told("kept ");
    drop(child);
    assert!(!kept.is_empty(), "nothing was kept");
    // As full as before: it opens all the same, and gives out what it has once there is room again.
    let bus = Bus::open(config(disk.join("bus.db")), CancellationToken::new()).await.unwrap();
    assert_eq!(bus.depth(&queue().name).await.unwrap(), Some(kept.len() as u64));
    let mut consumer = Consumer::each(&bus, Subscription::new(queue()), |_| Outcome::Done);
    let larger = Command::new("mount").args(["-o", "remount,size=64m"]).arg(disk).status();
    assert!(larger.unwrap().success());
    assert_eq!(
        delivered_ids(&consumer.deliveries(kept.len()).await),
        BTreeSet::from_iter(kept).into_iter().collect::<Vec<_>>()
    );
    consumer.stop().await;
    bus.close().await;
}

struct Killed(Child);

impl Killed {
    /// The words after `prefix` of the line that begins with it.
    fn told(&mut self, prefix: &str) -> Vec<String> {
        let output = std::io::BufReader::new(self.0.stdout.take().unwrap());
        let mut lines = std::io::BufRead::lines(output).map_while(Result::ok);
        let line = lines.find_map(|line| line.split_once(prefix).map(|(_, rest)| rest.to_owned())).unwrap();
        line.split(' ').map(str::to_owned).collect()
    }
}

impl Drop for Killed {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}
