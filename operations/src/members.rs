//! The mesh as an operator reads it: every service with its instances, and what the rows of the doors are asked for.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::instances::{Instance, rate};
use crate::queues::tenths;

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

/// What all doors together are asked for by one row, per second over the last 30 s.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct Route {
    route: String,
    calls_per_second: Option<f64>,
    errors_per_second: Option<f64>,
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

pub(crate) fn routes(instances: &[Instance]) -> Vec<Route> {
    let mut names: Vec<_> = instances.iter().flat_map(|it| &it.latest.routes).map(|it| it.route.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names.into_iter().map(|name| route(name, instances)).collect()
}

fn route(name: &str, instances: &[Instance]) -> Route {
    let of = |total: fn(&bus::heartbeat::Route) -> u64| {
        let in_one = |it: &bus::heartbeat::Heartbeat| it.routes.iter().filter(|it| it.route == name).map(total).sum();
        rate(instances, in_one).map(tenths)
    };
    Route { route: name.to_owned(), calls_per_second: of(|it| it.calls), errors_per_second: of(|it| it.errors) }
}
