//! The door against clients that are slow, many or mean harm, and for browsers, on the real binary.

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::{Mesh, PATIENCE, eventually};

over_every_way! {
    slow_and_doubtful_clients_are_refused
    a_page_of_another_origin_may_call_where_the_table_says_so
}

/// Sends these bytes and gives what comes back until the connection ends.
async fn spoken(mesh: &Mesh, bytes: &str) -> String {
    let mut stream = TcpStream::connect(mesh.address("broker")).await.unwrap();
    let mut answer = Vec::new();
    let speaking = async {
        stream.write_all(bytes.as_bytes()).await.ok();
        stream.read_to_end(&mut answer).await.ok()
    };
    tokio::time::timeout(PATIENCE, speaking).await.expect("the connection does not end");
    String::from_utf8_lossy(&answer).into_owned()
}

async fn slow_and_doubtful_clients_are_refused(mesh: &mut Mesh) {
    let head = "POST /v1/logs HTTP/1.1\r\nhost: a\r\nconnection: close\r\n";
    let slow = format!("{head}content-length: 50\r\n\r\n{{");
    let large = "x".repeat((1 << 20) + 1);
    for (request, status) in [
        (format!("{head}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"), "400"),
        (format!("{head}content-length: 5\r\ncontent-length: 6\r\n\r\n{{}}"), "400"),
        (format!("{head}host: b\r\n\r\n"), "400"),
        (format!("GET /{} HTTP/1.1\r\nhost: a\r\n\r\n", "x".repeat(9 << 10)), "414"),
        (format!("{head}x: {}\r\n\r\n", "y".repeat(40 << 10)), "431"),
        (format!("{head}content-encoding: gzip\r\ncontent-length: 2\r\n\r\n{{}}"), "415"),
        (format!("{head}transfer-encoding: chunked\r\n\r\n{:x}\r\n{large}\r\n0\r\n\r\n", large.len()), "413"),
        // Until the row's five seconds are over.
        (slow, "408"),
    ] {
        let answer = spoken(mesh, &request).await;
        let shown: String = request.chars().take(120).collect();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{shown:?}: {answer}");
    }
    mesh.post("/v1/logs", &json!({"name": "others", "data": "go on"})).await.expect(201);
    let metrics = String::from_utf8(mesh.get("/metrics").await.body.to_vec()).unwrap();
    // The two lengths, and the length beside chunks.
    assert!(metrics.contains("\nrequests_ambiguous_total 2\n"), "{metrics}");
}

async fn a_page_of_another_origin_may_call_where_the_table_says_so(mesh: &mut Mesh) {
    let page = "https://app.example.com";
    let ask = |method: http::Method| mesh.request(method, "/v1/logs").header("origin", page);
    let before = mesh.send(ask(http::Method::GET), "").await;
    assert_eq!((before.status, before.header("access-control-allow-origin")), (200, None));
    mesh.add_routes(&format!("[cors]\norigins = [\"{page}\"]\n"));
    let preflight = || ask(http::Method::OPTIONS).header("access-control-request-method", "GET");
    let told = eventually("the table is in force", async || {
        let answer = mesh.send(preflight(), "").await;
        (answer.status == 204).then_some(answer)
    });
    let told = told.await;
    assert_eq!(told.header("access-control-allow-methods"), Some("GET, POST"), "{told:?}");
    let after = mesh.send(ask(http::Method::GET).header("accept-encoding", "gzip"), "").await;
    assert_eq!((after.status, after.header("access-control-allow-origin")), (200, Some(page)));
    for (name, value) in [("x-content-type-options", "nosniff"), ("referrer-policy", "no-referrer")] {
        assert_eq!(after.header(name), Some(value), "{after:?}");
    }
    assert!(after.header("vary").is_some_and(|vary| vary.contains("origin")), "{after:?}");
}
