//! Limits as `admit` uses them: one contract over memory and Redis, and what only one of them can show.

use std::net::IpAddr;
use std::sync::Arc;

use futures::future::join_all;
use http::HeaderMap;
use mesh::cache::{Cache, Script};
use mesh::{Code, Error};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use secrecy::SecretString;
use tokio::time::{Duration, Instant};

use super::store::{PATIENCE, Store};
use super::{Limiter, Limits, Who};

/// Only a test that fails waits for so long.
const LONG: Duration = Duration::from_secs(45);

fn limiter(limits: &Limits, limit: &str) -> Arc<Limiter> {
    let table = format!("version = 1\n[[route]]\non = \"POST /a\"\ncall = \"rpc s one\"\nlimit = \"{limit}\"");
    limits.of(&crate::table::parse("t", &table, |_| None).unwrap().routes[0]).unwrap()
}

/// One call from this address, and what is told beside its answer.
async fn call(limiter: &Limiter, address: &str) -> (Result<(), Error>, HeaderMap) {
    let (address, mut notes): (IpAddr, _) = (address.parse().unwrap(), HeaderMap::new());
    let admitted = limiter.admit(None, Some(address), &mut notes).await;
    (admitted, notes)
}

/// How many of so many calls at once are let in, each limiter in its turn.
async fn let_in(limiters: &[&Limiter], calls: usize, address: &str) -> usize {
    let calls = limiters.iter().cycle().take(calls).map(|limiter| call(limiter, address));
    join_all(calls).await.into_iter().filter(|(admitted, _)| admitted.is_ok()).count()
}

/// Limits of a broker of its own, and what it has counted.
struct Broker {
    limits: Limits,
    metrics: PrometheusHandle,
}

impl Broker {
    fn new(cache: &Cache, patience: Duration) -> Self {
        let recorder = PrometheusBuilder::new().build_recorder();
        let store = || cache.server().map(|server| Store::new(server, patience));
        let limits = metrics::with_local_recorder(&recorder, || Limits::counted_by(store()));
        Self { limits, metrics: recorder.handle() }
    }

    /// On the Redis of all tests, connected.
    async fn redis(prefix: &str) -> Self {
        let url = std::env::var("TEST_REDIS_URL").unwrap_or_else(|_| "redis://127.0.0.1:6379".to_owned());
        let cache = Cache::redis(&SecretString::from(url), prefix).unwrap();
        let (server, script, began) = (cache.server().unwrap(), Script::new("return {1}"), Instant::now());
        while server.run(&script, "connected", &[], LONG).await.is_err() {
            assert!(began.elapsed() < LONG, "this test needs Redis: start it, or set TEST_REDIS_URL to where it is");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Self::new(&cache, LONG)
    }

    fn failures(&self) -> u32 {
        let text = self.metrics.render();
        let line = text.lines().find_map(|line| line.strip_prefix("limit_store_failures_total "));
        line.map_or(0, |count| count.parse().unwrap())
    }
}

/// Two brokers that share one Redis, and what `test` finds. On a busy machine Redis may be late, and then each counts
/// alone, as it should: such a run tells nothing and is made again, with other keys.
async fn undisturbed<T>(test: impl AsyncFn(&Limits, &Limits) -> T) -> T {
    let began = Instant::now();
    loop {
        let prefix = format!("test:{}:", uuid::Uuid::new_v4().simple());
        let (one, other) = (Broker::redis(&prefix).await, Broker::redis(&prefix).await);
        let found = test(&one.limits, &other.limits).await;
        if one.failures() + other.failures() == 0 {
            return found;
        }
        assert!(began.elapsed() < LONG, "Redis was late in every run");
    }
}

/// What holds wherever it is counted; the hour is so long that nothing becomes free meanwhile. Nothing is asserted in a
/// run that may have to be made again, so it gives what it has seen.
async fn seen(limits: &Limits) -> Vec<String> {
    let limiter = limiter(limits, "3/h per caller");
    let mut seen = Vec::new();
    for address in ["192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.2"] {
        let (admitted, notes) = call(&limiter, address).await;
        let said = admitted.map_or_else(|error| format!("{:?}: {}", error.code, error.detail), |()| "in".to_owned());
        let told = |name: &str| notes[name].to_str().unwrap().split(";t=").next().unwrap().to_owned();
        seen.push(format!("{said} | {} | {}", told("ratelimit-policy"), told("ratelimit")));
    }
    // The same row of another table goes on, with another limit it begins anew.
    let again = self::limiter(limits, "3/h per caller");
    let changed = self::limiter(limits, "4/h per caller");
    let for_all = self::limiter(limits, "3/h per route");
    seen.push(let_in(&[&again], 5, "192.0.2.1").await.to_string());
    seen.push(let_in(&[&changed], 5, "192.0.2.1").await.to_string());
    seen.push((let_in(&[&for_all], 2, "192.0.2.1").await + let_in(&[&for_all], 2, "192.0.2.9").await).to_string());
    seen
}

const SEEN: [&str; 8] = [
    r#"in | "caller";q=3;w=3600 | "caller";r=2"#,
    r#"in | "caller";q=3;w=3600 | "caller";r=1"#,
    r#"in | "caller";q=3;w=3600 | "caller";r=0"#,
    r#"ResourceExhausted: more than 3 calls an hour by this caller; wait for as long as Retry-After says | "caller";q=3;w=3600 | "caller";r=0"#,
    r#"in | "caller";q=3;w=3600 | "caller";r=2"#,
    "0",
    "4",
    "3",
];

#[tokio::test]
async fn memory_keeps_the_contract() {
    assert_eq!(seen(&Limits::new(&Cache::in_memory())).await, SEEN);
}

#[tokio::test]
async fn redis_keeps_the_contract() {
    assert_eq!(undisturbed(async |limits, _| seen(limits).await).await, SEEN);
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_as_long_as_it_is_told_is_let_in() {
    let limiter = limiter(&Limits::new(&Cache::in_memory()), "6/m per caller");
    assert_eq!(let_in(&[&limiter], 10, "2001:db8::1").await, 6);
    let (refused, notes) = call(&limiter, "2001:db8::2").await;
    let error = refused.unwrap_err();
    assert_eq!((error.code, error.retry_after), (Code::ResourceExhausted, Some(Duration::from_secs(10))));
    assert_eq!(notes["ratelimit"], r#""caller";r=0;t=60"#);
    tokio::time::advance(Duration::from_secs(10)).await;
    assert_eq!(let_in(&[&limiter], 2, "2001:db8::1").await, 1);
    tokio::time::advance(Duration::from_secs(120)).await;
    assert_eq!(let_in(&[&limiter], 10, "2001:db8::1").await, 6);
}

#[tokio::test]
async fn redis_lets_in_over_two_brokers_what_one_would() {
    let found = undisturbed(async |one, other| {
        let (one, other) = (limiter(one, "20/h per caller"), limiter(other, "20/h per caller"));
        let together = let_in(&[&one, &other], 60, "192.0.2.1").await;
        (together, let_in(&[&other], 1, "192.0.2.1").await, let_in(&[&other], 30, "192.0.2.2").await)
    });
    assert_eq!(found.await, (20, 0, 20));
}

#[tokio::test]
async fn redis_loses_no_call_of_rates_that_do_not_divide() {
    for calls in [1, 7, 13, 97] {
        let limit = format!("{calls}/h per caller");
        let found = undisturbed(async |one, _| let_in(&[&limiter(one, &limit)], calls + 9, "192.0.2.1").await);
        assert_eq!(found.await, calls);
    }
}

#[tokio::test]
async fn redis_is_told_of_a_refusal_when_one_more_call_is_free() {
    let found = undisturbed(async |one, _| {
        let limiter = limiter(one, "2/h per caller");
        let_in(&[&limiter], 2, "192.0.2.1").await;
        call(&limiter, "192.0.2.1").await.0.unwrap_err().retry_after.unwrap()
    });
    let found = found.await;
    assert!((1_700..=1_800).contains(&found.as_secs()), "{found:?}");
}

#[tokio::test]
async fn where_the_store_is_silent_or_away_each_broker_counts_alone_and_hardly_waits() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let refusing = tokio::net::TcpSocket::new_v4().unwrap();
    refusing.bind(([127, 0, 0, 1], 0).into()).unwrap();
    for address in [silent.local_addr().unwrap(), refusing.local_addr().unwrap()] {
        let cache = Cache::redis(&SecretString::from(format!("redis://{address}")), "p:").unwrap();
        let broker = Broker::new(&cache, PATIENCE);
        let limiter = limiter(&broker.limits, "500/h per caller");
        let began = Instant::now();
        let mut let_in = 0;
        for _ in 0..600 {
            let_in += usize::from(call(&limiter, "192.0.2.1").await.0.is_ok());
        }
        let took = began.elapsed();
        assert_eq!(let_in, 500);
        let probes = u32::try_from(took.as_secs()).unwrap() + 4;
        assert!((3..=probes).contains(&broker.failures()), "{} failures in {took:?}", broker.failures());
        // Each call that waits in vain would cost 20 ms, so all of them 12 s.
        assert!(took < Duration::from_secs(10), "{took:?}");
    }
}

#[tokio::test]
async fn calls_of_one_caller_at_once_are_one_question() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("redis://{}", silent.local_addr().unwrap());
    let broker = Broker::new(&Cache::redis(&SecretString::from(url), "p:").unwrap(), PATIENCE);
    let limiter = limiter(&broker.limits, "500/h per caller");
    assert_eq!(let_in(&[&limiter], 100, "192.0.2.1").await, 100);
    // Three would have opened the breaker.
    assert!(!broker.limits.inner.store.as_ref().unwrap().is_away());
}

#[tokio::test]
async fn redis_that_has_forgotten_everything_only_forgives() {
    let found = undisturbed(async |one, other| {
        let limit = "2/h per caller";
        let (one, other) = (limiter(one, limit), limiter(other, limit));
        let_in(&[&one], 2, "192.0.2.1").await;
        let key = format!("limit:{}:{:032x}", one.name, Who::of(None, "192.0.2.1".parse().ok()).0);
        let forgotten = one
            .store
            .as_ref()
            .unwrap()
            .server
            .run(&Script::new("return {redis.call('DEL', KEYS[1])}"), &key, &[], LONG)
            .await;
        (forgotten.unwrap_or_default(), let_in(&[&other], 3, "192.0.2.1").await)
    });
    assert_eq!(found.await, (vec![1], 2));
}
