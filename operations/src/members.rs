//! The mesh as an operator reads it: every service with its instances.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::instances::Instance;

#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct Service {
    name: String,
    instances: Vec<Member>,
}

/// A service within one process.
#[derive(Debug, PartialEq, Serialize)]
struct Member {
    instance: String,
    version: String,
    address: String,
    state: String,
    degraded: BTreeMap<String, String>,
    started_at: DateTime<Utc>,
    last_seen: DateTime<Utc>,
}

pub(crate) fn services(instances: &[Instance]) -> Vec<Service> {
    let mut by_name: BTreeMap<&str, Vec<Member>> = BTreeMap::new();
    for instance in instances {
        for service in &instance.latest.services {
            by_name.entry(&service.name).or_default().push(member(instance, service));
        }
    }
    by_name.into_iter().map(|(name, instances)| Service { name: name.to_owned(), instances }).collect()
}

fn member(instance: &Instance, service: &bus::heartbeat::Service) -> Member {
    let process = &instance.latest;
    Member {
        instance: process.instance.clone(),
        version: process.version.clone(),
        address: service.address.clone(),
        state: service.state.clone(),
        degraded: service.degraded.clone(),
        started_at: process.started_at,
        last_seen: instance.last_seen,
    }
}
