//! Guessing is slowed down, and nobody is locked out by a stranger.

use bus::rpc::Request;
use chrono::TimeDelta;
use futures::future::join_all;

use super::registering::{PASSWORD, ada, question};
use super::{Answer, Rows, Service, config, door, on_postgres, sqlite};
use crate::register::register;

const EMAIL: &str = "admin@example.com";
const RIGHT: &str = "password123";

fn wait(answer: &Answer) -> i64 {
    assert_eq!(answer.status, 429, "{answer:?}");
    assert_eq!(answer.text("detail"), "too many failures: wait before the next try");
    answer.headers["retry-after"].to_str().unwrap().parse().unwrap()
}

/// Fails until it is held back, and says after how many tries.
async fn fail(service: &Service, address: &str, email: &str) -> usize {
    for tries in 0..100 {
        match service.sign_in_from(address, email, "wrong").await {
            answer if answer.status == 429 => return tries,
            answer => assert_eq!(answer.status, 401, "{answer:?}"),
        }
    }
    panic!("never held back");
}

async fn waits_grow_survive_a_restart_and_end_with_a_success(rows: Rows) {
    let config = config(&rows, &[]);
    let clock = config.clock.clone();
    let service = Service::start(config.clone()).await;
    assert_eq!(fail(&service, "192.0.2.1", EMAIL).await, 5);
    let mut waits = Vec::new();
    for _ in 0..3 {
        let held = wait(&service.sign_in(EMAIL, RIGHT).await);
        waits.push(held);
        clock.advance(TimeDelta::seconds(held));
        assert_eq!(service.sign_in(EMAIL, "wrong").await.status, 401, "one try after each wait");
    }
    assert!(waits.is_sorted() && waits[0] < waits[2], "{waits:?}");
    service.stop().await;
    let service = Service::start(config).await;
    let held = wait(&service.sign_in(EMAIL, RIGHT).await);
    assert!(held > waits[2], "{held} after {waits:?}");
    clock.advance(TimeDelta::seconds(held));
    assert_eq!(service.sign_in(EMAIL, RIGHT).await.status, 200);
    assert_eq!(fail(&service, "192.0.2.1", EMAIL).await, 5, "a success begins anew");
    service.stop().await;
}

#[tokio::test]
async fn sqlite_waits_grow_survive_a_restart_and_end_with_a_success() {
    let (_folder, rows) = sqlite();
    waits_grow_survive_a_restart_and_end_with_a_success(rows).await;
}

#[tokio::test]
async fn postgres_waits_grow_survive_a_restart_and_end_with_a_success() {
    on_postgres(waits_grow_survive_a_restart_and_end_with_a_success).await;
}

async fn strangers_do_not_hold_back_a_known_address(rows: Rows) {
    let service = Service::start(config(&rows, &[])).await;
    assert_eq!(service.sign_in_from("198.51.100.1", EMAIL, RIGHT).await.status, 200);
    let mut tries = 0;
    for stranger in 1..9 {
        let address = format!("203.0.113.{stranger}");
        tries += fail(&service, &address, EMAIL).await;
    }
    // Ten, and one for each address that has not failed yet.
    assert_eq!(tries, 10 + 6, "the account is closed to strangers who come again, however many they are");
    wait(&service.sign_in_from("203.0.113.8", EMAIL, RIGHT).await);
    assert_eq!(service.sign_in_from("203.0.113.99", EMAIL, RIGHT).await.status, 200, "its user, at a new place");
    assert_eq!(service.sign_in_from("198.51.100.1", EMAIL, RIGHT).await.status, 200);
    // Nobody's account is treated as somebody's is, so that the wait tells nothing.
    let mut tries = 0;
    for stranger in 11..19 {
        tries += fail(&service, &format!("203.0.113.{stranger}"), "nobody@example.com").await;
    }
    assert_eq!(tries, 10 + 6);
    service.stop().await;
}

#[tokio::test]
async fn sqlite_strangers_do_not_hold_back_a_known_address() {
    let (_folder, rows) = sqlite();
    strangers_do_not_hold_back_a_known_address(rows).await;
}

#[tokio::test]
async fn postgres_strangers_do_not_hold_back_a_known_address() {
    on_postgres(strangers_do_not_hold_back_a_known_address).await;
}

#[tokio::test]
async fn sqlite_whoever_registered_is_known_where_that_was() {
    let (_folder, rows) = sqlite();
    let config = config(&rows, &[]);
    let (service, door) = (Service::start(config.clone()).await, door(&config).await);
    let asked = Request { origin: Some("198.51.100.7".parse().unwrap()), ..question("id", &ada("ada@example.com")) };
    register(&door, &asked).await.unwrap();
    for stranger in 1..5 {
        fail(&service, &format!("203.0.113.{stranger}"), "ada@example.com").await;
    }
    assert_eq!(service.sign_in_from("198.51.100.7", "ada@example.com", "wrong").await.status, 401);
    assert_eq!(service.sign_in_from("198.51.100.7", "ada@example.com", PASSWORD).await.status, 200);
    door.db.close().await;
    service.stop().await;
}

async fn a_burst_gets_no_more_tries_than_a_row_of_them(rows: Rows) {
    // More seats than tries, so that only the count can hold them back.
    let service = Service::start(config(&rows, &[("AUTHENTICATOR_WAITING", "100")])).await;
    let burst = join_all((0..40).map(|_| service.sign_in_from("192.0.2.1", EMAIL, "wrong"))).await;
    let of = |status: u16| burst.iter().filter(|answer| answer.status == status).count();
    // A slow machine may let a wait pass by, or shed some.
    assert!((1..12).contains(&of(401)), "{burst:?}");
    assert_eq!(of(401) + of(429) + of(503), 40, "{burst:?}");
    // Right ones are no failures, whoever else is at the same address.
    for _ in 0..35 {
        assert_eq!(service.sign_in_from("192.0.2.77", EMAIL, RIGHT).await.status, 200);
    }
    service.stop().await;
}

#[tokio::test]
async fn sqlite_a_burst_gets_no_more_tries_than_a_row_of_them() {
    let (_folder, rows) = sqlite();
    a_burst_gets_no_more_tries_than_a_row_of_them(rows).await;
}

#[tokio::test]
async fn postgres_a_burst_gets_no_more_tries_than_a_row_of_them() {
    on_postgres(a_burst_gets_no_more_tries_than_a_row_of_them).await;
}

#[tokio::test]
async fn sqlite_an_address_that_tries_everybody_is_held_back_whatever_of_its_line_it_uses() {
    let (_folder, rows) = sqlite();
    let config = config(&rows, &[]);
    config.clock.stop();
    let service = Service::start(config).await;
    assert_eq!(service.sign_in_from("2001:db8:1:2::ffff", EMAIL, RIGHT).await.status, 200);
    for tried in 0..30 {
        let address = format!("2001:db8:1:2::{tried:x}");
        let answer = service.sign_in_from(&address, &format!("user{tried}@example.com"), "wrong").await;
        assert_eq!(answer.status, 401, "{tried}");
    }
    wait(&service.sign_in_from("2001:db8:1:2:abcd::1", "fresh@example.com", "wrong").await);
    assert_eq!(service.sign_in_from("2001:db8:1:3::1", "fresh@example.com", "wrong").await.status, 401);
    assert_eq!(service.sign_in_from("2001:db8:1:2::1", EMAIL, RIGHT).await.status, 200, "it is known there");
    wait(&service.sign_in_from("2001:db8:1:2::1", "fresh@example.com", "wrong").await);
    service.stop().await;
}
