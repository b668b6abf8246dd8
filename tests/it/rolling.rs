//! Two of everything, restarted one after another under load: no caller who tries once more sees an error, and what was
//! accepted is there once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{Answer, Callers, Client, Mesh, Person, Process, Way, stored};

const CALLERS: usize = 6;
/// Calls between two restarts: some of each kind, or many.
const FEW: usize = 10;
const MANY: usize = 40;
const NAME: &str = "rolling";

mod engines_rabbitmq_postgres_mongo_alone {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_rolling_restart_is_seen_by_nobody_who_tries_once_more() {
        restarted_one_after_another(FEW).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    #[ignore = "long: make nightly"]
    async fn a_rolling_restart_under_many_calls_is_seen_by_nobody_who_tries_once_more() {
        restarted_one_after_another(MANY).await;
    }

    async fn restarted_one_after_another(calls: usize) {
        let mut mesh = Mesh::start(Way::Engines).await;
        let mut seconds = seconds(&mut mesh).await;
        let brokers = Arc::new([mesh.client(), second_broker(&mesh, &seconds)]);
        let load = Callers::<Seen>::start(CALLERS, move |number, seen| one_call(Arc::clone(&brokers), number, seen));
        load.calls(calls).await;
        for second in &mut seconds {
            mesh.stop_service(second.name).await;
            mesh.start_service(second.name).await;
            load.calls(calls).await;
            second.restart().await;
            load.calls(calls).await;
        }
        let (calls, seen) = load.end().await;
        println!("{calls} calls over 8 restarts, second tries after {:?}", seen.again);
        assert_eq!(seen.failed, [""; 0], "errors that trying once more did not cure, of {calls} calls");
        assert_eq!(stored(&mesh, NAME, &seen.accepted).await, seen.accepted, "nothing lost, nothing invented");
        for person in &seen.people {
            person.sign_in(&mesh).await.done();
        }
        mesh.stop().await;
        for mut second in seconds {
            second.process.stop().await;
        }
    }
}

/// The second instance of one service.
struct Second {
    name: &'static str,
    process: Process,
    folder: std::path::PathBuf,
    variables: BTreeMap<String, String>,
}

impl Second {
    async fn start(mesh: &Mesh, name: &'static str) -> Self {
        let (folder, mut variables) = (mesh.folder.path().to_owned(), mesh.variables.clone());
        let address = format!("{}_ADDR", name.to_uppercase());
        variables.insert(address.clone(), "127.0.0.1:0".to_owned());
        let mut process = Process::spawn(&["serve", name], &folder, &variables);
        variables.insert(address, process.ready().await[name].to_string());
        Self { name, process, folder, variables }
    }

    fn address(&self) -> &str {
        &self.variables[&format!("{}_ADDR", self.name.to_uppercase())]
    }

    async fn restart(&mut self) {
        self.process.stop().await;
        self.process = Process::spawn(&["serve", self.name], &self.folder, &self.variables);
        self.process.ready().await;
    }
}

/// One more of each, in the order in which they are restarted; both doors know both instances of what they call.
async fn seconds(mesh: &mut Mesh) -> Vec<Second> {
    let mut seconds = Vec::new();
    for (name, scheme) in [("logger", "grpc"), ("authenticator", "http")] {
        let second = Second::start(mesh, name).await;
        let both = format!("{scheme}://{},{}", mesh.address(name), second.address());
        mesh.variables.insert(format!("{}_URL", name.to_uppercase()), both);
        seconds.push(second);
    }
    for name in ["listener", "broker"] {
        mesh.stop_service(name).await;
        mesh.start_service(name).await;
        seconds.push(Second::start(mesh, name).await);
    }
    seconds
}

fn second_broker(mesh: &Mesh, seconds: &[Second]) -> Client {
    let broker = seconds.iter().find(|second| second.name == "broker").unwrap();
    mesh.at(broker.address().parse().unwrap())
}

/// What the callers saw.
#[derive(Default)]
struct Seen {
    /// What the first try met, of the calls that were answered at the second, and how often.
    again: BTreeMap<String, usize>,
    failed: Vec<String>,
    /// Ids of entries that were accepted, by whichever way.
    accepted: BTreeSet<String>,
    people: Vec<Person>,
}

/// Reads, writes by every line, and registrations, each with a key where it is not safe without one.
async fn one_call(brokers: Arc<[Client; 2]>, round: usize, seen: Arc<Mutex<Seen>>) {
    let key = Uuid::new_v4().to_string();
    let entry = json!({"name": NAME, "data": key});
    let person = Person::new(NAME);
    let (method, path, body, expected) = match round % 5 {
        0 => (Method::POST, "/v1/events/logs", entry, 202),
        1 => (Method::POST, "/v1/logs", entry, 201),
        2 => (Method::POST, "/v1/users", person.registration(), 201),
        3 => (Method::GET, "/v1/logs?limit=1", Value::Null, 200),
        _ => (Method::GET, "/v1/users?limit=1", Value::Null, 200),
    };
    let (mut tries, mut last) = (0, String::new());
    while tries < 2 {
        let broker = &brokers[(round + tries) % brokers.len()];
        let mut request = broker.request(method.clone(), path);
        let mut sent = String::new();
        if method == Method::POST {
            request = request.header("idempotency-key", &key).header("content-type", "application/json");
            sent = body.to_string();
        }
        tries += 1;
        let answer = broker.try_send(request, sent).await;
        match answer {
            Ok(answer) if answer.status == expected => return note(&seen, &answer, path, person, &last),
            Err(error) => last = format!("{method} {path}: {error}"),
            Ok(answer) => {
                last = format!("{method} {path}: {answer:?}");
                // Others are answers that no second try is meant to cure.
                if answer.status != 503 {
                    break;
                }
            }
        }
    }
    seen.lock().unwrap().failed.push(last);
}

/// `before` is what the try before met, if there was one.
fn note(seen: &Mutex<Seen>, answer: &Answer, path: &str, person: Person, before: &str) {
    let mut seen = seen.lock().unwrap();
    let kinds = ["status: 503", "ConnectionRefused", "ConnectionReset", "IncompleteMessage"];
    if !before.is_empty() {
        let kind = kinds.into_iter().find(|kind| before.contains(kind)).unwrap_or(before);
        *seen.again.entry(kind.to_owned()).or_default() += 1;
    }
    match path {
        "/v1/events/logs" | "/v1/logs" => drop(seen.accepted.insert(answer.json()["id"].as_str().unwrap().to_owned())),
        "/v1/users" => seen.people.push(person),
        _ => {}
    }
}
