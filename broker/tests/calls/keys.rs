//! The same call under the same key, by whichever door, however often, and whatever became of it the first time.

use std::collections::BTreeSet;

use futures::future::join_all;
use serde_json::{Value, json};

use crate::client::{Answer, Ask};
use crate::issuer::Token;
use crate::rows::Rows;
use crate::world::{Broker, World, eventually};

const ROWS: &str = r#"
[[route]]
on = "POST /do"
action = "do"
call = "http tiny POST /do"
auth = "public"
timeout = "20s"
[[route]]
on = "POST /other"
call = "http tiny POST /do"
auth = "public"
[[route]]
on = "POST /mine"
call = "http tiny POST /do"
[[route]]
on = "POST /secret"
call = "http tiny POST /do"
secret = ["password"]
auth = "public"
[[route]]
on = "POST /own"
call = "http own POST /do"
auth = "public"
[[route]]
on = "POST /large/{bytes}"
call = "http tiny POST /large/{bytes}"
auth = "public"
[[route]]
on = "ANY /raw/{*path}"
call = "http tiny"
auth = "public"
"#;

fn under(broker: &Broker, path: &str, body: &Value) -> Ask {
    broker.post(path, body).header("idempotency-key", "k")
}

fn is_replayed(answer: &Answer) -> bool {
    answer.header("idempotency-replayed") == Some("true")
}

async fn world(rows: Rows) -> (World, Broker) {
    let world = World::new(rows, ROWS).await;
    let broker = world.broker().await;
    (world, broker)
}

pub(crate) async fn the_same_key_and_body_get_the_same_answer(rows: Rows) {
    let (world, broker) = world(rows).await;
    let first = under(&broker, "/do", &json!({ "a": 1, "b": 2 })).send().await;
    assert_eq!((first.status, &first.body, is_replayed(&first)), (201, &json!({ "number": 1 }), false));
    let again = under(&broker, "/do", &json!({ "b": 2, "a": 1 })).send().await;
    assert_eq!((again.status, &again.body, is_replayed(&again)), (201, &first.body, true));
    // By its action it is the same row, in another form.
    let handle = under(&broker, "/handle", &json!({ "action": "do", "do": { "a": 1, "b": 2 } })).send().await;
    assert_eq!((handle.status, &handle.body["data"], is_replayed(&handle)), (201, &first.body, true));
    assert_eq!(world.service.asked().len(), 1);
    // Another broker on the same rows, or the same one after its restart, knows it too.
    drop(broker);
    let broker = world.broker().await;
    let later = under(&broker, "/do", &json!({ "a": 1, "b": 2 })).send().await;
    assert_eq!((&later.body, is_replayed(&later)), (&first.body, true));
    assert_eq!(world.service.asked().len(), 1);
}

pub(crate) async fn another_body_under_the_same_key_is_refused_by_its_name(rows: Rows) {
    let (world, broker) = world(rows).await;
    under(&broker, "/do", &json!({ "a": 1 })).send().await;
    let other = under(&broker, "/do", &json!({ "a": 2 })).send().await;
    assert_eq!((other.status, &other.body["errors"][0]["field"]), (422, &json!("Idempotency-Key")));
    assert_eq!(world.service.asked().len(), 1);
}

pub(crate) async fn a_key_counts_for_its_row_and_its_caller_alone(rows: Rows) {
    let (world, broker) = world(rows).await;
    let by = async |subject: &str| {
        let token = Token { subject, ..Token::default() }.signed();
        under(&broker, "/mine", &json!({ "by": subject })).bearer(&token).send().await
    };
    for answer in [by("u-1").await, by("u-2").await] {
        assert_eq!((answer.status, is_replayed(&answer)), (201, false), "{answer:?}");
    }
    assert!(is_replayed(&by("u-1").await));
    for path in ["/do", "/other"] {
        let answer = under(&broker, path, &json!({ "by": "u-1" })).send().await;
        assert_eq!((answer.status, is_replayed(&answer)), (201, false), "{answer:?}");
    }
    let keys: BTreeSet<_> = world.service.asked().into_iter().map(|asked| asked.key).collect();
    assert_eq!(keys.len(), 4, "another effect id for each");
}

pub(crate) async fn of_fifty_at_once_one_is_made(rows: Rows) {
    let (world, broker) = world(rows).await;
    world.service.hold();
    let fifty = join_all((0..50).map(|_| under(&broker, "/do", &json!({ "a": 1 })).send()));
    let let_go = async {
        eventually("the one", || async { !world.service.asked().is_empty() }).await;
        let refused = under(&broker, "/do", &json!({ "a": 1 })).send().await;
        assert_eq!((refused.status, refused.header("retry-after")), (409, Some("1")), "{refused:?}");
        world.service.let_go();
    };
    let (fifty, ()) = tokio::join!(fifty, let_go);
    for answer in &fifty {
        match answer.status {
            201 => assert_eq!(answer.body, json!({ "number": 1 })),
            _ => assert_eq!((answer.status, answer.header("retry-after")), (409, Some("1")), "{answer:?}"),
        }
    }
    assert!(fifty.iter().any(|answer| answer.status == 201));
    assert_eq!(world.service.asked().len(), 1);
    assert!(is_replayed(&under(&broker, "/do", &json!({ "a": 1 })).send().await));
}

pub(crate) async fn errors_of_the_call_are_kept_and_outages_are_not(rows: Rows) {
    let (world, broker) = world(rows).await;
    for status in [400, 404, 409, 422, 500, 503, 504, 429, 401, 403] {
        world.service.answers(status);
        let key = status.to_string();
        let ask = async || broker.post("/do", &json!({ "a": 1 })).header("idempotency-key", &key).send().await;
        let (first, is_kept) = (ask().await, matches!(status, 400 | 404 | 409 | 422));
        assert_eq!(first.status, status, "{first:?}");
        world.service.answers(201);
        let again = ask().await;
        assert_eq!(is_replayed(&again), is_kept, "{status}");
        assert_eq!(again.status, if is_kept { status } else { 201 }, "{again:?}");
        if is_kept {
            assert_eq!((&again.body["detail"], &again.body["code"]), (&first.body["detail"], &first.body["code"]));
        }
        let ids: BTreeSet<_> = world.service.asked().into_iter().map(|asked| asked.key).collect();
        assert!(ids.len() <= 10, "a repetition has the same effect id");
    }
}

pub(crate) async fn where_passwords_or_tokens_go_by_nothing_but_the_key_is_kept(rows: Rows) {
    let (world, broker) = world(rows).await;
    for (number, path) in [(1, "/secret"), (3, "/own")] {
        let ask = async |name: &str| {
            let body = json!({ "name": name, "password": "correct horse" });
            under(&broker, path, &body).send().await
        };
        for number in [number, number + 1] {
            let answer = ask("ada").await;
            assert_eq!((answer.status, &answer.body["number"], is_replayed(&answer)), (201, &json!(number), false));
        }
        assert_eq!(ask("eve").await.status, 422, "{path}");
    }
    let asked = world.service.asked();
    assert_eq!((&asked[0].key, &asked[2].key), (&asked[1].key, &asked[3].key));
    assert_ne!(asked[0].key, asked[2].key);
    assert_eq!(world.rows.count("SELECT COUNT(*) FROM calls WHERE body IS NOT NULL OR argument IS NOT NULL").await, 0);
    assert_eq!(world.rows.count("SELECT COUNT(*) FROM calls WHERE state = 'open'").await, 2);
}

pub(crate) async fn an_answer_that_is_too_large_is_said_to_be_and_the_call_is_not_made_again(rows: Rows) {
    let (world, broker) = world(rows).await;
    for (bytes, is_kept) in [(1_048_576, true), (1_048_577, false)] {
        let path = format!("/large/{bytes}");
        let ask = || broker.post(&path, &json!({})).header("idempotency-key", &bytes.to_string());
        assert_eq!(ask().send().await.status, 200);
        let again = ask().send().await;
        match is_kept {
            true => assert_eq!(again.body.as_str().map(str::len), Some(bytes - 2)),
            false => {
                assert_eq!((again.status, again.body["code"].as_str()), (410, Some("out_of_range")), "{again:?}");
                assert!(again.body["detail"].as_str().unwrap().contains("1048577 bytes"), "{again:?}");
            }
        }
        assert_eq!(world.service.asked().len(), if is_kept { 1 } else { 2 });
    }
}

pub(crate) async fn where_bodies_stream_through_the_key_passes_on_and_nothing_is_kept(rows: Rows) {
    let (world, broker) = world(rows).await;
    for _ in 0..2 {
        assert_eq!(under(&broker, "/raw/do", &json!({})).send().await.status, 201);
    }
    assert_eq!(world.service.asked().iter().map(|asked| asked.key.as_str()).collect::<Vec<_>>(), ["k", "k"]);
    assert_eq!(world.rows.count("SELECT COUNT(*) FROM calls").await, 0);
}

/// The broker dies while the service has the call in hand. Whoever repeats it is told to wait until nobody can have it
/// in hand any more, and then makes it with the same effect id.
pub(crate) async fn a_call_whose_broker_died_is_made_again_with_the_same_effect_id(rows: Rows) {
    let table = ROWS.replace("timeout = \"20s\"", "timeout = \"3s\"");
    let world = World::new(rows, &table).await;
    let broker = world.broker().await;
    world.service.hold();
    let lost = tokio::spawn(under(&broker, "/do", &json!({ "a": 1 })).try_send());
    eventually("the call is in hand", || async { !world.service.asked().is_empty() }).await;
    broker.kill();
    assert!(lost.await.unwrap().is_err(), "its caller learns nothing");
    world.service.let_go();
    let broker = world.broker().await;
    eventually("the call is made again", || async {
        let answer = under(&broker, "/do", &json!({ "a": 1 })).send().await;
        assert!([201, 409].contains(&answer.status), "{answer:?}");
        answer.status == 201
    })
    .await;
    let asked = world.service.asked();
    assert_eq!((asked.len(), &asked[0]), (2, &asked[1]));
}

/// Its caller goes before the answer is there: the repetition finds it.
pub(crate) async fn a_call_goes_on_without_its_caller(rows: Rows) {
    let (world, broker) = world(rows).await;
    world.service.hold();
    let impatient = tokio::spawn(under(&broker, "/do", &json!({ "a": 1 })).try_send());
    eventually("the call is in hand", || async { !world.service.asked().is_empty() }).await;
    impatient.abort();
    let _ = impatient.await;
    world.service.let_go();
    eventually("the answer is kept", || async { is_replayed(&under(&broker, "/do", &json!({ "a": 1 })).send().await) })
        .await;
    assert_eq!(world.service.asked().len(), 1);
}

pub(crate) async fn a_key_is_forgotten_after_its_time(rows: Rows) {
    let world = World::new(rows, ROWS).await.with("BROKER_CALLS_KEPT", "1s");
    let broker = world.broker().await;
    assert_eq!(under(&broker, "/do", &json!({ "a": 1 })).send().await.status, 201);
    eventually("the key is free for another call", || async {
        let answer = under(&broker, "/do", &json!({ "a": 2 })).send().await;
        assert!([201, 422].contains(&answer.status), "{answer:?}");
        answer.status == 201
    })
    .await;
    assert_eq!(world.service.asked().len(), 2);
    let none = || async { world.rows.count("SELECT COUNT(*) FROM calls").await == 0 };
    eventually("the rows are swept", none).await;
}
