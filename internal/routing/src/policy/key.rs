//! `Idempotency-Key`: what makes the repetition of a call the same call. The caller's key means nothing alone, as two
//! callers may use the same one: the effect id is made of the row, the caller and the key. Where a row needs nobody, all
//! callers are one.

use http::HeaderMap;
use mesh::{Error, Identity};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::table::Route;

pub(crate) const HEADER: &str = "idempotency-key";

/// The effect id of a call whose caller sent a key.
pub(crate) fn of(route: &Route, identity: Option<&Identity>, headers: &HeaderMap) -> Result<Option<String>, Error> {
    let mut sent = headers.get_all(HEADER).iter();
    let Some(key) = sent.next() else { return Ok(None) };
    let bytes = key.as_bytes();
    if sent.next().is_some() || !(1..=255).contains(&bytes.len()) || !bytes.iter().all(u8::is_ascii_graphic) {
        return Err(Error::field("Idempotency-Key", "must be sent once, as 1 to 255 visible ASCII characters"));
    }
    Ok(Some(effect_id(route, identity.map(|it| it.subject.as_str()), bytes)))
}

/// UUIDv8 of SHA-256 over the row's name and host, the subject, and the key. No part holds a zero byte, so none can
/// reach into its neighbour.
fn effect_id(route: &Route, subject: Option<&str>, key: &[u8]) -> String {
    let mut hash = Sha256::new();
    for part in [&route.name, route.host.as_deref().unwrap_or_default(), subject.unwrap_or("anonymous")] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let digest = hash.chain_update(key).finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    Uuid::new_v8(bytes).to_string()
}

#[cfg(test)]
mod fuzz;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use http::HeaderValue;

    use super::*;

    const TABLE: &str = r#"
version = 1
[[route]]
on = "POST /a"
call = "rpc s one"
[[route]]
on = "POST /b"
call = "rpc s one"
[[route]]
on = "POST /a"
host = "example.org"
call = "rpc s one"
"#;

    fn id(row: usize, subject: Option<&str>, key: &str) -> String {
        let table = crate::table::parse("t", TABLE, |_| None).unwrap();
        let identity = subject.map(|it| Identity { subject: it.to_owned(), roles: Vec::new(), session: None });
        let headers =
            HeaderMap::from_iter([(http::HeaderName::from_static(HEADER), HeaderValue::from_str(key).unwrap())]);
        of(&table.routes[row], identity.as_ref(), &headers).unwrap().unwrap()
    }

    #[test]
    fn the_same_row_caller_and_key_are_the_same_effect_and_nothing_else_is() {
        let calls =
            [(0, None, "k"), (1, None, "k"), (2, None, "k"), (0, Some("u"), "k"), (0, None, "l"), (0, Some("u"), "l")];
        let ids: BTreeSet<_> = calls.map(|(row, subject, key)| id(row, subject, key)).into();
        assert_eq!(ids.len(), calls.len());
        for (row, subject, key) in calls {
            let id = id(row, subject, key);
            assert!(ids.contains(&id));
            assert_eq!(Uuid::parse_str(&id).unwrap().get_version_num(), 8);
        }
    }

    #[test]
    fn what_is_no_key_is_refused_by_its_name() {
        let table = crate::table::parse("t", TABLE, |_| None).unwrap();
        for wrong in [&[""][..], &["a b"], &["ä"], &["k".repeat(256).as_str()], &["k", "k"]] {
            let headers = wrong.iter().fold(HeaderMap::new(), |mut headers, text| {
                headers.append(HEADER, HeaderValue::from_bytes(text.as_bytes()).unwrap());
                headers
            });
            let error = of(&table.routes[0], None, &headers).unwrap_err();
            assert_eq!(
                (error.status().as_u16(), error.fields[0].field.as_str()),
                (400, "Idempotency-Key"),
                "{wrong:?}"
            );
        }
    }
}
