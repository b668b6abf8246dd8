//! The document at /openapi.json beside what the mesh really does: every answer here is one that the document lists, with
//! its content type, and with a body that its schema takes.

use http::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, Client, Mesh, Person, Way, eventually, run};

over_every_way! {
    live_answers_are_what_the_document_says
}

/// One call, and the status that it has.
struct Case {
    /// Who calls: the development user, who is an admin, when nothing is said.
    who: Who,
    method: Method,
    /// As the document names it.
    path: &'static str,
    target: String,
    body: Value,
    status: u16,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Who {
    Admin,
    Somebody,
    Nobody,
}

fn get(path: &'static str, target: impl Into<String>, status: u16) -> Case {
    let (who, method, body) = (Who::Admin, Method::GET, Value::Null);
    Case { who, method, path, target: target.into(), body, status }
}

fn send(method: Method, path: &'static str, body: Value, status: u16) -> Case {
    Case { who: Who::Admin, method, path, target: path.to_owned(), body, status }
}

fn post(path: &'static str, body: Value, status: u16) -> Case {
    send(Method::POST, path, body, status)
}

impl Case {
    fn by(self, who: Who) -> Self {
        Self { who, ..self }
    }

    fn at(self, target: String) -> Self {
        Self { target, ..self }
    }
}

/// What calls of logs and math are answered.
fn logs() -> Vec<Case> {
    let entry = json!({ "name": "document", "level": "WARNING", "data": "x" });
    let unknown = json!({ "nmae": "x" });
    let mut cases = vec![
        get("/v1/logs", "/v1/logs?limit=2&level=WARNING", 200),
        get("/v1/logs", "/v1/logs?limit=many", 400),
        get("/v1/logs", "/v1/logs", 401).by(Who::Nobody),
        get("/v1/audit", "/v1/audit?limit=1", 200),
        get("/v1/audit", "/v1/audit", 403).by(Who::Somebody),
        get("/v1/admin/mesh", "/v1/admin/mesh", 200),
        get("/v1/admin/mesh", "/v1/admin/mesh", 403).by(Who::Somebody),
        get("/v1/admin/queues", "/v1/admin/queues", 200),
        get("/v1/admin/queues", "/v1/admin/queues", 401).by(Who::Nobody),
        get("/v1/math/{op}/{numbers}", "/v1/math/add/1,2", 200),
        get("/v1/math/{op}/{numbers}", "/v1/math/factors/12", 200),
        get("/v1/math/{op}/{numbers}", "/v1/math/divide/1,0", 422),
        get("/v1/math/{op}/{numbers}", "/v1/math/ad/1", 404),
        post("/handle", json!({ "action": "log", "log": entry }), 201),
        post("/handle", json!({ "action": "log", "log": unknown }), 400),
        post("/handle", json!({ "action": "math", "math": { "op": "add", "numbers": "1,2" } }), 200),
        post("/handle", json!({ "action": "lgo" }), 400),
    ];
    for (path, status) in
        [("/v1/logs", 201), ("/grpc-logger", 200), ("/v1/events/logs", 202), ("/rabbitmq-logger", 202)]
    {
        cases.extend([post(path, entry.clone(), status), post(path, unknown.clone(), 400)]);
    }
    cases
}

/// What calls about accounts are answered; `person` has one, and `other` gets one on the way.
fn accounts(person: &Person, id: &str, refresh: &str, other: &Person) -> Vec<Case> {
    let wrong = json!({ "email": person.email, "password": "not the password" });
    let address = json!({ "name": "Ada", "street": "1", "city": "London", "postal_code": "SW1Y", "country": "GB" });
    vec![
        post("/v1/users", other.registration(), 201).by(Who::Nobody),
        post("/v1/users", other.registration(), 409).by(Who::Nobody),
        post("/v1/users", json!({ "email": "x" }), 400).by(Who::Nobody),
        post("/v1/sessions", other.credentials(), 200).by(Who::Nobody),
        post("/v1/sessions", wrong.clone(), 401).by(Who::Nobody),
        post("/login", other.credentials(), 200).by(Who::Nobody),
        post("/authentication", wrong, 401).by(Who::Nobody),
        post("/v1/sessions/refresh", json!({ "refresh_token": refresh }), 200).by(Who::Nobody),
        post("/v1/sessions/refresh", json!({ "refresh_token": "none" }), 401).by(Who::Nobody),
        get("/v1/sessions", "/v1/sessions", 200).by(Who::Somebody),
        get("/v1/me", "/v1/me", 200).by(Who::Somebody),
        get("/v1/me", "/v1/me", 401).by(Who::Nobody),
        get("/user", "/user", 200).by(Who::Somebody),
        get("/user", "/user", 401).by(Who::Nobody),
        send(Method::PATCH, "/v1/me", json!({ "first_name": "Grace" }), 200).by(Who::Somebody),
        send(Method::PATCH, "/v1/me", json!({ "frist_name": "Grace" }), 400).by(Who::Somebody),
        post("/v1/me/addresses", address, 201).by(Who::Somebody),
        post("/v1/me/addresses", json!({}), 400).by(Who::Somebody),
        get("/v1/me/addresses", "/v1/me/addresses", 200).by(Who::Somebody),
        post("/v1/me/api-keys", json!({ "name": "nightly", "roles": ["user"] }), 201).by(Who::Somebody),
        get("/v1/me/api-keys", "/v1/me/api-keys", 200).by(Who::Somebody),
        get("/v1/users", "/v1/users?search=ada&limit=1", 200),
        get("/v1/users", "/v1/users", 403).by(Who::Somebody),
        get("/v1/users/{id}", format!("/v1/users/{id}"), 200),
        get("/v1/users/{id}", "/v1/users/0190b0c8-0000-7000-8000-000000000000", 404),
        send(Method::PATCH, "/v1/users/{id}", json!({ "active": true }), 200).at(format!("/v1/users/{id}")),
        post("/v1/users/{id}/reset-link", Value::Null, 201).at(format!("/v1/users/{id}/reset-link")),
        post("/v1/password-resets", json!({ "token": "none", "new_password": "correct horse 17" }), 400)
            .by(Who::Nobody),
    ]
}

/// What the broker answers by itself.
fn own() -> Vec<Case> {
    vec![
        post("/", Value::Null, 200),
        get("/ping", "/ping", 200),
        get("/health/live", "/health/live", 200),
        get("/health/ready", "/health/ready", 200),
        get("/metrics", "/metrics", 200),
        get("/openapi.json", "/openapi.json", 200),
    ]
}

/// What calls in one, and what becomes of one that is answered later, is answered; `place` is of one that is over.
fn kept(place: &str) -> Vec<Case> {
    let (path, unknown) = ("/v1/calls/{id}", "/v1/calls/0190b0c8-0000-7000-8000-000000000000");
    let calls = json!([
        { "id": "sum", "method": "GET", "path": "/v1/math/add/1,2" },
        { "action": "math", "body": { "op": "ad", "numbers": "1" } },
        { "method": "GET", "path": "/v1/${sum.body.nobody}" },
    ]);
    let delete = |target: &str, status| send(Method::DELETE, path, Value::Null, status).at(target.to_owned());
    vec![
        post("/v1/batch", json!({ "calls": calls }), 200),
        post("/v1/batch", json!({ "calls": [] }), 400),
        get(path, place, 200),
        get(path, unknown, 404),
        delete(place, 409),
        delete(unknown, 404),
    ]
}

/// Where a call is told of that was answered later and is over.
async fn over(mesh: &Mesh) -> String {
    let request = mesh.request(Method::GET, "/v1/math/add/1,2").header("prefer", "respond-async");
    let accepted = mesh.send(request, "").await;
    let place = accepted.header("location").unwrap_or_else(|| panic!("{accepted:?}")).to_owned();
    eventually("the call is over", async || (mesh.get(&place).await.expect(200)["state"] == "done").then_some(()))
        .await;
    place
}

async fn live_answers_are_what_the_document_says(mesh: &mut Mesh) {
    let document = mesh.stranger().get("/openapi.json").await.expect(200);
    // The schema of events is checked once the broker was told of it.
    eventually("the broker knows the logger's messages", async || {
        let refused = mesh.post("/v1/events/logs", &json!({ "nmae": 1 })).await;
        (refused.status == 400).then_some(())
    })
    .await;
    let (person, other) = (Person::new("document"), Person::new("other"));
    person.register(mesh).await.expect(201);
    let signed_in = person.signed_in(mesh).await;
    let cases = logs().into_iter().chain(accounts(&person, signed_in.id(), &signed_in.refresh, &other)).chain(own());
    let cases = cases.chain(kept(&over(mesh).await));
    let mut failures = Vec::new();
    for case in cases {
        let stranger = mesh.stranger();
        let client: &Client = match case.who {
            Who::Admin => mesh,
            Who::Somebody => &signed_in.client,
            Who::Nobody => &stranger,
        };
        let body = if case.body.is_null() { String::new() } else { case.body.to_string() };
        let answer = client.send(client.request(case.method.clone(), &case.target), body).await;
        if let Err(why) = judge(&document, &case, &answer) {
            failures.push(format!("{} {}: {why}", case.method, case.target));
        }
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
    streams(mesh, &document).await;
}

fn judge(document: &Value, case: &Case, answer: &Answer) -> Result<(), String> {
    if answer.status != case.status {
        return Err(format!("{} instead of {}: {answer:?}", answer.status, case.status));
    }
    let method = case.method.as_str().to_lowercase();
    let operation = &document["paths"][case.path][&method];
    if answer.status < 300 && !case.body.is_null() {
        let asked = &operation["requestBody"]["content"]["application/json"]["schema"];
        fits(document, asked, &case.body).map_err(|why| format!("what was taken should not have been: {why}"))?;
    }
    let responses = &operation["responses"];
    let listed = [answer.status.to_string(), format!("{}XX", answer.status / 100)];
    let response = listed.iter().find_map(|status| responses.get(status));
    let response = resolved(document, response.ok_or_else(|| format!("{} is not listed", answer.status))?);
    let kind = answer.header("content-type").unwrap_or_default().split(';').next().unwrap_or_default();
    let media =
        response["content"].get(kind).ok_or_else(|| format!("'{kind}' is not listed with {}", answer.status))?;
    if kind.ends_with("json") { fits(document, &media["schema"], &answer.json()) } else { Ok(()) }
}

fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let at = value["$ref"].as_str().map(|reference| reference.trim_start_matches('#'));
    at.map_or(value, |at| document.pointer(at).unwrap_or_else(|| panic!("{at} leads nowhere")))
}

fn fits(document: &Value, schema: &Value, body: &Value) -> Result<(), String> {
    if schema.is_null() {
        return Err("there is no schema".to_owned());
    }
    let mut schema = schema.clone();
    schema["components"] = document["components"].clone();
    let validator = jsonschema::draft202012::options().should_validate_formats(true).build(&schema);
    let validator = validator.map_err(|error| error.to_string())?;
    let errors: Vec<_> = validator.iter_errors(body).map(|error| error.to_string()).collect();
    if errors.is_empty() { Ok(()) } else { Err(format!("{} in {body}", errors.join("; "))) }
}

/// A stream's documents are the item that the document promises.
async fn streams(mesh: &Mesh, document: &Value) {
    let content = &document["paths"]["/v1/logs/tail"]["get"]["responses"]["200"]["content"];
    let mut lines = mesh.open("/v1/logs/tail?name=streamed", "application/x-ndjson").await;
    mesh.post("/v1/logs", &json!({ "name": "streamed", "data": "x" })).await.expect(201);
    let kind = lines.kind.split(';').next().unwrap().to_owned();
    let item: Value = serde_json::from_str(&lines.with("{").await).unwrap();
    fits(document, &content[&kind]["x-stream"]["item"], &item).unwrap();
}

mod alone {
    use super::*;

    #[tokio::test]
    async fn the_document_follows_the_table_and_is_sent_once() {
        let mut mesh = Mesh::start(Way::Embedded).await;
        let first = mesh.stranger().get("/openapi.json").await;
        let etag = first.header("etag").expect("an ETag").to_owned();
        assert_eq!(first.header("cache-control"), Some("no-cache"));
        let request = mesh.request(Method::GET, "/openapi.json").header("if-none-match", format!("\"x\", W/{etag}"));
        let again = mesh.send(request, "").await;
        assert_eq!((again.status, again.body.len(), again.header("etag")), (304, 0, Some(&*etag)));
        let done = run(&["openapi", "--offline"], mesh.folder.path(), &mesh.variables).await;
        assert_eq!(done.code, Some(0), "{done:?}");
        let printed: Value = serde_json::from_str(&done.stdout).unwrap();
        assert_eq!(printed, first.json(), "the command says something else than the broker");

        let file = mesh.folder.path().join("routes.toml");
        let row = "\n[[route]]\non = \"GET /v1/new\"\ncall = \"rpc new find\"\nsummary = \"New\"\n";
        std::fs::write(&file, std::fs::read_to_string(&file).unwrap() + row).unwrap();
        let changed = eventually("the new row is in the document", async || {
            let answer = mesh.get("/openapi.json").await;
            (answer.json()["paths"]["/v1/new"]["get"]["summary"] == "New").then_some(answer)
        });
        assert_ne!(changed.await.header("etag"), Some(&*etag));
        mesh.stop().await;
    }

    #[tokio::test]
    async fn an_example_that_does_not_fit_its_message_is_told_by_check() {
        let (folder, variables) = crate::harness::alone();
        let table = "version = 1\n[services]\nlogger = \"grpc://127.0.0.1:1\"\n\n[[route]]\non = \"POST /a\"\n\
            call = \"grpc logger logger.v1.Logger/Write\"\nexample = { nmae = \"x\" }\n";
        std::fs::write(folder.path().join("other.toml"), table).unwrap();
        let done = run(&["check", "other.toml"], folder.path(), &variables).await;
        assert_eq!(done.code, Some(1), "{done:?}");
        let told = "other.toml:5:1: the example is no logger.v1.WriteRequest: nmae: is unknown, did you mean 'name'?";
        assert!(done.stdout.starts_with(told), "{done:?}");
    }
}
