//! What the panel stands on: figures that are told when they change, and entries of which none is lost over any number of
//! dropped connections.

use std::collections::{BTreeSet, HashSet};

use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{Client, Lines, Mesh, Person, eventually};

over_every_way! {
    what_happens_is_watched_without_loss
}

const DROPS: usize = 20;
const ENTRIES: usize = 2_000;

async fn what_happens_is_watched_without_loss(mesh: &mut Mesh) {
    every_topic_has_something_to_tell(mesh).await;
    a_user_watches_what_users_may(mesh).await;
    twenty_drops_lose_nothing(mesh).await;
}

/// One stream of messages, read as a client does.
struct Watched {
    lines: Lines,
    id: Option<String>,
}

struct Message {
    event: String,
    data: Value,
}

impl Watched {
    async fn open(client: &Client, topics: &str, after: Option<&str>) -> Self {
        let after =
            after.map(|id| format!("&after={}", id.replace('%', "%25").replace('&', "%26").replace('=', "%3D")));
        let path = format!("/v1/live?topics={topics}{}", after.unwrap_or_default());
        let lines = client.open(&path, "text/event-stream").await;
        let mut watched = Self { lines, id: None };
        let hello = watched.next().await;
        assert_eq!((hello.event.as_str(), &hello.data["ping_ms"]), ("hello", &json!(10_000)));
        watched
    }

    async fn next(&mut self) -> Message {
        let (mut event, mut data) = (String::new(), Value::Null);
        loop {
            let line = self.lines.next().await;
            match line.split_once(": ") {
                Some(("event", name)) => event = name.to_owned(),
                Some(("id", id)) => self.id = Some(id.to_owned()),
                Some(("data", text)) => data = serde_json::from_str(text).unwrap(),
                _ if line.is_empty() && !event.is_empty() => return Message { event, data },
                _ => {}
            }
        }
    }

    /// The next message of this topic that holds something.
    async fn of(&mut self, topic: &str) -> Value {
        loop {
            let Message { event, data } = self.next().await;
            assert_ne!(event, "gap", "{data}");
            if data["topic"] == topic && event != "problem" && data["entries"] != json!([]) {
                return data;
            }
        }
    }
}

async fn every_topic_has_something_to_tell(mesh: &Mesh) {
    let topics = ["mesh", "queues", "dead-letters?state=dead", "operations"];
    let asked = format!("{},logs%3Fname%3Dwatched,audit", topics.join(",").replace('?', "%3F"));
    let mut watched = Watched::open(mesh, &asked, None).await;
    let mut missing: BTreeSet<_> = topics.into();
    while !missing.is_empty() {
        let Message { event, data } = watched.next().await;
        if event == "snapshot" {
            missing.remove(data["topic"].as_str().unwrap());
        }
    }
    // Both tails have said where they begin before anything is written.
    while !watched.id.as_deref().is_some_and(|id| id.contains("logs") && id.contains("audit")) {
        watched.next().await;
    }
    mesh.post("/v1/logs", &json!({"name": "unwatched"})).await.expect(201);
    mesh.post("/v1/logs", &json!({"name": "watched", "data": "seen"})).await.expect(201);
    let told = watched.of("logs?name=watched").await;
    assert_eq!(told["entries"][0]["data"], "seen", "{told}");
    Person::new("audited").register(mesh).await.expect(201);
    watched.of("audit").await;
}

async fn a_user_watches_what_users_may(mesh: &Mesh) {
    assert_eq!(mesh.stranger().get("/v1/live?topics=logs").await.problem(401)["code"], "unauthenticated");
    let person = Person::new("watcher");
    person.register(mesh).await.expect(201);
    let user = person.signed_in(mesh).await;
    user.client.get("/v1/live?topics=mesh,audit").await.problem(403);
    let mut watched = Watched::open(&user.client, "mesh,logs", None).await;
    let Message { event, data } = watched.next().await;
    assert_eq!((event.as_str(), &data["topic"], &data["ended"]), ("problem", &json!("mesh"), &json!(true)));
}

async fn twenty_drops_lose_nothing(mesh: &Mesh) {
    let name = format!("dropped-{}", Uuid::new_v4());
    let topic = format!("logs%3Fname%3D{name}");
    let mut watched = Watched::open(mesh, &topic, None).await;
    while watched.id.is_none() {
        watched.next().await;
    }
    let writing = async {
        let mut written = HashSet::new();
        for batch in 0..ENTRIES / 50 {
            let calls: Vec<_> = (0..50)
                .map(|number| json!({"action": "log", "body": {"name": name, "data": format!("{batch} {number}")}}))
                .collect();
            let answer = mesh.post("/v1/batch", &json!({"calls": calls})).await.expect(200);
            for answer in answer["answers"].as_array().unwrap() {
                assert_eq!(answer["status"], 201, "{answer}");
                written.insert(answer["body"]["id"].as_str().unwrap().to_owned());
            }
        }
        written
    };
    let reading = async {
        let (mut seen, mut twice, mut drops) = (HashSet::new(), 0, 0);
        while seen.len() < ENTRIES {
            let told = watched.of(&format!("logs?name={name}")).await;
            for entry in told["entries"].as_array().unwrap() {
                twice += usize::from(!seen.insert(entry["id"].as_str().unwrap().to_owned()));
            }
            if drops < DROPS && seen.len() >= (drops + 1) * ENTRIES / (DROPS + 2) {
                let id = watched.id.take();
                drop(watched);
                drops += 1;
                watched = Watched::open(mesh, &topic, id.as_deref()).await;
                watched.id = id;
            }
        }
        (seen, twice, drops)
    };
    let patience = std::time::Duration::from_secs(240);
    let both = tokio::time::timeout(patience, async { tokio::join!(writing, reading) }).await;
    let (written, (seen, twice, drops)) = both.expect("every entry is told in time");
    assert_eq!((written.len(), seen.len(), drops), (ENTRIES, ENTRIES, DROPS));
    assert_eq!(seen, written, "none lost, none invented; {twice} came twice, with their ids");
    let open =
        async || String::from_utf8_lossy(&mesh.get("/metrics").await.body).contains("live_streams 0").then_some(());
    eventually("nothing is left of streams that are gone", open).await;
}
