//! Requests that two servers could read differently, over raw sockets: refused, the connection closed, and what follows
//! on it never read as a request of its own. Others are answered as before.

use super::*;

/// What a request smuggler wants to have read as a request of its own.
const SMUGGLED: &str = "GET /host HTTP/1.1\r\nhost: smuggled\r\n\r\n";

/// The status lines of everything that came back.
fn statuses(answer: &str) -> Vec<u16> {
    answer.split("HTTP/1.").skip(1).map(|answer| answer[2..5].parse().unwrap()).collect()
}

#[tokio::test]
async fn ambiguous_requests_are_refused_and_the_connection_ends() {
    let running = Running::with(Limits::behind(), LONG, &Gate::default()).await;
    for head in [
        // Two lengths.
        "host: a\r\ncontent-length: 5\r\ntransfer-encoding: chunked",
        "host: a\r\ntransfer-encoding: chunked\r\ncontent-length: 5",
        "host: a\r\ncontent-length: 5\r\ncontent-length: 6",
        "host: a\r\ncontent-length: 5\r\ncontent-length: 5",
        "host: a\r\ncontent-length: 5, 6",
        "host: a\r\ncontent-length: 5, 5",
        // Lengths that only some can read.
        "host: a\r\ncontent-length: +5",
        "host: a\r\ncontent-length: -5",
        "host: a\r\ncontent-length: 0x5",
        "host: a\r\ncontent-length: 5 5",
        "host: a\r\ncontent-length:",
        "host: a\r\ncontent-length: 18446744073709551616",
        // Encodings other than exactly one.
        "host: a\r\ntransfer-encoding: gzip, chunked",
        "host: a\r\ntransfer-encoding: chunked, identity",
        "host: a\r\ntransfer-encoding: xchunked",
        "host: a\r\ntransfer-encoding: \"chunked\"",
        "host: a\r\ntransfer-encoding: chunked\r\ntransfer-encoding: identity",
        "host: a\r\ntransfer-encoding: identity\r\ntransfer-encoding: chunked",
        "host: a\r\ntransfer-encoding:\x0bchunked",
        "host: a\r\ntransfer-encoding: chunked;q=1",
        // Lines that only some end or join in the same place.
        "host: a\r\nx: y\r\n z",
        "host: a\r\nx: y\r\n\tcontent-length: 5",
        "host: a\r\ncontent-length : 5",
        "host: a\r\ntransfer-encoding : chunked",
        "host: a\r\n transfer-encoding: chunked",
        "host: a\r\nx: y\ncontent-length: 5",
        "host: a\nx: y",
        "host: a\r\nx: y\rcontent-length: 5",
        "host: a\r\nx",
        "host: a\r\n: y",
        // Bytes that no value may have.
        "host: a\r\nx: y\0z",
        "host: a\r\nx: y\x01z",
        "host: a\r\nx: y\x7fz",
        "host: a\r\nx\0: y",
        // Not one host.
        "x: y",
        "host: a\r\nhost: a",
        "host: a\r\nhost: b",
        "host: a b",
        "host: user@a",
        "host: a/b",
    ] {
        let answer =
            spoken(running.address, format!("POST /echo HTTP/1.1\r\n{head}\r\n\r\n{SMUGGLED}").as_bytes()).await;
        assert_eq!(statuses(&answer), [400], "{head:?}: {answer}");
        assert!(!answer.contains("smuggled"), "{head:?}: {answer}");
    }
}

#[tokio::test]
async fn first_lines_that_are_in_doubt_are_refused() {
    let running = Running::with(Limits::behind(), LONG, &Gate::default()).await;
    for line in [
        "POST /echo HTTP/1.1\nhost: a\r\n\r\n",
        "\nPOST /echo HTTP/1.1\r\nhost: a\r\n\r\n",
        "POST /echo\r\nhost: a\r\n\r\n",
        "POST  /echo HTTP/1.1\r\nhost: a\r\n\r\n",
        "POST /echo HTTP/1.1 \r\nhost: a\r\n\r\n",
        "POST /echo HTTP/2.0\r\nhost: a\r\n\r\n",
        "POST /ec\0ho HTTP/1.1\r\nhost: a\r\n\r\n",
        "PO ST /echo HTTP/1.1\r\nhost: a\r\n\r\n",
        "POST http://user@a/echo HTTP/1.1\r\nhost: a\r\n\r\n",
        "POST /echo HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n",
    ] {
        let answer = spoken(running.address, format!("{line}{SMUGGLED}").as_bytes()).await;
        assert_eq!(statuses(&answer), [400], "{line:?}: {answer}");
        assert!(!answer.contains("smuggled"), "{line:?}: {answer}");
    }
}

#[tokio::test]
async fn chunks_that_are_in_doubt_end_the_connection() {
    let running = Running::with(Limits::behind(), LONG, &Gate::default()).await;
    let flood = format!("1;{}\r\nx\r\n0\r\n\r\n", "e".repeat(20 << 10));
    for chunks in [
        "0x5\r\nabcde\r\n0\r\n\r\n",
        "+5\r\nabcde\r\n0\r\n\r\n",
        "-1\r\n\r\n",
        "5 \r\nabcde\r\n0\r\n\r\n",
        " 5\r\nabcde\r\n0\r\n\r\n",
        "fffffffffffffffff\r\nabcde\r\n0\r\n\r\n",
        "10000000000000005\r\nabcde\r\n0\r\n\r\n",
        "5;x\nabcde\r\n0\r\n\r\n",
        "5\nabcde\r\n0\r\n\r\n",
        "5\r\nabcdef\r\n0\r\n\r\n",
        "5\r\nabcde0\r\n\r\n",
        "5\r\nabcde\n0\r\n\r\n",
        "5\r\nabcde\r\n0\r\nx: y\n\r\n",
        &flood,
    ] {
        let head = "POST /echo HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n";
        let answer = spoken(running.address, format!("{head}{chunks}{SMUGGLED}").as_bytes()).await;
        assert!(matches!(statuses(&answer)[..], [400] | []), "{chunks:?}: {answer}");
        assert!(!answer.contains("smuggled"), "{chunks:?}: {answer}");
    }
}

#[tokio::test]
async fn a_doubtful_request_is_found_behind_others_on_the_same_connection() {
    let running = Running::with(Limits::behind(), LONG, &Gate::default()).await;
    let fine = "GET /host HTTP/1.1\r\nhost: first\r\n\r\n";
    let chunked = "POST /echo HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n3\r\n\n\r\n\r\n0\r\n\r\n";
    let sized = "POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\r\n\r\n\r\n";
    let doubtful = "POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n";
    let answer = spoken(running.address, format!("{fine}{chunked}{sized}{doubtful}{SMUGGLED}").as_bytes()).await;
    assert_eq!(statuses(&answer), [200, 200, 200, 400], "{answer}");
    assert!(answer.contains("first") && !answer.contains("smuggled"), "{answer}");
}

#[tokio::test]
async fn what_is_sound_is_answered() {
    let running = Running::with(Limits::behind(), LONG, &Gate::default()).await;
    for (request, expected) in [
        ("GET /host HTTP/1.1\r\nHOST:a:80\r\nconnection: close\r\n\r\n", "a:80"),
        ("\r\nGET /host HTTP/1.1\r\nhost: \t a\t \r\nconnection: close\r\n\r\n", "a"),
        ("GET /host HTTP/1.0\r\nhost: [::1]:80\r\n\r\n", "[::1]:80"),
        ("GET http://target:1/host HTTP/1.1\r\nhost: other\r\nconnection: close\r\n\r\n", "target:1"),
        ("GET /host HTTP/1.1\r\nhost: a\r\nupgrade: h2c\r\nconnection: upgrade, close\r\n\r\n", "a"),
        ("POST /echo HTTP/1.1\r\nhost: a\r\nconnection: close\r\nContent-Length:  5 \r\n\r\nabcde", "abcde"),
        (
            "POST /echo HTTP/1.1\r\nhost: a\r\nconnection: close\r\nTransfer-Encoding: Chunked\r\n\r\n\
             2;x=\"y\"\r\nab\r\n0003\r\ncde\r\n0\r\nx: y\r\n\r\n",
            "abcde",
        ),
    ] {
        let answer = spoken(running.address, request.as_bytes()).await;
        assert_eq!(statuses(&answer), [200], "{request:?}: {answer}");
        let body = answer.split_once("\r\n\r\n").unwrap().1;
        assert_eq!(body, expected, "{request:?}: {answer}");
    }
}

#[tokio::test]
async fn what_is_too_large_is_told_so() {
    let running = Running::with(Limits::behind(), LONG, &Gate::default()).await;
    let long = |bytes: usize| "x".repeat(bytes);
    for (request, status) in [
        (format!("GET /{} HTTP/1.1\r\nhost: a\r\n\r\n", long(8 << 10)), 414),
        (format!("GET /ok HTTP/1.1\r\nhost: a\r\nx: {}\r\n\r\n", long(33 << 10)), 431),
        (format!("GET /ok HTTP/1.1\r\nhost: a\r\nx: {}", long(80 << 10)), 431),
        (format!("GET /ok HTTP/1.1\r\nhost: a\r\n{}\r\n", "x: y\r\n".repeat(100)), 431),
        (format!("GET /ok HTTP/1.1\r\nhost: a\r\nconnection: close\r\n{}\r\n", "x: y\r\n".repeat(98)), 200),
        (format!("GET /{} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n", long(8000)), 404),
    ] {
        let answer = spoken(running.address, request.as_bytes()).await;
        assert_eq!(statuses(&answer), [status], "{} bytes: {answer}", request.len());
    }
}
