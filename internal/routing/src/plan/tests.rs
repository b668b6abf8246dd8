//! Plans over the four lines, with the descriptors of this build and nothing running.

use http::HeaderValue;
use serde_json::json;

use super::*;

const TABLE: &str = r#"version = 1
[services]
logger = { url = "grpc://127.0.0.1:1", token = true, concurrency = 50 }
math = "http://127.0.0.1:1"
tails = { url = "grpc://127.0.0.1:1", concurrency = 1000 }
[[route]]
on = "POST /v1/logs"
action = "log"
call = "grpc logger logger.v1.Logger/Write"
args = { audit = false }
auth = "local"
secret = ["data"]
limit = "5/s per caller"
[[route]]
on = "GET /v1/sum/{numbers}"
call = "http math GET /add/{numbers}"
timeout = "2s"
secret = ["token"]
[[route]]
on = "POST /v1/cards/{card}"
call = "http math POST /cards/{card}"
secret = ["card", "owner.name"]
auth = "admin"
[[route]]
on = "POST /v1/events/{level}"
call = "event log.{level}.{kind|none}"
schema = "logger logger.v1.WriteRequest"
size = { name = "1..5" }
auth = "public"
[[route]]
on = "POST /v1/told"
call = "event told.{user.id}"
auth = "public"
secret = ["user.id"]
[[route]]
on = "POST /v1/users"
call = "rpc authenticator register"
secret = ["password"]
auth = "public"
[[route]]
on = "POST /v1/renamed/{code}"
call = "rpc authenticator renamed"
args = { password = "$p", pin = "$code" }
secret = ["password", "refresh_token", "pin"]
auth = "public"
[[route]]
on = "GET /v1/tail"
call = "grpc tails logger.v1.Logger/Tail"
auth = "public"
[[route]]
on = "GET /v1/rpc"
call = "rpc people find"
auth = "public"
[[route]]
on = "ANY /mine/{*path}"
call = "http math"
[[route]]
on = "event log.#"
action = "store"
call = "grpc logger logger.v1.Logger/WriteBatch"
batch = { into = "entries" }
"#;

fn asked(method: &str, path: &str) -> Asked {
    let target = Target::Path { method: method.parse().unwrap(), host: None, path: path.parse().unwrap() };
    Asked { target, body: None, headers: HeaderMap::new(), who: None, here: here(true) }
}

fn here(is_local: bool) -> Here {
    Here { is_local, has_redis: false, kept: Duration::from_secs(24 * 3600) }
}

fn with(method: &str, path: &str, body: &Value) -> Asked {
    Asked { body: Some(body.to_string().into()), ..asked(method, path) }
}

fn explained(asked: &Asked) -> Result<Plan, Error> {
    let table = crate::table::parse("routes.toml", TABLE, |_| None).unwrap();
    Plan::of("routes.toml", &table, &Catalog::new(Cache::in_memory()).unwrap(), asked)
}

fn plan(asked: &Asked) -> Plan {
    let plan = explained(asked).unwrap();
    assert!(plan.refused.is_none(), "{plan:?}");
    plan
}

fn refused(asked: &Asked) -> Refused {
    explained(asked).unwrap().refused.unwrap()
}

fn shown(plan: &Plan) -> Value {
    serde_json::to_value(plan).unwrap()
}

fn told(plan: &Plan, layer: &str) -> (String, From, String) {
    let step = plan.policy.iter().find(|step| step.layer == layer).unwrap();
    (step.value.clone(), step.from, step.means.clone())
}

#[test]
fn a_row_is_told_with_its_place_and_its_layers_in_order() {
    let plan = plan(&with("POST", "/v1/logs", &json!({ "name": "n", "level": "INFO", "data": "s3cret" })));
    assert_eq!((plan.row.line, plan.row.call.as_str()), (6, "grpc logger logger.v1.Logger/Write"));
    let layers: Vec<_> = plan.policy.iter().map(|step| step.layer).collect();
    assert_eq!(layers, ["auth", "limit", "key", "async", "concurrency", "deadline", "retry", "balance"]);
    assert_eq!((told(&plan, "limit").0, told(&plan, "limit").1), ("5/s per caller".to_owned(), From::Table));
    assert_eq!((told(&plan, "deadline").0, told(&plan, "deadline").1), ("5s".to_owned(), From::Default));
    assert_eq!((told(&plan, "concurrency").0, told(&plan, "concurrency").1), ("50".to_owned(), From::Table));
    assert!(told(&plan, "retry").2.starts_with("not made again: the door takes POST"), "{plan:?}");
}

#[test]
fn over_grpc_the_message_is_shown_as_the_service_would_read_it() {
    let plan = plan(&with("POST", "/v1/logs", &json!({ "name": "n", "level": "INFO", "data": "s3cret" })));
    let text = shown(&plan).to_string();
    assert!(!text.contains("s3cret"), "{text}");
    let sent = &shown(&plan)["sent"];
    assert_eq!((&sent["line"], &sent["path"]), (&json!("grpc"), &json!("/logger.v1.Logger/Write")));
    assert_eq!((&sent["message"]["name"], &sent["message"]["data"]), (&json!("n"), &json!("***")));
    assert_eq!(sent["message"]["level"], "INFO");
    let wrong = refused(&with("POST", "/v1/logs", &json!({ "nmae": "n" })));
    assert_eq!((wrong.status, wrong.errors[0].field.as_str()), (400, "nmae"));
    assert!(wrong.detail.contains("did you mean 'name'?"), "{}", wrong.detail);
    let wrong = refused(&with("POST", "/v1/logs", &json!({ "audit": true })));
    assert_eq!(wrong.detail, "audit: is set by the route, leave it out");
}

#[test]
fn over_http_path_and_query_or_a_body_are_shown() {
    let get = plan(&asked("GET", "/v1/sum/1,2?token=s3cret&x=1"));
    let sent = &shown(&get)["sent"];
    assert_eq!((&sent["method"], &sent["url"]), (&json!("GET"), &json!("/add/1,2?token=***&x=1")));
    assert_eq!((&sent["body"], &shown(&get)["fields"]), (&Value::Null, &json!({ "numbers": "1,2" })));
    assert!(told(&get, "retry").2.starts_with("may be made again"), "{get:?}");
    let body = json!({ "owner": { "name": "s3cret", "age": 7 } });
    let post = plan(&with("POST", "/v1/cards/s3cret", &body));
    let (sent, text) = (&shown(&post)["sent"], shown(&post).to_string());
    assert!(!text.contains("s3cret"), "{text}");
    assert_eq!((&sent["url"], &sent["body"]), (&json!("/cards/***"), &json!({ "owner": { "name": "***", "age": 7 } })));
}

#[test]
fn as_an_event_key_queues_and_checks_are_shown() {
    let plan = plan(&with("POST", "/v1/events/INFO", &json!({ "name": "n" })));
    let sent = &shown(&plan)["sent"];
    assert_eq!((&sent["exchange"], &sent["key"]), (&json!("events"), &json!("log.INFO.none")));
    assert_eq!(sent["queues"], json!(["v1.listener.store"]));
    assert_eq!(refused(&with("POST", "/v1/events/INFO", &json!({ "name": "longer" }))).errors[0].field, "name");
    assert_eq!(refused(&with("POST", "/v1/events/a.b", &json!({ "name": "n" }))).errors[0].field, "level");
    let told = explained(&with("POST", "/v1/told", &json!({ "user": { "id": "s3cret" } }))).unwrap();
    let text = shown(&told).to_string();
    assert!(!text.contains("s3cret") && text.contains("told.{user.id}"), "{text}");
}

#[test]
fn as_a_question_the_queue_and_the_body_are_shown() {
    let mut asked = with("POST", "/v1/users", &json!({ "email": "e", "password": "s3cret" }));
    asked.headers.insert("idempotency-key", HeaderValue::from_static("k"));
    let plan = plan(&asked);
    let sent = &shown(&plan)["sent"];
    assert_eq!(
        (&sent["queue"], &sent["method"], &sent["priority"]),
        (&json!("rpc.authenticator"), &json!("register"), &json!(4))
    );
    assert_eq!(sent["body"], json!({ "email": "e", "password": "***" }));
    assert_eq!(sent["id"].as_str().unwrap().len(), 36, "whoever calls, it is the same effect: {sent}");
    assert_eq!(told(&plan, "retry").2, "may be made again: it has a key");
}

#[test]
fn what_streams_through_goes_on_as_it_comes() {
    let plan = plan(&asked("PUT", "/mine/a/b?x=1"));
    let sent = &shown(&plan)["sent"];
    assert_eq!((&sent["line"], &sent["method"], &sent["path"]), (&json!("raw"), &json!("PUT"), &json!("/a/b?x=1")));
    assert!(plan.argument.is_none());
}

#[test]
fn who_calls_is_judged_as_at_the_door() {
    let body = json!({ "name": "n" });
    let cases = [
        ("/v1/logs", Who::Nobody, true, None),
        ("/v1/logs", Who::Nobody, false, Some(401)),
        ("/v1/logs", Who::User, false, None),
        ("/v1/cards/7", Who::Nobody, true, Some(401)),
        ("/v1/cards/7", Who::User, true, Some(403)),
        ("/v1/cards/7", Who::Role("editor".to_owned()), true, Some(403)),
        ("/v1/cards/7", Who::Role("admin".to_owned()), true, None),
        ("/v1/users", Who::Nobody, false, None),
    ];
    for (path, who, is_local, status) in cases {
        let case = format!("{path} {who:?} {is_local}");
        let plan = explained(&Asked { who: Some(who), here: here(is_local), ..with("POST", path, &body) }).unwrap();
        assert_eq!(plan.refused.map(|it| it.status), status, "{case}");
        assert_eq!(plan.sent.is_some(), status.is_none(), "{case}");
    }
    let signed_in = plan(&Asked { who: Some(Who::User), ..with("POST", "/v1/logs", &body) });
    assert_eq!(shown(&signed_in)["sent"]["metadata"]["authorization"], "Bearer ***");
}

#[test]
fn headers_of_the_caller_count() {
    let mut asked = asked("GET", "/v1/sum/1,2");
    asked.headers.insert("x-timeout-ms", HeaderValue::from_static("500"));
    asked.headers.insert("idempotency-key", HeaderValue::from_static("k"));
    let plan = plan(&asked);
    assert_eq!((told(&plan, "deadline").0, told(&plan, "deadline").1), ("500ms".to_owned(), From::Caller));
    assert!(told(&plan, "key").2.contains("the row, the caller and the key"));
    asked.headers.insert("x-timeout-ms", HeaderValue::from_static("9000"));
    assert_eq!(told(&self::plan(&asked), "deadline").1, From::Table);
    asked.headers.insert("x-timeout-ms", HeaderValue::from_static("soon"));
    assert_eq!(refused(&asked).errors[0].field, "x-timeout-ms");
    let plan = explained(&asked).unwrap();
    assert_eq!(told(&plan, "deadline").2, "x-timeout-ms: must be a whole number of milliseconds above 0");
    asked.headers.insert("x-timeout-ms", HeaderValue::from_static("500"));
    asked.headers.insert("idempotency-key", HeaderValue::from_static("a b"));
    assert_eq!(refused(&asked).errors[0].field, "Idempotency-Key");
}

/// What is told of a call with these headers.
fn told_with(method: &str, path: &str, headers: &[(&'static str, &'static str)], layer: &str) -> (From, String) {
    let mut asked = asked(method, path);
    for (name, value) in headers {
        asked.headers.insert(*name, HeaderValue::from_static(value));
    }
    let plan = explained(&asked).unwrap();
    let (_, from, means) = told(&plan, layer);
    (from, means)
}

#[test]
fn what_is_told_of_keys_and_preferences_is_what_the_row_does() {
    let (key, later, both) =
        (("idempotency-key", "k"), ("prefer", "respond-async"), ("prefer", "wait=7, respond-async"));
    let cases = [
        ("PUT", "/mine/a", &[key][..], "retry", From::Default, "may be made again: it has no body"),
        (
            "POST",
            "/mine/a",
            &[key],
            "retry",
            From::Default,
            "not made again: it has no body, and the caller asks with POST",
        ),
        ("POST", "/mine/a", &[key], "key", From::Caller, "the service is sent it as it is, and nothing is kept"),
        ("POST", "/mine/a", &[later], "async", From::Default, "bodies stream through and are not kept"),
        ("POST", "/v1/users", &[later], "async", From::Default, "passwords or tokens may go by and are not kept"),
        ("POST", "/v1/users", &[key], "key", From::Caller, "it counts for 1day, and as passwords or tokens may go by"),
        ("POST", "/v1/logs", &[later], "async", From::Default, "passwords or tokens may go by and are not kept"),
        ("GET", "/v1/tail", &[later], "async", From::Default, "the answer is a stream and is not kept"),
        ("GET", "/v1/tail", &[key], "key", From::Caller, "nothing is kept, as the answer is a stream"),
        ("GET", "/v1/rpc", &[later], "async", From::Caller, "answered with 202 at once"),
        ("GET", "/v1/rpc", &[both], "async", From::Caller, "the answer where there is one within 7s, else 202"),
        ("GET", "/v1/rpc", &[("prefer", "return=minimal")], "async", From::Default, "the caller waits for the answer"),
        ("GET", "/v1/rpc", &[key], "key", From::Caller, "the answer is kept by the broker for 1day"),
        ("GET", "/v1/rpc", &[], "concurrency", From::Default, "more than that to people at once"),
        ("GET", "/v1/tail", &[], "concurrency", From::Table, "more than that to tails at once"),
        ("POST", "/v1/logs", &[], "limit", From::Table, "counted by each broker alone, as REDIS_URL is not set"),
    ];
    for (method, path, headers, layer, from, means) in cases {
        let told = told_with(method, path, headers, layer);
        assert!(told.0 == from && told.1.contains(means), "{method} {path} {headers:?} {layer}: {told:?}");
    }
    let shared = Asked { here: Here { has_redis: true, ..here(true) }, ..asked("POST", "/v1/logs") };
    assert!(told(&plan(&shared), "limit").2.contains("counted over all brokers by Redis"));
}

#[test]
fn a_secret_is_masked_under_the_name_that_callers_give_it_and_under_its_own() {
    let plan =
        plan(&with("POST", "/v1/renamed/s3cret", &json!({ "p": "s3cret", "refreshToken": "s3cret", "name": "n" })));
    let text = shown(&plan).to_string();
    assert!(!text.contains("s3cret"), "{text}");
    assert_eq!(shown(&plan)["fields"], json!({ "code": "***" }));
    let masked = json!({ "password": "***", "pin": "***", "refreshToken": "***", "name": "n" });
    assert_eq!(shown(&plan)["argument"], masked);
}

#[test]
fn an_action_is_found_and_its_body_is_the_argument() {
    let target = Target::Action("log".to_owned());
    let body = Some(json!({ "name": "n" }).to_string().into());
    let plan = plan(&Asked { target, body, ..asked("GET", "/") });
    assert_eq!((plan.row.line, shown(&plan)["sent"]["message"]["name"].clone()), (6, json!("n")));
    let target = Target::Action("lgo".to_owned());
    let error = explained(&Asked { target, ..asked("GET", "/") }).unwrap_err();
    assert!(error.detail.contains("did you mean 'log'?"), "{}", error.detail);
}

#[test]
fn where_no_row_takes_it_the_brokers_sentence_is_told() {
    let error = explained(&asked("GET", "/v1/lgos")).unwrap_err();
    assert_eq!(error.detail, "no route for GET /v1/lgos; `switchboard routes` lists those there are");
    let error = explained(&asked("PUT", "/v1/logs")).unwrap_err();
    assert_eq!(error.detail, "/v1/logs does not take PUT; it takes POST");
}

/// Without a body it is the row that is asked about.
#[test]
fn a_row_can_be_asked_about_without_a_body() {
    let plan = plan(&asked("POST", "/v1/events/INFO"));
    assert!(plan.sent.is_none());
    assert_eq!(refused(&asked("POST", "/v1/events/INFO?x=1")).status, 400);
}

#[tokio::test]
async fn the_instance_that_accepts_is_the_one_that_is_taken() {
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    // Bound and not listening: it refuses, and nobody else is given the port.
    let refusing = tokio::net::TcpSocket::new_v4().unwrap();
    refusing.bind(([127, 0, 0, 1], 0).into()).unwrap();
    for (at, accepts) in [(address, true), (refusing.local_addr().unwrap(), false)] {
        let table = format!(
            "version = 1\n[services]\nmath = \"http://{at}\"\n[[route]]\non = \"GET /a\"\ncall = \"http math GET /a\"\n"
        );
        let table = crate::table::parse("routes.toml", &table, |_| None).unwrap();
        let plan = explain("routes.toml", &table, &asked("GET", "/a")).await.unwrap();
        let instances = plan.instances.unwrap();
        assert_eq!((instances.found[0].address, instances.found[0].accepts), (at, accepts));
        assert_eq!(instances.first, accepts.then_some(at));
    }
}
