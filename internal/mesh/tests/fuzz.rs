//! Any bytes as the headers that every process reads: a trace that is continued or begun, a token or a 401.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use fuzz::Target;
use http::{HeaderMap, HeaderValue, header};
use mesh::identity::bearer;
use mesh::{Code, TraceContext};
use secrecy::ExposeSecret;

#[test]
fn any_traceparent_is_continued_or_replaced() {
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let seeds = vec![parent.into(), format!("{parent}-extra").into(), parent.replace("00-", "cc-").into()];
    let words = &["-", "00", "ff", "0000000000000000", "g", " ", "F", "\u{e9}"];
    let target = Target::new(env!("CARGO_MANIFEST_DIR"), "tests/corpus/traceparent", traceparent);
    Target { seeds, words, ..target }.check();
}

fn traceparent(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let read = text.parse::<TraceContext>();
    let continued = TraceContext::continued(Some(&text));
    let printed = continued.to_string();
    assert_eq!(printed.parse::<TraceContext>(), Ok(continued), "{printed} is not read again");
    if let Ok(read) = read {
        assert_eq!(continued.trace_id(), read.trace_id());
        assert_eq!(text.trim().split('-').nth(1).unwrap(), read.trace_id());
    }
}

#[test]
fn any_authorization_is_a_token_or_none_or_refused() {
    let seeds = ["Bearer a.b.c", "bEARER  sbk_1", "Basic dTpw", "Bearer ", "Bearer a b"];
    let seeds = seeds.map(|sent| sent.as_bytes().to_vec()).into();
    let target = Target::new(env!("CARGO_MANIFEST_DIR"), "tests/corpus/authorization", authorization);
    Target { seeds, words: &["Bearer ", " ", "\t", ".", "\u{e9}", "\n"], ..target }.check();
}

/// One header a line.
fn authorization(input: &[u8]) {
    let sent = input.split(|byte| *byte == b'\n').filter_map(|it| HeaderValue::from_bytes(it).ok());
    let headers: HeaderMap = sent.fold(HeaderMap::new(), |mut headers, value| {
        headers.append(header::AUTHORIZATION, value);
        headers
    });
    match bearer(&headers) {
        Ok(Some(token)) => {
            let token = token.expose_secret();
            assert!(!token.is_empty() && token.bytes().all(|b| b.is_ascii_graphic()));
        }
        Ok(None) => assert!(headers.len() < 2),
        Err(error) => assert_eq!(error.code, Code::Unauthenticated),
    }
}
