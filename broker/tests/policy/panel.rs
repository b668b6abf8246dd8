//! The panel's files at the broker's address: in which form, for how long, and never in the way of the API.

use http::Method;
use panel::{Asset, Files};
use serde_json::json;

use crate::client::{Answer, Ask};
use crate::world::{Place, World};

const HASHED: Asset = Asset {
    path: "/assets/index-CpcZ_Jr7.js",
    content_type: "text/javascript; charset=utf-8",
    etag: "W/\"1\"",
    is_immutable: true,
    identity: b"plain script",
    brotli: Some(b"br script"),
    gzip: Some(b"gzip script"),
};
/// As long as what the broker would compress by itself.
static LONG: [u8; 3000] = [b' '; 3000];
static FILES: [Asset; 4] = [
    HASHED,
    Asset {
        path: "/data.json",
        etag: "W/\"2\"",
        is_immutable: false,
        identity: &LONG,
        brotli: None,
        gzip: None,
        content_type: "application/json",
    },
    Asset { path: "/icon.svg", etag: "W/\"3\"", is_immutable: false, content_type: "image/svg+xml", ..HASHED },
    Asset {
        path: "/index.html",
        etag: "W/\"4\"",
        is_immutable: false,
        content_type: "text/html; charset=utf-8",
        ..HASHED
    },
];
const NAVIGATION: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

const ROWS: &str = r#"
[[route]]
on = "POST /users"
call = "http other POST /x"
auth = "public"
[[route]]
on = "GET /mine"
call = "http own GET /x"
auth = "public"
[[route]]
on = "GET /guarded"
call = "http own GET /x"
[[route]]
on = "GET /v1/things/{id}"
call = "http own GET /x"
auth = "public"
[[route]]
on = "ANY /raw/{*path}"
call = "http other"
auth = "public"
"#;

async fn with_panel(rows: &str) -> World {
    World::at(Place { panel: Some(Files::of(&FILES)), ..Place::default() }, rows).await
}

async fn seen(world: &World, method: &Method, path: &str, accept: &str) -> Answer {
    Ask::new(world.address, method, path).header("accept", accept).send().await
}

fn kind(answer: &Answer) -> &str {
    answer.header("content-type").unwrap_or_default().split(';').next().unwrap_or_default()
}

#[tokio::test]
async fn a_file_is_sent_in_the_form_that_is_asked_for_and_kept_for_as_long_as_it_is_good() {
    let world = with_panel(ROWS).await;
    let for_ever = "public, max-age=31536000, immutable";
    for (path, accept, encoding, length, caching) in [
        (HASHED.path, "gzip, br", Some("br"), "9", for_ever),
        (HASHED.path, "gzip", Some("gzip"), "11", for_ever),
        (HASHED.path, "br;q=0, gzip;q=0", None, "12", for_ever),
        (HASHED.path, "identity", None, "12", for_ever),
        ("/icon.svg", "br", Some("br"), "9", "no-cache"),
        ("/data.json", "gzip, br", None, "3000", "no-cache"),
    ] {
        for method in [Method::GET, Method::HEAD] {
            let answer = Ask::new(world.address, &method, path).header("accept-encoding", accept).send().await;
            assert_eq!(answer.status, 200, "{method} {path}: {answer:?}");
            assert_eq!(answer.header("content-encoding"), encoding, "{method} {path} {accept}");
            assert_eq!(answer.header("content-length"), Some(length), "{method} {path} {accept}");
            assert_eq!(answer.header("cache-control"), Some(caching), "{method} {path}");
            assert!(answer.header("vary").is_some_and(|it| it.contains("accept-encoding")), "{method} {path}");
            assert!(answer.header("etag").is_some(), "{method} {path}");
            assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn what_a_browser_has_already_is_not_sent_again() {
    let world = with_panel(ROWS).await;
    for (path, known, status) in [
        ("/", "W/\"4\"", 304),
        ("/operations", "\"4\"", 304),
        ("/", "\"0\", W/\"4\"", 304),
        ("/", "*", 304),
        ("/", "W/\"3\"", 200),
        ("/icon.svg", "W/\"3\"", 304),
    ] {
        let answer = world.get(path).header("accept", NAVIGATION).header("if-none-match", known).send().await;
        assert_eq!(answer.status, status, "{path} {known}");
        assert_eq!(answer.header("cache-control"), Some("no-cache"), "{path} {known}");
        // A 304 tells the headers of what the browser has: another policy would break the page.
        let policy = answer.header("content-security-policy").unwrap_or_default();
        assert_eq!(policy.contains("script-src 'self';"), path != "/icon.svg", "{path} {known}: {policy}");
    }
}

#[tokio::test]
async fn whoever_goes_to_a_screen_gets_the_page_and_nothing_of_the_api_is_hidden() {
    let world = with_panel(ROWS).await;
    let page = |path| (Method::GET, path, NAVIGATION, 200, "text/html");
    let problem = |method, path, accept, status| (method, path, accept, status, "application/problem+json");
    let cases = [
        page("/"),
        page("/overview"),
        page("/sign-up?to=%2Fqueues"),
        page("/operations/01981c60-0000?tab=letters"),
        page("/index.html"),
        (Method::HEAD, "/overview", NAVIGATION, 200, "text/html"),
        // Rows, and paths that rows have under other methods.
        (Method::GET, "/mine", NAVIGATION, 200, "application/json"),
        problem(Method::GET, "/guarded", NAVIGATION, 401),
        problem(Method::GET, "/users", NAVIGATION, 405),
        problem(Method::DELETE, "/v1/things/1", NAVIGATION, 405),
        (Method::GET, "/raw/overview", NAVIGATION, 200, "application/json"),
        // What is the broker's own.
        problem(Method::GET, "/v1/things", NAVIGATION, 404),
        problem(Method::GET, "/v1", NAVIGATION, 404),
        problem(Method::GET, "/v1/", NAVIGATION, 404),
        problem(Method::GET, "/v1/batch", NAVIGATION, 405),
        problem(Method::GET, "/handle", NAVIGATION, 405),
        (Method::GET, "/openapi.json", NAVIGATION, 200, "application/json"),
        (Method::GET, "/ping", NAVIGATION, 200, "text/plain"),
        // Who does not look at it, and who sends something.
        problem(Method::GET, "/", "*/*", 405),
        problem(Method::GET, "/", "application/json", 405),
        problem(Method::GET, "/overview", "*/*", 404),
        problem(Method::GET, "/overview", "text/html;q=0, */*", 404),
        problem(Method::POST, "/overview", NAVIGATION, 404),
        (Method::POST, "/", NAVIGATION, 200, "application/json"),
        problem(Method::GET, "/assets/index-Gone0000.js", NAVIGATION, 404),
        problem(Method::POST, "/icon.svg", "*/*", 404),
        // Paths that mean another one once they are decoded are not decoded.
        problem(Method::GET, "/assets/..%2findex.html", "*/*", 404),
        problem(Method::GET, "/%2e%2e/%2e%2e/etc/passwd", "*/*", 404),
        problem(Method::GET, "/assets/%2e%2e/icon.svg", NAVIGATION, 404),
        problem(Method::GET, "/icon%2esvg", "*/*", 404),
    ];
    for (method, path, accept, status, expected) in cases {
        let answer = seen(&world, &method, path, accept).await;
        assert_eq!((answer.status, kind(&answer)), (status, expected), "{method} {path} {accept}: {answer:?}");
    }
    let bare = world.get("/").send().await;
    assert_eq!((bare.status, bare.header("allow")), (405, Some("POST")));
}

#[tokio::test]
async fn a_row_goes_before_the_files() {
    let world = with_panel(ROWS).await;
    assert_eq!(kind(&seen(&world, &Method::GET, "/", NAVIGATION).await), "text/html");
    world.change(
        r#"
[[route]]
on = ["GET /", "GET /icon.svg", "GET /assets/{name}"]
call = "http own GET /x"
auth = "public"
"#,
    );
    world
        .eventually("the rows are in force", || async {
            kind(&seen(&world, &Method::GET, "/", NAVIGATION).await) == "application/json"
        })
        .await;
    for path in ["/icon.svg", HASHED.path] {
        let answer = seen(&world, &Method::GET, path, "*/*").await;
        assert_eq!((answer.status, kind(&answer)), (200, "application/json"), "{path}");
    }
}

#[tokio::test]
async fn the_page_runs_its_own_scripts_and_nothing_else() {
    let world = with_panel(ROWS).await;
    for path in ["/", "/overview"] {
        let answer = seen(&world, &Method::GET, path, NAVIGATION).await;
        let policy = answer.header("content-security-policy").unwrap();
        let parts: Vec<_> = policy.split("; ").collect();
        let whole = [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            "manifest-src 'self'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        ];
        assert_eq!(parts, whole, "{path}");
        assert_eq!(answer.header("cross-origin-opener-policy"), Some("same-origin"), "{path}");
        assert_eq!(answer.header("x-frame-options"), Some("DENY"), "{path}");
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{path}");
    }
    let script = world.get(HASHED.path).send().await;
    assert_eq!(script.header("content-security-policy"), Some("default-src 'none'; frame-ancestors 'none'"));
}

#[tokio::test]
async fn a_program_without_the_panel_says_what_is_missing() {
    let world = World::open(ROWS).await;
    let answer = seen(&world, &Method::GET, "/", NAVIGATION).await;
    assert_eq!((answer.status, kind(&answer), answer.header("cache-control")), (200, "text/html", Some("no-store")));
    for part in ["20.19", "make panel", "<style>"] {
        assert!(answer.text.contains(part), "{part} in {}", answer.text);
    }
    assert!(!answer.text.contains("<script"), "{}", answer.text);
    let policy = answer.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-") && !policy.contains("script-src"), "{policy}");
    let style = answer.text.split("<style>").nth(1).and_then(|it| it.split("</style>").next()).unwrap();
    let hash = ring::digest::digest(&ring::digest::SHA256, style.as_bytes());
    let hash = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, hash);
    assert!(policy.contains(&format!("'sha256-{hash}'")), "{policy}");
    for (path, accept, status) in [("/", "*/*", 405), ("/overview", NAVIGATION, 404), ("/icon.svg", "*/*", 404)] {
        assert_eq!(seen(&world, &Method::GET, path, accept).await.status, status, "{path} {accept}");
    }
}

#[tokio::test]
async fn the_panel_can_be_closed() {
    let place = Place { panel: Some(Files::of(&FILES)), is_panel_off: true, ..Place::default() };
    let world = World::at(place, ROWS).await;
    for (path, status) in [("/", 405), ("/overview", 404), ("/icon.svg", 404), (HASHED.path, 404)] {
        let answer = seen(&world, &Method::GET, path, NAVIGATION).await;
        assert_eq!((answer.status, &answer.body["status"]), (status, &json!(status)), "{path}");
    }
}
