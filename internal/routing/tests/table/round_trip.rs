//! What doors and lines print can be read again, and no text whatever makes the parser panic.

use std::time::Duration;

use proptest::prelude::*;
use routing::table::{Door, Line, parse};

use crate::{completed, read, table};

fn path() -> impl Strategy<Value = String> {
    let segment = prop_oneof![
        4 => "[a-zA-Z0-9_~!&'()+,;=@-]{1,6}",
        1 => Just("{?}".to_owned()),
    ];
    (prop::collection::vec(segment, 0..5), any::<bool>()).prop_map(|(segments, catch_all)| {
        let named = segments.iter().enumerate().map(|(at, text)| text.replace('?', &format!("p{at}")));
        let rest = catch_all.then(|| "{*rest}".to_owned());
        format!("/v/{}", named.chain(rest).collect::<Vec<_>>().join("/")).trim_end_matches('/').to_owned()
    })
}

fn method() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
}

fn door() -> impl Strategy<Value = String> {
    let cron =
        prop::sample::select(vec!["0 3 * * *", "*/5 * * * MON-FRI", "@daily", "0 0 12 L * ?", "15,45 8-18 1 JAN *"]);
    prop_oneof![
        (method(), path()).prop_map(|(method, path)| format!("{method} {path}")),
        path().prop_map(|path| format!("ANY {path}")),
        "event ([a-z0-9_-]{1,5}|\\*|#)(\\.([A-Za-z]{1,5}|\\*|#)){0,3}",
        (1_000u64..31_000_000_000)
            .prop_map(|ms| { format!("every {}", humantime::format_duration(Duration::from_millis(ms))) }),
        cron.prop_map(|expression| format!("cron {expression}")),
    ]
}

fn line() -> impl Strategy<Value = String> {
    prop_oneof![
        "grpc (logger|[a-z]{1,8}:[1-9][0-9]{0,3}) [a-z]{1,5}\\.v1\\.[A-Z][a-z]{0,5}/[A-Z][a-z]{0,5}",
        (method(), path()).prop_map(|(method, path)| format!("http math {method} {path}")),
        (method(), path()).prop_map(|(method, path)| format!("http localhost:9000 {method} {path}")),
        Just("http authenticator".to_owned()),
        "event out(\\.([a-z]{1,5}|\\{[a-z]{1,4}(\\.[a-z]{1,3})?(\\|[A-Z-]{1,4})?\\})){0,3}",
        "rpc [a-z][a-z0-9-]{0,8} [a-z_]{1,8}",
    ]
}

fn row(on: &str, call: &str) -> String {
    format!("[[route]]\naction = \"a\"\non = {on:?}\ncall = {call:?}\n")
}

/// A row without an action, as lines that stream bodies through want it.
fn bare(call: &str) -> String {
    format!("[[route]]\non = \"POST /in\"\ncall = {call:?}\n")
}

proptest! {
    #[test]
    fn doors_print_what_can_be_read_again(text in door()) {
        let read: Door = table(&row(&text, "rpc x y")).routes[0].on[0].clone();
        let again = table(&row(&read.to_string(), "rpc x y")).routes[0].on[0].clone();
        prop_assert_eq!(&read, &again);
        prop_assert_eq!(read.to_string(), text);
    }

    #[test]
    fn lines_print_what_can_be_read_again(text in line()) {
        let read: Line = table(&bare(&text)).routes[0].call.clone();
        let again = table(&bare(&read.to_string())).routes[0].call.clone();
        prop_assert_eq!(&read, &again);
        prop_assert_eq!(read.to_string(), text);
    }

    #[test]
    fn limits_and_auth_print_what_can_be_read_again(
        calls in 1u32..=1_000_000, unit in "[smh]", scope in "(caller|route)", auth in "(public|local|user|[a-z]{7,12})"
    ) {
        let limit = format!("{calls}/{unit} per {scope}");
        let row = format!("{}limit = {limit:?}\nauth = {auth:?}\n", bare("rpc x y"));
        let route = table(&row).routes[0].clone();
        prop_assert_eq!(route.limit.unwrap().to_string(), limit);
        prop_assert_eq!(route.auth.to_string(), auth);
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        let _ = parse("routes.toml", &text, |_| None);
    }

    #[test]
    fn any_text_in_a_string_is_read_or_refused(
        key in prop::sample::select(vec!["on", "call", "action", "host", "auth", "timeout", "limit", "schema", "reply"]),
        start in prop::sample::select(vec!["", "cron ", "every ", "event ", "GET /", "http math GET /", "grpc logger "]),
        text in any::<String>(),
    ) {
        let text = toml::Value::String(format!("{start}{text}"));
        let _ = read(&format!("[[route]]\n{key} = {text}\n"));
    }

    #[test]
    fn any_toml_is_read_or_refused(parts in prop::collection::vec(piece(), 0..24)) {
        let text = parts.concat();
        if let Err(faults) = parse("routes.toml", &completed(&text), |_| None) {
            let places: Vec<_> = faults.iter().map(|fault| (fault.line, fault.column)).collect();
            prop_assert!(places.is_sorted(), "{:?}", places);
            prop_assert!(faults.iter().all(|fault| fault.line >= 1 && !fault.message.is_empty()));
        }
    }
}

/// Lines as they occur in tables, in any order and mostly in the wrong place.
fn piece() -> impl Strategy<Value = String> {
    let keys = [
        "action", "args", "async", "attempts", "auth", "batch", "call", "host", "limit", "on", "reply", "retry",
        "schema", "secret", "size", "status", "timeout", "services", "route", "version", "into", "url", "odd",
        "issuers", "cookies", "jwks", "service", "token",
    ];
    let values = [
        "1",
        "-1",
        "1.5",
        "inf",
        "true",
        "1979-05-27",
        "\"\"",
        "\"x\"",
        "\"POST /x\"",
        "\"$x\"",
        "\"${X}\"",
        "[]",
        "[1]",
        "[\"GET /{a}\", \"event a.#\"]",
        "{}",
        "{ a = \"$b\", b = \"$a\" }",
        "{ into = \"x\", max = 0 }",
        "\"event a.{b}\"",
        "\"http math\"",
        "\"cron 0 0 * * *\"",
        "\"every 1s\"",
        "\"grpc logger a.B/C\"",
        "99999999999999999999",
    ];
    let pair = (prop::sample::select(keys.to_vec()), prop::sample::select(values.to_vec()));
    prop_oneof![
        6 => pair.prop_map(|(key, value)| format!("{key} = {value}\n")),
        3 => Just("[[route]]\n".to_owned()),
        1 => Just("[services]\n".to_owned()),
        1 => Just("[route.batch]\n".to_owned()),
        1 => Just("[issuers.switchboard]\n".to_owned()),
        1 => Just("[issuers.corp]\n".to_owned()),
    ]
}

#[test]
fn deep_nesting_is_refused_and_not_fatal() {
    for text in ["[".repeat(200_000), format!("a = {}", "[".repeat(200_000)), format!("a = {}", "{a=".repeat(200_000))]
    {
        assert!(parse("routes.toml", &text, |_| None).is_err());
    }
}

#[test]
fn long_dotted_keys_are_refused_and_not_fatal() {
    for text in [format!("{}a = 1", "a.".repeat(200_000)), format!("[{}a]", "a.".repeat(200_000))] {
        assert!(parse("routes.toml", &text, |_| None).is_err());
    }
}
