//! The private engines: each is killed and comes back with what it should still know, and none outlives its handle.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::net::TcpStream;
use std::path::Path;
use std::process::Command;

use faults::{Disk, Mongo, Postgres, Redis};

/// Host and port of a URL.
fn listens(url: &str) -> bool {
    let rest = url.split("://").nth(1).unwrap();
    let address = rest.split('/').next().unwrap().rsplit('@').next().unwrap();
    TcpStream::connect(address).is_ok()
}

#[tokio::test]
async fn a_postgres_cluster_keeps_what_was_committed_when_it_is_killed() {
    let mut cluster = Postgres::start().await.unwrap();
    let url = cluster.url("kept");
    cluster.create_database("kept").await.unwrap();
    cluster.kill().await.unwrap();
    assert!(!listens(&url));
    cluster.restart().await.unwrap();
    let refused = cluster.create_database("kept").await.unwrap_err().to_string();
    assert!(refused.contains("already exists"), "{refused}");
    drop(cluster);
    assert!(!listens(&url));
}

#[tokio::test]
async fn a_redis_is_killed_and_comes_back() {
    let mut server = Redis::start().await.unwrap();
    let url = server.url();
    server.flush().await.unwrap();
    server.kill().await.unwrap();
    assert!(!listens(&url) && server.flush().await.is_err());
    server.restart().await.unwrap();
    server.flush().await.unwrap();
    drop(server);
    assert!(!listens(&url));
}

#[tokio::test]
async fn a_mongo_is_killed_and_comes_back() {
    let services = std::env::var("SWITCHBOARD_SERVICES");
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/services");
    let mut server = Mongo::start(Path::new(services.as_deref().unwrap_or(default))).await.unwrap();
    let url = server.url("logs");
    server.kill().await.unwrap();
    assert!(!listens(&url));
    server.restart().await.unwrap();
    assert!(listens(&url));
    drop(server);
    assert!(!listens(&url));
}

#[test]
fn a_disk_is_filled_and_cleared() {
    // Whoever may not mount is told so, and has no disk to fill.
    let disk = match Disk::mount(1) {
        Ok(disk) => disk,
        Err(error) => return assert!(error.to_string().contains("right to mount"), "{error:#}"),
    };
    let file = disk.path().join("file");
    disk.fill().unwrap();
    std::fs::write(&file, "a word").unwrap_err();
    disk.clear().unwrap();
    std::fs::write(&file, "a word").unwrap();
    let path = disk.path().to_owned();
    drop(disk);
    assert!(!path.exists());
}

#[test]
fn what_a_killed_process_has_left_mounted_is_unmounted_by_the_next() {
    let mut gone = Command::new("true").spawn().unwrap();
    gone.wait().unwrap();
    let left = std::env::temp_dir().join(format!("switchboard-disk-{}-left", gone.id()));
    std::fs::create_dir(&left).unwrap();
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=1m", "switchboard"]).arg(&left).output();
    let disk = Disk::mount(1);
    if disk.is_err() || !mounted.is_ok_and(|output| output.status.success()) {
        return std::fs::remove_dir(&left).unwrap_or_default();
    }
    assert!(!left.exists());
    assert!(disk.unwrap().path().exists(), "and those that are in use stay");
}
