//! Registration over the bus: one account for each e-mail, the same answer to the same question, nothing of anybody to
//! anybody else.

use std::net::IpAddr;
use std::time::Duration;

use bus::rpc::Request;
use futures::future::join_all;
use mesh::{Code, Error, TraceContext};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::store::count;
use super::{Rows, config, door, eventually, on_postgres, sqlite};
use crate::door::Door;
use crate::register::{answer, register};
use crate::users::User;

pub(super) const PASSWORD: &str = "zebra crossing 7";
const PATIENCE: Duration = Duration::from_secs(45);

pub(super) fn question(id: &str, body: &Value) -> Request {
    Request {
        service: "authenticator".to_owned(),
        method: "register".to_owned(),
        body: body.to_string().into(),
        id: id.to_owned(),
        priority: 4,
        deadline: tokio::time::Instant::now() + PATIENCE,
        trace: TraceContext::new(),
        identity: None,
        origin: None,
    }
}

pub(super) fn ada(email: &str) -> Value {
    json!({ "email": email, "password": PASSWORD, "first_name": "Ada" })
}

async fn asked(door: &Door, id: &str, body: &Value) -> Result<User, Error> {
    register(door, &question(id, body)).await
}

/// Answers until the token is cancelled.
async fn answering(door: &Door) -> CancellationToken {
    let stop = CancellationToken::new();
    let (served, stopped) = (door.clone(), stop.clone());
    tokio::spawn(async move { answer(&served, &stopped).await });
    let nonsense = Request { method: "nonsense".to_owned(), ..question("x", &json!({})) };
    eventually("it answers", async || {
        door.bus.call(nonsense.clone()).await.is_err_and(|error| error.code == Code::Unimplemented)
    })
    .await;
    stop
}

async fn repeats(rows: Rows) {
    let config = config(&rows, &[]);
    let first = door(&config).await;
    let stop = answering(&first).await;
    let reply = first.bus.call(question("key-1", &ada(" Ada@Example.com "))).await.unwrap();
    let told: Value = serde_json::from_slice(&reply).unwrap();
    let wanted = json!({"id": told["id"], "email": "Ada@Example.com", "first_name": "Ada", "last_name": "",
        "role": "user", "active": true});
    assert_eq!(told, wanted);
    stop.cancel();
    first.db.close().await;
    // The answer was lost, and with it the process: another one gives it again.
    let second = door(&config).await;
    assert_eq!(serde_json::to_value(asked(&second, "key-1", &ada("Ada@Example.com")).await.unwrap()).unwrap(), told);
    for other in [ada("bob@example.com"), json!({"email": "Ada@Example.com", "password": "zebra crossing 8"})] {
        let error = asked(&second, "key-1", &other).await.unwrap_err();
        assert_eq!((error.status().as_u16(), error.code), (409, Code::FailedPrecondition));
        assert!(error.detail.contains("used for another request"), "{}", error.detail);
    }
    let error = asked(&second, "key-2", &ada("ADA@example.COM")).await.unwrap_err();
    assert_eq!((error.code, error.fields.len()), (Code::AlreadyExists, 0));
    assert_eq!(error.detail, "there is an account with this e-mail");
    assert_eq!(count(&second.db, "SELECT COUNT(*) AS count FROM users").await, 1);
    // Refused, the id is still free for the account that it may make later.
    assert_eq!(asked(&second, "key-2", &ada("bob@example.com")).await.unwrap().email, "bob@example.com");
    for (kind, wanted) in [("user.registered", 2), ("audit.registered", 2)] {
        assert_eq!(outbox(&second, kind).await, wanted, "{kind}");
    }
    second.db.close().await;
}

pub(super) async fn outbox(door: &Door, kind: &'static str) -> i64 {
    let sql = format!("SELECT COUNT(*) AS count FROM bus_outbox WHERE kind = '{kind}'");
    count(&door.db, &sql).await
}

async fn a_stranger_learns_little(rows: Rows) {
    let door = door(&config(&rows, &[])).await;
    asked(&door, "first", &ada("ada@example.com")).await.unwrap();
    let from = |address: &str, number: u32| {
        let address: IpAddr = address.parse().unwrap();
        let id = format!("{address}-{number}");
        Request { origin: Some(address), ..question(&id, &ada("ada@example.com")) }
    };
    let mut codes = Vec::new();
    for number in 0..12 {
        codes.push(register(&door, &from("192.0.2.7", number)).await.unwrap_err());
    }
    let exists = codes.iter().take_while(|error| error.code == Code::AlreadyExists).count();
    assert!((5..12).contains(&exists), "{exists} answers before the first that says nothing");
    let held = codes.last().unwrap();
    assert_eq!(held.status().as_u16(), 429);
    assert!(held.retry_after.is_some_and(|after| !after.is_zero()));
    let fresh = Request { origin: Some("192.0.2.7".parse().unwrap()), ..question("new", &ada("new@example.com")) };
    assert_eq!(register(&door, &fresh).await.unwrap_err().status().as_u16(), 429, "taken or not");
    assert_eq!(register(&door, &from("192.0.2.8", 0)).await.unwrap_err().code, Code::AlreadyExists);
    door.db.close().await;
}

async fn wrong_fields(rows: Rows) {
    let door = door(&config(&rows, &[])).await;
    for (body, field) in [
        (json!({"password": PASSWORD}), "email"),
        (json!({"email": "ada@example.com"}), "password"),
        (json!({"email": "ada", "password": PASSWORD}), "email"),
        (json!({"email": "ada@example.com", "password": "short"}), "password"),
        (json!({"email": "ada@example.com", "password": "Password123"}), "password"),
        (json!({"email": "ada@example.com", "password": "ADA@example.com"}), "password"),
        (json!({"email": "ada@example.com", "password": PASSWORD, "role": "admin"}), "role"),
        (json!({"email": "ada@example.com", "password": PASSWORD, "first_name": "a\nb"}), "first_name"),
    ] {
        let error = asked(&door, "id", &body).await.unwrap_err();
        assert_eq!((error.status().as_u16(), error.fields[0].field.as_str()), (400, field), "{error:?}");
        assert!(!error.detail.contains(PASSWORD) && !error.detail.contains("short"), "{error:?}");
    }
    assert_eq!(count(&door.db, "SELECT COUNT(*) AS count FROM bus_dedupe").await, 0);
    door.db.close().await;
}

#[tokio::test]
async fn sqlite_repeats_get_the_same_account() {
    let (_folder, rows) = sqlite();
    repeats(rows).await;
}

#[tokio::test]
async fn postgres_repeats_get_the_same_account() {
    on_postgres(repeats).await;
}

#[tokio::test]
async fn sqlite_says_that_an_email_is_taken_only_so_often() {
    let (_folder, rows) = sqlite();
    a_stranger_learns_little(rows).await;
}

#[tokio::test]
async fn postgres_says_that_an_email_is_taken_only_so_often() {
    on_postgres(a_stranger_learns_little).await;
}

#[tokio::test]
async fn sqlite_wrong_fields_are_named_and_leave_nothing_behind() {
    let (_folder, rows) = sqlite();
    wrong_fields(rows).await;
}

/// Half of them over one service and half over the other; every second one repeats the one before.
async fn at_once(rows: Rows, services: usize) {
    let config = config(&rows, &[]);
    let mut doors = Vec::new();
    for _ in 0..services {
        let door = door(&config).await;
        answering(&door).await;
        doors.push(door);
    }
    let asked = (0..100).map(|number: usize| {
        let door = &doors[number % services];
        let id = format!("key-{}", number / 2);
        async move { door.bus.call(question(&id, &ada("race@example.com"))).await }
    });
    let (won, lost): (Vec<_>, Vec<_>) = join_all(asked).await.into_iter().partition(Result::is_ok);
    let won: Vec<Value> = won.into_iter().map(|reply| serde_json::from_slice(&reply.unwrap()).unwrap()).collect();
    assert!((1..=2).contains(&won.len()) && won.iter().all(|user| user == &won[0]), "{won:?}");
    for error in lost {
        assert_eq!(error.unwrap_err().code, Code::AlreadyExists);
    }
    assert_eq!(count(&doors[0].db, "SELECT COUNT(*) AS count FROM users").await, 1);
    assert_eq!(count(&doors[0].db, "SELECT COUNT(*) AS count FROM bus_dedupe").await, 1);
    assert_eq!(outbox(&doors[0], "user.registered").await, 1);
}

#[tokio::test]
async fn postgres_a_hundred_registrations_at_once_over_two_services_make_one_account() {
    on_postgres(async |rows| at_once(rows, 2).await).await;
}

#[tokio::test]
async fn sqlite_a_hundred_registrations_at_once_make_one_account() {
    let (_folder, rows) = sqlite();
    at_once(rows, 1).await;
}
