//! What the rows of the route table are asked for: how often, with which outcome, and how quickly it is answered, over all
//! doors and the last half minute, from what every process has counted since its start.

use bus::heartbeat::{Heartbeat, Route};
use mesh::telemetry::SECONDS;
use serde::Serialize;

use crate::instances::{Instance, grown, rate};
use crate::queues::tenths;

/// One row. Rates are per second; a figure that is not known is null.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct Load {
    route: String,
    /// How it is carried, and to which service; doors of older versions do not say.
    line: Option<String>,
    service: Option<String>,
    door: Option<String>,
    calls_per_second: Option<f64>,
    errors_per_second: Option<f64>,
    /// 19 of 20 calls took no longer, as far as the buckets of a histogram tell.
    p95_ms: Option<f64>,
}

/// In the order of their names.
pub(crate) fn loads(instances: &[Instance]) -> Vec<Load> {
    let mut names: Vec<_> = instances.iter().flat_map(|it| &it.latest.routes).map(|it| it.route.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names.into_iter().map(|name| load(name, instances)).collect()
}

fn load(name: &str, instances: &[Instance]) -> Load {
    let of = |total: fn(&Route) -> u64| {
        let in_one = |it: &Heartbeat| rows(it, name).map(total).sum();
        rate(instances, in_one).map(tenths)
    };
    // Where a table was changed lately, doors may still differ; whoever spoke last knows best.
    let mut by_time: Vec<_> = instances.iter().collect();
    by_time.sort_by_key(|it| std::cmp::Reverse(it.last_seen));
    let told = |part: fn(&Route) -> &Option<String>| {
        by_time
            .iter()
            .flat_map(|it| rows(&it.latest, name))
            .find_map(|row| row.line.as_ref().map(|_| part(row).clone()))
    };
    Load {
        route: name.to_owned(),
        line: told(|row| &row.line).flatten(),
        service: told(|row| &row.service).flatten(),
        door: told(|row| &row.door).flatten(),
        calls_per_second: of(|row| row.calls),
        errors_per_second: of(|row| row.errors),
        p95_ms: percentile(&taken(name, instances), 0.95).map(|seconds| tenths(seconds * 1_000.0)),
    }
}

fn rows<'a>(heartbeat: &'a Heartbeat, name: &'a str) -> impl Iterator<Item = &'a Route> {
    heartbeat.routes.iter().filter(move |it| it.route == name)
}

/// How many calls were answered lately within each of `SECONDS`, and how many took longer.
fn taken(name: &str, instances: &[Instance]) -> [u64; SECONDS.len() + 1] {
    std::array::from_fn(|at| {
        let in_one = |it: &Heartbeat| rows(it, name).filter_map(|row| row.seconds.get(at)).sum();
        instances.iter().filter_map(|it| grown(it, in_one)).sum()
    })
}

/// Within how many seconds this part of the calls was answered, taken to be spread evenly within a bucket, as Prometheus
/// does; of what took longer than the last bound no more is known than that. Nothing where there were no calls.
fn percentile(taken: &[u64; SECONDS.len() + 1], part: f64) -> Option<f64> {
    let all: u64 = taken.iter().sum();
    let wanted = all as f64 * part;
    let (mut lower, mut before) = (0.0, 0);
    for (upper, count) in SECONDS.into_iter().zip(taken) {
        if *count > 0 && (before + count) as f64 >= wanted {
            return Some(lower + (upper - lower) * (wanted - before as f64) / *count as f64);
        }
        (lower, before) = (upper, before + count);
    }
    (all > 0).then_some(lower)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::instances::Instances;

    /// As it comes over the bus, at this second of one hour.
    fn hear(instances: &Instances, instance: &str, second: u32, row: &Value) {
        let heartbeat = json!({
            "instance": instance, "version": "0.1.0", "services": [], "bus": {}, "routes": [row],
            "started_at": "2026-01-02T03:00:00Z", "sent_at": format!("2026-01-02T04:00:{second:02}Z"),
        });
        instances.take_in(serde_json::from_value(heartbeat).unwrap());
    }

    fn told(instances: &Instances) -> Value {
        serde_json::to_value(loads(&instances.present().instances)).unwrap()
    }

    #[test]
    fn a_row_is_told_with_its_line_and_how_quick_it_was_over_all_doors() {
        let instances = Instances::new();
        let row = |calls: u64, seconds: &[u64]| {
            let place = ("grpc", "logger", "broker");
            json!({ "route": "log", "calls": calls, "errors": calls / 10, "seconds": seconds,
                    "line": place.0, "service": place.1, "door": place.2 })
        };
        hear(&instances, "a", 10, &row(1_000, &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1_000]));
        hear(&instances, "b", 10, &row(0, &[]));
        let quiet = json!([{ "route": "log", "line": "grpc", "service": "logger", "door": "broker",
            "calls_per_second": null, "errors_per_second": null, "p95_ms": null }]);
        assert_eq!(told(&instances), quiet, "of doors that were heard of once");
        hear(&instances, "a", 40, &row(1_090, &[0, 0, 0, 90, 0, 0, 0, 0, 0, 0, 1_000]));
        hear(&instances, "b", 40, &row(10, &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10]));
        let busy = json!([{ "route": "log", "line": "grpc", "service": "logger", "door": "broker",
            "calls_per_second": 3.3, "errors_per_second": 0.3, "p95_ms": 750.0 }]);
        assert_eq!(told(&instances), busy, "90 of them within 5 ms, 10 between half a second and one");
    }

    #[test]
    fn a_door_of_an_older_version_tells_what_it_can() {
        let instances = Instances::new();
        for (second, calls) in [(10, 0), (40, 30)] {
            hear(&instances, "older", second, &json!({ "route": "log", "calls": calls, "errors": 0 }));
        }
        let expected = json!([{ "route": "log", "line": null, "service": null, "door": null,
            "calls_per_second": 1.0, "errors_per_second": 0.0, "p95_ms": null }]);
        assert_eq!(told(&instances), expected);
    }

    fn taken_in(counts: &[(usize, u64)]) -> [u64; SECONDS.len() + 1] {
        let mut taken = [0; SECONDS.len() + 1];
        for (at, count) in counts {
            taken[*at] = *count;
        }
        taken
    }

    #[test]
    fn a_percentile_is_within_the_bucket_that_holds_it() {
        let (to_5_ms, to_10_ms, to_1_s, longer) = (3, 4, 10, SECONDS.len());
        for (taken, expected) in [
            (taken_in(&[]), None),
            (taken_in(&[(to_5_ms, 100)]), Some(0.004_875)),
            (taken_in(&[(to_5_ms, 95), (to_1_s, 5)]), Some(0.005)),
            (taken_in(&[(to_5_ms, 90), (to_1_s, 10)]), Some(0.75)),
            (taken_in(&[(to_10_ms, 1)]), Some(0.009_75)),
            (taken_in(&[(longer, 1)]), Some(10.0)),
            (taken_in(&[(to_5_ms, 19), (longer, 1)]), Some(0.005)),
        ] {
            let found = percentile(&taken, 0.95);
            let is_near = found.zip(expected).map_or(found == expected, |(one, other)| (one - other).abs() < 1e-9);
            assert!(is_near, "{taken:?}: {found:?}, not {expected:?}");
        }
    }
}
