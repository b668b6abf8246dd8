//! Figures of engines and consumers, joined by hand.

use bus::heartbeat::{Activity, Heartbeat};
use chrono::TimeDelta;

use super::*;
use crate::instances::Instances;

fn queue(ready: u64, unacked: Figure<u64>, oldest: Figure<Option<DateTime<Utc>>>) -> glance::Queue {
    let (name, kind) = ("v1.listener.store-logs".to_owned(), Kind::Work);
    let (depth, consumers) = (Figure::Unknown("needs the plugin"), Figure::Known(1));
    glance::Queue { name, kind, ready: Figure::Known(ready), unacked, depth, consumers, oldest }
}

/// Heard of twice, ten seconds apart, between which it did so much.
fn consumer(consumed: &Consumed, done: u64) -> Present {
    let instances = Instances::new();
    let began = Utc::now();
    for (second, handled) in [(0, 0), (10, done)] {
        let consumed = Consumed { handled, ..consumed.clone() };
        let activity =
            Activity { queues: [("v1.listener.store-logs".to_owned(), consumed)].into(), ..Activity::default() };
        let heartbeat = Heartbeat {
            instance: "a".to_owned(),
            version: "0.1.0".to_owned(),
            started_at: began,
            sent_at: began + TimeDelta::seconds(second),
            is_last: false,
            services: Vec::new(),
            bus: activity,
            routes: Vec::new(),
        };
        instances.take_in(heartbeat);
    }
    Present { is_early: false, ..instances.present() }
}

fn nobody(is_early: bool) -> Present {
    Present { is_early, ..Instances::new().present() }
}

fn joined(queue: &glance::Queue, present: &Present, growth: Option<f64>) -> Queue {
    row(queue, &Told::of(&queue.name, present), growth, Utc::now())
}

#[test]
fn what_came_in_went_out_or_is_still_there() {
    let known = queue(5, Figure::Known(2), Figure::Known(None));
    let instances = consumer(&Consumed::default(), 100);
    let row = |growth| joined(&known, &instances, growth);
    assert_eq!((row(Some(0.0)).rate_in, row(Some(0.0)).rate_out), (Some(10.0), Some(10.0)));
    assert_eq!(row(Some(2.5)).rate_in, Some(12.5));
    assert_eq!(row(Some(-4.0)).rate_in, Some(6.0));
    assert_eq!(row(Some(-40.0)).rate_in, Some(0.0), "a queue that was emptied by hand");
    let unknown = row(None);
    assert_eq!((unknown.rate_in, unknown.rate_out, unknown.unknown["rate_in"]), (None, Some(10.0), LOOKED_ONCE));
    assert_eq!(joined(&known, &nobody(false), Some(3.0)).rate_out, Some(0.0), "nobody consumes");
    assert_eq!(
        joined(&known, &nobody(true), Some(3.0)).rate_out,
        None,
        "a consumer may be there that was not heard yet"
    );
    let rung = glance::Queue { kind: Kind::Rung, ..known.clone() };
    let rung = joined(&rung, &instances, Some(3.0));
    assert_eq!((rung.rate_in, rung.rate_out, rung.unknown["rate_out"]), (None, None, PASSES_THROUGH));
}

#[test]
fn what_nobody_can_tell_is_null_with_a_reason() {
    let row =
        joined(&queue(5, Figure::Unknown("needs the plugin"), Figure::Unknown("not told")), &nobody(false), Some(0.0));
    assert_eq!((row.ready, row.consumers), (Some(5), Some(1)));
    assert_eq!((row.unacked, row.depth, row.oldest_age_seconds), (None, None, None));
    let reasons =
        [("depth", "needs the plugin"), ("oldest_age_seconds", IN_NOBODYS_HAND), ("unacked", "needs the plugin")];
    assert_eq!(row.unknown, BTreeMap::from(reasons));
    let json = serde_json::to_value(&row).unwrap();
    assert!(json["depth"].is_null() && json["kind"] == "work" && json["service"] == "listener", "{json}");
}

#[test]
fn the_oldest_is_the_engines_or_that_in_hand_and_none_is_no_age() {
    let (ago, unknown) = (|seconds| Utc::now() - TimeDelta::seconds(seconds), || Figure::Unknown("not told"));
    let in_hand = Consumed { in_hand: 1, oldest: Some(ago(30)), is_paused: true, ..Consumed::default() };
    let instances = consumer(&in_hand, 0);
    let age = |queue: &glance::Queue, present: &Present| joined(queue, present, None).oldest_age_seconds;
    let about = |seconds: f64, age: Option<f64>| age.is_some_and(|it| (seconds..seconds + 5.0).contains(&it));
    assert!(about(90.0, age(&queue(5, unknown(), Figure::Known(Some(ago(90)))), &instances)));
    assert!(about(30.0, age(&queue(5, unknown(), Figure::Unknown("not told")), &instances)));
    assert_eq!(age(&queue(0, unknown(), Figure::Unknown("not told")), &nobody(false)), Some(0.0));
    assert_eq!(age(&queue(0, unknown(), Figure::Known(None)), &nobody(false)), Some(0.0));
    assert!(joined(&queue(5, unknown(), Figure::Known(None)), &instances, None).paused);
}

#[test]
fn a_work_queue_is_named_with_its_suspects_and_its_dead_letters() {
    let present = consumer(&Consumed { service: "listener".to_owned(), ..Consumed::default() }, 1);
    let names = ["dead.listener", "v1.listener.store-logs", "v1.listener.store-logs.suspect"];
    assert_eq!(named(&present.instances), names.map(str::to_owned).into());
}

#[test]
fn names_say_whose_a_queue_is() {
    for (name, whose) in [
        ("v1.listener.store-logs", Some("listener")),
        ("v1.listener.store-logs.suspect", Some("listener")),
        ("dead.logger", Some("logger")),
        ("rpc.authenticator", Some("authenticator")),
        ("delay.30s", None),
        ("unroutable", None),
    ] {
        assert_eq!(service(name).as_deref(), whose, "{name}");
    }
}
