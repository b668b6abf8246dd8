//! One message that fails: its attempts, its waits, its end among the dead letters, and nobody else's trouble.

use std::time::Duration;

use bus::{DeadLetter, Outcome, Subscription, WorkQueue};
use chrono::{SubsecRound, Utc};
use tokio::time::Instant;

use crate::consumer::{Consumer, dead_letter, delivered_ids, fill, ids, retry, someone};
use crate::fresh::{Fresh, RUNGS};

fn queue() -> WorkQueue {
    WorkQueue::new("logger", "write", ["log.#"])
}

pub(crate) async fn a_failing_message_walks_its_attempts_and_dies_with_its_reason(Fresh { bus, .. }: Fresh) {
    let began = Utc::now().trunc_subsecs(3);
    let events = fill(&bus, &queue(), "log.INFO", 1).await;
    let subscription = Subscription { attempts: 3, ..Subscription::new(queue()) };
    let mut consumer = Consumer::each(&bus, subscription, |delivery| retry(&format!("try {}", delivery.attempt)));
    let mut last = None;
    for attempt in 1..=3 {
        let call = consumer.call().await;
        assert_eq!((&call.deliveries[0].event.id, call.deliveries[0].attempt), (&events[0].id, attempt));
        assert_eq!(call.deliveries[0].event.identity, events[0].identity);
        if let Some(before) = last.replace(call.at) {
            let wait = RUNGS[attempt as usize - 2];
            assert!(call.at - before >= wait, "attempt {attempt} came after {:?}", call.at - before);
        }
    }
    let dead = dead_letter(&bus, "logger").await;
    assert_eq!((delivered_ids(std::slice::from_ref(&dead)), dead.attempt), (ids(&events), 1));
    assert_eq!((&dead.event.kind, &dead.event.body), (&events[0].kind, &events[0].body));
    assert_eq!(dead.event.identity, Some(someone()));
    let letter = dead.dead.unwrap();
    assert!(began <= letter.at.unwrap() && letter.at.unwrap() <= Utc::now(), "{letter:?}");
    assert_eq!(letter, DeadLetter { reason: "try 3".to_owned(), queue: queue().name, attempts: 3, at: letter.at });
    consumer.stop().await;
    assert_eq!(consumer.rest(), []);
}

pub(crate) async fn a_rejected_message_dies_at_once_and_the_rest_flows(Fresh { bus, .. }: Fresh) {
    let events = fill(&bus, &queue(), "log.INFO", 5).await;
    let poison = events[1].id.clone();
    let mut consumer = Consumer::each(&bus, Subscription::new(queue()), move |delivery| {
        if delivery.event.id == poison {
            Outcome::Reject { reason: "level: unheard of".to_owned() }
        } else {
            Outcome::Done
        }
    });
    let seen = consumer.deliveries(5).await;
    assert_eq!(delivered_ids(&seen), ids(&events));
    let dead = dead_letter(&bus, "logger").await;
    assert_eq!(dead.event.id, events[1].id);
    let (reason, letter) = ("level: unheard of".to_owned(), dead.dead.unwrap());
    assert_eq!(letter, DeadLetter { reason, queue: queue().name, attempts: 1, at: letter.at });
    consumer.stop().await;
    assert_eq!(consumer.rest(), []);
}

pub(crate) async fn a_longer_wait_that_was_asked_for_is_kept(Fresh { bus, .. }: Fresh) {
    const AFTER: Duration = Duration::from_millis(300);
    fill(&bus, &queue(), "log.INFO", 1).await;
    let mut consumer = Consumer::each(&bus, Subscription::new(queue()), |delivery| match delivery.attempt {
        1 => Outcome::Retry { reason: "busy".to_owned(), after: Some(AFTER) },
        _ => Outcome::Done,
    });
    let (first, second) = (consumer.call().await, consumer.call().await);
    assert_eq!(second.deliveries[0].attempt, 2);
    assert!(second.at - first.at >= AFTER, "came again after {:?}", second.at - first.at);
    consumer.stop().await;
}

pub(crate) async fn what_failed_together_comes_back_spread_out(Fresh { bus, .. }: Fresh) {
    const COUNT: usize = 40;
    let wait = RUNGS[2];
    fill(&bus, &queue(), "log.INFO", COUNT).await;
    // As many may be kept back on their way as are in one batch; nobody waits for the others.
    let subscription = Subscription { batch: COUNT, concurrency: 2, ..Subscription::new(queue()) };
    let mut consumer = Consumer::each(&bus, subscription, move |delivery| match delivery.attempt {
        1 => Outcome::Retry { reason: "busy".to_owned(), after: Some(wait) },
        _ => Outcome::Done,
    });
    let (mut failed, mut back) = (Vec::new(), Vec::new());
    while back.len() < COUNT {
        let call = consumer.call().await;
        for delivery in &call.deliveries {
            if delivery.attempt == 1 { failed.push(call.at) } else { back.push(call.at) }
        }
    }
    consumer.stop().await;
    assert!(back[0] - failed[0] >= wait, "the first one came after {:?}", back[0] - failed[0]);
    let spread = |times: &[Instant]| times[COUNT - 1] - times[0];
    assert!(spread(&back) >= wait / 20, "{:?}, failed within {:?}", spread(&back), spread(&failed));
}

pub(crate) async fn a_panic_is_a_failed_attempt(Fresh { bus, .. }: Fresh) {
    fill(&bus, &queue(), "log.INFO", 1).await;
    let subscription = Subscription { attempts: 2, ..Subscription::new(queue()) };
    let mut consumer = Consumer::each(&bus, subscription, |_| panic!("a bug in a handler"));
    assert_eq!(consumer.delivery().await.attempt, 1);
    assert_eq!(consumer.delivery().await.attempt, 2);
    let dead = dead_letter(&bus, "logger").await.dead.unwrap();
    assert_eq!((dead.queue, dead.attempts), (queue().name, 2));
    assert!(dead.reason.contains("panic"), "{}", dead.reason);
    consumer.stop().await;
}

pub(crate) async fn a_wrong_number_of_outcomes_is_a_failed_attempt(Fresh { bus, .. }: Fresh) {
    fill(&bus, &queue(), "log.INFO", 1).await;
    let mut consumer = Consumer::batches(&bus, Subscription::new(queue()), |deliveries| {
        let outcomes = if deliveries[0].attempt == 1 { Vec::new() } else { vec![Outcome::Done] };
        Box::pin(std::future::ready(outcomes))
    });
    assert_eq!(consumer.delivery().await.attempt, 1);
    assert_eq!(consumer.delivery().await.attempt, 2);
    consumer.stop().await;
    assert_eq!(bus.depth(&queue().name).await.unwrap(), Some(0));
}
