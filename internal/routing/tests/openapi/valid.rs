//! What OpenAPI 3.1 asks of any document, whatever is in it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::{default_table, document, of, operations};

/// The rows that are hardest to say something of.
const ODD: &str = r#"
[[route]]
on   = ["GET /x/{id}", "POST /x/{id}", "ANY /files/{*rest}", "GET /"]
call = "rpc orders get"
[[route]]
on   = "ANY /x/{name}"
call = "http localhost:9000"
[[route]]
on   = "GET /x/{key}"
host = "api.example.com"
call = "rpc orders other"
[[route]]
on   = ["GET /x-y", "GET /x_y"]
call = "grpc orders shop.v1.Orders/List"
"#;

fn validator(document: &Value, schema: &Value) -> jsonschema::Validator {
    let mut whole = schema.clone();
    jsonschema::draft202012::meta::validate(&whole).unwrap_or_else(|error| panic!("{error} in {schema}"));
    if whole.is_object() {
        whole["components"] = document["components"].clone();
    }
    jsonschema::draft202012::new(&whole).unwrap_or_else(|error| panic!("{error} in {schema}"))
}

/// Everything below `value`, itself included.
fn walk<'a>(value: &'a Value, visit: &mut impl FnMut(&'a Value)) {
    visit(value);
    match value {
        Value::Array(items) => items.iter().for_each(|item| walk(item, visit)),
        Value::Object(fields) => fields.values().for_each(|field| walk(field, visit)),
        _ => {}
    }
}

/// The parameter itself, wherever it stands.
fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap(),
        None => value,
    }
}

fn check(document: &Value) {
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1."));
    assert!(document["info"]["title"].is_string() && document["info"]["version"].is_string());
    let mut references = Vec::new();
    walk(document, &mut |value| references.extend(value.get("$ref").and_then(Value::as_str)));
    for reference in references {
        let at = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(at).is_some_and(|it| !it.is_null()), "{reference} leads nowhere");
    }
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        assert!(name.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_".contains(&b)), "{name}");
        validator(document, schema);
    }
    let mut ids = BTreeSet::new();
    for (path, method, operation) in operations(document) {
        let what = format!("{method} {path}");
        assert!(ids.insert(operation["operationId"].as_str().unwrap()), "{what}: taken operationId");
        assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{what}: no summary");
        assert!(operation["security"].is_array() && operation["tags"][0].is_string(), "{what}");
        parameters(document, path, operation);
        contents(document, &what, operation);
    }
    shapes(document);
}

fn parameters(document: &Value, path: &str, operation: &Value) {
    let all = operation["parameters"].as_array().into_iter().flatten().map(|it| resolved(document, it));
    let mut seen = BTreeSet::new();
    let mut in_path = BTreeSet::new();
    for parameter in all {
        let (name, place) = (parameter["name"].as_str().unwrap(), parameter["in"].as_str().unwrap());
        assert!(seen.insert((place, name)), "{path} has {name} twice");
        let schema = validator(document, &parameter["schema"]);
        if let Some(example) = parameter.get("example") {
            assert!(schema.is_valid(example), "{path}: {example} is no {name}");
        }
        if place == "path" {
            assert_eq!(parameter["required"], true);
            in_path.insert(name);
        }
    }
    let named: BTreeSet<_> = path.split('/').filter_map(|it| it.strip_prefix('{')?.strip_suffix('}')).collect();
    assert_eq!(in_path, named, "{path}");
}

fn contents(document: &Value, what: &str, operation: &Value) {
    let responses = operation["responses"].as_object().unwrap();
    let is_success = |status: &String| status.starts_with('2') || status == "default";
    assert!(responses.keys().any(is_success), "{what}: no success");
    let responses = responses.values().map(|response| resolved(document, response));
    let bodies = responses.inspect(|it| assert!(it["description"].is_string(), "{what}: {it}"));
    for body in bodies.chain([&operation["requestBody"]]) {
        for media in body["content"].as_object().into_iter().flat_map(|content| content.values()) {
            let Some(schema) = media.get("schema") else { continue };
            let validator = validator(document, schema);
            let examples = media["examples"].as_object().into_iter().flatten().map(|(_, example)| &example["value"]);
            for example in examples.chain(media.get("example")) {
                let errors: Vec<_> = validator.iter_errors(example).map(|error| error.to_string()).collect();
                assert!(errors.is_empty(), "{what}: {errors:?} in the example {example}");
            }
        }
    }
}

/// Paths that differ in the names of their parameters alone are one path.
fn shapes(document: &Value) {
    let mut shapes = BTreeSet::new();
    for path in document["paths"].as_object().unwrap().keys() {
        let shape: Vec<_> = path.split('/').map(|it| if it.starts_with('{') { "{}" } else { it }).collect();
        assert!(path.starts_with('/') && shapes.insert(shape.join("/")), "{path} is there twice");
    }
}

#[tokio::test]
async fn the_default_table_makes_a_valid_document() {
    check(&of(&default_table()).await);
}

#[tokio::test]
async fn so_do_rows_that_are_hard_to_tell() {
    check(&document(ODD).await);
    check(&document("").await);
}

#[tokio::test]
async fn two_runs_are_the_same_text() {
    let (first, second) = (of(&default_table()).await.to_string(), of(&default_table()).await.to_string());
    assert_eq!(first, second);
}

/// Ids are what generated clients call their functions: they must not change when a row is added elsewhere.
#[tokio::test]
async fn the_ids_of_operations_come_from_method_and_path() {
    let document = document(ODD).await;
    let mut ids: Vec<_> = operations(&document).iter().map(|(_, _, it)| it["operationId"].as_str().unwrap()).collect();
    ids.retain(|id| id.contains("_x_") || id.contains("_files_"));
    let expected = [
        "delete_files_by_rest",
        "get_files_by_rest",
        "patch_files_by_rest",
        "post_files_by_rest",
        "put_files_by_rest",
        "get_x_y",
        "get_x_y_2",
        "delete_x_by_id",
        "get_x_by_id",
        "patch_x_by_id",
        "post_x_by_id",
        "put_x_by_id",
    ];
    ids.sort_unstable();
    let mut expected = expected.map(str::to_owned);
    expected.sort_unstable();
    assert_eq!(ids, expected);
    let other = &document["paths"]["/x/{id}"]["get"]["x-by-host"]["api.example.com"];
    assert_eq!(
        (&other["operationId"], &other["servers"][0]["url"]),
        (&json!("get_x_by_id_at_api_example_com"), &json!("//api.example.com"))
    );
    assert_eq!(other["parameters"][0]["name"], "id", "a parameter goes by the name that its path is shown with");
}
