//! The mesh that `switchboard ledger` starts for itself: each of its faults is felt, healed and over, and its end is a good
//! one.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use ledger::{Fault, Rig, RigOptions, Way};

use crate::harness::eventually;

fn options(way: Way) -> RigOptions {
    let services = std::env::var("SWITCHBOARD_SERVICES");
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/services");
    RigOptions {
        way,
        program: env!("CARGO_BIN_EXE_switchboard").into(),
        services: services.map_or(here, Into::into),
        variables: BTreeMap::new(),
        small_disk: true,
    }
}

async fn started(way: Way) -> Rig {
    let rig = Rig::start(options(way)).await.unwrap();
    well(&rig, "its start").await;
    rig
}

async fn well(rig: &Rig, after: &str) {
    let is_well = async || rig.is_healthy().await.then_some(());
    eventually(&format!("everything is well after {after}"), is_well).await;
}

fn named(rig: &Rig, name: &str) -> Fault {
    let faults = rig.faults();
    faults.iter().find(|fault| fault.name == name).unwrap_or_else(|| panic!("no {name} in {faults:?}")).clone()
}

/// What can be told from outside: whether it is well while the fault goes on.
async fn ill_then_well(rig: &mut Rig, name: &str) {
    let fault = named(rig, name);
    rig.inject(&fault).await.unwrap();
    let is_ill = async || (!rig.is_healthy().await).then_some(());
    eventually(&format!("{name} is felt"), is_ill).await;
    rig.heal(&fault).await.unwrap();
    well(rig, name).await;
}

async fn stopped(rig: Rig, processes: &[&str]) {
    let memory = rig.resident();
    assert_eq!(memory.keys().map(String::as_str).collect::<Vec<_>>(), processes);
    assert!(memory.values().all(|bytes| *bytes > 1 << 20), "{memory:?}");
    let codes = rig.stop().await.unwrap();
    assert!(codes.values().all(|code| *code == Some(0)), "{codes:?}");
    assert_eq!(codes.keys().map(String::as_str).collect::<Vec<_>>(), processes);
}

#[tokio::test]
async fn the_one_process_is_killed_and_stopped_and_comes_back() {
    let mut rig = started(Way::Embedded).await;
    for name in ["kill-up", "stop-up"] {
        ill_then_well(&mut rig, name).await;
    }
    stopped(rig, &["up"]).await;
}

const PROCESSES: [&str; 7] = ["authenticator", "broker", "listener", "logger-1", "logger-2", "math", "operations"];

#[tokio::test]
#[ignore = "long: make nightly"]
async fn a_service_and_an_engine_are_killed_and_come_back_rabbitmq_postgres_redis_mongo() {
    let mut rig = started(Way::Engines).await;
    for name in ["kill-logger", "cut", "kill-postgres"] {
        ill_then_well(&mut rig, name).await;
    }
    stopped(rig, &PROCESSES).await;
}

/// Not every fault is one that health tells of: a Redis that is empty is none, nor is a network that is slow.
#[tokio::test]
#[ignore = "long: make nightly"]
async fn every_fault_is_healed_rabbitmq_postgres_redis_mongo() {
    for way in [Way::Embedded, Way::Rabbitmq, Way::Engines] {
        let mut rig = started(way).await;
        for fault in rig.faults() {
            rig.inject(&fault).await.unwrap();
            tokio::time::sleep(Duration::from_secs(1)).await;
            rig.heal(&fault).await.unwrap();
            well(&rig, &fault.name).await;
        }
        drop(rig);
    }
}
