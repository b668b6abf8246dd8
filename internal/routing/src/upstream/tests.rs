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
    Wait { deadline: Instant::now() + Duration::from_secs(3_600), timeout: Duration::from_secs(3_600) }
}

/// The next call's instance.
fn next(upstream: &Upstream) -> InFlight {
    upstream.pick(&[], &[], false).unwrap().0.waited_for(Some(of_an_hour()), None)
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
        upstream.pick(&[], &others, false).unwrap().0.failed("test");
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
        let (instance, has_others) = upstream.pick(&addresses(&[2]), &[], false).unwrap();
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
        assert_eq!(upstream.pick(&[], &one, false).unwrap().0.address.port(), 2);
        assert_eq!(upstream.pick(&one, &[], false).unwrap().0.address.port(), 2);
        assert!(upstream.pick(&both, &[], false).is_some());
        assert!(upstream.pick(&[], &both, false).is_none());
    }
}

/// A call that is given up.
#[derive(Clone, Copy)]
struct GivenUp {
    /// The row's.
    timeout: Duration,
    given: Duration,
    after: Duration,
    is_overtaken: bool,
}

impl GivenUp {
    /// Whether five of them in a row eject. What happens to the body in the meantime is the test's.
    async fn ejects<F: Future<Output = ()>>(self, body: impl Fn(Upload) -> F) -> bool {
        let upstream = Upstream::at(&addresses(&[1]));
        for _ in 0..5 {
            let wait = Wait { deadline: Instant::now() + self.given, timeout: self.timeout };
            let (call, upload) = (Trail::default(), Upload::default());
            let attempt = call.begin();
            let mut instance = upstream.pick(&[], &[], false).unwrap().0.waited_for(Some(wait), Some(&attempt));
            instance.is_sent(&upload);
            if self.is_overtaken {
                drop(call.begin());
            }
            tokio::join!(tokio::time::sleep(self.after), body(upload));
            drop(instance);
        }
        standing(&upstream) == Standing::Ejected
    }
}

fn standing(upstream: &Upstream) -> Standing {
    upstream.endpoints.load()[0].candidate(false, 1.0, Instant::now()).standing
}

#[tokio::test(start_paused = true)]
async fn a_deadline_that_ends_counts_and_a_caller_that_leaves_or_hurries_does_not() {
    let (long, short) = (3 * SECOND, Duration::from_millis(50));
    let cases = [
        (long, long, false, true, "it hangs"),
        (long, 2 * SECOND, false, false, "callers went away"),
        (long, 2 * SECOND, true, true, "another attempt had to be made"),
        (long, short, true, false, "another attempt was made soon"),
        (short, short, false, false, "callers asked for what nobody could keep"),
        (2 * SECOND, 2 * SECOND, false, false, "callers asked for less than the row gives"),
        (2 * SECOND, 2 * SECOND, true, false, "that made another attempt, too"),
    ];
    for (given, after, is_overtaken, ejects, why) in cases {
        let call = GivenUp { timeout: long, given, after, is_overtaken };
        assert_eq!(call.ejects(|_| std::future::ready(())).await, ejects, "{why}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_its_caller_sends_slowly_is_not_the_instances_fault() {
    let timeout = 3 * SECOND;
    let call = GivenUp { timeout, given: timeout, after: timeout, is_overtaken: false };
    let trickles = async |upload: Upload| upload.polled(false);
    assert!(!call.ejects(trickles).await, "it never came");
    let came_late = async |upload: Upload| {
        upload.polled(false);
        tokio::time::sleep(SECOND).await;
        upload.polled(true);
    };
    assert!(!call.ejects(came_late).await, "what was left is not what the row gives");
    let is_not_read = async |upload: Upload| {
        upload.polled(false);
        upload.polled(true);
    };
    assert!(call.ejects(is_not_read).await, "nobody asks for the rest");
}

#[tokio::test(start_paused = true)]
async fn how_long_a_caller_sends_is_not_how_long_an_instance_takes() {
    let upstream = Upstream::at(&addresses(&[1]));
    for is_there in [true, false] {
        let (mut instance, upload) = (next(&upstream), Upload::default());
        instance.is_sent(&upload);
        upload.polled(false);
        tokio::time::sleep(20 * SECOND).await;
        upload.polled(is_there);
        tokio::time::sleep(Duration::from_millis(5)).await;
        instance.opened();
    }
    assert!(upstream.endpoints.load()[0].latency(Instant::now()).unwrap() < 0.1);
}

#[tokio::test(start_paused = true)]
async fn answers_that_break_off_eject_however_well_they_begin() {
    let upstream = Upstream::at(&addresses(&[1]));
    for _ in 0..5 {
        let mut instance = next(&upstream);
        instance.opened();
        instance.failed("test");
    }
    assert_eq!(standing(&upstream), Standing::Ejected);
    tokio::time::sleep(SECOND).await;
    next(&upstream).opened();
    assert_eq!(standing(&upstream), Standing::Fit, "a stream may have no end to wait for");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_may_not_be_repeated_is_no_probe_while_others_are_fit_and_some_may() {
    let upstream = Upstream::at(&addresses(&[1, 2]));
    eject(&upstream, 1);
    let once = || upstream.pick(&[], &[], true).unwrap().0;
    tokio::time::sleep(SECOND).await;
    for _ in 0..50 {
        assert_eq!(once().address.port(), 2);
    }
    tokio::time::sleep(30 * SECOND).await;
    assert_eq!(once().address.port(), 1, "nobody else comes to see");
    eject(&upstream, 2);
    tokio::time::sleep(SECOND).await;
    let (first, second) = (once(), once());
    assert_ne!(first.address, second.address, "none is fit");
}

#[tokio::test(start_paused = true)]
async fn an_instance_that_fails_quickly_does_not_draw_the_calls() {
    let upstream = Upstream::at(&addresses(&[1, 2]));
    let mut calls = BTreeMap::new();
    for _ in 0..600 {
        let mut instance = next(&upstream);
        *calls.entry(instance.address.port()).or_insert(0) += 1;
        tokio::spawn(async move {
            let is_broken = instance.address.port() == 1;
            tokio::time::sleep(Duration::from_millis(if is_broken { 1 } else { 30 })).await;
            if is_broken { instance.erred() } else { instance.answered() }
        });
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // With no more than two in hand at once the broken one, which is always free, still gets more than its half.
    assert!(calls[&1] < 480, "{calls:?}");
}

#[tokio::test(start_paused = true)]
async fn an_instance_that_asks_for_a_pause_gets_it_while_there_are_others() {
    let upstream = Upstream::at(&addresses(&[1, 2]));
    upstream.pick(&[], &addresses(&[2]), false).unwrap().0.rests(3 * SECOND);
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
    let other = Service { name: "t".into(), ..service(&["127.0.0.1:1"]) };
    assert!(!Arc::ptr_eq(&held, &upstreams.of(&other)), "the same address under another name is another service");
}

#[tokio::test(start_paused = true)]
async fn instances_are_counted_by_how_they_stand_and_those_that_are_gone_no_more() {
    mesh::telemetry::init_metrics().unwrap();
    let counted = |state: &str| {
        let (text, labels) = (mesh::telemetry::metrics_text(), format!("{{service=\"counted\",state=\"{state}\"}} "));
        text.lines().find_map(|line| line.strip_prefix("instances")?.strip_prefix(&labels)?.parse::<f64>().ok())
    };
    let all = || ["in_use", "half_open", "ejected"].map(|state| counted(state).unwrap());
    let of = Service { name: "counted".into(), ..service(&["127.0.0.1:1", "127.0.0.1:2"]) };
    let upstream = Upstreams::default().of(&of);
    assert_eq!(all(), [2.0, 0.0, 0.0]);
    eject(&upstream, 1);
    assert_eq!(all(), [1.0, 0.0, 1.0]);
    tokio::time::sleep(SECOND).await;
    let last_call = next(&upstream);
    assert_eq!(all(), [1.0, 1.0, 0.0]);
    upstream.set(&addresses(&[2]));
    assert_eq!(all(), [1.0, 0.0, 0.0]);
    upstream.set(&addresses(&[1, 2]));
    eject(&upstream, 1);
    drop(last_call);
    assert_eq!(all(), [1.0, 0.0, 1.0], "its successor stands for itself");
    drop(upstream);
    assert_eq!(all(), [0.0, 0.0, 0.0]);
    assert!(!mesh::telemetry::metrics_text().contains("127.0.0.1"));
}
