//! What does not go together in one row, or in two.

use super::faults::{fault, option, unchanged};
use crate::{faults, read};

#[test]
fn what_has_no_use_in_a_row_is_refused() {
    let event = "on = \"event a\"\naction = \"a\"\ncall = \"rpc x y\"\n";
    let clock = "on = \"every 1h\"\ncall = \"rpc x y\"\n";
    let raw = "on = \"ANY /x/{*path}\"\ncall = \"http math\"\n";
    let publish = "on = \"POST /x\"\ncall = \"event x\"\n";
    let named = "action = \"a\"\ncall = \"rpc x y\"\n";
    let cases = [
        (event, "status = 200", "6:1: 'status' has no use in a row that no caller can reach"),
        (event, "auth = \"public\"", "6:1: 'auth' has no use in a row that no caller can reach"),
        (event, "example = {}", "6:1: 'example' has no use in a row that no caller can reach"),
        (event, "answer = {}", "6:1: 'answer' has no use in a row that no caller can reach"),
        (raw, "example = {}", "5:1: 'example' has no use where bodies stream through"),
        (raw, "answer = {}", "5:1: 'answer' has no use where bodies stream through"),
        (raw, "cookies = true", "5:1: 'cookies' has no use where bodies stream through"),
        (named, "cookies = true", "5:1: 'cookies' has no use in a row that does not call an http service"),
        (clock, "limit = \"1/s per route\"", "5:1: 'limit' has no use in a row that no caller can reach"),
        (clock, "reply = \"plain\"", "5:1: 'reply' has no use in a row that no caller can reach"),
        (clock, "batch = { into = \"a\" }", "5:1: 'batch' has no use in a row that is not for events alone"),
        (named, "host = \"a\"", "5:1: 'host' has no use without an HTTP door"),
        (publish, "attempts = 3", "5:1: 'attempts' has no use without a door for events"),
        (publish, "async = true", "5:1: 'async' has no use in a row that publishes an event"),
        (raw, "args = { a = 1 }", "5:1: 'args' has no use where bodies stream through"),
        (raw, "status = 200", "5:1: 'status' has no use where bodies stream through"),
        (raw, "action = \"a\"", "5:1: 'action' has no use where bodies stream through"),
        (named, "size = {}", "5:1: 'size' has no use in a row that does not publish an event"),
        (named, "schema = \"logger a.B\"", "5:1: 'schema' has no use in a row that does not publish an event"),
    ];
    for (row, written, message) in cases {
        assert_eq!(fault(&format!("{row}{written}")), format!("routes.toml:{message}: remove it"), "{row}{written}");
    }
}

#[test]
fn what_cannot_work_together_is_refused() {
    let cases = [
        (
            "call = \"rpc x y\"",
            "2:1: nothing leads into this row: add on = \"GET /path\", or an action to be called by POST /handle",
        ),
        (
            "on = \"event a\"\ncall = \"rpc x y\"",
            "3:1: a row for events has no action: add action = \"NAME\", which names the queue v1.listener.NAME",
        ),
        (
            "on = \"every 1h\"\ncall = \"http math\"",
            "4:1: bodies can stream through HTTP doors only: write http SERVICE METHOD /path",
        ),
        (
            "on = \"POST /x\"\ncall = \"rpc x y\"\nasync = true\nsecret = [\"p\"]",
            "5:1: 'async' would keep what 'secret' hides: remove one of them",
        ),
        (
            "on = \"POST /x\"\ncall = \"http math POST /x\"\nasync = true\ncookies = true",
            "5:1: 'async' would keep what cookies guard: remove one of them",
        ),
        (
            "on = \"event log.#\"\naction = \"a\"\ncall = \"event log.{level}\"",
            "3:6: the row would take its own events: 'log.*' comes back in by 'event log.#': publish under another key",
        ),
        (
            "on = \"event log.INFO\"\naction = \"a\"\ncall = \"event log.{level}\"",
            "3:6: the row would take its own events: 'log.*' comes back in by 'event log.INFO': publish under another key",
        ),
        (
            "on = \"every 1h\"\ncall = \"http math GET /{op}\"",
            "4:1: nothing fills {op}: 'every 1h' brings no fields, so add args = { op = … }",
        ),
        (
            "on = \"every 1h\"\ncall = \"http math GET /{op}\"\nargs = { op = \"$x\" }",
            "4:1: nothing fills {op}: 'every 1h' brings no fields, so add args = { op = … }",
        ),
        (
            "on = \"every 1h\"\ncall = \"event a.{user.id}\"",
            "4:1: nothing fills {user.id}: 'every 1h' brings no fields, so add args = { user = … }",
        ),
        (
            "on = \"GET /x\"\ncall = \"http math GET /{q}\"\nargs = { text = \"$q\" }",
            "4:1: nothing fills {q}: args renames it, so use its new name",
        ),
    ];
    for (row, message) in cases {
        assert_eq!(fault(row), format!("routes.toml:{message}"), "{row}");
    }
}

#[test]
fn what_goes_to_a_service_that_is_sent_tokens_is_not_kept_for_later() {
    let found = faults(
        "version = 1\n[services]\nown = { url = \"http://own:1\", token = true }\n[[route]]\non = \"POST /x\"\n\
         call = \"http own POST /x\"\nasync = true\n",
    );
    assert_eq!(found, ["routes.toml:7:1: 'async' would keep what goes to 'own', which is sent tokens: remove it"]);
}

#[test]
fn what_two_rows_cannot_share_names_both_lines() {
    let two = |first: &str, second: &str| {
        fault(&format!("{first}\ncall = \"rpc x y\"\n[[route]]\n{second}\ncall = \"rpc x y\""))
    };
    let cases = [
        ("on = \"GET /x\"", "on = \"GET /x\"", "6:6: 'GET /x' is taken already in line 3: remove one of the two doors"),
        (
            "on = \"GET /x/{id}\"",
            "on = \"GET /x/{name}\"",
            "6:6: 'GET /x/{name}' is taken already as 'GET /x/{id}' in line 3: remove one of the two doors",
        ),
        (
            "on = \"GET /x/{id}\"\nhost = \"a.b\"",
            "on = \"GET /x/{id}\"\nhost = \"A.b\"",
            "7:6: 'GET /x/{id}' is taken already in line 3: remove one of the two doors",
        ),
        (
            "on = \"GET /x/{id}\"",
            "on = \"POST /x/{*rest}\"",
            "6:6: 'POST /x/{*rest}' cannot be told apart from 'GET /x/{id}' in line 3: put a fixed word into one of the paths",
        ),
        (
            "action = \"a\"",
            "on = \"GET /x\"\naction = \"a\"",
            "7:1: the action 'a' is taken already in line 3 (POST /handle): give each row a name of its own",
        ),
        (
            "on = \"event a\"\naction = \"a\"",
            "on = \"event b\"\naction = \"a\"",
            "8:1: the action 'a' is taken already in line 4 (v1.listener.*): give each row a name of its own",
        ),
    ];
    for (first, second, message) in cases {
        assert_eq!(two(first, second), format!("routes.toml:{message}"), "{first} / {second}");
    }
    assert_eq!(
        fault("on = [\"GET /x\", \"GET /x\"]\ncall = \"rpc x y\""),
        "routes.toml:3:17: 'GET /x' is taken already in line 3: remove one of the two doors"
    );
}

#[test]
fn rows_are_written_as_a_list() {
    assert_eq!(
        faults("version = 1\n[route]\non = \"GET /x\"\n"),
        ["routes.toml:2:1: 'route' is not a list of rows: write [[route]] with two brackets before each row"]
    );
    assert_eq!(
        unchanged("version = 1\nroute = [1]\nservices = 3\n"),
        [
            "routes.toml:2:10: 'route' is a whole number: it must be a row, as [[route]]",
            "routes.toml:3:12: 'services' is a whole number: it must be a table, as [services]",
        ]
    );
}

#[test]
fn a_row_takes_its_own_events_only_where_the_keys_meet() {
    let many = vec!["#"; 120].join(".");
    let cases = [
        ("a.#", "a", true),
        ("a.*", "a", false),
        ("a.*", "a.{x}", true),
        ("#.z", "a.{x}", true),
        ("#.z", "a.{x}.y", false),
        ("a.#.c", "a.b.b.c", true),
        ("*", "a.b", false),
        (&format!("{many}.z"), &vec!["a"; 120].join("."), false),
        (&many, "a", true),
    ];
    for (pattern, key, meets) in cases {
        let row = format!("[[route]]\non = \"event {pattern}\"\naction = \"a\"\ncall = \"event {key}\"\n");
        assert_eq!(read(&row).is_err(), meets, "{pattern} {key}");
    }
}

#[test]
fn examples_are_what_callers_send() {
    let cases = [
        ("summary = \"\"", "5:11: 'summary' is not one line of text: say in a sentence what the row is for"),
        ("summary = \"a\\nb\"", "5:11: 'summary' is not one line of text: say in a sentence what the row is for"),
        (
            "example = \"x\"",
            "5:11: 'example' is a string: it must be a table, such as { name = \"event\", level = \"INFO\" }",
        ),
        (
            "answer = [1]",
            "5:10: 'answer' is a list: it must be a table, such as { name = \"event\", level = \"INFO\" }",
        ),
        ("example = { a = inf }", "5:17: 'a' is a number with a fraction: it must be a number that JSON can hold"),
        ("example = { a = 1 }\nargs = { a = 2 }", "5:1: the example has 'a', which args sets: leave it out"),
        (
            "example = { text = \"x\" }\nargs = { text = \"$q\" }",
            "5:1: the example has 'text', which args sets: write 'q', as callers do",
        ),
    ];
    for (text, message) in cases {
        assert_eq!(option(text), format!("routes.toml:{message}"), "{text}");
    }
    let typed = "on = \"POST /x\"\ncall = \"grpc logger logger.v1.Logger/Write\"\nanswer = {}";
    assert_eq!(
        fault(typed),
        "routes.toml:5:1: 'answer' has no use in a row whose method says what it answers: remove it"
    );
    let event = "on = \"POST /x\"\ncall = \"event x\"\nanswer = {}";
    assert_eq!(fault(event), "routes.toml:5:1: 'answer' has no use in a row that publishes an event: remove it");
}
