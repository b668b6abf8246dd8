//! What only many sign-ins show: that nobody can tell by the clock who has an account, and that a storm is shed.

use std::time::{Duration, Instant};

use futures::future::join_all;
use mesh::db::Db;
use secrecy::ExposeSecret;

use super::store::execute;
use super::{Service, config, secret, sqlite};
use crate::users::{NewUser, Users};

const COST: &str = "6";
const EACH: usize = 50;
/// Beyond this, chance alone differs once in ten thousand rounds.
const SURE: f64 = 3.9;

#[tokio::test]
async fn unknown_and_inactive_users_take_as_long_as_a_wrong_password() {
    let (_folder, rows) = sqlite();
    let config = config(&rows, &[("AUTHENTICATOR_BCRYPT_COST", COST)]);
    let db = crate::open(&config, None).await.unwrap();
    let hash = secret(&bcrypt::hash("right", 6).unwrap());
    let left = NewUser { email: "left@example.com", first_name: "", last_name: "", role: "user", password_hash: hash };
    Users::new(db.clone()).add(left, config.clock.now()).await.unwrap();
    execute(&db, "UPDATE users SET active = FALSE").await;
    let hash = secret(&bcrypt::hash("right", 4).unwrap());
    let old = NewUser { email: "old@example.com", first_name: "", last_name: "", role: "user", password_hash: hash };
    Users::new(db.clone()).add(old, config.clock.now()).await.unwrap();
    let service = Service::start(config).await;
    // A busy machine may spoil a round; a decoy that is missing or cheaper spoils every one.
    let mut rounds = Vec::new();
    while rounds.len() < 10 {
        let [known, unknown, inactive, old, shapeless] = round(&service, &db).await;
        let differs = [&unknown, &inactive, &old].map(|other| standing(&known, other));
        // What needs no hash is told apart: the measure sees what it has to see.
        let control = standing(&known, &shapeless);
        if differs.iter().all(|z| z.abs() < SURE) && control > SURE {
            db.close().await;
            return service.stop().await;
        }
        rounds.push((differs, control));
    }
    panic!("the clock tells who has an account ([unknown, inactive, old hash], control): {rounds:?}");
}

/// The times of interleaved sign-ins, in an order that differs from turn to turn.
async fn round(service: &Service, db: &Db) -> [Vec<Duration>; 5] {
    let cases = [
        ("admin@example.com", "wrong"),
        ("nobody@example.com", "wrong"),
        ("left@example.com", "right"),
        ("old@example.com", "wrong"),
        ("x", ""),
    ];
    let mut times = cases.map(|_| Vec::new());
    for turn in 0..EACH {
        for at in 0..cases.len() {
            let case = (at + turn) % cases.len();
            let (email, password) = cases[case];
            // Nobody is held back here.
            execute(db, "DELETE FROM sign_in_failures").await;
            let started = Instant::now();
            let status = service.sign_in(email, password).await.status;
            times[case].push(started.elapsed());
            assert_eq!(status, if password.is_empty() { 400 } else { 401 });
        }
    }
    times
}

/// By how many standard deviations the ranks of `one` stand above what they would be if both were alike: the statistic
/// of Mann and Whitney, which asks nothing of how times are distributed.
fn standing(one: &[Duration], other: &[Duration]) -> f64 {
    let (n, m) = (one.len() as f64, other.len() as f64);
    let wins = |a: &Duration| other.iter().map(|b| if a > b { 1.0 } else { f64::from(a == b) / 2.0 }).sum::<f64>();
    let u: f64 = one.iter().map(wins).sum();
    (u - n * m / 2.0) / (n * m * (n + m + 1.0) / 12.0).sqrt()
}

#[test]
fn the_statistic_tells_what_differs_from_what_does_not() {
    let times = |from: u64| (from..from + 50).map(Duration::from_micros).collect::<Vec<_>>();
    assert!(standing(&times(100), &times(100)).abs() < 0.01);
    assert!(standing(&times(130), &times(100)) > SURE && standing(&times(100), &times(130)) < -SURE);
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

#[tokio::test]
async fn sqlite_a_hash_that_has_become_too_cheap_is_made_anew_when_its_user_signs_in() {
    let (_folder, rows) = sqlite();
    let service = Service::start(config(&rows, &[])).await;
    service.stop().await;
    let dearer = config(&rows, &[("AUTHENTICATOR_BCRYPT_COST", "6")]);
    let service = Service::start(dearer.clone()).await;
    let users = Users::new(crate::open(&dearer, None).await.unwrap());
    let hash = async || {
        let account = users.find_by_email("admin@example.com").await.unwrap().unwrap();
        account.password_hash.expose_secret().to_owned()
    };
    assert_eq!(service.sign_in("admin@example.com", "wrong").await.status, 401);
    assert!(hash().await.starts_with("$2b$04$"));
    assert_eq!(service.sign_in_as_admin().await.status, 200);
    let renewed = hash().await;
    assert!(renewed.starts_with("$2b$06$"), "{renewed}");
    assert_eq!(service.sign_in_as_admin().await.status, 200);
    assert_eq!(hash().await, renewed, "and then it stays");
    service.stop().await;
}
