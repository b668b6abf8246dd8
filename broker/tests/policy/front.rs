//! What the broker says and refuses whatever the row: pages of other origins, compression, headers for browsers, HEAD,
//! and requests that two servers could read differently, of which nothing reaches a service.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use http::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::client::Ask;
use crate::world::{PATIENCE, Place, World};

const PAGE: &str = "https://app.example.com";

const ROWS: &str = r#"
[[route]]
on = "POST /json"
call = "http other POST /x"
auth = "public"
[[route]]
on = "GET /json"
call = "http own GET /x"
auth = "public"
[[route]]
on = "DELETE /"
call = "http own GET /x"
auth = "public"
[[route]]
on = "POST /private"
call = "http own POST /x"
[[route]]
on = "POST /token"
call = "http own POST /x"
auth = "public"
[[route]]
on = "POST /secret"
call = "http other POST /x"
secret = ["password"]
auth = "public"
[[route]]
on = "POST /cookies"
call = "http other POST /x"
cookies = true
auth = "public"
[[route]]
on = "ANY /raw/{*path}"
call = "http other"
auth = "public"
"#;

fn with_cors(cors: &str) -> String {
    format!("[cors]\n{cors}\n{ROWS}")
}

fn preflight(world: &World, path: &str, origin: &str, method: &str) -> Ask {
    let ask = Ask::new(world.address, &Method::OPTIONS, path).header("origin", origin);
    ask.header("access-control-request-method", method)
}

#[tokio::test]
async fn a_browser_is_told_before_it_sends() {
    let world =
        World::open(&with_cors("origins = [\"https://app.example.com\"]\ncredentials = true\nmax_age = \"1h\"")).await;
    for (path, methods) in [
        ("/json", "GET, POST"),
        ("/private", "POST"),
        ("/handle", "POST"),
        ("/", "DELETE, POST"),
        ("/raw/x", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"),
    ] {
        let answer = preflight(&world, path, PAGE, "POST").send().await;
        assert_eq!(answer.status, 204, "{path}: {answer:?}");
        assert_eq!(answer.header("access-control-allow-methods"), Some(methods), "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), Some(PAGE), "{path}");
        assert_eq!(answer.header("access-control-allow-credentials"), Some("true"), "{path}");
        assert_eq!(answer.header("access-control-max-age"), Some("3600"), "{path}");
        assert!(answer.header("access-control-allow-headers").unwrap().contains("idempotency-key"), "{path}");
        assert!(answer.header("vary").unwrap().contains("origin"), "{path}");
    }
    for (path, origin, status) in [("/json", "https://evil.example", 204), ("/none", PAGE, 404)] {
        let answer = preflight(&world, path, origin, "POST").send().await;
        assert_eq!(answer.status, status, "{path} {origin}");
        assert_eq!(answer.header("access-control-allow-methods"), None, "{path} {origin}");
    }
}

#[tokio::test]
async fn a_page_sees_what_its_origin_may() {
    let world = World::open(&with_cors("origins = [\"https://app.example.com\"]")).await;
    for (origin, allowed) in [(PAGE, Some(PAGE)), ("https://app.example.com.evil", None), ("null", None)] {
        for (path, status) in [("/json", 200), ("/private", 401), ("/none", 404)] {
            let answer = world.post(path, &json!({})).header("origin", origin).send().await;
            assert_eq!(answer.status, status, "{path}");
            assert_eq!(answer.header("access-control-allow-origin"), allowed, "{path} {origin}");
            assert_eq!(answer.header("vary"), Some("origin"), "{path} {origin}");
            let exposed = answer.header("access-control-expose-headers");
            assert_eq!(exposed.is_some_and(|it| it.contains("retry-after")), allowed.is_some(), "{path} {origin}");
        }
    }
    world.change(&with_cors("origins = \"*\""));
    world
        .eventually("every origin", || async {
            let answer = world.post("/json", &json!({})).header("origin", "https://else.example").send().await;
            answer.header("access-control-allow-origin") == Some("*") && answer.header("vary").is_none()
        })
        .await;
}

#[tokio::test]
async fn long_answers_are_compressed_for_who_asks_and_secrets_are_not() {
    let world = World::open(ROWS).await;
    let long = json!({ "text": "x".repeat(3000) });
    for (path, body, accept, encoding) in [
        ("/json", &long, Some("gzip"), Some("gzip")),
        ("/json", &long, Some("gzip, br"), Some("br")),
        ("/json", &long, Some("gzip;q=0"), None),
        ("/json", &long, None, None),
        ("/json", &json!({}), Some("gzip"), None),
        ("/token", &long, Some("gzip"), None),
        ("/secret", &long, Some("gzip"), None),
        ("/cookies", &long, Some("gzip"), None),
        ("/raw/x", &long, Some("gzip"), None),
    ] {
        let ask = world.post(path, body);
        let ask = accept.into_iter().fold(ask, |ask, accept| ask.header("accept-encoding", accept));
        let answer = ask.send().await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        assert_eq!(answer.header("content-encoding"), encoding, "{path} {accept:?}");
        assert_eq!(answer.body.is_null(), encoding.is_some(), "{path} {accept:?}");
    }
    let answer = world.post("/json", &long).send().await;
    assert_eq!(answer.header("vary"), Some("accept-encoding"), "also what was not compressed");
}

#[tokio::test]
async fn a_head_says_nothing_else_than_its_get_would() {
    let world = World::open(ROWS).await;
    for accept in ["identity", "gzip"] {
        let ask = |method| Ask::new(world.address, &method, "/openapi.json").header("accept-encoding", accept);
        let (get, head) = (ask(Method::GET).send().await, ask(Method::HEAD).send().await);
        for name in ["content-length", "content-encoding", "content-type", "etag"] {
            assert_eq!(head.header(name), get.header(name), "{name} with {accept}");
        }
        assert!(head.body.is_null(), "{head:?}");
    }
}

#[tokio::test]
async fn browsers_are_told_to_make_no_more_of_an_answer_than_it_is() {
    let world = World::at(Place { proxies: "127.0.0.0/8", ..Place::default() }, ROWS).await;
    for (path, is_data) in [("/json", true), ("/none", true), ("/ping", true), ("/raw/x", false)] {
        for (proto, hsts) in [("https", Some("max-age=31536000")), ("http", None)] {
            let answer = world.get(path).header("x-forwarded-proto", proto).send().await;
            assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
            assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{path}");
            assert_eq!(answer.header("x-frame-options"), is_data.then_some("DENY"), "{path}");
            assert_eq!(answer.header("content-security-policy").is_some(), is_data, "{path}");
            assert_eq!(answer.header("cross-origin-resource-policy").is_some(), is_data, "{path}");
            assert_eq!(answer.header("strict-transport-security"), hsts, "{path} {proto}");
            assert_eq!(answer.header("server"), None, "{path}");
        }
    }
}

#[tokio::test]
async fn methods_that_a_path_does_not_take_and_head_are_answered_in_full() {
    let world = World::open(ROWS).await;
    for (method, path, allowed) in [
        (Method::GET, "/", "DELETE, POST"),
        (Method::POST, "/ping", "GET"),
        (Method::GET, "/handle", "POST"),
        (Method::DELETE, "/json", "GET, POST"),
    ] {
        let answer = Ask::new(world.address, &method, path).send().await;
        assert_eq!((answer.status, &answer.body["status"]), (405, &json!(405)), "{method} {path}: {answer:?}");
        assert_eq!(answer.header("allow"), Some(allowed), "{method} {path}");
    }
    let of_the_table = Ask::new(world.address, &Method::DELETE, "/").send().await;
    assert_eq!((of_the_table.status, of_the_table.header("allow")), (200, None));
    let full = world.get("/json").send().await;
    let head = Ask::new(world.address, &Method::HEAD, "/json").send().await;
    assert_eq!((head.status, &head.body), (200, &json!(null)));
    assert_eq!(head.header("content-type"), full.header("content-type"));
    assert!(head.header("content-length").is_some_and(|length| length != "0"), "{head:?}");
    let encoded = world.post("/json", &json!({})).header("content-encoding", "gzip").send().await;
    assert_eq!((encoded.status, &encoded.body["code"]), (415, &json!("invalid_argument")), "{encoded:?}");
}

/// A service that keeps every byte it is sent, and answers each head.
async fn recorder() -> (SocketAddr, Arc<Mutex<Vec<u8>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, heard) = (listener.local_addr().unwrap(), Arc::<Mutex<Vec<u8>>>::default());
    let hearing = Arc::clone(&heard);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let heard = Arc::clone(&hearing);
            tokio::spawn(async move {
                let mut piece = [0; 4096];
                while let Ok(read @ 1..) = stream.read(&mut piece).await {
                    heard.lock().unwrap().extend_from_slice(&piece[..read]);
                    if piece[..read].windows(4).any(|it| it == b"\r\n\r\n") {
                        let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await;
                    }
                }
            });
        }
    });
    (address, heard)
}

async fn spoken(world: &World, request: &str) -> String {
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    let mut answer = Vec::new();
    let speaking = async {
        stream.write_all(request.as_bytes()).await.ok();
        stream.read_to_end(&mut answer).await.ok()
    };
    tokio::time::timeout(PATIENCE, speaking).await.expect("the connection does not end");
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn nothing_ambiguous_reaches_a_service() {
    let (address, heard) = recorder().await;
    let row = format!("[[route]]\non = \"ANY /raw/{{*path}}\"\ncall = \"http {address}\"\nauth = \"public\"\n");
    let world = World::open(&row).await;
    let smuggled = "GET /raw/smuggled HTTP/1.1\r\nhost: a\r\n\r\n";
    for head in [
        "content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        "transfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n",
        "content-length: 5\r\ncontent-length: 6\r\n\r\nabcde",
        "content-length: 5, 6\r\n\r\nabcde",
        "content-length: +5\r\n\r\nabcde",
        "transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "transfer-encoding : chunked\r\n\r\n0\r\n\r\n",
        "x: y\r\n transfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        "x: y\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        "x: y\0\r\n\r\n",
        "host: b\r\n\r\n",
    ] {
        let request = format!("POST /raw/doubtful HTTP/1.1\r\nhost: a\r\n{head}{smuggled}");
        let answer = spoken(&world, &request).await;
        assert!(answer.starts_with("HTTP/1.1 400") && answer.matches("HTTP/1.1").count() == 1, "{head:?}: {answer}");
        assert_eq!(String::from_utf8_lossy(&heard.lock().unwrap()), "", "{head:?}");
    }
    let chunked = "POST /raw/doubtful HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n";
    for chunks in ["0x5\r\nabcde\r\n0\r\n\r\n", "fffffffffffffffff\r\nabcde\r\n", "5\r\nabcdef\r\n0\r\n\r\n"] {
        let answer = spoken(&world, &format!("{chunked}{chunks}{smuggled}")).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400"), "{chunks:?}: {answer}");
        assert!(!String::from_utf8_lossy(&heard.lock().unwrap()).contains("smuggled"), "{chunks:?}");
    }
    let asked = "GET http://target/raw/sound HTTP/1.1\r\nhost: other\r\nconnection: close\r\n\r\n";
    assert!(spoken(&world, asked).await.starts_with("HTTP/1.1 204"));
    let heard = String::from_utf8_lossy(&heard.lock().unwrap()).to_lowercase();
    assert!(heard.contains("get /sound http/1.1\r\n") && heard.contains("x-forwarded-host: target"), "{heard}");
    assert!(!heard.contains("other"), "{heard}");
}
