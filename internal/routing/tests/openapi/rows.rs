//! What the document says of a row is what the row does: one table of rows, one thing to see in each.

use std::collections::BTreeSet;

use routing::table::Door;
use serde_json::{Value, json};

use crate::{default_table, document, of, operations};

/// Rows and, for each path and method, where to look and what to find there.
struct Case {
    what: &'static str,
    rows: &'static str,
    at: &'static str,
    expected: Value,
}

fn case(what: &'static str, rows: &'static str, at: &'static str, expected: Value) -> Case {
    Case { what, rows, at, expected }
}

const WRITE: &str = "on = \"POST /w\"\ncall = \"grpc logger logger.v1.Logger/Write\"";
const QUERY: &str = "on = \"GET /q\"\ncall = \"grpc logger logger.v1.Logger/Query\"";
const EVENT: &str = "on = \"POST /e\"\ncall = \"event log.{level|INFO}\"\nschema = \"logger logger.v1.WriteRequest\"";
const RPC: &str = "on = \"POST /r\"\ncall = \"rpc accounts register\"";

fn cases() -> Vec<Case> {
    [policies(), shapes(), secrets()].into_iter().flatten().collect()
}

fn policies() -> Vec<Case> {
    let bearer = json!([{ "bearer": [] }]);
    vec![
        case("public needs nobody", "auth = \"public\"", "/paths/~1r/post/security", json!([])),
        case("without auth a user is needed", "", "/paths/~1r/post/security", bearer.clone()),
        case("a role is a user", "auth = \"admin\"", "/paths/~1r/post/security", bearer),
        case("and says which", "auth = \"admin\"", "/paths/~1r/post/x-required-role", json!("admin")),
        case("local may be nobody", "auth = \"local\"", "/paths/~1r/post/security", json!([{}, { "bearer": [] }])),
        case("a summary is told", "summary = \"Sign up\"", "/paths/~1r/post/summary", json!("Sign up")),
        case("a status is told", "status = 201", "/paths/~1r/post/responses/201/description", json!("Done.")),
        case(
            "a limit can be met",
            "limit = \"5/s per caller\"",
            "/paths/~1r/post/responses/429/$ref",
            json!("#/components/responses/TooMany"),
        ),
    ]
}

fn shapes() -> Vec<Case> {
    vec![
        case(
            "an envelope goes around refusals too",
            "reply = \"envelope\"",
            "/paths/~1r/post/responses/400/$ref",
            json!("#/components/responses/InvalidInEnvelope"),
        ),
        case(
            "an example is what is known of a body",
            "example = { name = \"x\", tags = [\"a\"], deep = { n = 1.5, ok = true, i = 1 } }",
            "/paths/~1r/post/requestBody/content/application~1json/schema",
            json!({
                "type": "object", "x-inferred": true,
                "properties": {
                    "name": { "type": "string" },
                    "tags": { "type": "array", "items": { "type": "string" } },
                    "deep": { "type": "object", "properties": {
                        "n": { "type": "number" }, "ok": { "type": "boolean" }, "i": { "type": "integer" }
                    } },
                },
            }),
        ),
        case(
            "an answer is what is known of a success",
            "answer = { id = 7 }",
            "/paths/~1r/post/responses/200/content/application~1json/schema/properties",
            json!({ "id": { "type": "integer" } }),
        ),
        case(
            "what is constant may not come",
            "args = { source = \"web\" }\nexample = { name = \"x\" }",
            "/paths/~1r/post/requestBody/content/application~1json/schema/properties/source",
            json!(false),
        ),
    ]
}

fn secrets() -> Vec<Case> {
    vec![
        case(
            "a secret is masked in its example",
            "secret = [\"card.number\"]\nexample = { card = { number = \"4111\" } }",
            "/paths/~1r/post/requestBody/content/application~1json/example",
            json!({ "card": { "number": "***" } }),
        ),
        case(
            "and marked in its schema",
            "secret = [\"card.number\"]\nexample = { card = { number = \"4111\" } }",
            "/paths/~1r/post/requestBody/content/application~1json/schema/properties/card/properties/number",
            json!({ "type": "string", "format": "password", "writeOnly": true }),
        ),
    ]
}

#[tokio::test]
async fn each_option_is_told() {
    for case in cases() {
        let document = document(&format!("[[route]]\n{RPC}\n{}\n", case.rows)).await;
        assert_eq!(document.pointer(case.at), Some(&case.expected), "{}: {document:#}", case.what);
    }
}

pub(super) fn names(schema: &Value) -> BTreeSet<&str> {
    schema["properties"].as_object().unwrap().keys().map(String::as_str).collect()
}

fn body<'a>(document: &'a Value, path: &str) -> &'a Value {
    &document["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
}

#[tokio::test]
async fn constants_are_left_out_and_renamed_fields_go_by_the_callers_name() {
    let rows = format!("[[route]]\n{WRITE}\nargs = {{ audit = false, data = \"$text\" }}\n");
    let document = document(&rows).await;
    let schema = body(&document, "/w");
    assert_eq!(names(schema), BTreeSet::from(["created_at", "id", "level", "name", "text", "via"]));
    assert_eq!(schema["additionalProperties"], false);
}

#[tokio::test]
async fn what_stands_in_the_path_is_neither_in_the_query_nor_in_the_body() {
    let rows = format!(
        "[[route]]\n{}\nargs = {{ audit = false, text = \"$q\" }}\n[[route]]\n{}\n",
        QUERY.replace("/q", "/q/{level}"),
        WRITE.replace("/w", "/w/{name}"),
    );
    let document = document(&rows).await;
    let parameters = document["paths"]["/q/{level}"]["get"]["parameters"].as_array().unwrap();
    let places: Vec<_> = parameters.iter().filter_map(|it| Some((it["in"].as_str()?, it["name"].as_str()?))).collect();
    let query = ["cursor", "limit", "name", "q", "since", "until"].map(|name| ("query", name));
    assert_eq!(places, [&[("path", "level")][..], &query].concat());
    assert_eq!(parameters[0]["schema"]["enum"], json!(["DEBUG", "INFO", "WARNING", "ERROR"]));
    assert!(!names(body(&document, "/w/{name}")).contains("name"));
}

#[tokio::test]
async fn events_have_sizes_in_bytes_and_are_answered_with_their_id() {
    let rows = format!("[[route]]\n{EVENT}\nsize = {{ name = \"5..200\", data = \"..256KiB\" }}\n");
    let document = document(&rows).await;
    let schema = body(&document, "/e");
    let name = &schema["properties"]["name"];
    // Five bytes may be two characters, and never more than five.
    assert_eq!((&name["minLength"], &name["maxLength"]), (&json!(2), &json!(200)));
    assert!(name["description"].as_str().unwrap().contains("5 to 200 bytes"), "{name}");
    assert_eq!(schema["required"], json!(["name"]));
    let answered = &document["paths"]["/e"]["post"]["responses"]["202"]["content"]["application/json"]["schema"];
    assert_eq!(answered["required"], json!(["id", "type"]));
    let needed = document_of_key("event order.{kind}").await;
    assert_eq!(body(&needed, "/e")["required"], json!(["kind"]));
}

async fn document_of_key(call: &str) -> Value {
    document(&format!("[[route]]\non = \"POST /e\"\ncall = \"{call}\"\n")).await
}

#[tokio::test]
async fn answers_of_methods_are_their_messages_and_streams_have_items() {
    let rows = "[[route]]\non = \"GET /t\"\ncall = \"grpc logger logger.v1.Logger/Tail\"\n";
    let document = document(&format!("[[route]]\n{WRITE}\nreply = \"envelope\"\n{rows}")).await;
    let written = &document["paths"]["/w"]["post"]["responses"]["200"]["content"]["application/json"]["schema"];
    assert_eq!(written["properties"]["data"]["$ref"], "#/components/schemas/logger.v1.Entry");
    assert_eq!(written["properties"]["error"]["const"], false);
    let content = &document["paths"]["/t"]["get"]["responses"]["200"]["content"];
    for kind in ["text/event-stream", "application/x-ndjson"] {
        assert_eq!(content[kind]["x-stream"]["item"]["$ref"], "#/components/schemas/logger.v1.TailResponse", "{kind}");
    }
}

#[tokio::test]
async fn a_service_that_has_not_told_its_messages_is_said_to_be_unknown() {
    let rows = "[[route]]\non = \"POST /o\"\ncall = \"grpc orders shop.v1.Orders/Place\"\n";
    let document = document(rows).await;
    assert_eq!(document["paths"]["/o"]["post"]["x-descriptor"], "unknown");
    let schema = body(&document, "/o");
    assert_eq!((&schema["x-descriptor"], &schema["additionalProperties"]), (&json!("unknown"), &Value::Null));
}

#[tokio::test]
async fn rows_that_stream_through_stand_under_every_method_and_promise_nothing() {
    let rows = "[[route]]\non = \"ANY /mine/{*path}\"\ncall = \"http localhost:9000\"\n\
        [[route]]\non = \"PUT /mine/{*all}\"\ncall = \"rpc accounts put\"\nsummary = \"Mine\"\n";
    let document = document(rows).await;
    let item = document["paths"]["/mine/{all}"].as_object().unwrap();
    assert_eq!(item.keys().collect::<Vec<_>>(), ["delete", "get", "patch", "post", "put"]);
    assert_eq!(item["put"]["summary"], "Mine", "a method of its own goes before ANY");
    assert_eq!(item["post"]["parameters"][0]["x-catch-all"], true);
    assert!(item["post"]["responses"]["default"].is_object());
    assert!(!document.to_string().contains("9000"), "an address is nobody's business");
}

/// Answers with credentials are kept nowhere, so nobody can ask for them later.
#[tokio::test]
async fn later_is_offered_where_a_call_can_be_kept() {
    let rows = [
        (RPC, true),
        ("on = \"POST /r\"\ncall = \"rpc a b\"\nsecret = [\"x\"]", false),
        ("on = \"POST /r\"\ncall = \"http math POST /x\"", true),
        ("on = \"POST /r\"\ncall = \"http authenticator POST /x\"", false),
        ("on = \"POST /r\"\ncall = \"event a\"", false),
        ("on = \"POST /r\"\ncall = \"grpc logger logger.v1.Logger/Tail\"", false),
    ];
    for (row, offered) in rows {
        let document = document(&format!("[[route]]\n{row}\n")).await;
        let operation = &document["paths"]["/r"]["post"];
        let prefer = json!({ "$ref": "#/components/parameters/Prefer" });
        assert_eq!(operation["parameters"].as_array().unwrap().contains(&prefer), offered, "{row}");
        let later = operation["responses"]["202"]["headers"].get("Location").is_some();
        assert_eq!(later, offered, "{row}");
    }
}

#[tokio::test]
async fn actions_are_one_operation_that_says_which() {
    let rows = format!(
        "[[route]]\naction = \"log\"\ncall = \"grpc logger logger.v1.Logger/Write\"\nargs = {{ audit = false }}\n\
         [[route]]\n{RPC}\naction = \"register\"\nexample = {{ name = \"x\" }}\nauth = \"admin\"\n\
         [[route]]\non = \"event a.#\"\naction = \"store\"\ncall = \"rpc accounts store\"\n"
    );
    let document = document(&rows).await;
    let operation = &document["paths"]["/handle"]["post"];
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    let names: Vec<_> = schema["discriminator"]["mapping"].as_object().unwrap().keys().collect();
    assert_eq!(names, ["log", "register"]);
    assert_eq!(operation["x-actions"]["register"]["x-required-role"], "admin");
    let mut schema = schema.clone();
    schema["components"] = document["components"].clone();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let cases = [
        (json!({ "action": "log", "log": { "name": "x" } }), true),
        (json!({ "action": "log", "log": { "nam": "x" } }), false),
        (json!({ "action": "log", "log": { "name": "x", "audit": true } }), false),
        (json!({ "action": "log", "log": {}, "x": 1 }), false),
        (json!({ "action": "register", "register": { "name": "x" } }), true),
        (json!({ "action": "store", "store": {} }), false),
    ];
    for (body, fits) in cases {
        assert_eq!(validator.is_valid(&body), fits, "{body}");
    }
}

/// No row is missing, and nothing is there that no row and no path of the broker's own stands behind.
#[tokio::test]
async fn every_row_of_the_default_table_has_its_operation_and_the_other_way_round() {
    let table = default_table();
    let document = of(&table).await;
    let doors = table.routes.iter().flat_map(|route| &route.on).filter_map(|door| match door {
        Door::Http { method: Some(method), path } => Some(format!("{} {path}", method.as_str().to_lowercase())),
        _ => None,
    });
    let own = [
        "delete /v1/calls/{id}",
        "get /health/live",
        "get /health/ready",
        "get /metrics",
        "get /openapi.json",
        "get /ping",
        "get /v1/calls/{id}",
        "post /",
        "post /handle",
        "post /v1/batch",
        "get /v1/live",
    ];
    let expected: BTreeSet<String> = doors.chain(own.map(str::to_owned)).collect();
    let found: BTreeSet<_> = operations(&document).iter().map(|(path, method, _)| format!("{method} {path}")).collect();
    assert_eq!(found, expected);
}

/// The document is there to be read: each row of the default table says what it is for, and shows what can be sent.
#[test]
fn every_row_of_the_default_table_has_a_summary() {
    for route in &default_table().routes {
        assert!(route.summary.is_some(), "{} has no summary", route.name);
    }
}
