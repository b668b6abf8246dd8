//! `GET /v1/live`: every kind of message, who is refused and how, going on after a drop, and the bounds.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::client::{Ask, Open};
use crate::issuer::Token;
use crate::tails;
use crate::world::World;

/// A service whose answers the test sets, by path.
#[derive(Clone)]
struct Rows {
    answers: Arc<Mutex<BTreeMap<String, Value>>>,
    is_away: Arc<AtomicBool>,
    asked: Arc<AtomicUsize>,
    at_once: Arc<Mutex<(usize, usize)>>,
}

impl Rows {
    fn set(&self, path: &str, answer: Value) {
        self.answers.lock().unwrap().insert(path.to_owned(), answer);
    }
}

async fn row(State(rows): State<Rows>, Path(path): Path<String>, Query(query): Query<Value>) -> Response {
    rows.asked.fetch_add(1, Ordering::SeqCst);
    {
        let mut at_once = rows.at_once.lock().unwrap();
        at_once.0 += 1;
        at_once.1 = at_once.1.max(at_once.0);
    }
    let _ = tokio::task::yield_now().await;
    rows.at_once.lock().unwrap().0 -= 1;
    if rows.is_away.load(Ordering::SeqCst) {
        return mesh::Error::unavailable("away for now").into_response();
    }
    let answers = rows.answers.lock().unwrap();
    match answers.get(&path) {
        Some(answer) => Json(json!({ "is": answer, "query": query })).into_response(),
        None => mesh::Error::not_found("nothing of this name").into_response(),
    }
}

struct Scene {
    world: World,
    rows: Rows,
    logs: tails::Logs,
}

impl Scene {
    async fn open() -> Self {
        let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let rows =
            Rows { answers: Arc::default(), is_away: Arc::default(), asked: Arc::default(), at_once: Arc::default() };
        let router = Router::new().route("/{*path}", get(row)).with_state(rows.clone());
        tokio::spawn(async move { axum::serve(socket, router).await });
        let logs = tails::Logs::start().await;
        let at = |name: &str, auth: &str| {
            format!(
                "[[route]]\non = \"GET /{name}\"\ncall = \"http {address} GET /{name}\"\nlive = \"{name}\"\nauth = \"{auth}\"\n"
            )
        };
        let table = format!(
            "{}{}{}[[route]]\non = \"GET /one/{{id}}\"\ncall = \"http {address} GET /one/{{id}}\"\nlive = \"one\"\n\
             [[route]]\non = \"GET /logs\"\ncall = \"grpc {} logger.v1.Logger/Tail\"\nargs = {{ audit = false }}\nlive = \"logs\"\n",
            at("mine", "user"),
            at("mesh", "admin"),
            at("open", "public"),
            logs.address,
        );
        rows.set("mine", json!(1));
        rows.set("open", json!(1));
        Self { world: World::open(&table).await, rows, logs }
    }

    fn ask(&self, query: &str) -> Ask {
        self.world.get(&format!("/v1/live?{query}"))
    }

    async fn watch(&self, topics: &str) -> Messages {
        self.go_on(topics, "").await
    }

    async fn go_on(&self, topics: &str, id: &str) -> Messages {
        let ask = self.ask(&format!("topics={topics}")).bearer(&Token::default().signed());
        Messages::of(if id.is_empty() { ask } else { ask.header("last-event-id", id) }).await
    }
}

/// The messages of one stream, one by one.
struct Messages {
    open: Open,
    id: String,
}

#[derive(Debug)]
struct Message {
    event: String,
    data: Value,
    id: Option<String>,
}

impl Messages {
    async fn of(ask: Ask) -> Self {
        let mut messages = Self { open: ask.open().await, id: String::new() };
        assert_eq!(messages.next().await.event, "hello");
        messages
    }

    async fn next(&mut self) -> Message {
        loop {
            let frame = self.open.frame("\n\n").await;
            let field = |name: &str| frame.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
            // A line that begins with a colon is a ping.
            let Some(event) = field("event: ") else { continue };
            assert_eq!(frame.lines().filter(|line| line.starts_with("data: ")).count(), 1, "{frame}");
            let data = serde_json::from_str(&field("data: ").unwrap()).unwrap();
            let id = field("id: ");
            self.id = id.clone().unwrap_or_else(|| std::mem::take(&mut self.id));
            return Message { event, data, id };
        }
    }

    async fn of_kind(&mut self, event: &str) -> Value {
        let message = self.next().await;
        assert_eq!(message.event, event, "{message:?}");
        message.data
    }

    /// The names of entries until this one, which is the last of its message.
    async fn entries_until(&mut self, last: &str) -> Vec<String> {
        let mut names = Vec::new();
        while names.last().is_none_or(|name| name != last) {
            let message = self.next().await;
            assert_eq!(message.event, "entries", "{message:?}");
            assert!(message.id.is_some(), "{message:?}");
            let entries = message.data["entries"].as_array().unwrap().clone();
            assert!(entries.len() <= 200);
            names.extend(entries.iter().map(|entry| entry["name"].as_str().unwrap().to_owned()));
        }
        names
    }
}

#[tokio::test]
async fn a_row_is_told_at_once_and_then_only_when_its_answer_changed() {
    let scene = Scene::open().await;
    scene.rows.set("one/a b", json!("x"));
    let answer = scene.ask("topics=mine").bearer(&Token::default().signed()).open().await;
    for (name, value) in
        [("cache-control", "no-store"), ("x-accel-buffering", "no"), ("content-type", "text/event-stream")]
    {
        assert_eq!(answer.headers[name], value);
    }
    let topics = "mine,one:a%20b,mine%3Fpage%3D2%26size%3D3";
    let mut messages = scene.watch(topics).await;
    let mut told = BTreeMap::new();
    for _ in 0..3 {
        let data = messages.of_kind("snapshot").await;
        told.insert(data["topic"].as_str().unwrap().to_owned(), data["data"].clone());
    }
    assert_eq!(told["mine"], json!({ "is": 1, "query": {} }));
    assert_eq!(told["one:a b"]["is"], "x");
    assert_eq!(told["mine?page=2&size=3"]["query"], json!({ "page": "2", "size": "3" }));
    // It is asked again and again, and nothing is told until something changes.
    let before = scene.rows.asked.load(Ordering::SeqCst);
    let asked = || async { scene.rows.asked.load(Ordering::SeqCst) >= before + 9 };
    scene.world.eventually("three more looks at each", asked).await;
    scene.rows.set("one/a b", json!("y"));
    assert_eq!(messages.of_kind("snapshot").await, json!({ "topic": "one:a b", "data": { "is": "y", "query": {} } }));
}

#[tokio::test]
async fn who_may_not_is_told_by_topic_or_at_once() {
    let scene = Scene::open().await;
    let user = Token::default().signed();
    for (query, token, status, named) in [
        ("topics=mine", None, 401, "signed-in"),
        ("topics=mesh,mine", None, 401, "signed-in"),
        ("topics=mesh", Some(&user), 403, "role 'admin'"),
        ("topics=mien", Some(&user), 404, "did you mean 'mine'"),
        ("topics=mine:7", Some(&user), 400, "'mine:7' takes no value"),
        ("topics=one", Some(&user), 400, "'one' lacks its value"),
        ("topics=M%2F", Some(&user), 400, "'M/' is no topic"),
        ("topic=mine", Some(&user), 400, "is missing"),
        ("topics=mine&after=x", Some(&user), 400, "after"),
    ] {
        let ask = scene.ask(query);
        let answer = if let Some(token) = token { ask.bearer(token) } else { ask }.send().await;
        assert_eq!(answer.status, status, "{query}: {answer:?}");
        assert!(answer.body.to_string().contains(named), "{query}: {answer:?}");
    }
    let many: Vec<_> = (0..33).map(|number| format!("one:{number}")).collect();
    let answer = scene.ask(&format!("topics={}", many.join(","))).bearer(&user).send().await;
    assert_eq!((answer.status, &answer.body["errors"][0]["field"]), (400, &json!("topics")));
    // Some may be read: the others end, each by itself.
    let mut messages = scene.watch("mesh,mine,nothing,one:gone").await;
    let mut told = BTreeMap::new();
    for _ in 0..4 {
        let message = messages.next().await;
        let topic = message.data["topic"].as_str().unwrap().to_owned();
        told.insert(topic, (message.event, message.data["problem"]["status"].clone(), message.data["ended"].clone()));
    }
    let problem = |status: u16| ("problem".to_owned(), json!(status), json!(true));
    assert_eq!(told["mesh"], problem(403));
    assert_eq!(told["nothing"], problem(404));
    assert_eq!(told["one:gone"], problem(404));
    assert_eq!(told["mine"].0, "snapshot");
}

#[tokio::test]
async fn a_service_that_is_away_is_a_problem_that_passes() {
    let scene = Scene::open().await;
    scene.rows.is_away.store(true, Ordering::SeqCst);
    let mut messages = scene.watch("mine").await;
    let problem = messages.of_kind("problem").await;
    assert_eq!((&problem["problem"]["status"], &problem["ended"]), (&json!(503), &json!(false)));
    assert!(problem["retry_after"].as_f64().unwrap() >= 1.0, "{problem}");
    scene.rows.is_away.store(false, Ordering::SeqCst);
    loop {
        let message = messages.next().await;
        if message.event == "snapshot" {
            assert_eq!(message.data["data"]["is"], 1);
            break;
        }
        assert_eq!(message.event, "problem");
    }
    assert_eq!(scene.rows.at_once.lock().unwrap().1, 1, "one look at a time");
}

#[tokio::test]
async fn entries_are_gathered_and_go_on_after_a_drop() {
    let scene = Scene::open().await;
    let mut messages = scene.watch("logs").await;
    assert_eq!(messages.of_kind("entries").await, json!({ "topic": "logs", "entries": [] }));
    scene.logs.write(0..450);
    let names = messages.entries_until("449").await;
    assert_eq!(names.len(), 450);
    let id = messages.id.clone();
    drop(messages);
    scene.logs.write(450..460);
    let mut again = scene.go_on("logs", &id).await;
    let expected: Vec<_> = (450..460).map(|number| number.to_string()).collect();
    assert_eq!(again.entries_until("459").await, expected);
    // A cursor that says nothing to the service is a gap, and the stream goes on.
    let mut lost = scene.go_on("logs", "logs=nonsense").await;
    assert_eq!(lost.of_kind("gap").await, json!({ "topic": "logs", "missed": null }));
    lost.of_kind("entries").await;
    scene.logs.gap(7);
    assert_eq!(lost.of_kind("gap").await, json!({ "topic": "logs", "missed": 7 }));
    scene.logs.fail();
    let problem = lost.of_kind("problem").await;
    assert_eq!((&problem["topic"], &problem["ended"]), (&json!("logs"), &json!(false)));
    scene.logs.write(460..461);
    while lost.next().await.data["entries"][0]["name"] != "460" {}
}

#[tokio::test]
async fn a_reader_that_does_not_read_gets_a_gap() {
    let scene = Scene::open().await;
    let mut messages = scene.watch("logs").await;
    messages.of_kind("entries").await;
    // More than the sockets in between can hold.
    scene.logs.write_large(0..2_400);
    scene.logs.write(2_400..2_401);
    let written = || async { scene.logs.is_read(2_401) };
    scene.world.eventually("the broker has read all of it", written).await;
    let (mut seen, mut missed) = (0, 0);
    loop {
        let message = messages.next().await;
        match message.event.as_str() {
            "gap" => missed += message.data["missed"].as_u64().unwrap(),
            _ => {
                let entries = message.data["entries"].as_array().unwrap();
                seen += entries.len() as u64;
                if entries.last().is_some_and(|entry| entry["name"] == "2400") {
                    break;
                }
            }
        }
    }
    assert!(missed > 0);
    assert_eq!(seen + missed, 2_401);
}

#[tokio::test]
async fn one_user_has_sixteen_streams() {
    let scene = Scene::open().await;
    let mut open = Vec::new();
    for _ in 0..16 {
        open.push(scene.watch("mine").await);
    }
    let token = Token::default().signed();
    let answer = scene.ask("topics=mine").bearer(&token).send().await;
    assert_eq!((answer.status, answer.header("retry-after")), (429, Some("5")));
    let other = Token { subject: "u-2", session: "s-2", ..Token::default() }.signed();
    Messages::of(scene.ask("topics=mine").bearer(&other)).await;
    open.pop();
    let is_free = || async { scene.ask("topics=mine").bearer(&token).head().await == 200 };
    scene.world.eventually("a place is free again", is_free).await;
}

#[tokio::test]
async fn it_ends_with_a_word_when_the_token_ends_and_when_the_broker_stops() {
    let mut scene = Scene::open().await;
    let expires = Token { expires: 5, session: "s-3", ..Token::default() }.signed();
    let mut expiring = Messages::of(scene.ask("topics=mine").bearer(&expires)).await;
    let mut revoked = scene.watch("mine").await;
    let other = Token { session: "s-4", ..Token::default() }.signed();
    let mut stopped = Messages::of(scene.ask("topics=mine").bearer(&other)).await;
    for messages in [&mut expiring, &mut revoked, &mut stopped] {
        messages.of_kind("snapshot").await;
    }
    scene.world.issuer.revoke("s-1");
    assert_eq!(revoked.of_kind("bye").await, json!({ "reason": "revoked", "reconnect_ms": 0 }));
    assert_eq!(revoked.open.rest().await.unwrap(), "", "nothing comes after it");
    assert_eq!(expiring.of_kind("bye").await["reason"], "expired");
    scene.world.stop();
    let bye = stopped.of_kind("bye").await;
    assert_eq!(bye["reason"], "stopping");
    assert!(bye["reconnect_ms"].as_u64().unwrap() >= 200, "{bye}");
}

#[tokio::test]
async fn nothing_is_asked_for_who_has_gone() {
    let scene = Scene::open().await;
    let mut messages = scene.watch("mine,logs").await;
    messages.next().await;
    scene.world.eventually("the tail is open", || async { scene.logs.readers() == 1 }).await;
    drop(messages);
    scene.world.eventually("the tail has ended", || async { scene.logs.readers() == 0 }).await;
    let before = scene.rows.asked.load(Ordering::SeqCst);
    let (mut open, began) = (scene.watch("open").await, tokio::time::Instant::now());
    open.of_kind("snapshot").await;
    scene.world.eventually("two looks of somebody else", || async { began.elapsed().as_secs() >= 2 }).await;
    let asked = scene.rows.asked.load(Ordering::SeqCst) - before;
    assert!(asked <= 4, "{asked} looks");
}
