//! Any bytes as `Idempotency-Key`: refused by its name, or the same effect each time; and no two calls that differ are one effect.

use std::sync::LazyLock;

use ::fuzz::Target;
use http::{HeaderMap, HeaderValue};
use mesh::Code;

use super::{HEADER, effect_id, of};
use crate::table::{Table, parse};

#[test]
fn any_key_is_an_effect_or_refused() {
    let seeds = ["k", "a b", "8e03978e-40d5-43e8-bc93-6894a57f9324", "\"quoted\"", "a\u{0}b"];
    let seeds = seeds.map(|key| key.as_bytes().to_vec()).into();
    let target = Target::new(env!("CARGO_MANIFEST_DIR"), "tests/corpus/key", property);
    Target { seeds, words: &["k", "\"", " ", "\t", "é", ","], ..target }.check();
}

fn property(input: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(input) else { return };
    let headers = HeaderMap::from_iter([(HEADER.parse().unwrap(), value)]);
    match of(&ROWS.routes[0], None, &headers) {
        Ok(id) => {
            assert!((1..=255).contains(&input.len()) && input.iter().all(u8::is_ascii_graphic));
            assert!(id.is_some() && id == of(&ROWS.routes[0], None, &headers).unwrap());
        }
        Err(error) => assert_eq!((error.code, &*error.fields[0].field), (Code::InvalidArgument, "Idempotency-Key")),
    }
}

#[test]
fn an_effect_belongs_to_one_row_caller_and_key() {
    let seeds = ["0a\u{1}b\u{1}1a\u{1}b", "0\u{1}k\u{1}0-\u{1}k", "0a\u{0}k\u{1}j\u{1}0a\u{1}kj"]
        .map(|it| it.as_bytes().to_vec())
        .into();
    let target = Target::new(env!("CARGO_MANIFEST_DIR"), "tests/corpus/effect", injective);
    Target { seeds, words: &["a", "\u{1}", "0", "1", "\u{0}"], ..target }.check();
}

/// Two calls: each the digit of a row, a subject (none where it is empty) and a key, all of them between ones.
fn injective(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let parts: Vec<&str> = text.splitn(4, '\u{1}').collect();
    let [one, key, other, other_key] = parts[..] else { return };
    let (one, other) = (call(one), call(other));
    let id =
        |(row, subject): &(usize, Option<&str>), key: &str| effect_id(&ROWS.routes[*row], *subject, key.as_bytes());
    let is_key = |key: &str| !key.is_empty() && key.bytes().all(|b| b.is_ascii_graphic());
    // Nobody is called 'anonymous': own subjects are ids, those of others begin with their issuer.
    if [one, other].iter().all(|it| it.1 != Some("anonymous")) && is_key(key) && is_key(other_key) {
        assert_eq!(id(&one, key) == id(&other, other_key), (one, key) == (other, other_key));
    }
}

fn call(text: &str) -> (usize, Option<&str>) {
    let row = text.bytes().next().map_or(0, |it| usize::from(it) % ROWS.routes.len());
    let subject = text.get(1..).filter(|it| !it.is_empty());
    (row, subject)
}

static ROWS: LazyLock<Table> = LazyLock::new(|| {
    let rows = [("a", ""), ("ab", ""), ("a", "host = 'b'"), ("a", "host = 'bc'"), ("ab", "host = 'c'")];
    let rows = rows.map(|(name, host)| format!("[[route]]\non = 'POST /{name}'\ncall = 'rpc a b'\n{host}\n"));
    parse("t", &format!("version = 1\n{}", rows.concat()), |_| None).unwrap()
});
