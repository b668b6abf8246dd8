//! One contract over both backends of the cache, and what only one of them can show: room in memory, Redis away.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use bytes::Bytes;
use mesh::cache::{Cache, Script};
use secrecy::SecretString;
use tokio::time::Instant;

const LONG: Duration = Duration::from_secs(600);

fn redis_url() -> String {
    std::env::var("TEST_REDIS_URL").unwrap_or_else(|_| "redis://127.0.0.1:6379".to_owned())
}

/// A cache under a prefix of its own; its entries end by themselves.
async fn redis() -> Cache {
    let prefix = format!("test:{}:", uuid::Uuid::new_v4().simple());
    let cache = Cache::redis(&SecretString::from(redis_url()), &prefix).unwrap();
    // Connecting takes a moment, during which everything reads as a miss.
    eventually("this test needs Redis: start it, or set TEST_REDIS_URL to where it is", async || {
        cache.set("connected", Bytes::new(), Duration::from_secs(5)).await;
        cache.get("connected").await.is_some()
    })
    .await;
    cache
}

async fn eventually(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(45);
    while !condition().await {
        assert!(Instant::now() < deadline, "{what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// What holds for either backend. A busy machine may turn a hit into a miss and a change into none, so each is tried
/// again until it is seen.
async fn contract(cache: Cache) {
    assert_eq!(cache.get("unknown").await, None);
    let sees = async |cache: &Cache, key: &str, value: &'static [u8]| {
        eventually(key, async || cache.get(key).await.as_deref() == Some(value)).await;
    };
    let keeps = async |key: &str, value: &'static [u8]| {
        eventually(key, async || {
            cache.set(key, Bytes::from_static(value), LONG).await;
            cache.get(key).await.as_deref() == Some(value)
        })
        .await;
    };
    keeps("binary", b"\0\xff\r\n").await;
    sees(&cache.clone(), "binary", b"\0\xff\r\n").await;
    keeps("binary", b"newer").await;
    keeps("", b"").await;

    cache.remove("never there").await;
    eventually("removed", async || {
        cache.remove("binary").await;
        cache.get("binary").await.is_none()
    })
    .await;

    cache.set("brief", Bytes::from_static(b"x"), Duration::from_millis(30)).await;
    cache.set("zero", Bytes::from_static(b"x"), Duration::ZERO).await;
    eventually("the end of its time", async || cache.get("brief").await.is_none()).await;
    eventually("the end of no time", async || cache.get("zero").await.is_none()).await;
    sees(&cache, "", b"").await;
    eventually("nothing is left", async || {
        cache.remove("").await;
        cache.get("").await.is_none()
    })
    .await;
}

#[tokio::test]
async fn memory_keeps_the_contract() {
    contract(Cache::in_memory()).await;
}

#[tokio::test]
async fn redis_keeps_the_contract() {
    contract(redis().await).await;
}

#[tokio::test]
async fn redis_prefixes_do_not_see_each_other() {
    let (one, other) = (redis().await, redis().await);
    eventually("set", async || {
        one.set("key", Bytes::from_static(b"one"), Duration::from_secs(60)).await;
        one.get("key").await.is_some()
    })
    .await;
    assert_eq!(other.get("key").await, None);
}

#[tokio::test]
async fn redis_runs_scripts_under_the_prefix() {
    let cache = redis().await;
    let count = Script::new(
        "local sum = redis.call('INCRBY', KEYS[1], ARGV[1] + ARGV[2])
         redis.call('EXPIRE', KEYS[1], 60)
         return { sum, -1 }",
    );
    let wrong = Script::new("return redis.call('no such command')");
    let server = cache.server().unwrap();
    // A connection that was slow once has an error for it; whether the script ran is then not known.
    let added = tokio::time::timeout(LONG, async {
        loop {
            if let Ok(answer) = server.run(&count, "sum", &[3, 4], LONG).await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    let added = added.await.expect("this test needs Redis: start it, or set TEST_REDIS_URL to where it is");
    assert!(added[0] > 0 && added[0] % 7 == 0 && added[1] == -1, "{added:?}");
    eventually("the count is under the prefix", async || {
        cache.get("sum").await.as_deref() == Some(added[0].to_string().as_bytes())
    })
    .await;
    assert!(server.run(&wrong, "sum", &[], LONG).await.is_err());
    assert!(!server.to_string().contains('@'), "{server}");
}

#[tokio::test]
async fn a_script_that_gets_no_answer_is_an_error_after_its_own_patience() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("redis://:s3cret@{}", silent.local_addr().unwrap());
    let server = Cache::redis(&SecretString::from(url), "p:").unwrap().server().unwrap();
    let error = server.run(&Script::new("return {}"), "key", &[], Duration::from_millis(5)).await.unwrap_err();
    assert_eq!(error.to_string(), "no answer in time");
    assert!(!server.to_string().contains("s3cret"), "{server}");
    assert!(Cache::in_memory().server().is_none());
}

#[tokio::test(start_paused = true)]
async fn an_entry_in_memory_ends_to_the_moment() {
    let cache = Cache::in_memory();
    cache.set("key", Bytes::from_static(b"x"), Duration::from_secs(60)).await;
    tokio::time::advance(Duration::from_millis(59_999)).await;
    assert!(cache.get("key").await.is_some());
    tokio::time::advance(Duration::from_millis(1)).await;
    assert!(cache.get("key").await.is_none());
}

#[tokio::test(start_paused = true)]
async fn memory_is_bounded_and_drops_what_ends_first() {
    let cache = Cache::in_memory();
    for number in 0..10_000u64 {
        cache.set(&format!("k{number}"), Bytes::new(), LONG + Duration::from_secs(number)).await;
    }
    cache.set("one more", Bytes::new(), LONG).await;
    assert_eq!(cache.get("k0").await, None);
    assert!(cache.get("k1").await.is_some() && cache.get("one more").await.is_some());
}

#[tokio::test]
async fn a_server_that_is_away_or_silent_reads_as_a_miss_and_costs_little_time() {
    // Bound and not listening: it refuses, and nobody else is given the port.
    let refusing = tokio::net::TcpSocket::new_v4().unwrap();
    refusing.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    for address in [refusing.local_addr().unwrap(), silent.local_addr().unwrap()] {
        let cache = Cache::redis(&SecretString::from(format!("redis://{address}")), "p:").unwrap();
        let tries = async {
            for _ in 0..3 {
                cache.set("key", Bytes::from_static(b"x"), LONG).await;
                cache.remove("key").await;
                assert_eq!(cache.get("key").await, None);
            }
        };
        tokio::time::timeout(Duration::from_secs(20), tries).await.expect("nine calls took over twenty seconds");
    }
}

#[test]
fn a_wrong_url_is_said_with_the_variable() {
    let error = Cache::redis(&SecretString::from("http://localhost"), "p:").err().unwrap();
    assert!(format!("{error:#}").starts_with("REDIS_URL: "), "{error:#}");
}
