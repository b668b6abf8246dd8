//! Who is there, by the clock of the tests.

use bus::heartbeat::{Activity, Consumed, EVERY, Service};

use super::*;

fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000 + second, 0).unwrap()
}

fn heartbeat(instance: &str, second: i64, handled: u64) -> Heartbeat {
    let consumed = Consumed { service: "listener".to_owned(), handled, ..Consumed::default() };
    let queues = [("q".to_owned(), consumed)].into();
    let service = Service {
        name: "logger".to_owned(),
        address: "127.0.0.1:1".to_owned(),
        state: "ready".to_owned(),
        degraded: BTreeMap::new(),
    };
    Heartbeat {
        instance: instance.to_owned(),
        version: "0.1.0".to_owned(),
        started_at: at(0),
        sent_at: at(second),
        is_last: false,
        services: vec![service],
        bus: Activity { queues, ..Activity::default() },
        routes: Vec::new(),
    }
}

fn hear(instances: &Instances, heartbeat: &Heartbeat) {
    instances.take_in(heartbeat.clone());
}

fn names(instances: &Instances) -> Vec<String> {
    instances.present().instances.iter().map(|it| it.latest.instance.clone()).collect()
}

fn silent(instances: &Instances) -> Vec<String> {
    instances.present().silent.iter().map(|it| it.instance.clone()).collect()
}

fn handled(heartbeat: &Heartbeat) -> u64 {
    heartbeat.bus.queues.get("q").map_or(0, |it| it.handled)
}

#[tokio::test(start_paused = true)]
async fn who_says_goodbye_is_gone_at_once_and_who_says_nothing_a_moment_later() {
    let instances = Instances::new();
    hear(&instances, &heartbeat("a", 100, 0));
    hear(&instances, &heartbeat("b", 100, 0));
    hear(&instances, &Heartbeat { is_last: true, ..heartbeat("a", 101, 0) });
    assert_eq!(names(&instances), ["b"]);
    tokio::time::advance(EVERY * 2).await;
    assert_eq!(names(&instances), ["b"], "two may be lost");
    tokio::time::advance(EVERY).await;
    assert!(names(&instances).is_empty());
    assert_eq!(silent(&instances), ["b"], "a goodbye is no silence");
}

#[tokio::test(start_paused = true)]
async fn a_silence_is_over_when_it_is_heard_again_or_another_does_its_work() {
    let instances = Instances::new();
    for name in ["stopped", "killed", "lost"] {
        hear(&instances, &heartbeat(name, 100, 0));
    }
    tokio::time::advance(GONE).await;
    assert_eq!(silent(&instances).len(), 3);
    hear(&instances, &heartbeat("stopped", 120, 0));
    assert_eq!(silent(&instances), ["killed", "lost"]);
    let since = Utc::now() + TimeDelta::seconds(1);
    hear(&instances, &Heartbeat { started_at: since, sent_at: since, ..heartbeat("next", 0, 0) });
    assert!(silent(&instances).is_empty(), "it cannot be told for which of them the new one came");
    assert_eq!(names(&instances), ["next", "stopped"]);
}

#[tokio::test(start_paused = true)]
async fn while_the_queue_cannot_be_heard_nobody_is_silent_and_nobody_is_dropped() {
    let instances = Instances::new();
    let is_deaf = || instances.present().deaf.is_some();
    hear(&instances, &heartbeat("lost before", 100, 0));
    tokio::time::advance(GONE - EVERY).await;
    for name in ["lives", "lost meanwhile"] {
        hear(&instances, &heartbeat(name, 100, 0));
    }
    tokio::time::advance(EVERY).await;
    assert_eq!(silent(&instances), ["lost before"]);
    instances.note_deafness(Some("away".to_owned()));
    tokio::time::advance(GONE * 4).await;
    hear(&instances, &heartbeat("another", 200, 0));
    assert_eq!(names(&instances), ["another", "lives", "lost meanwhile"]);
    assert!(silent(&instances).is_empty() && is_deaf(), "it may have been the first that could not be heard");

    instances.note_deafness(None);
    tokio::time::advance(EVERY).await;
    assert_eq!((names(&instances).len(), silent(&instances).len()), (3, 0), "they have not had the time yet");
    assert!(is_deaf());
    hear(&instances, &heartbeat("lives", 200, 0));
    tokio::time::advance(HEARD_AGAIN - EVERY).await;
    assert_eq!(silent(&instances), ["lost before", "lost meanwhile"]);
    assert_eq!((names(&instances), is_deaf()), (vec!["another".to_owned(), "lives".to_owned()], false));
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_is_away_again_is_away_since_it_first_was() {
    let instances = Instances::new();
    let deaf = || instances.present().deaf.map(|it| (it.since, it.reason));
    instances.note_deafness(Some("away".to_owned()));
    let (since, _) = deaf().unwrap();
    instances.note_deafness(None);
    tokio::time::advance(HEARD_AGAIN / 2).await;
    instances.note_deafness(Some("late".to_owned()));
    tokio::time::advance(HEARD_AGAIN * 2).await;
    assert_eq!(deaf(), Some((since, "late".to_owned())));
    instances.note_deafness(None);
    tokio::time::advance(HEARD_AGAIN).await;
    assert_eq!(deaf(), None);
}

#[tokio::test(start_paused = true)]
async fn a_silence_is_not_told_of_for_ever() {
    let instances = Instances::new();
    hear(&instances, &heartbeat("a", 100, 0));
    tokio::time::advance(GONE).await;
    assert_eq!(silent(&instances), ["a"]);
    tokio::time::advance(REMEMBERED).await;
    assert!(silent(&instances).is_empty());
}

#[tokio::test(start_paused = true)]
async fn rates_are_of_the_last_half_minute_and_of_whoever_is_there() {
    let instances = Instances::new();
    hear(&instances, &heartbeat("old", 1_000, 5_000));
    let rate = || super::rate(&instances.present().instances, handled);
    assert_eq!(rate(), None, "nobody knows when the 5,000 were");
    for beat in 1..=20 {
        hear(&instances, &heartbeat("old", 1_000 + 5 * beat, 5_000 + 50 * beat.unsigned_abs()));
    }
    assert_eq!(rate(), Some(10.0));
    assert!(instances.present().instances[0].earlier.len() <= 7, "the past is bounded");
    hear(&instances, &heartbeat("new", 10, 40));
    assert_eq!(rate(), Some(14.0), "one that has just begun counts from its start");
    hear(&instances, &Heartbeat { is_last: true, ..heartbeat("old", 1_101, 9_999) });
    assert_eq!(rate(), Some(4.0));
}

#[tokio::test(start_paused = true)]
async fn what_comes_late_or_is_too_much_changes_nothing() {
    let instances = Instances::new();
    hear(&instances, &heartbeat("a", 100, 7));
    hear(&instances, &heartbeat("a", 95, 3));
    assert_eq!(handled(&instances.present().instances[0].latest), 7);
    for number in 0..MOST + 10 {
        hear(&instances, &heartbeat(&format!("n{number}"), 100, 0));
    }
    assert_eq!(names(&instances).len(), MOST);
}
