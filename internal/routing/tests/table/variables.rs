//! `${NAME}`: replaced in strings only, after the file was parsed.

use routing::table::{Arg, Line, parse};
use serde_json::json;

use crate::completed;

fn environment(name: &str) -> Option<String> {
    match name {
        "HOST" => Some("10.0.0.7".to_owned()),
        "EMPTY" => Some(String::new()),
        "TRICKY" => Some("\"\n[[route]]\n".to_owned()),
        "DOLLAR" => Some("$q".to_owned()),
        "SERVICE" => Some("math".to_owned()),
        _ => None,
    }
}

#[test]
fn variables_stand_for_their_values_anywhere() {
    let text = completed(
        r#"
        [services]
        math = "http://${HOST}:${PORT:-7090}"
        [[route]]
        on   = "GET /v1/${AREA:-math}/{op}"
        call = "http ${SERVICE} GET /${PREFIX:-x}/{op}"
        args = { a = "${DOLLAR}", c = "${EMPTY:-d}", d = "${EMPTY}" }
        "#,
    );
    let table = parse("routes.toml", &text, environment).unwrap();
    assert_eq!(table.services["math"].addresses[0].to_string(), "10.0.0.7:7090");
    let route = &table.routes[0];
    assert_eq!(route.name, "GET /v1/math/{op}");
    assert!(
        matches!(&route.call, Line::Http { service, path, .. } if service == "math" && path.template() == "/x/{op}")
    );
    assert_eq!(route.args["a"], Arg::Constant(json!("$q")), "the value of a variable never renames");
    assert_eq!(route.args["c"], Arg::Constant(json!("d")));
    assert_eq!(route.args["d"], Arg::Constant(json!("")));
}

#[test]
fn what_is_missing_is_named_with_its_line() {
    let text = "version = 1\n\n[services]\nmath = \"http://${NOWHERE}:1\"\n\n[[route]]\non = \"GET /x\"\ncall = \"http math GET /${GONE}\"\n";
    let faults = parse("routes.toml", text, environment).unwrap_err();
    let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
    assert_eq!(
        faults,
        [
            "routes.toml:4:8: the environment variable NOWHERE is not set: set NOWHERE, or write ${NOWHERE:-default}",
            "routes.toml:8:8: the environment variable GONE is not set: set GONE, or write ${GONE:-default}",
        ]
    );
}

#[test]
fn a_value_can_change_neither_the_structure_nor_the_lines() {
    let text = "version = 1\n[services]\nmath = \"${TRICKY}\"\n[[route]]\non = \"GET x\"\n";
    let faults = parse("routes.toml", text, environment).unwrap_err();
    let places: Vec<_> = faults.iter().map(|fault| (fault.line, fault.column)).collect();
    assert_eq!(places, [(3, 8), (4, 1), (5, 6)]);
}

#[test]
fn a_password_in_an_address_is_not_shown() {
    let secret = |_: &str| Some("http://root:hunter2@db:1".to_owned());
    let faults = parse("routes.toml", "version = 1\n[services]\nmath = \"${URL}\"\n", secret).unwrap_err();
    assert_eq!(faults.len(), 1);
    assert!(!faults[0].to_string().contains("hunter2"), "{}", faults[0]);
}

#[test]
fn what_is_not_a_variable_is_told() {
    for (written, message) in [
        ("${", "'http://${' has a ${ that is not closed: write ${NAME}"),
        ("${A-B}", "'${A-B}' is not a variable: write ${NAME} or ${NAME:-default}, the default without braces"),
        ("${A:-{b}", "'${A:-{b}' is not a variable: write ${NAME} or ${NAME:-default}, the default without braces"),
    ] {
        let text = format!("version = 1\n[services]\nmath = \"http://{written}\"\n");
        let faults = parse("routes.toml", &text, environment).unwrap_err();
        assert_eq!(faults[0].to_string(), format!("routes.toml:3:8: {message}"));
    }
}
