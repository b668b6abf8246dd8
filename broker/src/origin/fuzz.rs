//! Any bytes as what proxies and strangers say of forwarding: a caller is found, and what goes on says that one address
//! and nothing that only a proxy may say.

use std::net::SocketAddr;

use ::fuzz::{Target, Unstructured};
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use http::HeaderValue;
use mesh::config::Env;

use super::{FOR, FORWARDING, HOST, PROTO, Proxies};

const WORDS: &[&str] = &[
    "10.0.0.1",
    "203.0.113.7",
    "::1",
    "[2001:db8::1]:443",
    "::ffff:10.1.2.3",
    ",",
    " ",
    "unknown",
    "_hidden",
    ":99",
    "[",
    "]",
    "\n",
    "/8",
    "https",
    "example.org",
    "256.1.1.1",
    "for=",
    "\t",
    "é",
];

#[test]
fn whatever_is_said_of_forwarding_there_is_one_caller() {
    let seeds = ["\u{0}203.0.113.1, 10.9.9.9", "\u{1}6.6.6.6", "\u{2}[::1]:80\nunknown", "\u{7}10.0.0.0/8,::1"];
    let seeds = seeds.map(|said| said.as_bytes().to_vec()).into();
    let target = Target::new(env!("CARGO_MANIFEST_DIR"), "tests/corpus/forwarded", property);
    Target { seeds, words: WORDS, ..target }.check();
}

/// A byte that says who sends it, then one header a line; all of it once more as the list of proxies.
fn property(input: &[u8]) {
    let _ = proxies(&String::from_utf8_lossy(input));
    let mut rest = Unstructured::new(input);
    let shape: u8 = rest.arbitrary().unwrap_or_default();
    let peer = ["10.1.2.3", "::1", "192.0.2.7"][usize::from(shape) % 3];
    let mut request = Request::builder().uri("/x").header("host", "front");
    for (at, said) in rest.take_rest().split(|byte| *byte == b'\n').enumerate() {
        let name = [FOR, FOR, HOST, PROTO, "forwarded", "x-user-id"][(usize::from(shape) + at) % 6];
        if let Ok(value) = HeaderValue::from_bytes(said) {
            request = request.header(name, value);
        }
    }
    let mut request = request.body(Body::empty()).unwrap();
    let peer = SocketAddr::new(peer.parse().unwrap(), 1);
    request.extensions_mut().insert(ConnectInfo(peer));
    let origin = proxies("10.0.0.0/8, ::1").unwrap().settle(&mut request);
    let address = origin.address.unwrap().to_string();
    assert!(peer.ip().to_string() != "192.0.2.7" || address == "192.0.2.7", "a stranger is believed");
    for name in FORWARDING {
        let said: Vec<_> = request.headers().get_all(name).iter().collect();
        assert!(said.len() == usize::from(matches!(name, FOR | HOST | PROTO)), "{name}: {said:?}");
    }
    assert_eq!(request.headers()[FOR], *address);
    assert!(!request.headers().contains_key("x-user-id"));
}

fn proxies(text: &str) -> Result<Proxies, mesh::ConfigError> {
    Proxies::from_env(&Env::new([("BROKER_TRUSTED_PROXIES".to_owned(), text.to_owned())]))
}
