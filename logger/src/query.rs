//! What is asked of the log: filters, the time between two moments and pages by keyset. The cursor is the position of
//! the last entry seen, so pages neither repeat nor skip entries while others are being written.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proto::logger::v1;

use crate::entry::{Entry, Invalid, Level, MAX_NAME, millis};

const LIMIT: u32 = 50;
const MAX_LIMIT: u32 = 500;
const MAX_TEXT: usize = 200;
/// gRPC clients refuse messages over 4 MiB unless told otherwise: a page of large entries ends before that.
const MAX_PAGE: usize = 3 << 20;
/// The first byte of a cursor, to be raised when what follows changes.
const CURSOR: u8 = 1;
/// The same of a position; another one, so that neither is taken for the other.
const POSITION: u8 = 0x81;

/// Which entries, whenever they were made.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    pub(crate) name: Option<String>,
    pub(crate) level: Option<Level>,
    pub(crate) text: Option<String>,
    /// Entries of the audit, or the others: never both.
    pub(crate) audit: bool,
}

impl Filter {
    fn parse(name: String, level: i32, text: String, audit: bool) -> Result<Self, Invalid> {
        if name.len() > MAX_NAME {
            return Err(Invalid::new("name", format!("must have at most {MAX_NAME} bytes, not {}", name.len())));
        }
        if text.len() > MAX_TEXT {
            return Err(Invalid::new("text", format!("must have at most {MAX_TEXT} bytes, not {}", text.len())));
        }
        if text.contains('\0') {
            return Err(Invalid::new("text", "must not contain a NUL"));
        }
        let given = |text: String| Some(text).filter(|it| !it.is_empty());
        Ok(Self { name: given(name), level: Level::parse(level)?, text: given(text), audit })
    }

    /// Whether it lets through every entry of its kind.
    pub(crate) fn is_empty(&self) -> bool {
        let Self { name, level, text, audit: _ } = self;
        name.is_none() && level.is_none() && text.is_none()
    }

    pub(crate) fn matches(&self, entry: &Entry) -> bool {
        self.audit == entry.audit
            && self.name.as_ref().is_none_or(|name| *name == entry.name)
            && self.level.is_none_or(|level| level == entry.level)
            && self.text.as_ref().is_none_or(|text| holds(&entry.name, text) || holds(&entry.data, text))
    }
}

fn holds(whole: &str, part: &str) -> bool {
    whole.to_lowercase().contains(&part.to_lowercase())
}

/// What a tail follows, and from where on.
#[derive(Debug)]
pub(crate) struct Follow {
    pub(crate) filter: Filter,
    pub(crate) begin: Begin,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Begin {
    /// From now on, by a reader that does not want to know of positions.
    Now,
    /// From now on, with positions.
    Marked,
    After(Position),
}

impl TryFrom<v1::TailRequest> for Follow {
    type Error = Invalid;

    fn try_from(request: v1::TailRequest) -> Result<Self, Invalid> {
        let v1::TailRequest { name, level, text, audit, after } = request;
        let begin = match after.as_deref() {
            None => Begin::Now,
            Some("") => Begin::Marked,
            Some(after) => Begin::After(Position::decode(after)?),
        };
        Ok(Self { filter: Filter::parse(name, level, text, audit)?, begin })
    }
}

/// How far a tail has come: what was stored before this time was sent, but for what the store shows late.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position(pub(crate) i64);

impl Position {
    pub(crate) fn encode(self) -> String {
        let mut bytes = vec![POSITION];
        bytes.extend_from_slice(&self.0.to_be_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn decode(text: &str) -> Result<Self, Invalid> {
        let read = || {
            let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
            let stored_at = bytes.strip_prefix(&[POSITION])?.try_into().ok().map(i64::from_be_bytes)?;
            // What reaches back from there has to be a time as well.
            (stored_at >= 0).then_some(Self(stored_at))
        };
        let remedy = "not a position; send that of the last message as it is, or an empty one to begin from now on";
        read().ok_or_else(|| Invalid::new("after", remedy))
    }
}

/// One page: entries from `since` on and before `until`, those after `after` in the order newest first.
#[derive(Debug)]
pub(crate) struct Query {
    pub(crate) filter: Filter,
    pub(crate) since: Option<i64>,
    pub(crate) until: Option<i64>,
    pub(crate) limit: usize,
    pub(crate) after: Option<Cursor>,
}

impl TryFrom<v1::QueryRequest> for Query {
    type Error = Invalid;

    fn try_from(request: v1::QueryRequest) -> Result<Self, Invalid> {
        let v1::QueryRequest { name, level, text, since, until, limit, cursor, audit } = request;
        let filter = Filter::parse(name, level, text, audit)?;
        // Entries are kept to the millisecond, so either bound moves up to the next one.
        let bound = |field, moment: prost_types::Timestamp| {
            Ok(millis(field, moment)? + i64::from(moment.nanos % 1_000_000 != 0))
        };
        let since = since.map(|moment| bound("since", moment)).transpose()?;
        let until = until.map(|moment| bound("until", moment)).transpose()?;
        if since.zip(until).is_some_and(|(since, until)| since > until) {
            return Err(Invalid::new("since", "must not be after until"));
        }
        let limit = match limit {
            0 => LIMIT,
            1..=MAX_LIMIT => limit,
            _ => return Err(Invalid::new("limit", format!("must be from 1 to {MAX_LIMIT}, not {limit}"))),
        };
        let after = Some(cursor).filter(|it| !it.is_empty()).map(|it| Cursor::decode(&it)).transpose()?;
        Ok(Self { filter, since, until, limit: limit as usize, after })
    }
}

/// A place between two entries: everything older than this one comes after it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Cursor {
    pub(crate) created_at: i64,
    pub(crate) id: String,
}

impl Cursor {
    fn encode(created_at: i64, id: &str) -> String {
        let mut bytes = Vec::with_capacity(9 + id.len());
        bytes.push(CURSOR);
        bytes.extend_from_slice(&created_at.to_be_bytes());
        bytes.extend_from_slice(id.as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn decode(text: &str) -> Result<Self, Invalid> {
        let read = || {
            let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
            let (created_at, id) = bytes.strip_prefix(&[CURSOR])?.split_first_chunk()?;
            let id = String::from_utf8(id.to_vec()).ok().filter(|id| !id.is_empty())?;
            Some(Self { created_at: i64::from_be_bytes(*created_at), id })
        };
        let remedy = "not a cursor; send next_cursor of the page before as it is, or none for the first page";
        read().ok_or_else(|| Invalid::new("cursor", remedy))
    }
}

/// The entries of one page, filled by a store in order until `push` says that it is full.
#[derive(Debug)]
pub(crate) struct Page {
    entries: Vec<Entry>,
    limit: usize,
    size: usize,
    has_more: bool,
}

impl Page {
    pub(crate) fn new(limit: usize) -> Self {
        Self { entries: Vec::new(), limit, size: 0, has_more: false }
    }

    /// Whether there was room; the entry that finds none proves that another page follows.
    pub(crate) fn push(&mut self, entry: Entry) -> bool {
        self.size += entry.size();
        let is_full = self.entries.len() == self.limit || (self.size > MAX_PAGE && !self.entries.is_empty());
        if is_full {
            self.has_more = true;
        } else {
            self.entries.push(entry);
        }
        !is_full
    }
}

impl From<Page> for v1::QueryResponse {
    fn from(page: Page) -> Self {
        let last = page.entries.last().filter(|_| page.has_more);
        let next_cursor = last.map(|last| Cursor::encode(last.created_at, &last.id)).unwrap_or_default();
        Self { entries: page.entries.into_iter().map(Into::into).collect(), next_cursor }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(data: String) -> Entry {
        Entry {
            id: "é1".into(),
            name: "Login".into(),
            level: Level::Info,
            data,
            created_at: -5,
            audit: false,
            via: None,
        }
    }

    #[test]
    fn a_cursor_comes_back_as_it_went() {
        let cursor = Cursor::decode(&Cursor::encode(-5, "é1")).unwrap();
        assert_eq!(cursor, Cursor { created_at: -5, id: "é1".into() });
    }

    #[test]
    fn a_position_comes_back_as_it_went_and_nothing_else_does() {
        assert_eq!(Position::decode(&Position(1_700_000_000_000).encode()), Ok(Position(1_700_000_000_000)));
        let cursor = Cursor::encode(5, "");
        for text in ["x", "!!", "gQ", &cursor, &Position(-1).encode()] {
            assert!(Position::decode(text).unwrap_err().to_string().starts_with("after: not a position"), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_cursor_is_refused() {
        let other_version = URL_SAFE_NO_PAD.encode([2, 0, 0, 0, 0, 0, 0, 0, 0, 65]);
        let no_id = URL_SAFE_NO_PAD.encode([1, 0, 0, 0, 0, 0, 0, 0, 0]);
        let not_utf8 = URL_SAFE_NO_PAD.encode([1, 0, 0, 0, 0, 0, 0, 0, 0, 0xff]);
        for text in ["x", "!!", "AQ", &other_version, &no_id, &not_utf8] {
            assert_eq!(
                Cursor::decode(text).map_err(|it| it.to_string()[..6].to_owned()),
                Err("cursor".into()),
                "{text}"
            );
        }
    }

    #[test]
    fn a_page_ends_before_a_client_would_refuse_it() {
        let mut page = Page::new(500);
        let pushed = (0..500).take_while(|_| page.push(entry("x".repeat(256 << 10)))).count();
        assert_eq!(pushed, 11);
        assert!(!v1::QueryResponse::from(page).next_cursor.is_empty());
    }

    #[test]
    fn text_is_found_without_regard_to_case_in_name_or_data() {
        let found = |text: &str| {
            let filter = Filter { text: Some(text.into()), ..Filter::default() };
            filter.matches(&entry("Straße nach ÖRBY".into()))
        };
        assert!(found("LOG") && found("örby"));
        assert!(!found("logout") && !found("strasse"));
        let audit = Filter { audit: true, ..Filter::default() };
        assert!(!audit.matches(&entry(String::new())));
    }
}
