//! An entry of the log: what callers send is checked here, once, and trusted from then on. Times are kept to the
//! millisecond, which is what MongoDB's dates hold, so that both stores answer alike.

use std::time::{SystemTime, UNIX_EPOCH};

use mesh::Error;
use prost_types::Timestamp;
use proto::logger::v1;
use sha2::{Digest, Sha256};
use uuid::Uuid;

const MAX_ID: usize = 128;
pub(crate) const MAX_NAME: usize = 200;
const MAX_DATA: usize = 256 << 10;

/// The range of google.protobuf.Timestamp: the years 1 to 9999.
const SECONDS: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;

/// A field of a request that is wrong.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {detail}")]
pub(crate) struct Invalid {
    field: &'static str,
    detail: String,
}

impl Invalid {
    pub(crate) fn new(field: &'static str, detail: impl Into<String>) -> Self {
        Self { field, detail: detail.into() }
    }
}

impl From<Invalid> for Error {
    fn from(invalid: Invalid) -> Self {
        Self::field(invalid.field, invalid.detail)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    Debug,
    Info,
    Warning,
    Error,
}

impl Level {
    const ALL: [Self; 4] = [Self::Debug, Self::Info, Self::Warning, Self::Error];

    /// The level with this number; none where it is left unspecified.
    pub(crate) fn parse(number: i32) -> Result<Option<Self>, Invalid> {
        match v1::Level::try_from(number) {
            Ok(v1::Level::Unspecified) => Ok(None),
            Ok(v1::Level::Debug) => Ok(Some(Self::Debug)),
            Ok(v1::Level::Info) => Ok(Some(Self::Info)),
            Ok(v1::Level::Warning) => Ok(Some(Self::Warning)),
            Ok(v1::Level::Error) => Ok(Some(Self::Error)),
            Err(_) => {
                let names = Self::ALL.map(Self::name).join(", ");
                Err(Invalid::new("level", format!("must be one of {names}; {number} is none of them")))
            }
        }
    }

    /// The name that it is stored under.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warning => "WARNING",
            Self::Error => "ERROR",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.name() == name)
    }

    fn number(self) -> i32 {
        match self {
            Self::Debug => v1::Level::Debug as i32,
            Self::Info => v1::Level::Info as i32,
            Self::Warning => v1::Level::Warning as i32,
            Self::Error => v1::Level::Error as i32,
        }
    }
}

/// How an entry came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Via {
    Grpc,
    Queue,
}

impl Via {
    const ALL: [Self; 2] = [Self::Grpc, Self::Queue];

    /// Whoever says nothing has called.
    fn parse(number: i32) -> Result<Self, Invalid> {
        match v1::Via::try_from(number) {
            Ok(v1::Via::Unspecified | v1::Via::Grpc) => Ok(Self::Grpc),
            Ok(v1::Via::Queue) => Ok(Self::Queue),
            Err(_) => {
                let names = Self::ALL.map(Self::name).join(", ");
                Err(Invalid::new("via", format!("must be one of {names}; {number} is none of them")))
            }
        }
    }

    /// The name that it is stored under.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Grpc => "GRPC",
            Self::Queue => "QUEUE",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|via| via.name() == name)
    }

    fn number(self) -> i32 {
        match self {
            Self::Grpc => v1::Via::Grpc as i32,
            Self::Queue => v1::Via::Queue as i32,
        }
    }
}

/// `created_at` is in milliseconds since 1970, as are all times in this crate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) level: Level,
    pub(crate) data: String,
    pub(crate) created_at: i64,
    pub(crate) audit: bool,
    /// Not known of what was stored before it was noted.
    pub(crate) via: Option<Via>,
}

impl Entry {
    /// How much it weighs in a queue or a page, in bytes.
    pub(crate) fn size(&self) -> usize {
        self.id.len() + self.name.len() + self.data.len()
    }
}

/// An entry to be stored, and the digest of its content.
#[derive(Debug)]
pub(crate) struct NewEntry {
    pub(crate) entry: Entry,
    pub(crate) hash: Hash,
}

impl TryFrom<v1::WriteRequest> for NewEntry {
    type Error = Invalid;

    fn try_from(request: v1::WriteRequest) -> Result<Self, Invalid> {
        let v1::WriteRequest { name, level, data, id, created_at, audit, via } = request;
        if name.is_empty() || name.len() > MAX_NAME {
            return Err(Invalid::new("name", format!("must have 1 to {MAX_NAME} bytes, not {}", name.len())));
        }
        if data.len() > MAX_DATA {
            return Err(Invalid::new("data", format!("must have at most {MAX_DATA} bytes, not {}", data.len())));
        }
        if id.len() > MAX_ID {
            return Err(Invalid::new("id", format!("must have 1 to {MAX_ID} bytes, not {}", id.len())));
        }
        let level = Level::parse(level)?.unwrap_or(Level::Info);
        let created_at = created_at.map_or_else(|| Ok(now()), |moment| millis("created_at", moment))?;
        let id = if id.is_empty() { Uuid::now_v7().to_string() } else { id };
        let via = Some(Via::parse(via)?);
        let entry = Entry { id, name, level, data, created_at, audit, via };
        Ok(Self { hash: Hash::of(&entry), entry })
    }
}

impl From<Entry> for v1::Entry {
    fn from(entry: Entry) -> Self {
        let Entry { id, name, level, data, created_at, audit, via } = entry;
        let (level, created_at) = (level.number(), Some(timestamp(created_at)));
        Self { id, name, level, data, created_at, audit, via: via.map_or(0, Via::number) }
    }
}

/// Tells the same entry sent twice from another one under the same id; the time is left out, because who sends again
/// may not remember it, and so is the way that it came by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hash([u8; 32]);

impl Hash {
    fn of(entry: &Entry) -> Self {
        let mut hasher = Sha256::new();
        // Nothing is added for other entries: those stored before there was an audit keep their hash.
        let kind = entry.audit.then_some("audit");
        for field in [entry.name.as_str(), entry.level.name(), entry.data.as_str()].into_iter().chain(kind) {
            // The length before each field, or "ab" + "c" would equal "a" + "bc".
            hasher.update((field.len() as u64).to_be_bytes());
            hasher.update(field);
        }
        Self(hasher.finalize().into())
    }

    /// From the bytes that `as_bytes` gave; anything else is no hash.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// From what `to_hex` gave.
    pub(crate) fn from_hex(text: &str) -> Option<Self> {
        let digits =
            text.as_bytes().chunks_exact(2).map(|pair| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok());
        Self::from_bytes(&digits.collect::<Option<Vec<_>>>()?)
    }

    pub(crate) fn to_hex(self) -> String {
        let digit = |value: u8| char::from(b"0123456789abcdef"[usize::from(value & 15)]);
        self.0.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
    }
}

pub(crate) fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64)
}

/// Rounded down to the millisecond.
pub(crate) fn millis(field: &'static str, moment: Timestamp) -> Result<i64, Invalid> {
    if !SECONDS.contains(&moment.seconds) || !(0..1_000_000_000).contains(&moment.nanos) {
        return Err(Invalid::new(field, "must be a time between the years 1 and 9999"));
    }
    Ok(moment.seconds * 1000 + i64::from(moment.nanos) / 1_000_000)
}

fn timestamp(millis: i64) -> Timestamp {
    Timestamp { seconds: millis.div_euclid(1000), nanos: (millis.rem_euclid(1000) * 1_000_000) as i32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_depends_on_where_one_field_ends_and_the_next_begins() {
        let of = |name: &str, level, data: &str, audit| {
            let (name, data) = (name.to_owned(), data.to_owned());
            Hash::of(&Entry { id: String::new(), name, level, data, created_at: 0, audit, via: None })
        };
        let hash = of("ab", Level::Info, "c", false);
        assert_eq!(hash, of("ab", Level::Info, "c", false));
        assert_ne!(hash, of("a", Level::Info, "bc", false));
        assert_ne!(hash, of("ab", Level::Debug, "c", false));
        assert_ne!(hash, of("ab", Level::Info, "c", true));
        assert_eq!(Hash::from_hex(&hash.to_hex()), Some(hash));
        assert_eq!(Hash::from_hex("not a hash"), None);
    }

    /// The digest of an entry that was stored by the first version.
    #[test]
    fn hashes_stay_what_they_were() {
        let request = v1::WriteRequest { name: "event".into(), data: "hello".into(), ..Default::default() };
        let expected = "c21a8e3751b27aa3c3c80371a362900cc9dcd0d82f6f78385be45fbd763ad622";
        assert_eq!(NewEntry::try_from(request).unwrap().hash.to_hex(), expected);
    }

    #[test]
    fn a_time_survives_the_way_to_milliseconds_also_before_1970() {
        for (seconds, nanos, expected) in [(0, 0, 0), (1, 999_999_999, 1999), (-1, 500_000_000, -500)] {
            let found = millis("created_at", Timestamp { seconds, nanos }).unwrap();
            assert_eq!(found, expected);
            assert_eq!(timestamp(found), Timestamp { seconds, nanos: nanos / 1_000_000 * 1_000_000 });
        }
    }
}
