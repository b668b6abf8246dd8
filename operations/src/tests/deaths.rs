//! Dead letters become rows: one for each event and queue, whatever is delivered twice.

use bus::{DeadLetter, Delivery, Event};
use chrono::{TimeDelta, Utc};
use serde_json::json;
use sqlx::{Connection, Executor, PgConnection};

use super::work::{QUEUE, SERVICE, Work};
use super::world::{World, eventually};
use crate::drain::keep;

fn died(event: &Event, reason: &str, seconds: i64) -> Delivery {
    let at = Some(Utc::now() - TimeDelta::hours(1) + TimeDelta::seconds(seconds));
    let dead = DeadLetter { reason: reason.to_owned(), queue: QUEUE.to_owned(), attempts: 7, at };
    Delivery { event: event.clone(), attempt: 1, redelivered: false, dead: Some(dead) }
}

pub(super) async fn the_same_death_is_kept_once_and_another_one_makes_it_dead_again(world: World) {
    let (door, instance) = (world.door().await, world.instance_that_heard_nothing().await);
    let event = Event::new("work.done", "/test", "{}");
    let (first, second) = (died(&event, "first", 0), died(&event, "second", 1));
    let again = async |delivery: &Delivery| {
        keep(&door, SERVICE, std::slice::from_ref(delivery)).await.unwrap();
        let letters = instance.letters("").await;
        assert_eq!(letters.len(), 1);
        (letters[0]["deaths"].as_i64().unwrap(), letters[0]["state"].as_str().unwrap().to_owned())
    };
    let dead = |deaths| (deaths, "dead".to_owned());
    assert_eq!(again(&first).await, dead(1));
    assert_eq!(again(&first).await, dead(1), "delivered twice");
    let id = instance.letters("").await[0]["id"].clone();
    instance.done(json!({"kind": "discard", "ids": [id]})).await;
    assert_eq!(again(&first).await, (1, "discarded".to_owned()), "delivered once more, long after");
    assert_eq!(again(&second).await, dead(2));
    assert_eq!(instance.letters("").await[0]["reason"], "second");
    // A death whose time is not known is another one where something was done since the last one.
    let unknown = Delivery { dead: second.dead.clone().map(|dead| DeadLetter { at: None, ..dead }), ..second };
    assert_eq!(again(&unknown).await, dead(2));
    instance.done(json!({"kind": "discard", "ids": [id]})).await;
    assert_eq!(again(&unknown).await, dead(3));
}

pub(super) async fn another_content_under_the_same_id_is_a_letter_of_its_own(world: World) {
    let (work, door, instance) =
        (Work::start(&world.bus).await, world.door().await, world.instance_that_heard_nothing().await);
    work.mend(true);
    let first = Event::new("work.done", "/test", r#"{"n":1}"#);
    let body = Event { body: r#"{"n":2}"#.into(), ..first.clone() };
    let kind = Event { kind: "work.other".to_owned(), ..first.clone() };
    for (second, event) in [&first, &body, &kind, &first].into_iter().enumerate() {
        keep(&door, SERVICE, &[died(event, "first", second as i64)]).await.unwrap();
    }
    let letters = instance.letters("state=dead").await;
    assert_eq!(letters.len(), 3, "{letters:?}");
    let deaths = |kind: &str| letters.iter().filter(|it| it["kind"] == kind).map(|it| it["deaths"].as_i64()).max();
    assert_eq!((deaths("work.done"), deaths("work.other")), (Some(Some(2)), Some(Some(1))));
    let ended = instance.done(json!({"kind": "replay", "filter": {}})).await;
    assert_eq!(ended["done"], 3, "{ended}");
    eventually("each content is sent", async || {
        let sent = work.handled();
        let has = |it: &Event| sent.iter().any(|other| other.kind == it.kind && other.body == it.body);
        (has(&first) && has(&body) && has(&kind)).then_some(())
    })
    .await;
}

pub(super) async fn a_message_without_an_id_and_one_with_odd_characters_are_kept(world: World) {
    let (door, instance) = (world.door().await, world.instance_that_heard_nothing().await);
    let nameless = |body: &'static [u8]| {
        let event =
            Event { id: String::new(), kind: String::new(), source: String::new(), ..Event::new("x", "/", body) };
        died(&event, "unreadable: it has no id", 0)
    };
    let (one, other) = (nameless(b"\xff\0"), nameless(b"other"));
    let odd = Event { subject: Some("a\0b".to_owned()), ..Event::new("work.done", "/test", "\0") };
    let odd = died(&odd, "nul: \0", 0);
    for _ in 0..2 {
        keep(&door, SERVICE, &[one.clone(), other.clone(), odd.clone()]).await.unwrap();
    }
    let letters = instance.letters("").await;
    assert_eq!(letters.len(), 3, "{letters:?}");
    let found = instance.letters("text=NUL:").await;
    assert_eq!((found.len(), &found[0]["subject"]), (1, &json!("a\u{fffd}b")));
    for letter in letters.iter().filter(|letter| letter["kind"] == "") {
        let id = &letter["id"];
        let ended = instance.done(json!({"kind": "replay", "ids": [id], "force": true})).await;
        assert_eq!((&ended["state"], &ended["skipped"]), (&json!("done"), &json!(1)), "{ended}");
        assert!(ended["letters"][0]["detail"].as_str().unwrap().contains("edit it"), "{ended}");
    }
}

pub(super) async fn letters_of_a_service_that_was_heard_of_are_drained_after_a_restart_too(world: World) {
    let work = Work::start(&world.bus).await;
    let instance = world.instance_that_heard_nothing().await;
    work.publish("work.done", "{}").await;
    eventually("the letter is drained once its service was heard of", async || {
        world.tell_of(SERVICE).await;
        (instance.letters("").await.len() == 1).then_some(())
    })
    .await;
    let depth = async || world.bus.depth("dead.work").await.unwrap();
    eventually("it has left its queue", async || (depth().await == Some(0)).then_some(())).await;
    instance.kill();
    work.publish("work.done", "{}").await;
    eventually("it waits", async || (depth().await == Some(1)).then_some(())).await;
    let instance = world.instance_that_heard_nothing().await;
    instance.until_letters("service=work&state=dead", 2).await;
}

pub(super) async fn a_letter_stays_in_its_queue_while_the_rows_are_away(world: World) {
    let (work, instance) = (Work::start(&world.bus).await, world.instance().await);
    let depth = async || world.bus.depth("dead.work").await.unwrap();
    let mut holder = PgConnection::connect(world.postgres()).await.unwrap();
    let mut looker = PgConnection::connect(world.postgres()).await.unwrap();
    holder.execute("BEGIN; LOCK TABLE letters IN ACCESS EXCLUSIVE MODE").await.unwrap();
    work.publish("work.done", "{}").await;
    // A try that was given up still waits on the server; a second one beside it tells that it was.
    eventually("the drain has given up once and tries again", async || {
        let waiting = "SELECT COUNT(*) FROM pg_locks JOIN pg_class ON pg_class.oid = relation
            WHERE relname = 'letters' AND NOT granted AND mode = 'RowExclusiveLock'";
        let waiting: i64 = sqlx::query_scalar(waiting).fetch_one(&mut looker).await.unwrap();
        (waiting >= 2).then_some(())
    })
    .await;
    instance.kill();
    eventually("it is back in its queue", async || (depth().await == Some(1)).then_some(())).await;
    holder.execute("ROLLBACK").await.unwrap();
    let instance = world.instance_that_heard_nothing().await;
    instance.until_letters("state=dead", 1).await;
    eventually("it has left its queue", async || (depth().await == Some(0)).then_some(())).await;
}
