//! Calls that are answered later: from the 202 to the result, whatever dies in between.

use futures::future::join_all;
use serde_json::{Value, json};

use crate::client::Ask;
use crate::issuer::Token;
use crate::rows::Rows;
use crate::world::{Broker, World, eventually, place};

const ROWS: &str = r#"
[[route]]
on = "POST /do"
action = "do"
call = "http tiny POST /do"
auth = "public"
attempts = 2
async = true
[[route]]
on = "POST /never"
call = "http tiny POST /do"
auth = "public"
retry = "never"
attempts = 2
async = true
[[route]]
on = "POST /never/away"
call = "http away POST /do"
auth = "public"
retry = "never"
async = true
[[route]]
on = "POST /gone"
call = "http localhost:1 POST /do"
auth = "public"
[[route]]
on = "POST /mine"
call = "http tiny POST /do"
[[route]]
on = "POST /plain"
call = "http tiny POST /do"
auth = "public"
timeout = "40s"
[[route]]
on = "POST /secret"
call = "http tiny POST /do"
secret = ["password"]
auth = "public"
[[route]]
on = "POST /event"
call = "event nobody.listens"
auth = "public"
[[route]]
on = "POST /large/{bytes}"
call = "http tiny POST /large/{bytes}"
auth = "public"
"#;

async fn world(rows: Rows) -> (World, Broker) {
    let world = World::new(rows, ROWS).await;
    let broker = world.broker().await;
    (world, broker)
}

fn plain(broker: &Broker, prefer: &str) -> Ask {
    broker.post("/plain", &json!({ "a": 1 })).header("prefer", prefer)
}

async fn status(broker: &Broker, place: &str) -> Value {
    let answer = broker.get(place).send().await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")), "{answer:?}");
    answer.body
}

async fn until(broker: &Broker, place: &str, state: &str) -> Value {
    eventually(state, || async { status(broker, place).await["state"] == state }).await;
    status(broker, place).await
}

pub(crate) async fn a_preference_for_later_is_answered_at_once_and_the_result_is_kept(rows: Rows) {
    let (world, broker) = world(rows).await;
    world.service.hold();
    let answer = plain(&broker, "respond-async").send().await;
    let place = place(&answer);
    assert_eq!((answer.header("preference-applied"), answer.header("retry-after")), (Some("respond-async"), Some("1")));
    assert_eq!((&answer.body["state"], &answer.body["route"]), (&json!("queued"), &json!("POST /plain")));
    let running = until(&broker, &place, "running").await;
    assert!(running["started_at"].is_string() && running["finished_at"].is_null(), "{running}");
    let refused = broker.delete(&place).send().await;
    assert_eq!(refused.status, 409, "{refused:?}");
    world.service.let_go();
    let done = until(&broker, &place, "done").await;
    assert_eq!(
        (&done["status"], &done["result"], &done["attempts"]),
        (&json!(201), &json!({ "number": 1 }), &json!(1))
    );
    assert!(done["accepted_at"].is_string() && done["finished_at"].is_string(), "{done}");
    assert_eq!(broker.delete(&place).send().await.status, 409);
    assert_eq!(world.service.asked().len(), 1);
    assert_eq!(
        world.rows.count("SELECT COUNT(*) FROM calls WHERE argument IS NOT NULL OR caller IS NOT NULL").await,
        0
    );
}

pub(crate) async fn what_was_accepted_is_in_the_rows_before_its_caller_knows(rows: Rows) {
    let (world, broker) = world(rows).await;
    for number in 1..=10 {
        place(&plain(&broker, "respond-async").send().await);
        assert_eq!(world.rows.count("SELECT COUNT(*) FROM calls").await, number);
    }
}

pub(crate) async fn who_would_wait_gets_the_answer_or_a_place_to_ask(rows: Rows) {
    let (world, broker) = world(rows).await;
    let answer = plain(&broker, "wait=30").send().await;
    assert_eq!((answer.status, &answer.body["number"]), (201, &json!(1)), "{answer:?}");
    assert_eq!(answer.header("preference-applied"), Some("wait=30"));
    let endless = broker.post("/large/3", &json!({})).header("prefer", "wait=18446744073709551615").send().await;
    assert_eq!((endless.status, endless.header("preference-applied")), (200, Some("wait=86400")), "{endless:?}");
    world.service.hold();
    let answer = plain(&broker, "respond-async, wait=1").send().await;
    assert_eq!(answer.header("preference-applied"), Some("respond-async, wait=1"));
    let place = place(&answer);
    let waiting = broker.get(&place).header("prefer", "wait=30").send();
    let let_go = async { world.service.let_go() };
    let (waited, ()) = tokio::join!(waiting, let_go);
    assert_eq!((&waited.body["state"], waited.header("preference-applied")), (&json!("done"), Some("wait=30")));
    // By its row, without a word of the caller.
    let answer = broker.post("/do", &json!({})).send().await;
    assert_eq!(until(&broker, &crate::world::place(&answer), "done").await["result"]["number"], 4);
    let answer = broker.post("/do", &json!({})).header("prefer", "wait=30").send().await;
    assert_eq!((answer.status, &answer.body["number"]), (201, &json!(5)), "{answer:?}");
    // An error of the call is its answer too.
    world.service.answers(422);
    let answer = plain(&broker, "wait=30").send().await;
    assert_eq!((answer.status, &answer.body["detail"]), (422, &json!("no, for the 6. time")), "{answer:?}");
}

pub(crate) async fn where_nothing_may_be_kept_a_preference_means_nothing(rows: Rows) {
    let (world, broker) = world(rows).await;
    let answer = broker.post("/secret", &json!({ "password": "x" })).header("prefer", "respond-async").send().await;
    assert_eq!((answer.status, answer.header("preference-applied")), (201, None), "{answer:?}");
    let answer = broker.post("/event", &json!({})).header("prefer", "respond-async").send().await;
    assert_eq!((answer.status, answer.header("location")), (503, None), "nobody is bound: {answer:?}");
    assert_eq!(world.rows.count("SELECT COUNT(*) FROM calls").await, 0);
}

pub(crate) async fn only_its_owner_may_ask_for_a_call(rows: Rows) {
    let (world, broker) = world(rows).await;
    let token = |subject| Token { subject, ..Token::default() }.signed();
    let ask = broker.post("/mine", &json!({})).bearer(&token("u-1")).header("prefer", "respond-async");
    let place = place(&ask.send().await);
    let strangers = [
        broker.get(&place),
        broker.get(&place).bearer(&token("u-2")),
        broker.delete(&place).bearer(&token("u-2")),
        broker.get("/v1/calls/00000000-0000-4000-8000-000000000000").bearer(&token("u-1")),
        broker.get("/v1/calls/nonsense"),
    ];
    for ask in strangers {
        let answer = ask.send().await;
        assert_eq!((answer.status, &answer.body["code"]), (404, &json!("not_found")), "{answer:?}");
    }
    assert_eq!(broker.get(&place).bearer("a.b.c").send().await.status, 401);
    eventually("done", || async { broker.get(&place).bearer(&token("u-1")).send().await.body["state"] == "done" })
        .await;
    // The service is told who it was, though no token was kept.
    assert_eq!(world.service.asked()[0].user.as_deref(), Some("u-1"));
    assert_eq!(broker.post("/mine", &json!({})).header("prefer", "respond-async").send().await.status, 401);
}

pub(crate) async fn a_key_and_a_preference_go_together(rows: Rows) {
    let (world, broker) = world(rows).await;
    world.service.hold();
    let ask = |prefer: &str| plain(&broker, prefer).header("idempotency-key", "k");
    let first = ask("respond-async").send().await;
    let place = place(&first);
    let again = ask("respond-async").send().await;
    assert_eq!((again.status, again.header("location")), (202, Some(place.as_str())), "{again:?}");
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    let without = broker.post("/plain", &json!({ "a": 1 })).header("idempotency-key", "k").send().await;
    assert_eq!((without.status, without.header("location")), (202, Some(place.as_str())), "{without:?}");
    let other = broker.post("/plain", &json!({ "a": 2 })).header("idempotency-key", "k").header("prefer", "wait=1");
    assert_eq!(other.send().await.status, 422);
    world.service.let_go();
    until(&broker, &place, "done").await;
    for answer in [
        ask("wait=5").send().await,
        ask("respond-async").send().await,
        broker.post("/plain", &json!({ "a": 1 })).header("idempotency-key", "k").send().await,
    ] {
        assert_eq!((answer.status, &answer.body), (201, &json!({ "number": 1 })), "{answer:?}");
    }
    assert_eq!(world.service.asked().len(), 1);
}

pub(crate) async fn a_failing_call_is_tried_again_as_often_as_its_row_says(rows: Rows) {
    let (world, broker) = world(rows).await;
    world.service.answers(500);
    let answer = broker.post("/do", &json!({})).header("idempotency-key", "k-1").send().await;
    let failed = until(&broker, &place(&answer), "failed").await;
    assert_eq!((&failed["attempts"], &failed["status"]), (&json!(2), &json!(500)), "{failed}");
    assert_eq!((&failed["error"]["status"], failed.get("result")), (&json!(500), None), "{failed}");
    let asked = world.service.asked();
    assert_eq!((asked.len(), &asked[0].key), (2, &asked[1].key), "the same effect id over every attempt");
    // What is wrong with the call itself is not tried twice.
    world.service.answers(404);
    let answer = broker.post("/do", &json!({})).header("idempotency-key", "k-2").send().await;
    let failed = until(&broker, &place(&answer), "failed").await;
    assert_eq!((&failed["attempts"], &failed["error"]["code"]), (&json!(1), &json!("not_found")), "{failed}");
    assert_eq!(world.service.asked().len(), 3);
}

pub(crate) async fn what_is_not_safe_twice_ends_with_the_first_answer(rows: Rows) {
    let (world, broker) = world(rows).await;
    for (path, key, status) in [
        ("/do", None, 500),
        ("/do", None, 504),
        ("/do", None, 429),
        ("/do", None, 409),
        ("/never", Some("k"), 500),
        ("/never", Some("l"), 503),
        ("/never", None, 503),
    ] {
        world.service.answers(status);
        let before = world.service.asked().len();
        let mut ask = broker.post(path, &json!({}));
        if let Some(key) = key {
            ask = ask.header("idempotency-key", key);
        }
        let failed = until(&broker, &place(&ask.send().await), "failed").await;
        assert_eq!(failed["status"], status, "{path}: {failed}");
        assert_eq!(world.service.asked().len() - before, 1, "{path} {key:?} {status}");
    }
    // Where nothing could be sent, nothing has been done.
    let place = place(&broker.post("/never/away", &json!({})).send().await);
    let tries = "SELECT COUNT(*) FROM calls WHERE tries > 1 AND route = 'POST /never/away'";
    eventually("it is tried again", || async { world.rows.count(tries).await == 1 }).await;
    assert_eq!(status(&broker, &place).await["attempts"], 0);
}

pub(crate) async fn a_service_that_is_away_costs_no_attempt_and_can_be_cancelled_meanwhile(rows: Rows) {
    let (world, broker) = world(rows).await;
    world.service.answers(503);
    let asked = place(&broker.post("/do", &json!({})).send().await);
    let gone = place(&broker.post("/gone", &json!({})).header("prefer", "respond-async").send().await);
    eventually("it is tried more often than it has attempts", || async { world.service.asked().len() > 3 }).await;
    eventually("what has reached nobody is cancelled between two tries", || async {
        let answer = broker.delete(&gone).send().await;
        assert!([200, 409].contains(&answer.status), "{answer:?}");
        answer.status == 200
    })
    .await;
    assert_eq!(status(&broker, &gone).await["state"], "cancelled");
    // What a service was asked for may have happened, whatever it said.
    until(&broker, &asked, "queued").await;
    assert_eq!(broker.delete(&asked).send().await.status, 409);
    world.service.answers(200);
    assert_eq!(until(&broker, &asked, "done").await["attempts"], 1);
}

/// No row has more than half of the workers, so one service that hangs leaves the others theirs.
pub(crate) async fn a_service_that_hangs_leaves_others_their_workers(rows: Rows) {
    let world = World::new(rows, ROWS).await.with("BROKER_CALLS_WORKERS", "4");
    let broker = world.broker().await;
    world.service.hold();
    let hanging = join_all((0..6).map(|_| plain(&broker, "respond-async").send())).await;
    eventually("it has its share", || async { world.service.asked().len() == 2 }).await;
    let large = broker.post("/large/10", &json!({})).header("prefer", "respond-async").send().await;
    until(&broker, &place(&large), "done").await;
    assert_eq!(world.service.asked().len(), 3, "and no more than that");
    world.service.let_go();
    for answer in &hanging {
        until(&broker, &place(answer), "done").await;
    }
}

pub(crate) async fn a_call_is_either_cancelled_or_made(rows: Rows) {
    let world = World::new(rows, ROWS).await;
    let broker = world.broker().await;
    let race = join_all((0..40).map(async |_| {
        let place = place(&plain(&broker, "respond-async").send().await);
        let answer = broker.delete(&place).send().await;
        assert!([200, 409].contains(&answer.status), "{answer:?}");
        (place, answer.status == 200)
    }))
    .await;
    let mut made = 0;
    for (place, is_cancelled) in &race {
        let state = if *is_cancelled { "cancelled" } else { "done" };
        until(&broker, place, state).await;
        made += usize::from(!is_cancelled);
    }
    assert_eq!(world.service.asked().len(), made);
}

/// The broker dies with calls in every state; another one on the same rows brings them to their ends.
pub(crate) async fn calls_outlive_their_broker(rows: Rows) {
    let world = World::new(rows, ROWS).await.with("BROKER_CALLS_WORKERS", "4");
    let broker = world.broker().await;
    world.service.hold();
    let mut places = Vec::new();
    for _ in 0..5 {
        places.push(place(&plain(&broker, "respond-async").send().await));
    }
    eventually("some are in hand", || async { world.service.asked().len() == 2 }).await;
    broker.kill();
    world.service.let_go();
    let broker = world.broker().await;
    for place in &places {
        assert_eq!(until(&broker, place, "done").await["status"], 201);
    }
    let mut keys: Vec<_> = world.service.asked().into_iter().map(|asked| asked.key).collect();
    assert_eq!(keys.len(), 7, "those that were in hand are made again, the others once");
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), 5, "and under the same key");
}

/// What is in hand when a broker stops finishes, or is handed back and made by the next one.
pub(crate) async fn a_broker_that_stops_hands_back_what_it_cannot_finish(rows: Rows) {
    let (world, broker) = world(rows).await;
    world.service.hold();
    let place = place(&plain(&broker, "respond-async").send().await);
    eventually("it is in hand", || async { world.service.asked().len() == 1 }).await;
    broker.stop();
    let handed_back = || async { world.rows.count("SELECT COUNT(*) FROM calls WHERE state = 'queued'").await == 1 };
    eventually("it is handed back", handed_back).await;
    drop(broker);
    world.service.let_go();
    let broker = world.broker().await;
    assert_eq!(until(&broker, &place, "done").await["result"]["number"], 2);
}

pub(crate) async fn a_row_that_is_gone_is_waited_for_and_then_told_of(rows: Rows) {
    let mut world = World::new(rows, ROWS).await.with("BROKER_CALLS_KEPT", "4s");
    let broker = world.broker().await;
    world.service.answers(503);
    let place = place(&plain(&broker, "respond-async").send().await);
    eventually("it is tried", || async { !world.service.asked().is_empty() }).await;
    drop(broker);
    world.set_table("");
    let broker = world.broker().await;
    let failed = until(&broker, &place, "failed").await;
    let detail = failed["error"]["detail"].as_str().unwrap();
    assert!(detail.starts_with("the row 'POST /plain' is not in the route table any more"), "{failed}");
    eventually("the result is forgotten in its time", || async { broker.get(&place).send().await.status == 404 }).await;
}

pub(crate) async fn a_result_that_is_too_large_is_said_to_be(rows: Rows) {
    let (world, broker) = world(rows).await;
    let ask = broker.post("/large/1048577", &json!({})).header("prefer", "respond-async");
    let done = until(&broker, &place(&ask.send().await), "done").await;
    assert_eq!((&done["status"], &done["error"]["status"], done.get("result")), (&json!(200), &json!(410), None));
    assert!(done["error"]["detail"].as_str().unwrap().contains("1048577 bytes"), "{done}");
    assert_eq!(world.service.asked().len(), 1);
}
