//! What an operator should know without looking for it, in sentences: each names what is wrong and where.

use std::collections::BTreeMap;

use bus::glance::Kind;
use bus::heartbeat::Heartbeat;
use mesh::Error;

use crate::instances::{Deaf, Instance, Present, Silent, rate};
use crate::queues::Queue;

/// An oldest message of this age, in seconds, is one that somebody should look after.
const OLD: f64 = 60.0;
/// The part of a service that its queue is in its health.
const QUEUE: &str = "queue";

/// What the processes tell of themselves.
pub(crate) fn of_processes(present: &Present) -> Vec<String> {
    let mut alarms: Vec<_> = present.deaf.iter().map(deaf).collect();
    alarms.extend(present.silent.iter().map(silent));
    // A queue that is away is so for all of them, and one alarm is enough.
    let is_told = |part: &str| present.deaf.is_none() || part != QUEUE;
    alarms.extend(present.instances.iter().flat_map(|it| degraded(it, is_told)));
    alarms.extend(unroutable(&present.instances));
    alarms
}

/// What the queues show, if they do.
pub(crate) fn of_look(present: &Present, looked: &Result<Vec<Queue>, Error>) -> Vec<String> {
    match looked {
        Ok(queues) => of_queues(queues),
        Err(_) if present.deaf.is_some() => Vec::new(),
        Err(error) => vec![format!("the queues cannot be looked at: {error}")],
    }
}

fn of_queues(queues: &[Queue]) -> Vec<String> {
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

fn deaf(deaf: &Deaf) -> String {
    format!("instances cannot be heard since {}: {}", deaf.since.format("%FT%TZ"), deaf.reason)
}

fn silent(silent: &Silent) -> String {
    let (services, seen) = (silent.services.join(", "), silent.last_seen.format("%FT%TZ"));
    format!("{services} at {} fell silent without a goodbye, last heard at {seen}", silent.instance)
}

fn degraded(instance: &Instance, is_told: impl Fn(&str) -> bool) -> Vec<String> {
    let process = &instance.latest;
    let of = |service: &bus::heartbeat::Service| {
        let place = format!("{} at {}", service.name, process.instance);
        let told = |(part, reason): (&String, &String)| format!("{place} is degraded: {part}: {reason}");
        service.degraded.iter().filter(|(part, _)| is_told(part)).map(told).collect::<Vec<_>>()
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
    use bus::heartbeat::{Activity, GONE, Service};
    use chrono::Utc;

    use super::*;
    use crate::instances::Instances;

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

    fn degraded_in(parts: &[&str]) -> Heartbeat {
        let service = Service {
            name: "logger".to_owned(),
            address: "127.0.0.1:1".to_owned(),
            state: "ready".to_owned(),
            degraded: parts.iter().map(|part| ((*part).to_owned(), "away".to_owned())).collect(),
        };
        Heartbeat {
            instance: "a".to_owned(),
            version: "0.1.0".to_owned(),
            started_at: Utc::now(),
            sent_at: Utc::now(),
            is_last: false,
            services: vec![service],
            bus: Activity::default(),
            routes: Vec::new(),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_queue_that_cannot_be_heard_is_one_alarm_and_none_of_the_instances() {
        let instances = Instances::new();
        let away = Err(Error::unavailable("the queue is not available"));
        let told = || {
            let present = instances.present();
            [of_processes(&present), of_look(&present, &away)].concat()
        };
        instances.take_in(degraded_in(&["database", "queue"]));
        let looked = "the queues cannot be looked at: the queue is not available";
        let degraded = ["database", "queue"].map(|part| format!("logger at a is degraded: {part}: away"));
        assert_eq!(told(), [&*degraded[0], &*degraded[1], looked]);
        instances.note_deafness(Some("the queue is not available".to_owned()));
        tokio::time::advance(GONE * 2).await;
        let since = instances.present().deaf.unwrap().since.format("%FT%TZ");
        let deaf = format!("instances cannot be heard since {since}: the queue is not available");
        assert_eq!(told(), [&*deaf, &*degraded[0]]);
    }

    #[test]
    fn dead_letters_are_told_by_service() {
        let waiting = BTreeMap::from([("a".to_owned(), 1), ("b".to_owned(), 12), ("c".to_owned(), 0)]);
        let told = ["1 dead letter of a waits to be looked at", "12 dead letters of b wait to be looked at"];
        assert_eq!(of_dead_letters(&waiting), told);
    }
}
