//! What an operator should know without looking for it, in sentences: each names what is wrong and where.

use std::collections::BTreeMap;

use bus::glance::Kind;
use bus::heartbeat::Heartbeat;

use crate::instances::{Instance, Present, Silent, rate};
use crate::queues::Queue;

/// An oldest message of this age, in seconds, is one that somebody should look after.
const OLD: f64 = 60.0;

/// What the processes tell of themselves.
pub(crate) fn of_processes(present: &Present) -> Vec<String> {
    let mut alarms: Vec<_> = present.silent.iter().map(silent).collect();
    alarms.extend(present.instances.iter().flat_map(degraded));
    alarms.extend(unroutable(&present.instances));
    alarms
}

/// What the queues show.
pub(crate) fn of_queues(queues: &[Queue]) -> Vec<String> {
    queues.iter().flat_map(of_queue).collect()
}

/// How many dead letters wait for somebody, by service.
pub(crate) fn of_dead_letters(waiting: &BTreeMap<String, u64>) -> Vec<String> {
    let told = |(service, count): (&String, &u64)| match count {
        1 => format!("1 dead letter of {service} waits to be looked at"),
        _ => format!("{count} dead letters of {service} wait to be looked at"),
    };
    waiting.iter().filter(|(_, count)| **count > 0).map(told).collect()
}

fn silent(silent: &Silent) -> String {
    let (services, seen) = (silent.services.join(", "), silent.last_seen.format("%FT%TZ"));
    format!("{services} at {} fell silent without a goodbye, last heard at {seen}", silent.instance)
}

fn degraded(instance: &Instance) -> Vec<String> {
    let process = &instance.latest;
    let of = |service: &bus::heartbeat::Service| {
        let place = format!("{} at {}", service.name, process.instance);
        let told = |(part, reason): (&String, &String)| format!("{place} is degraded: {part}: {reason}");
        service.degraded.iter().map(told).collect::<Vec<_>>()
    };
    process.services.iter().flat_map(of).collect()
}

fn unroutable(instances: &[Instance]) -> Option<String> {
    let per_second = rate(instances, |it: &Heartbeat| it.bus.unroutable).filter(|it| *it > 0.0)?;
    let a_minute = (per_second * 60.0).ceil();
    Some(format!("{a_minute} events a minute are refused because no queue is bound for them"))
}

fn of_queue(queue: &Queue) -> Vec<String> {
    let name = &queue.name;
    let waiting = queue.ready.unwrap_or_default();
    let mut alarms = Vec::new();
    if queue.paused {
        alarms.push(format!("{name} is paused: what its consumer calls is away"));
    }
    match queue.kind {
        Kind::Work | Kind::Suspect | Kind::Dead if queue.consumers == Some(0) && waiting > 0 => {
            alarms.push(format!("{name} has {waiting} messages and no consumer"));
        }
        Kind::Unroutable if waiting > 0 => {
            alarms.push(format!("{name} has {waiting} messages whose work queue was deleted while they waited"));
        }
        Kind::Work | Kind::Suspect | Kind::Dead | Kind::Unroutable | Kind::Rung | Kind::Rpc => {}
    }
    let is_worked_on = matches!(queue.kind, Kind::Work | Kind::Suspect);
    if let Some(age) = queue.oldest_age_seconds.filter(|age| is_worked_on && *age > OLD) {
        alarms.push(format!("{name}: its oldest message is {age:.0} s old"));
    }
    alarms
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(kind: Kind) -> Queue {
        Queue {
            name: "q".to_owned(),
            kind,
            service: None,
            ready: Some(3),
            unacked: None,
            depth: None,
            consumers: Some(1),
            rate_in: None,
            rate_out: None,
            oldest_age_seconds: Some(5.0),
            paused: false,
            unknown: BTreeMap::new(),
        }
    }

    #[test]
    fn a_queue_that_is_worked_on_alarms_nobody() {
        let kinds = [Kind::Work, Kind::Suspect, Kind::Dead, Kind::Rung, Kind::Rpc];
        assert_eq!(of_queues(&kinds.map(queue)), [""; 0]);
        let waiting = Queue { oldest_age_seconds: Some(3_000.0), consumers: Some(0), ..queue(Kind::Rung) };
        assert_eq!(of_queues(&[waiting]), [""; 0], "that is what a rung is for");
    }

    #[test]
    fn what_is_wrong_with_a_queue_is_said_with_its_name() {
        let cases = [
            (Queue { paused: true, ..queue(Kind::Work) }, "q is paused: what its consumer calls is away"),
            (Queue { consumers: Some(0), ..queue(Kind::Work) }, "q has 3 messages and no consumer"),
            (Queue { oldest_age_seconds: Some(61.2), ..queue(Kind::Work) }, "q: its oldest message is 61 s old"),
            (queue(Kind::Unroutable), "q has 3 messages whose work queue was deleted while they waited"),
        ];
        for (queue, alarm) in cases {
            assert_eq!(of_queues(&[queue]), [alarm]);
        }
    }

    #[test]
    fn dead_letters_are_told_by_service() {
        let waiting = BTreeMap::from([("a".to_owned(), 1), ("b".to_owned(), 12), ("c".to_owned(), 0)]);
        let told = ["1 dead letter of a waits to be looked at", "12 dead letters of b wait to be looked at"];
        assert_eq!(of_dead_letters(&waiting), told);
    }
}
