//! What the grammar refuses, in which words, and where it points.

use routing::table::parse;

use crate::faults;

/// The one fault of a row that begins on line 2 and whose parts follow, one a line.
pub(super) fn fault(rows: &str) -> String {
    let found = faults(&format!("[[route]]\n{rows}\n"));
    assert_eq!(found.len(), 1, "{found:#?}\n{rows}");
    found[0].clone()
}

/// The faults of a text that stands for itself.
pub(super) fn unchanged(text: &str) -> Vec<String> {
    parse("routes.toml", text, |_| None).unwrap_err().iter().map(ToString::to_string).collect()
}

/// A row with this door, called over rpc.
fn on(door: &str) -> String {
    fault(&format!("on = {door:?}\naction = \"a\"\ncall = \"rpc x y\""))
}

fn call(line: &str) -> String {
    fault(&format!("on = \"GET /x\"\ncall = {line:?}"))
}

pub(super) fn option(option: &str) -> String {
    fault(&format!("on = \"GET /x\"\ncall = \"rpc x y\"\n{option}"))
}

#[test]
fn every_fault_of_a_file_is_told_in_the_order_of_its_lines() {
    let found = faults(
        r#"version = 1
[services]
logger = "grpc://logger:50001"
Math   = "ftp://math"

[[route]]
on      = ["POTS /v1/logs", "GET x"]
call    = "grpc loger logger.v1.Logger/Write"
timout  = "2s"
status  = "201"

[[rout]]
"#,
    );
    let grammar = "a row takes action, answer, args, async, attempts, auth, batch, call, cookies, example, host, limit, live, on, reply, retry, schema, secret, size, status, summary, timeout";
    assert_eq!(
        found,
        [
            "routes.toml:4:1: 'Math' is not a name for a service: write small letters, digits and -".to_owned(),
            "routes.toml:4:10: unknown scheme 'ftp': write http:// or grpc://".to_owned(),
            "routes.toml:7:12: unknown method 'POTS': did you mean 'POST'?".to_owned(),
            "routes.toml:7:29: the path 'x' does not begin with a slash: write /x".to_owned(),
            "routes.toml:8:11: unknown service 'loger': did you mean 'logger'? if not, add loger = \"grpc://HOST:PORT\" to [services]".to_owned(),
            format!("routes.toml:9:1: unknown key 'timout': did you mean 'timeout'? {grammar}"),
            "routes.toml:10:11: 'status' is a string: it must be a whole number from 200 to 299".to_owned(),
            "routes.toml:12:3: unknown key 'rout': did you mean 'route'? a table takes cors, issuers, route, services, version".to_owned(),
        ]
    );
}

#[test]
fn a_file_that_is_not_toml_is_told_once() {
    let found = faults("version = 1\n\n[[route]\non = \"GET /x\"\n");
    assert_eq!(found, ["routes.toml:3:9: unclosed array table, expected `]`"]);
    let found = faults("version = 1\n[services]\nlogger = \"grpc://a:1\"\nlogger = \"grpc://a:1\"\n");
    assert_eq!(found, ["routes.toml:4:1: duplicate key"]);
}

#[test]
fn columns_count_characters() {
    let found = faults("version = 1\n[[route]] # ä\n\"on\" = [\"ä\", \"ö\"]\ncall = \"rpc x y\"\n");
    let forms = "write METHOD /path, event PATTERN, every DURATION or cron EXPRESSION";
    let told = |column: usize, text: &str| format!("routes.toml:3:{column}: '{text}' is not a door: {forms}");
    assert_eq!(found, [told(9, "ä"), told(14, "ö")]);
}

#[test]
fn the_version_must_be_known() {
    assert_eq!(unchanged(""), ["routes.toml:1:1: the table does not say its version: begin with version = 1"]);
    assert_eq!(
        unchanged("version = 2"),
        ["routes.toml:1:11: the version of the table is 2, and this build reads 1: write version = 1"]
    );
    assert_eq!(
        unchanged("version = '1'"),
        [
            "routes.toml:1:11: the version of the table is something that is no number, and this build reads 1: write version = 1"
        ]
    );
}

#[test]
fn services_are_checked() {
    let cases = [
        ("\"http://math\"", "3:5: 'math' has no port: write HOST:PORT, such as localhost:9000"),
        ("\"math:80\"", "3:5: 'math:80' has no scheme: write http://HOST:PORT or grpc://HOST:PORT"),
        (
            "\"https://math:443\"",
            "3:5: https:// is not supported yet: write http:// and keep the service in a network that you trust",
        ),
        (
            "\"grpcs://math:443\"",
            "3:5: grpcs:// is not supported yet: write grpc:// and keep the service in a network that you trust",
        ),
        ("\"http://math:80/v1\"", "3:5: 'math:80/v1' has a path: write HOST:PORT, such as localhost:9000"),
        ("\"http://math:0\"", "3:5: 'math:0' has no port from 1 to 65535: write HOST:PORT, such as localhost:9000"),
        ("\"http://math:+80\"", "3:5: 'math:+80' has no port from 1 to 65535: write HOST:PORT, such as localhost:9000"),
        ("\"http://::1:80\"", "3:5: '::1:80' has no readable host: write HOST:PORT, such as localhost:9000"),
        ("\"http://u:p@math:80\"", "3:5: '…@…' has no readable host: write HOST:PORT, such as localhost:9000"),
        ("\"http://math:80,math\"", "3:5: 'math' has no port: write HOST:PORT, such as localhost:9000"),
        ("\"http://a:1,,b:1\"", "3:5: 'a:1,,b:1' has a comma too many: write HOST:PORT,HOST:PORT"),
        ("\"http://a:1,b:1,\"", "3:5: 'a:1,b:1,' has a comma too many: write HOST:PORT,HOST:PORT"),
        ("\"http://a:1, b:1\"", "3:5: ' b:1' has no readable host: write HOST:PORT, such as localhost:9000"),
        ("\"grpc://a:1,grpc://b:1\"", "3:5: 'grpc://b:1' says its scheme again: write only its host and port, b:1"),
        ("\"http://a:1,b:1,a:1\"", "3:5: 'a:1' is there twice: write each address once"),
        ("7090", "3:5: 'm' is a whole number: it must be a URL, or { url = \"…\", token = true }"),
        ("{}", "3:5: the service 'm' has no url: add url = \"http://HOST:PORT\""),
        (
            "{ url = \"grpc://m:1\", expose = \"all\" }",
            "3:36: 'expose' is 'all': write expose = \"annotated\" or leave it out",
        ),
        (
            "{ uri = \"grpc://m:1\", url = \"grpc://m:1\" }",
            "3:7: unknown key 'uri': did you mean 'url'? a service takes concurrency, expose, token, url",
        ),
    ];
    for (service, message) in cases {
        let found = faults(&format!(
            "version = 1\n[services]\nm = {service}\n[[route]]\non = \"GET /x\"\ncall = \"event x\"\n"
        ));
        assert_eq!(found, [format!("routes.toml:{message}")], "{service}");
    }
}

#[test]
fn a_faulty_service_does_not_make_its_rows_wrong() {
    let found =
        faults("version = 1\n[services]\nm = \"http://m\"\n[[route]]\non = \"GET /x\"\ncall = \"http m GET /x\"\n");
    assert_eq!(found.len(), 1, "{found:?}");
}

#[test]
fn doors_are_checked() {
    let forms = "write METHOD /path, event PATTERN, every DURATION or cron EXPRESSION";
    let cases = [
        ("/x", "'/x' has no method: write GET /x".to_owned()),
        ("GET", format!("'GET' is not a door: {forms}")),
        ("get /x", "unknown method 'get': did you mean 'GET'?".to_owned()),
        ("FETCH /x", "unknown method 'FETCH': write GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS".to_owned()),
        ("evnt log.#", "unknown door 'evnt': did you mean 'event'?".to_owned()),
        ("queue log", format!("unknown door 'queue': {forms}")),
        (
            "event log.lo*",
            "'log.lo*' is not a pattern of events: write words joined by dots, * for one word, # for any number of words, such as log.#"
                .to_owned(),
        ),
        ("every soon", "'soon' is not a duration: write a number and a unit, such as 500ms, 2s, 1m".to_owned()),
        ("every 10ms", "'every 10ms' is out of bounds: write a duration from 1s to 366days".to_owned()),
        ("every 2years", "'every 2years' is out of bounds: write a duration from 1s to 366days".to_owned()),
        ("POST /handle", "'POST /handle' is the broker's own (/handle): choose another path".to_owned()),
        ("POST /", "'POST /' is the broker's own (POST /): choose another path".to_owned()),
        ("ANY /ping", "'ANY /ping' is the broker's own (GET /ping): choose another path".to_owned()),
        ("GET /health/live", "'GET /health/live' is the broker's own (/health/*): choose another path".to_owned()),
        ("GET /metrics", "'GET /metrics' is the broker's own (/metrics): choose another path".to_owned()),
    ];
    for (door, message) in cases {
        assert_eq!(on(door), format!("routes.toml:3:6: {message}"), "{door}");
    }
    let cron = on("cron 61 * * * *");
    assert!(cron.starts_with("routes.toml:3:6: '61 * * * *' is not a cron expression ("), "{cron}");
    assert!(cron.ends_with("): write minute, hour, day, month and weekday, such as 0 3 * * *"), "{cron}");
}

#[test]
fn lines_are_checked() {
    let cases = [
        ("", "'call' is empty: write grpc SERVICE pkg.Service/Method"),
        ("grcp logger a.B/C", "unknown line 'grcp': did you mean 'grpc'? write grpc SERVICE pkg.Service/Method"),
        ("POST /x", "unknown line 'POST': a line begins with grpc, http, event, rpc"),
        ("grpc logger", "'grpc logger' is not a line: write grpc SERVICE pkg.Service/Method"),
        (
            "grpc logger /a.B/C",
            "'/a.B/C' is not a gRPC method: write pkg.Service/Method, such as logger.v1.Logger/Write",
        ),
        ("http math /add", "'http math /add' has no method: write http math GET /add"),
        (
            "http math ANY /add",
            "a call cannot be made with ANY: name one method, or write http math to pass every method through",
        ),
        ("http math GTE /add", "unknown method 'GTE': did you mean 'GET'?"),
        ("http math GET add", "the path 'add' does not begin with a slash: write /add"),
        (
            "http http://a:1 GET /x",
            "'http://a:1' is a URL, and the line says the scheme already: write only its host and port, a:1",
        ),
        ("http localhost: GET /x", "'localhost:' has no port from 1 to 65535: write HOST:PORT, such as localhost:9000"),
        ("http inventory GET /x", "unknown service 'inventory': add inventory = \"http://HOST:PORT\" to [services]"),
        ("http logger GET /x", "the service 'logger' speaks grpc (line 8): call it with grpc, or make it http://"),
        ("grpc math a.B/C", "the service 'math' speaks http (line 10): call it with http, or make it grpc://"),
        ("event log.*", "'*' in the key 'log.*' is not a word: write letters, digits, - and _, joined by single dots"),
        ("rpc Accounts list", "'Accounts' is not a name for a service: write small letters, digits and -"),
        ("rpc accounts l*st", "'l*st' is not a method: write one word, such as register"),
    ];
    for (line, message) in cases {
        assert_eq!(call(line), format!("routes.toml:4:8: {message}"), "{line}");
    }
    assert_eq!(
        fault("on = \"GET /x\""),
        "routes.toml:2:1: the row has no 'call': say what it calls, such as call = \"http math GET /add/1,2\""
    );
}

#[test]
fn options_are_checked() {
    let cases = [
        ("action = \"Log\"", "10: 'Log' cannot name an action: write small letters, digits and -, such as store-logs"),
        (
            "action = \"action\"",
            "10: 'action' cannot name an action: write small letters, digits and -, such as store-logs",
        ),
        ("status = 404", "10: 'status' is 404: it must be a whole number from 200 to 299"),
        ("status = true", "10: 'status' is true or false: it must be a whole number from 200 to 299"),
        ("auth = \"pubilc\"", "8: unknown auth 'pubilc': did you mean 'public'?"),
        ("auth = \"Admin!\"", "8: unknown auth 'Admin!': write public, local, user or the name of a role"),
        ("timeout = 2", "11: 'timeout' is a whole number: it must be a string"),
        (
            "timeout = \"2 parsecs\"",
            "11: '2 parsecs' is not a duration: write a number and a unit, such as 500ms, 2s, 1m",
        ),
        ("timeout = \"2h\"", "11: the timeout '2h' is out of bounds: write a duration from 1ms to 1h"),
        ("retry = \"sfae\"", "9: unknown retry 'sfae': did you mean 'safe'?"),
        ("retry = \"3\"", "9: unknown retry '3': write never or safe"),
        (
            "limit = \"0/s per caller\"",
            "9: '0/s per caller' is not a limit: write N/s, N/m or N/h with N from 1 to 1000000, then per caller or per route, such as 200/s per caller",
        ),
        (
            "limit = \"1000001/s per caller\"",
            "9: '1000001/s per caller' is not a limit: write N/s, N/m or N/h with N from 1 to 1000000, then per caller or per route, such as 200/s per caller",
        ),
        ("reply = \"json\"", "9: unknown reply 'json': write plain or envelope"),
        (
            "host = \"example.com:80\"",
            "8: 'example.com:80' is not the name of a host: write it without port and path, as api.example.com",
        ),
        ("async = \"yes\"", "9: 'async' is a string: it must be true or false"),
        ("secret = \"password\"", "10: 'secret' is not a list: write the fields in brackets, such as [\"password\"]"),
        ("secret = [\"a b\"]", "11: 'a b' is not a field: name it with letters, digits and _, joined by dots"),
        ("args = 1", "8: 'args' is a whole number: it must be a table, such as { text = \"$q\", page = 1 }"),
        ("args = { a = \"$b c\" }", "14: 'b c' is not a field: name it with letters, digits and _"),
        ("args = { a = inf }", "14: 'a' is a number with a fraction: it must be a number that JSON can hold"),
        (
            "args = { a = \"$c\", b = \"$c\" }",
            "8: args takes 'c' twice, or makes it too: give each field of args a source of its own that args does not make",
        ),
        (
            "args = { a = \"$b\", b = \"$c\" }",
            "8: args takes 'b' twice, or makes it too: give each field of args a source of its own that args does not make",
        ),
    ];
    for (written, message) in cases {
        assert_eq!(option(written), format!("routes.toml:5:{message}"), "{written}");
    }
}

#[test]
fn batches_and_schemas_are_checked() {
    let batch = |batch: &str| fault(&format!("on = \"event a\"\naction = \"a\"\ncall = \"rpc x y\"\nbatch = {batch}"));
    let cases = [
        ("{}", "6:9: 'batch' has no 'into': name the field of the request that takes the list"),
        ("{ max = 0, into = \"a\" }", "6:17: 'max' is 0: it must be a whole number from 1 to 1000"),
        ("{ max = 1001, into = \"a\" }", "6:17: 'max' is 1001: it must be a whole number from 1 to 1000"),
        ("{ into = \"a.b\" }", "6:18: 'a.b' is not a field: name it with letters, digits and _"),
        ("{ into = \"a\", size = 3 }", "6:23: unknown key 'size': batch takes id, into, max, results, time"),
        ("100", "6:9: 'batch' is a whole number: it must be a table, such as { max = 100, into = \"entries\" }"),
    ];
    for (written, message) in cases {
        assert_eq!(batch(written), format!("routes.toml:{message}"), "{written}");
    }
    let schema = |schema: &str| fault(&format!("on = \"POST /a\"\ncall = \"event a\"\nschema = {schema:?}"));
    assert_eq!(
        schema("logger.v1.Entry"),
        "routes.toml:5:10: 'logger.v1.Entry' is not a schema: write SERVICE pkg.Message, such as logger logger.v1.WriteRequest"
    );
    assert_eq!(
        schema("math a.B"),
        "routes.toml:5:10: the service 'math' speaks http (line 11): call it with http, or make it grpc://"
    );
    for wrong in ["200", "5..4", "1..x", "..1GB"] {
        assert_eq!(
            fault(&format!("on = \"POST /a\"\ncall = \"event a\"\nsize = {{ name = {wrong:?} }}")),
            format!(
                "routes.toml:5:17: '{wrong}' is not a size: write LEAST..MOST in bytes, such as 1..200 or ..256KiB"
            )
        );
    }
}
