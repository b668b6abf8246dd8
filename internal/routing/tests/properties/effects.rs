//! Effect ids: the same row and key are one effect, and nothing else is the same. What a caller sees of it is the id of
//! an event. Callers by name need tokens; that part is beside the function itself, in policy/key.

use std::collections::BTreeMap;
use std::time::Duration;

use bus::{Bus, Shared};
use http::{HeaderMap, HeaderValue};
use mesh::cache::Cache;
use mesh::config::{Env, Process};
use mesh::health::Health;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use routing::policy::{Caller, admit};
use routing::{Argument, Reply, Routing, Row};
use serde_json::{Map, Value};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

const PATIENCE: Duration = Duration::from_secs(45);
/// Names and hosts that would be the same text, were they written one behind the other.
const ROWS: [(&str, &str); 7] =
    [("a", ""), ("ab", ""), ("a", "b"), ("ab", "c"), ("a", "bc"), ("a-b", "c"), ("a", "b-c")];

fn table() -> String {
    let doors = ROWS.iter().map(|(name, host)| {
        let host = if host.is_empty() { String::new() } else { format!("host = '{host}'\n") };
        format!("[[route]]\non = 'POST /{name}'\ncall = 'event e.x'\nauth = 'public'\n{host}")
    });
    let taken = "[[route]]\non = 'event e.#'\naction = 'take'\ncall = 'rpc a b'\n";
    format!("version = 1\n{}{taken}", doors.collect::<String>())
}

async fn opened(folder: &std::path::Path, stop: &CancellationToken) -> Routing {
    let file = folder.join("routes.toml");
    std::fs::write(&file, table()).unwrap();
    let set = |name: &str, value: &std::path::Path| (name.to_owned(), value.display().to_string());
    let env = Env::new([set("SWITCHBOARD_DATA", folder), set("SWITCHBOARD_ROUTES", &file)]);
    let process = Process::from_env(&env).unwrap();
    let bus = Bus::open(bus::Config::from_env(&env, &process).unwrap(), stop.clone()).await.unwrap();
    let shared = Shared { bus, cache: Cache::in_memory(), loopback_only: true, grace: Duration::from_secs(1) };
    let config = routing::Config::from_env(&env).unwrap();
    let routing = Routing::open(config, &shared, "/test", Health::new("test"), stop.clone()).await.unwrap();
    shared.bus.declare(&routing::work_queues(&routing.current().table)).await.unwrap();
    routing
}

/// The id of the event that a call with this key publishes.
async fn id(row: &Row, key: &str) -> String {
    let headers = HeaderMap::from_iter([("idempotency-key".parse().unwrap(), HeaderValue::from_str(key).unwrap())]);
    let caller = Caller { headers: &headers, origin: None, is_forwarded: false };
    let (deadline, mut notes) = (Instant::now() + PATIENCE, HeaderMap::new());
    let admitted = admit(row, caller, deadline, &mut notes).await.unwrap();
    let reply = admitted.call(row, Argument::Object(Map::new()), deadline, &mut notes).await.unwrap();
    let Reply::Json { body, .. } = reply else { panic!("not one document: {reply:?}") };
    serde_json::from_slice::<Value>(&body).unwrap()["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_effect_belongs_to_one_row_and_one_key() {
    let (folder, stop) = (tempfile::tempdir().unwrap(), CancellationToken::new());
    let routing = opened(folder.path(), &stop).await;
    let mut runner = TestRunner::default();
    let keys = prop_oneof![4 => "[abc-]{1,3}", 1 => "[!-~]{1,255}"];
    let mut effects = BTreeMap::new();
    for _ in 0..40 {
        let key = keys.new_tree(&mut runner).unwrap().current();
        for (at, row) in routing.current().rows.iter().enumerate().take(ROWS.len()) {
            let id = id(row, &key).await;
            assert_eq!(effects.entry(id).or_insert((at, key.clone())), &(at, key.clone()));
        }
    }
    let different: std::collections::BTreeSet<_> = effects.values().collect();
    assert_eq!(different.len(), effects.len(), "one call has two effects");
    stop.cancel();
}
