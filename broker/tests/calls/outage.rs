//! The rows go away while calls are in hand, and two brokers share them: what was made once is not made again because
//! of that, and what nobody has in hand any more is.

use faults::Proxy;
use serde_json::json;

use crate::rows::{self, Rows};
use crate::world::{Broker, World, eventually, place};

const ROWS: &str = r#"
[[route]]
on = "POST /do"
call = "http tiny POST /do"
auth = "public"
timeout = "40s"
"#;

/// Two brokers on the same rows, of which the first has them behind the proxy.
async fn two(rows: Rows) -> (World, Proxy, Broker, Broker) {
    let mut url = url::Url::parse(rows.url.as_ref().unwrap()).unwrap();
    let proxy = Proxy::to(format!("{}:{}", url.host_str().unwrap(), url.port().unwrap_or(5432))).await.unwrap();
    let straight = std::mem::replace(&mut url, url::Url::parse(rows.url.as_ref().unwrap()).unwrap());
    url.set_host(Some("127.0.0.1")).unwrap();
    url.set_port(Some(proxy.address().port())).unwrap();
    let mut world = World::new(rows, ROWS).await.with("BROKER_CALLS_LEASE", "3s");
    world.rows.url = Some(url.to_string());
    let behind = world.broker().await;
    world.rows.url = Some(straight.to_string());
    let other = world.broker().await;
    (world, proxy, behind, other)
}

async fn in_hand(world: &World) {
    eventually("the call is in hand", || async { !world.service.asked().is_empty() }).await;
}

async fn is_known_away(broker: &Broker) {
    eventually("the rows are known to be away", || async {
        broker.get("/health/ready").send().await.body["degraded"]["postgres"].is_string()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_an_answer_under_a_key_is_kept_after_an_outage() {
    rows::postgres(async |rows| {
        let (world, proxy, behind, other) = two(rows).await;
        let under = |broker: &Broker| broker.post("/do", &json!({ "a": 1 })).header("idempotency-key", "k");
        world.service.hold();
        let first = tokio::spawn(under(&behind).send());
        in_hand(&world).await;
        proxy.cut();
        is_known_away(&behind).await;
        world.service.let_go();
        let first = first.await.unwrap();
        assert_eq!((first.status, &first.body), (201, &json!({ "number": 1 })), "its caller is answered meanwhile");
        assert_eq!(under(&other).send().await.status, 409, "it is not there yet");
        proxy.open();
        eventually("the answer is there", || async {
            let again = under(&other).send().await;
            assert!([201, 409].contains(&again.status), "{again:?}");
            again.header("idempotency-replayed") == Some("true")
        })
        .await;
        assert_eq!(world.service.asked().len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_the_end_of_a_call_is_written_after_an_outage() {
    rows::postgres(async |rows| {
        let (world, proxy, behind, other) = two(rows).await;
        drop(other);
        world.service.hold();
        let ask = behind.post("/do", &json!({})).header("prefer", "respond-async");
        let place = place(&ask.send().await);
        in_hand(&world).await;
        proxy.cut();
        is_known_away(&behind).await;
        world.service.let_go();
        let run_out = || async {
            world.rows.count("SELECT COUNT(*) FROM calls WHERE state = 'running' AND due_at < now()").await == 1
        };
        eventually("the lease runs out", run_out).await;
        proxy.open();
        let is_done = || async { behind.get(&place).send().await.body["state"] == "done" };
        eventually("the end is written", is_done).await;
        assert_eq!(world.service.asked().len(), 1, "it was not made again");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_a_call_in_hand_stays_with_its_broker_and_one_that_is_cut_off_loses_it() {
    rows::postgres(async |rows| {
        let (world, proxy, behind, other) = two(rows).await;
        world.service.hold();
        let ask = behind.post("/do", &json!({})).header("prefer", "respond-async");
        let place = place(&ask.send().await);
        in_hand(&world).await;
        // Either of the two may have taken it; it is made once more when that one is cut off, and else not at all.
        let renewed = || async {
            let sql = "SELECT COUNT(*) FROM calls WHERE due_at > accepted_at + interval '7 seconds'";
            world.rows.count(sql).await == 1
        };
        eventually("its lease is renewed", renewed).await;
        assert_eq!(world.service.asked().len(), 1);
        proxy.cut();
        is_known_away(&behind).await;
        world.service.let_go();
        let is_done = || async { other.get(&place).send().await.body["state"] == "done" };
        eventually("it has its end", is_done).await;
        proxy.open();
        let asked = world.service.asked();
        assert!(asked.iter().all(|one| one.key == asked[0].key) && asked.len() <= 2, "{asked:?}");
    })
    .await;
}
