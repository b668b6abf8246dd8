//! A registration that is repeated is the same registration: also when the authenticator died right after its commit,
//! and when a hundred callers or two authenticators are at it at once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use http::Method;
use serde_json::json;
use uuid::Uuid;

use crate::harness::{Answer, Client, Mesh, Person, eventually};

over_every_way! {
    registrations_survive_kills_of_the_authenticator
}

const PEOPLE: usize = 60;
const AT_ONCE: usize = 6;

async fn registered(client: &Client, person: &Person, key: &str) -> Result<Answer, String> {
    let request = client.request(Method::POST, "/v1/users").header("idempotency-key", key);
    client.stranger().try_send(request, person.registration().to_string()).await
}

/// Every caller repeats with its key until it is told of its account. Embedded, the whole mesh is killed.
async fn registrations_survive_kills_of_the_authenticator(mesh: &mut Mesh) {
    let people: Vec<_> = (0..PEOPLE).map(|_| (Person::new("kill"), Uuid::new_v4().to_string())).collect();
    let (client, done) = (mesh.client(), Mutex::new(BTreeMap::new()));
    let callers = (0..AT_ONCE).map(async |first| {
        for number in (first..PEOPLE).step_by(AT_ONCE) {
            let id = until_registered(&client, &people[number].0, &people[number].1).await;
            done.lock().unwrap().insert(number, id);
        }
    });
    let killing = async {
        for share in [PEOPLE / 6, PEOPLE / 3, PEOPLE / 2] {
            let is_reached = async || (done.lock().unwrap().len() >= share).then_some(());
            eventually("some are registered", is_reached).await;
            mesh.kill("authenticator").await;
            mesh.revive("authenticator").await;
        }
    };
    tokio::join!(futures::future::join_all(callers), killing);
    let done = done.into_inner().unwrap();
    assert_eq!(done.values().collect::<BTreeSet<_>>().len(), PEOPLE, "an account for each e-mail");
    for (number, (person, key)) in people.iter().enumerate().step_by(7) {
        let again = registered(mesh, person, key).await.unwrap().expect(201);
        assert_eq!(again["id"], done[&number], "the same account");
    }
    people[0].0.register(mesh).await.problem(409);
    another_registration_under_a_used_key(mesh, &people[0].1).await;
}

async fn until_registered(client: &Client, person: &Person, key: &str) -> String {
    eventually(&format!("{} is registered", person.email), async || {
        let answer = registered(client, person, key).await.ok()?;
        match answer.status {
            201 => Some(answer.json()["id"].as_str().unwrap().to_owned()),
            503 | 504 => None,
            _ => panic!("{answer:?}"),
        }
    })
    .await
}

/// Two anonymous callers may come upon one key: the second is told, not given the account of the first.
async fn another_registration_under_a_used_key(mesh: &Mesh, key: &str) {
    let other = Person::new("other");
    let refused = registered(mesh, &other, key).await.unwrap();
    assert!([409, 422].contains(&refused.status), "{refused:?}");
    other.sign_in(mesh).await.problem(401);
}

mod embedded_alone {
    use super::*;

    #[tokio::test]
    async fn a_key_that_cannot_be_one_is_refused() {
        let mut mesh = Mesh::start(crate::harness::Way::Embedded).await;
        for key in ["", "with a space", &"x".repeat(256)] {
            let refused = registered(&mesh, &Person::new("ada"), key).await.unwrap().problem(400);
            assert!(refused["detail"].as_str().unwrap().to_lowercase().contains("idempotency-key"), "{refused}");
        }
        one_account_of(&mesh, 100).await;
        mesh.stop().await;
    }
}

/// So many registrations of one e-mail at once make one account.
async fn one_account_of(mesh: &Mesh, callers: usize) {
    let person = Person::new("one");
    let all = futures::future::join_all((0..callers).map(|_| person.register(mesh))).await;
    let with = |status: u16| all.iter().filter(|answer| answer.status == status).count();
    assert_eq!(with(201), 1, "{:?}", all.iter().map(|it| it.status).collect::<Vec<_>>());
    assert_eq!(with(201) + with(409) + with(429) + with(503), callers, "{all:?}");
    let found = mesh.get(&format!("/v1/users?search={}", person.email)).await.expect(200);
    assert_eq!(found["users"].as_array().map(Vec::len), Some(1), "{found}");
    person.signed_in(mesh).await;
}

mod engines_rabbitmq_postgres_mongo_alone {
    use super::*;
    use crate::harness::{Process, Proxy, SignedIn, Way};

    #[tokio::test]
    async fn two_authenticators_on_one_database_are_one() {
        let mut mesh = Mesh::start(Way::Engines).await;
        let mut variables = mesh.variables.clone();
        variables.insert("AUTHENTICATOR_ADDR".to_owned(), "127.0.0.1:0".to_owned());
        let mut second = Process::spawn(&["serve", "authenticator"], mesh.folder.path(), &variables);
        let address = second.ready().await["authenticator"];
        one_account_of(&mesh, 100).await;
        // Signed in at the one, let in by the door, renewed at the other, by way of the door.
        let answer = Person::development().sign_in(&Client::new(address)).await;
        let there = SignedIn::from(&answer, &mesh.client());
        there.client.get("/v1/audit").await.expect(200);
        let body = json!({"refresh_token": there.refresh});
        let renewed = SignedIn::from(&mesh.stranger().post("/v1/sessions/refresh", &body).await, &mesh.client());
        Client::new(address).bearing(&renewed.access).get("/v1/me").await.expect(200);
        second.stop().await;
        mesh.stop().await;
    }

    /// The reply never leaves the authenticator, which is killed once the account is in its rows.
    #[tokio::test]
    async fn killed_between_commit_and_reply_the_repeat_tells_the_same_account() {
        let proxy = Proxy::to_rabbitmq().await;
        let mut mesh = Mesh::start(Way::Engines).await;
        mesh.stop_service("authenticator").await;
        mesh.by_way_of("authenticator", &proxy);
        mesh.start_service("authenticator").await;
        let (client, person, key) = (mesh.client(), Person::new("ada"), Uuid::new_v4().to_string());
        // Once over the whole way, so that the queue is known to be served before nothing comes back any more.
        until_registered(&client, &Person::new("first"), &Uuid::new_v4().to_string()).await;
        proxy.hold_back();
        let rows = mesh.rows().await;
        let committed = eventually("the account is in the rows", async || {
            let id = "SELECT id FROM users WHERE email_key = $1";
            let id = sqlx::query_scalar::<_, String>(id).bind(person.email.to_lowercase());
            id.fetch_optional(&rows).await.unwrap()
        });
        let killed = async {
            let id = committed.await;
            mesh.kill("authenticator").await;
            id
        };
        let (unanswered, id) = tokio::join!(registered(&client, &person, &key), killed);
        let unanswered = unanswered.unwrap();
        assert!([503, 504].contains(&unanswered.status), "{unanswered:?}");
        proxy.mend();
        mesh.revive("authenticator").await;
        assert_eq!(until_registered(&client, &person, &key).await, id);
        person.register(&mesh).await.problem(409);
        mesh.stop().await;
    }
}
