//! The set of instances over time, with a resolver of the test's own and a paused clock, and what calls do to it.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::time::Duration;

use super::*;
use crate::table::Scheme;

const SECOND: Duration = Duration::from_secs(1);

fn service(addresses: &[&str]) -> Service {
    let address = |text: &&str| {
        let (host, port) = text.rsplit_once(':').unwrap();
        Address { host: host.to_owned(), port: port.parse().unwrap() }
    };
    Service {
        name: "s".into(),
        scheme: Scheme::Grpc,
        addresses: addresses.iter().map(address).collect(),
        annotated: false,
        token: false,
        concurrency: None,
        line: 1,
    }
}

impl Upstream {
    /// Instances at these addresses.
    pub(crate) fn at(addresses: &[SocketAddr]) -> Arc<Self> {
        let texts: Vec<String> = addresses.iter().map(ToString::to_string).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        Upstreams::default().of(&service(&texts))
    }

    /// The instances change to these.
    pub(crate) fn change(&self, addresses: &[SocketAddr]) {
        self.set(addresses);
    }
}

/// What the name server says.
#[derive(Clone)]
enum Answer {
    Are(Vec<SocketAddr>),
    Error,
    Silence,
}

#[derive(Clone)]
struct Names(Arc<Mutex<Answer>>);

impl Names {
    fn are(ports: &[u16]) -> Self {
        Self(Arc::new(Mutex::new(Answer::Are(addresses(ports)))))
    }

    fn change(&self, answer: Answer) {
        *self.0.lock().unwrap() = answer;
    }

    fn upstream(&self, addresses: &[&str]) -> Arc<Upstream> {
        let answers = Arc::clone(&self.0);
        let resolver: Resolver = Arc::new(move |_| {
            let answer = answers.lock().unwrap().clone();
            Box::pin(async move {
                match answer {
                    Answer::Are(addresses) => Ok(addresses),
                    Answer::Error => Err(io::Error::other("no such name")),
                    Answer::Silence => std::future::pending().await,
                }
            })
        });
        Upstreams::new(resolver).of(&service(addresses))
    }
}

fn addresses(ports: &[u16]) -> Vec<SocketAddr> {
    ports.iter().map(|port| ([127, 0, 0, 1], *port).into()).collect()
}

fn of_an_hour() -> Wait {
    Wait { deadline: Instant::now() + Duration::from_secs(3_600), patience: SECOND }
}

/// The next call's instance.
fn next(upstream: &Upstream) -> InFlight {
    upstream.pick(&[], &[]).unwrap().0.waited_for(Some(of_an_hour()), None)
}

/// The ports that calls go to, which are answered at once.
fn used(upstream: &Upstream) -> BTreeSet<u16> {
    let call = |_| {
        let mut instance = next(upstream);
        instance.answered();
        instance.address.port()
    };
    (0..100).map(call).collect()
}

fn eject(upstream: &Upstream, port: u16) {
    let others: Vec<_> = upstream.endpoints.load().iter().map(|it| it.address).filter(|it| it.port() != port).collect();
    for _ in 0..5 {
        upstream.pick(&[], &others).unwrap().0.failed("test");
    }
}

#[tokio::test(start_paused = true)]
async fn a_new_address_is_used_within_ten_seconds_and_one_that_is_gone_ends_what_it_has() {
    let names = Names::are(&[1]);
    let upstream = names.upstream(&["name:1"]);
    drop(upstream.search(None, None).await);
    let mut last_call = next(&upstream);
    assert_eq!(last_call.address.port(), 1);
    names.change(Answer::Are(addresses(&[1, 2])));
    tokio::time::sleep(10 * SECOND).await;
    assert!(used(&upstream).contains(&2));
    names.change(Answer::Are(addresses(&[2])));
    tokio::time::sleep(10 * SECOND).await;
    assert_eq!(used(&upstream), [2].into());
    last_call.answered();
}

#[tokio::test(start_paused = true)]
async fn what_was_known_last_stays_while_the_name_server_knows_nothing_or_is_silent() {
    let names = Names::are(&[1, 2]);
    let upstream = names.upstream(&["name:1"]);
    drop(upstream.search(None, None).await);
    for answer in [Answer::Error, Answer::Silence, Answer::Are(Vec::new())] {
        names.change(answer);
        tokio::time::sleep(60 * SECOND).await;
        assert_eq!(used(&upstream), [1, 2].into());
    }
    names.change(Answer::Are(addresses(&[3])));
    tokio::time::sleep(10 * SECOND).await;
    assert_eq!(used(&upstream), [3].into(), "and it is asked again");
}

#[tokio::test(start_paused = true)]
async fn a_name_that_is_silent_does_not_hold_up_the_addresses_beside_it() {
    let names = Names::are(&[]);
    names.change(Answer::Silence);
    let upstream = names.upstream(&["127.0.0.1:7", "name:1"]);
    let began = Instant::now();
    assert_eq!(upstream.search(None, None).await.next().unwrap().address.port(), 7);
    assert_eq!(began.elapsed(), Duration::ZERO);
    names.change(Answer::Are(addresses(&[8])));
    tokio::time::sleep(10 * SECOND).await;
    assert_eq!(used(&upstream), [7, 8].into());
    assert_eq!(upstream.authority(), "127.0.0.1:7");
}

#[tokio::test(start_paused = true)]
async fn a_slow_instance_gets_few_calls_and_a_new_one_its_share() {
    let upstream = Upstream::at(&addresses(&[1, 2]));
    let mut calls = BTreeMap::new();
    let mut run = async |upstream: &Arc<Upstream>| {
        calls.clear();
        for _ in 0..400 {
            let mut instance = next(upstream);
            *calls.entry(instance.address.port()).or_insert(0) += 1;
            let took = Duration::from_millis(if instance.address.port() == 2 { 300 } else { 5 });
            tokio::spawn(async move {
                tokio::time::sleep(took).await;
                instance.answered();
            });
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        calls.clone()
    };
    let calls = run(&upstream).await;
    assert!(calls[&2] < 40, "{calls:?}");
    upstream.set(&addresses(&[1, 2, 3]));
    let calls = run(&upstream).await;
    assert!(calls[&3] > 100 && calls[&1] > 100, "{calls:?}");
}

#[tokio::test(start_paused = true)]
async fn an_ejected_instance_rests_then_one_call_at_a_time_sees_whether_it_is_back() {
    let upstream = Upstream::at(&addresses(&[1, 2]));
    eject(&upstream, 1);
    assert_eq!(used(&upstream), [2].into());
    tokio::time::sleep(SECOND).await;
    let probe = next(&upstream);
    assert_eq!(probe.address.port(), 1, "the first call after its rest goes there");
    assert_eq!(used(&upstream), [2].into(), "and no other meanwhile");
    drop(probe);
    let mut probe = next(&upstream);
    assert_eq!(probe.address.port(), 1, "a probe whose caller went away says nothing");
    probe.failed("test");
    drop(probe);
    tokio::time::sleep(SECOND).await;
    assert_eq!(used(&upstream), [2].into(), "it rests for longer");
    tokio::time::sleep(SECOND).await;
    assert_eq!(used(&upstream), [1, 2].into(), "an answer lets it back in");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_failed_already_is_no_probe() {
    let upstream = Upstream::at(&addresses(&[1, 2, 3]));
    eject(&upstream, 1);
    tokio::time::sleep(SECOND).await;
    for _ in 0..50 {
        let (instance, has_others) = upstream.pick(&addresses(&[2]), &[]).unwrap();
        assert_eq!((instance.address.port(), has_others), (3, false));
    }
}

#[tokio::test(start_paused = true)]
async fn when_all_are_ejected_none_is() {
    let upstream = Upstream::at(&addresses(&[1, 2]));
    eject(&upstream, 1);
    eject(&upstream, 2);
    let (first, second) = (next(&upstream), next(&upstream));
    assert_ne!(first.address, second.address);
    assert_eq!(used(&upstream).len(), 1, "whoever answers is back: the other one is waited for");
}

#[tokio::test(start_paused = true)]
async fn instances_that_refused_are_left_out_and_tried_ones_only_where_there_are_others() {
    let upstream = Upstream::at(&addresses(&[1, 2]));
    let (one, both) = (addresses(&[1]), addresses(&[1, 2]));
    for _ in 0..20 {
        assert_eq!(upstream.pick(&[], &one).unwrap().0.address.port(), 2);
        assert_eq!(upstream.pick(&one, &[]).unwrap().0.address.port(), 2);
        assert!(upstream.pick(&both, &[]).is_some());
        assert!(upstream.pick(&[], &both).is_none());
    }
}

/// Whether five calls in a row eject that were given so long and dropped after so long, overtaken by another attempt or
/// not.
async fn is_ejected_by_calls(given: Duration, dropped_after: Duration, is_overtaken: bool) -> bool {
    let upstream = Upstream::at(&addresses(&[1]));
    for _ in 0..5 {
        let wait = Wait { deadline: Instant::now() + given, patience: SECOND };
        let call = Trail::default();
        let attempt = call.begin();
        let instance = upstream.pick(&[], &[]).unwrap().0.waited_for(Some(wait), Some(&attempt));
        if is_overtaken {
            drop(call.begin());
        }
        tokio::time::sleep(dropped_after).await;
        drop(instance);
    }
    let standing = upstream.endpoints.load()[0].candidate(false, 1.0, Instant::now()).standing;
    standing == Standing::Ejected
}

#[tokio::test(start_paused = true)]
async fn a_deadline_that_ends_counts_and_a_caller_that_leaves_or_hurries_does_not() {
    let (long, short) = (3 * SECOND, Duration::from_millis(50));
    assert!(is_ejected_by_calls(long, long, false).await, "it hangs");
    assert!(!is_ejected_by_calls(long, 2 * SECOND, false).await, "callers went away");
    assert!(is_ejected_by_calls(long, 2 * SECOND, true).await, "another attempt had to be made");
    assert!(!is_ejected_by_calls(long, short, true).await, "another attempt was made soon");
    assert!(!is_ejected_by_calls(short, short, false).await, "callers asked for what nobody could keep");
}

#[tokio::test(start_paused = true)]
async fn an_instance_that_asks_for_a_pause_gets_it_while_there_are_others() {
    let upstream = Upstream::at(&addresses(&[1, 2]));
    upstream.pick(&[], &addresses(&[2])).unwrap().0.rests(3 * SECOND);
    assert_eq!(used(&upstream), [2].into());
    eject(&upstream, 2);
    assert_eq!(next(&upstream).address.port(), 1, "better than one that fails");
    tokio::time::sleep(3 * SECOND).await;
    assert_eq!(used(&upstream), [1, 2].into());
}

#[tokio::test]
async fn one_service_is_one_upstream_over_reloads() {
    let upstreams = Upstreams::default();
    let held = upstreams.of(&service(&["127.0.0.1:1"]));
    assert!(Arc::ptr_eq(&held, &upstreams.of(&service(&["127.0.0.1:1"]))));
    assert!(!Arc::ptr_eq(&held, &upstreams.of(&service(&["127.0.0.1:1", "127.0.0.1:2"]))));
}
