//! Cookies pass in and out where the row asks for it, with what a service needs to judge them by; elsewhere they stay.

use serde_json::json;

use crate::issuer::Token;
use crate::world::{Place, World};

const ROWS: &str = r#"
[[route]]
on = "POST /with"
action = "with"
call = "http own POST /x"
cookies = true
auth = "public"
[[route]]
on = "POST /enveloped"
call = "http own POST /x"
cookies = true
reply = "envelope"
auth = "public"
[[route]]
on = "POST /without"
call = "http own POST /x"
auth = "public"
[[route]]
on = "POST /ended"
action = "ended"
call = "http own POST /ended"
cookies = true
auth = "public"
[[route]]
on = "POST /ended-without"
call = "http own POST /ended"
auth = "public"
[[route]]
on = "POST /own"
call = "http own POST /x"
"#;

#[tokio::test]
async fn cookies_pass_only_where_the_row_asks_for_it() {
    let world = World::open(ROWS).await;
    let cases = [("/with", true), ("/enveloped", true), ("/handle", true), ("/without", false)];
    for (path, passes) in cases {
        let body = if path == "/handle" { json!({ "action": "with" }) } else { json!({}) };
        let ask = world.post(path, &body).header("cookie", "one=0").header("origin", "https://front.example");
        let answer = ask.header("user-agent", "test/1").send().await;
        let told = if answer.body["data"].is_object() { &answer.body["data"] } else { &answer.body };
        let told = |name: &str| told["headers"].get(name).and_then(|it| it.as_str()).map(str::to_owned);
        let host = world.address.to_string();
        for (header, value) in [
            ("cookie", "one=0"),
            ("origin", "https://front.example"),
            ("x-forwarded-host", host.as_str()),
            ("x-forwarded-proto", "http"),
        ] {
            assert_eq!(told(header).as_deref(), passes.then_some(value), "{header} at {path}");
        }
        assert_eq!(told("user-agent").as_deref(), Some("test/1"), "{path}");
        assert_eq!(answer.header("set-cookie"), passes.then_some("one=1; HttpOnly"), "{path}");
        assert_eq!(answer.header("cache-control"), passes.then_some("no-store"), "{path}");
        assert_eq!(answer.header("x-other"), None, "{path}");
    }
}

#[tokio::test]
async fn a_refusal_brings_its_cookies_too() {
    let world = World::open(ROWS).await;
    for (path, passes) in [("/ended", true), ("/handle", true), ("/ended-without", false)] {
        let body = if path == "/handle" { json!({ "action": "ended" }) } else { json!({}) };
        let answer = world.post(path, &body).send().await;
        assert_eq!(answer.status, 401, "{path}: {answer:?}");
        assert_eq!(answer.header("set-cookie"), passes.then_some("one=; Max-Age=0"), "{path}");
        assert_eq!(answer.header("cache-control"), passes.then_some("no-store"), "{path}");
    }
}

#[tokio::test]
async fn what_is_for_somebody_is_not_kept_on_the_way() {
    let world = World::open(ROWS).await;
    let answer = world.post("/own", &json!({})).bearer(&Token::default().signed()).send().await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")));
    let refused = world.post("/own", &json!({})).send().await;
    assert_eq!((refused.status, refused.header("cache-control")), (401, Some("no-store")));
}

#[tokio::test]
async fn a_proxy_of_ours_says_which_host_and_scheme_were_asked_for() {
    for (proxies, host, scheme) in [("", None, "http"), ("127.0.0.1", Some("shop.example"), "https")] {
        let world = World::at(Place { proxies, ..Place::default() }, ROWS).await;
        let ask = world.post("/with", &json!({})).header("x-forwarded-host", "shop.example");
        let told = ask.header("x-forwarded-proto", "https").send().await.body["headers"].clone();
        let own = world.address.to_string();
        assert_eq!(told["x-forwarded-host"], host.unwrap_or(&own));
        assert_eq!(told["x-forwarded-proto"], scheme);
    }
}
