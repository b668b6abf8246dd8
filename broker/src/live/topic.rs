//! What a stream watches: `NAME`, `NAME:VALUE` for a row with a path parameter, and `?` with the row's own query. And where
//! it goes on: the cursors of its topics, in the `id` of its messages, `logs=CURSOR&audit=CURSOR`.

use std::sync::Arc;

use http::HeaderMap;
use http::request::Parts;
use mesh::Error;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use routing::{Door, Loaded, Row};

use crate::request;

/// Topics of one stream.
const MOST: usize = 32;
const LONGEST: usize = 2_000;
/// The field by which a row's stream is told where to go on.
pub(super) const AFTER: &str = "after";
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Topic {
    /// As it was asked for.
    pub(super) text: String,
    pub(super) name: String,
    value: Option<String>,
    query: String,
}

/// The topics of a request: `topics` once or several times, each a list.
pub(super) fn read(query: Option<&str>) -> Result<Vec<Topic>, Error> {
    let mut topics: Vec<Topic> = Vec::new();
    let lists = pairs(query.unwrap_or_default()).filter(|(name, _)| *name == "topics");
    for text in lists.flat_map(|(_, list)| list.split(',')).filter(|text| !text.is_empty()) {
        let topic: Topic = decoded(text).map_or_else(|| Err(wrong(text, "is not UTF-8")), |text| Topic::read(&text))?;
        if !topics.contains(&topic) {
            topics.push(topic);
        }
    }
    match topics.len() {
        0 => Err(Error::field("topics", "is missing: name what to watch, such as topics=mesh,logs")),
        1..=MOST => Ok(topics),
        more => Err(Error::field("topics", format!("are {more}; a stream has at most {MOST}, open another one"))),
    }
}

fn wrong(text: &str, why: &str) -> Error {
    Error::field("topics", format!("'{text}' {why}"))
}

impl Topic {
    fn read(text: &str) -> Result<Self, Error> {
        let (head, query) = text.split_once('?').unwrap_or((text, ""));
        let (name, value) = match head.split_once(':') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (head, None),
        };
        let is_name = name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
        if !is_name || text.len() > LONGEST {
            return Err(wrong(text, "is no topic: write NAME, NAME:VALUE or NAME?query, such as logs?level=ERROR"));
        }
        // Where a stream goes on is said by its cursor.
        let query: Vec<_> = query.split('&').filter(|pair| pair.split('=').next() != Some(AFTER)).collect();
        Ok(Self { text: text.to_owned(), name: name.to_owned(), value, query: query.join("&") })
    }

    /// The row of the table that it watches.
    pub(super) fn row<'t>(&self, table: &'t Loaded, headers: &HeaderMap) -> Result<&'t Arc<Row>, Error> {
        let row = &table.rows[table.index.topic(&self.name)?];
        if row.route.host.is_some() && row.route.host != request::host(headers) {
            return Err(Error::not_found(format!("the topic '{}' is for another host", self.name)));
        }
        match (parameter(row), &self.value) {
            (Some(_), None) => Err(wrong(&self.text, &format!("lacks its value: write {}:VALUE", self.name))),
            (None, Some(_)) => Err(wrong(&self.text, &format!("takes no value: write {}", self.name))),
            _ => Ok(row),
        }
    }

    /// The field that its value fills, percent-encoded as a path has it.
    pub(super) fn field(&self, row: &Row) -> Option<(String, String)> {
        let value = utf8_percent_encode(self.value.as_deref()?, ESCAPED).to_string();
        Some((parameter(row)?.to_owned(), value))
    }

    /// The row's query, with the place to go on from where its stream takes one.
    pub(super) fn query(&self, after: Option<&str>) -> String {
        let after = after.map(|after| format!("{AFTER}={}", utf8_percent_encode(after, ESCAPED)));
        let parts = Some(self.query.clone()).filter(|query| !query.is_empty()).into_iter().chain(after);
        parts.collect::<Vec<_>>().join("&")
    }
}

fn parameter(row: &Row) -> Option<&str> {
    row.route.on.iter().find_map(|door| match door {
        Door::Http { path, .. } => path.params().first().map(String::as_str),
        Door::Event { .. } | Door::Every(_) | Door::Cron(_) => None,
    })
}

/// Where the topics of an earlier stream ended, by their text.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Cursors(Vec<(String, String)>);

impl Cursors {
    /// What `Last-Event-ID` says, as a browser sends it by itself, else the query.
    pub(super) fn of(head: &Parts) -> Result<Self, Error> {
        let unreadable = |field| {
            let detail = "is no id of a message of this stream: send it as it came, or leave it out";
            Error::field(field, detail)
        };
        if let Some(header) = head.headers.get("last-event-id") {
            let text = header.to_str().map_err(|_| unreadable("Last-Event-ID"))?;
            return Self::read(text).ok_or_else(|| unreadable("Last-Event-ID"));
        }
        match pairs(head.uri.query().unwrap_or_default()).find(|(name, _)| *name == AFTER) {
            Some((_, text)) => decoded(text).and_then(|text| Self::read(&text)).ok_or_else(|| unreadable(AFTER)),
            None => Ok(Self::default()),
        }
    }

    fn read(text: &str) -> Option<Self> {
        let pair = |pair: &str| {
            let (topic, cursor) = pair.split_once('=')?;
            Some((decoded(topic)?, decoded(cursor)?))
        };
        text.split('&').filter(|pair| !pair.is_empty()).map(pair).collect::<Option<_>>().map(Self)
    }

    pub(super) fn of_topic(&self, topic: &str) -> Option<String> {
        self.0.iter().find(|(text, _)| text == topic).map(|(_, cursor)| cursor.clone())
    }
}

/// The `id` of a message: how far each topic has come that has a cursor.
pub(super) fn id<'a>(cursors: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let escaped = |text| utf8_percent_encode(text, ESCAPED);
    let pairs: Vec<_> = cursors.map(|(topic, cursor)| format!("{}={}", escaped(topic), escaped(cursor))).collect();
    pairs.join("&")
}

fn pairs(query: &str) -> impl Iterator<Item = (&str, &str)> {
    query.split('&').filter_map(|pair| pair.split_once('='))
}

fn decoded(text: &str) -> Option<String> {
    let text = text.replace('+', " ");
    percent_decode_str(&text).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_is_a_name_a_value_and_a_query() {
        let topics =
            read(Some("x=1&topics=mesh,operation:a-1,,logs%3Flevel%3DERROR%26text%3Da%252C%252Bb&topics=mesh"))
                .unwrap();
        let told: Vec<_> = topics.iter().map(|it| (it.name.as_str(), it.value.as_deref(), it.query.as_str())).collect();
        let expected =
            [("mesh", None, ""), ("operation", Some("a-1"), ""), ("logs", None, "level=ERROR&text=a%2C%2Bb")];
        assert_eq!(told, expected);
        assert_eq!(topics[2].query(Some("p/1")), "level=ERROR&text=a%2C%2Bb&after=p%2F1");
        assert_eq!(Topic::read("logs?after=x&name=n").unwrap().query(None), "name=n");
    }

    #[test]
    fn what_is_no_topic_is_named() {
        for (query, named) in
            [("", "missing"), ("topics=", "missing"), ("topics=Mesh", "'Mesh'"), ("topics=%ff", "UTF-8")]
        {
            let error = read(Some(query)).unwrap_err();
            assert!(error.fields[0].detail.contains(named), "{query}: {error:?}");
        }
        let many: Vec<_> = (0..33).map(|number| format!("operation:{number}")).collect();
        assert!(read(Some(&format!("topics={}", many.join(",")))).is_err());
    }

    #[test]
    fn an_id_comes_back_as_it_went() {
        let id = id([("logs?text=a,b&name=ü", "AQ-_="), ("audit", "")].into_iter());
        assert!(id.is_ascii() && !id.contains(' '), "{id}");
        let cursors = Cursors::read(&id).unwrap();
        assert_eq!(cursors.of_topic("logs?text=a,b&name=ü").as_deref(), Some("AQ-_="));
        assert_eq!(cursors.of_topic("audit").as_deref(), Some(""));
        assert_eq!(cursors.of_topic("logs"), None);
        assert_eq!(Cursors::read("nonsense"), None);
    }
}
