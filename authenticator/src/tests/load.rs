//! What only many sign-ins show: that nobody can tell by the clock who has an account, and that a storm is shed.

use std::time::{Duration, Instant};

use futures::future::join_all;

use super::store::execute;
use super::{Service, config, secret, sqlite};
use crate::users::{NewUser, Users};

const COST: &str = "6";
const EACH: usize = 40;

#[tokio::test]
async fn unknown_and_inactive_users_take_as_long_as_a_wrong_password() {
    let (_folder, rows) = sqlite();
    let config = config(&rows, &[("AUTHENTICATOR_BCRYPT_COST", COST)]);
    let db = crate::open(&config, None).await.unwrap();
    let hash = secret(&bcrypt::hash("right", 6).unwrap());
    let left = NewUser { email: "left@example.com", first_name: "", last_name: "", role: "user", password_hash: hash };
    Users::new(db.clone()).add(left).await.unwrap();
    execute(&db, "UPDATE users SET active = FALSE").await;
    db.close().await;
    let service = Service::start(config).await;
    // A busy machine may spoil a round; a decoy that is missing or cheaper spoils every one.
    let mut rounds = Vec::new();
    while rounds.len() < 10 {
        let [known, unknown, inactive] = round(&service).await;
        let hash = median((0..9).map(|_| timed(|| bcrypt::verify("x", HASH))).collect());
        let alike = |other: Duration| known.abs_diff(other) < known.max(other).mul_f64(0.35);
        if alike(unknown) && alike(inactive) && unknown > hash.mul_f64(0.5) && known > hash.mul_f64(0.5) {
            return service.stop().await;
        }
        rounds.push((known, unknown, inactive, hash));
    }
    panic!("the clock tells who has an account (known, unknown, inactive, one hash): {rounds:?}");
}

/// A hash of cost 6, to know what one costs on this machine right now.
const HASH: &str = "$2b$06$DecoyDecoyDecoyDecoyDeDecoyDecoyDecoyDecoyDecoyDecoye";

fn timed<T>(work: impl FnOnce() -> T) -> Duration {
    let started = Instant::now();
    std::hint::black_box(work());
    started.elapsed()
}

/// The medians of interleaved sign-ins.
async fn round(service: &Service) -> [Duration; 3] {
    let cases = [("admin@example.com", "wrong"), ("nobody@example.com", "wrong"), ("left@example.com", "right")];
    let mut times = cases.map(|_| Vec::new());
    for _ in 0..EACH {
        for ((email, password), times) in cases.into_iter().zip(&mut times) {
            let started = Instant::now();
            assert_eq!(service.sign_in(email, password).await.status, 401);
            times.push(started.elapsed());
        }
    }
    times.map(median)
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

#[tokio::test]
async fn a_storm_is_shed_with_a_hint_and_is_over_when_it_is_over() {
    let (_folder, rows) = sqlite();
    let few = [("AUTHENTICATOR_WAITING", "1"), ("AUTHENTICATOR_BCRYPT_COST", "9")];
    let service = Service::start(config(&rows, &few)).await;
    let storm = join_all((0..60).map(|_| service.sign_in_as_admin()));
    let answers = tokio::time::timeout(Duration::from_secs(45), storm).await.expect("a call hangs");
    let (served, shed): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
    assert!(!served.is_empty() && !shed.is_empty(), "{} served, {} shed", served.len(), shed.len());
    for answer in shed {
        assert_eq!((answer.status, answer.headers["retry-after"].to_str().unwrap()), (503, "1"), "{answer:?}");
    }
    assert_eq!(service.sign_in_as_admin().await.status, 200);
    service.stop().await;
}
