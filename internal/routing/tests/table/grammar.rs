//! What the grammar takes, and what it means where the row does not say.

use std::time::Duration;

use http::Method;
use routing::table::{
    Arg, Auth, Batch, Door, Issuer, Limit, LimitScope, Line, ReplyShape, Retry, Schema, Scheme, Service, Size, Source,
    parse,
};
use serde_json::json;

use crate::table;

#[test]
fn the_default_table_stands() {
    let text = include_str!("../../../../routes.toml");
    let table = parse("routes.toml", text, |_| None).unwrap();
    let who = |auth: &str| -> Vec<&str> {
        let rows = table.routes.iter().filter(|route| route.on.iter().any(|door| matches!(door, Door::Http { .. })));
        rows.filter(|route| route.auth.to_string() == auth).map(|route| route.name.as_str()).collect()
    };
    let public = [
        "POST /v1/users",
        "POST /register",
        "POST /v1/sessions",
        "auth",
        "POST /v1/sessions/refresh",
        "GET /renew-token",
        "DELETE /v1/sessions/current",
        "GET /logout",
        "POST /v1/password-resets",
    ];
    assert_eq!(who("public"), public);
    assert_eq!(who("local"), ["log", "POST /grpc-logger", "POST /v1/events/logs", "POST /rabbitmq-logger", "math"]);
    let admin = [
        "GET /v1/audit",
        "GET /v1/audit/tail",
        "GET /v1/users",
        "GET /v1/users/{id}",
        "PATCH /v1/users/{id}",
        "POST /v1/users/{id}/reset-link",
        "GET /v1/admin/dead-letters",
        "GET /v1/admin/dead-letters/groups",
        "GET /v1/admin/dead-letters/{id}",
        "POST /v1/admin/dead-letters/{id}/edited",
        "POST /v1/admin/operations",
        "GET /v1/admin/operations",
        "GET /v1/admin/operations/{id}",
        "DELETE /v1/admin/operations/{id}",
        "GET /v1/admin/queues",
        "GET /v1/admin/mesh",
    ];
    assert_eq!(who("admin"), admin);
    let addresses = table.services.values().map(|it| format!("{} {}://{}", it.name, it.scheme, it.addresses[0]));
    assert_eq!(
        addresses.collect::<Vec<_>>(),
        [
            "authenticator http://127.0.0.1:8081",
            "logger grpc://127.0.0.1:50001",
            "math http://127.0.0.1:7090",
            "operations http://127.0.0.1:8083",
        ]
    );
    for (service, token) in [("authenticator", true), ("logger", false), ("math", false), ("operations", true)] {
        assert_eq!(table.services[service].token, token, "{service}");
    }
    assert_eq!(table.issuers.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["switchboard"]);
    // Whatever reaches the logger says of which kind it is.
    for route in table.routes.iter().filter(|route| route.call.to_string().contains("logger.v1.Logger/")) {
        assert!(route.args.contains_key("audit"), "{}", route.name);
    }
    let store = &table.routes[6];
    let batch = Batch {
        max: 500,
        into: "entries".into(),
        id: Some("id".into()),
        time: Some("created_at".into()),
        results: Some("results".into()),
    };
    assert_eq!(store.batch, Some(batch));
    assert_eq!(text.lines().nth(store.line - 1), Some("[[route]]"));
}

#[test]
fn a_row_that_says_little_means_this() {
    let table = table("[[route]]\non = \"GET /x\"\ncall = \"rpc accounts list\"\n");
    let route = &table.routes[0];
    assert_eq!(route.name, "GET /x");
    assert_eq!((&route.auth, route.retry, route.reply), (&Auth::User, Retry::Safe, ReplyShape::Plain));
    assert_eq!((route.timeout, route.attempts), (Duration::from_secs(5), 7));
    assert!(route.action.is_none() && route.status.is_none() && route.limit.is_none() && route.batch.is_none());
    assert!(route.host.is_none() && route.schema.is_none() && route.args.is_empty() && route.secret.is_empty());
    assert!(!route.asynchronous && !route.cookies);
    assert_eq!(route.line, 2);
}

#[test]
fn nobody_waits_behind_events_and_clocks() {
    for (on, seconds) in [("event a.#", 30), ("every 1h", 30), ("cron 0 3 * * *", 30), ("GET /x", 5)] {
        let row = format!("[[route]]\non = \"{on}\"\naction = \"a\"\ncall = \"rpc x y\"\n");
        assert_eq!(table(&row).routes[0].timeout, Duration::from_secs(seconds), "{on}");
    }
}

#[test]
fn every_door_is_read() {
    let row = r#"
        [[route]]
        action = "a"
        on = ["POST /a/{id}", "ANY /b/{*rest}", "event log.*.#", "every 1m 30s", "cron 0   3 * * MON"]
        call = "rpc x y"
    "#;
    let on = table(row).routes[0].on.clone();
    assert_eq!(on[0], Door::Http { method: Some(Method::POST), path: "/a/{id}".parse().unwrap() });
    assert_eq!(on[1], Door::Http { method: None, path: "/b/{*rest}".parse().unwrap() });
    assert_eq!(on[2], Door::Event { pattern: "log.*.#".into() });
    assert_eq!(on[3], Door::Every(Duration::from_secs(90)));
    assert_eq!(on[4], Door::Cron("0 3 * * MON".into()));
}

#[test]
fn every_line_is_read() {
    let cases = [
        (
            "grpc logger logger.v1.Logger/Write",
            Line::Grpc { service: "logger".into(), method: "logger.v1.Logger/Write".into() },
        ),
        (
            "http math GET /{op}",
            Line::Http { service: "math".into(), method: Method::GET, path: "/{op}".parse().unwrap() },
        ),
        ("http math", Line::Raw { service: "math".into() }),
        ("event log.{level|INFO}", Line::Event { key: "log.{level|INFO}".parse().unwrap() }),
        ("rpc accounts register", Line::Rpc { service: "accounts".into(), method: "register".into() }),
    ];
    for (call, line) in cases {
        let table = table(&format!("[[route]]\non = \"POST /x\"\ncall = \"{call}\"\n"));
        assert_eq!(table.routes[0].call, line);
    }
}

#[test]
fn every_option_is_read() {
    let row = r#"
        [[route]]
        on      = ["POST /x", "event x.#"]
        action  = "do-it"
        call    = "rpc accounts register"
        status  = 201
        auth    = "editor"
        timeout = "1m 5s"
        retry   = "never"
        limit   = "30/m per route"
        reply   = "envelope"
        args    = { text = "$q", price = "$$5", page = 1, ratio = 0.5, all = true, tags = ["a"], deep = { x = "$y" } }
        host    = "API.example.com"
        attempts = 3
        secret  = ["password", "card.number"]
    "#;
    let table = table(row);
    let route = &table.routes[0];
    assert_eq!((route.name.as_str(), route.status), ("do-it", Some(201)));
    assert_eq!((&route.auth, route.retry), (&Auth::Role("editor".into()), Retry::Never));
    assert_eq!(route.timeout, Duration::from_secs(65));
    let limit = Limit { calls: 30, per: Duration::from_secs(60), scope: LimitScope::Route };
    assert_eq!((route.limit, route.reply), (Some(limit), ReplyShape::Envelope));
    assert_eq!((route.host.as_deref(), route.attempts), (Some("api.example.com"), 3));
    assert_eq!(route.secret, ["password", "card.number"]);
    assert_eq!(route.args["text"], Arg::Rename("q".into()));
    assert_eq!(route.args["price"], Arg::Constant(json!("$5")));
    for (field, value) in [
        ("page", json!(1)),
        ("ratio", json!(0.5)),
        ("all", json!(true)),
        ("tags", json!(["a"])),
        ("deep", json!({"x": "$y"})),
    ] {
        assert_eq!(route.args[field], Arg::Constant(value), "{field}");
    }
}

#[test]
fn options_of_single_doors_and_lines_are_read() {
    let table = table(
        r#"
        [[route]]
        on     = "POST /a"
        call   = "event a"
        schema = "logger logger.v1.WriteRequest"
        size   = { name = "1..200", data = "..256KiB" }
        [[route]]
        on    = "POST /b"
        call  = "rpc x y"
        async = true
        [[route]]
        on     = "event c"
        action = "c"
        call   = "http math POST /c"
        batch  = { into = "entries" }
        [[route]]
        action = "only-by-name"
        call   = "rpc x y"
        auth   = "local"
        [[route]]
        on      = "POST /d"
        call    = "http math POST /d"
        cookies = true
        "#,
    );
    let schema = Schema { service: "logger".into(), message: "logger.v1.WriteRequest".into() };
    assert_eq!(table.routes[0].schema, Some(schema));
    let sizes = [("data", Size { least: 0, most: 256 << 10 }), ("name", Size { least: 1, most: 200 })];
    assert_eq!(table.routes[0].size, sizes.map(|(field, size)| (field.to_owned(), size)).into());
    assert!(table.routes[1].asynchronous);
    let batch = Batch { max: 100, into: "entries".into(), id: None, time: None, results: None };
    assert_eq!(table.routes[2].batch, Some(batch));
    assert!(table.routes[3].on.is_empty());
    assert_eq!(table.routes[3].auth, Auth::Local);
    assert!(table.routes[4].cookies && !table.routes[3].cookies);
}

#[test]
fn services_have_names_or_only_addresses() {
    let table = table(
        r#"
        version = 1
        route = [
            { on = "GET /a", call = "http localhost:9000 GET /a" },
            { on = "ANY /b/{*path}", call = "http localhost:9000" },
            { on = "GET /c", call = "grpc [::1]:9001 a.B/C" },
        ]
        [services]
        plain = "http://plain:80/"
        several = "grpc://10.0.0.1:50001,[::1]:50001,loggers:50001"
        doors = { url = "grpc://doors.internal:50001", expose = "annotated", token = true }
        "#,
    );
    let services = table.services.values();
    let addresses = |service: &Service| service.addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    let services: Vec<_> = services.map(|it| (it.name.as_str(), it.scheme, addresses(it))).collect();
    assert_eq!(
        services,
        [
            ("[::1]:9001", Scheme::Grpc, "[::1]:9001".to_owned()),
            ("doors", Scheme::Grpc, "doors.internal:50001".to_owned()),
            ("localhost:9000", Scheme::Http, "localhost:9000".to_owned()),
            ("plain", Scheme::Http, "plain:80".to_owned()),
            ("several", Scheme::Grpc, "10.0.0.1:50001 [::1]:50001 loggers:50001".to_owned()),
        ]
    );
    assert!(table.services["doors"].annotated && !table.services["plain"].annotated);
    assert!(table.services["doors"].token && !table.services["plain"].token);
    assert_eq!(table.services["localhost:9000"].line, 4);
}

#[test]
fn issuers_are_services_or_places_with_keys() {
    let table = table(
        r#"
        [issuers.switchboard]
        service = "authenticator"
        [issuers.corp]
        jwks     = "https://login.example.com/keys"
        issuer   = "https://login.example.com/"
        audience = "switchboard-api"
        roles    = { claim = "realm_access.roles", map = { Admins = "admin" } }
        [issuers.test]
        jwks     = "http://localhost:9999/keys"
        issuer   = "test"
        audience = "test"
        "#,
    );
    let keys = |jwks: &str, claim: &str, roles: &[(&str, &str)]| Source::Keys {
        jwks: jwks.parse().unwrap(),
        claim: claim.to_owned(),
        roles: roles.iter().map(|(theirs, ours)| ((*theirs).to_owned(), (*ours).to_owned())).collect(),
    };
    let issuer = |name: &str, issuer: &str, audience: &str, source| Issuer {
        name: name.to_owned(),
        issuer: issuer.to_owned(),
        audience: audience.to_owned(),
        source,
    };
    let corp = keys("https://login.example.com/keys", "realm_access.roles", &[("Admins", "admin")]);
    let own = Source::Service("http://127.0.0.1:8081/".parse().unwrap());
    assert_eq!(
        table.issuers,
        [
            issuer("corp", "https://login.example.com/", "switchboard-api", corp),
            issuer("switchboard", "switchboard", "switchboard", own),
            issuer("test", "test", "test", keys("http://localhost:9999/keys", "roles", &[])),
        ]
    );
}

#[test]
fn rows_may_share_a_path_where_they_can_be_told_apart() {
    table(
        r#"
        [[route]]
        on   = ["GET /x/{id}", "ANY /x/{name}", "GET /x/fixed", "ANY /{*path}", "GET /"]
        call = "rpc x y"
        [[route]]
        on   = "GET /x/{id}"
        host = "api.example.com"
        call = "rpc x y"
        [[route]]
        on     = "POST /x"
        action = "same"
        call   = "event same"
        [[route]]
        on     = "event same"
        action = "same"
        call   = "rpc x y"
        "#,
    );
}
