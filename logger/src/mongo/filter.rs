//! A query as a filter of MongoDB: bounds that its indexes can serve first, then what has to be read to be known.

use mongodb::bson::{DateTime, Document, doc};

use crate::query::Query;

pub(super) fn of(query: &Query) -> Document {
    // Entries that are not of the audit do not have the field at all.
    let kind = if query.filter.audit {
        doc! { "audit": true }
    } else {
        doc! { "audit": { "$ne": true } }
    };
    let mut all = vec![kind];
    if let Some(name) = &query.filter.name {
        all.push(doc! { "name": name });
    }
    if let Some(level) = query.filter.level {
        all.push(doc! { "level": level.name() });
    }
    if let Some(since) = query.since {
        all.push(doc! { "created_at": { "$gte": DateTime::from_millis(since) } });
    }
    if let Some(until) = query.until {
        all.push(doc! { "created_at": { "$lt": DateTime::from_millis(until) } });
    }
    if let Some(after) = &query.after {
        let at = DateTime::from_millis(after.created_at);
        // The first bound says nothing new; it lets the index begin at the right place.
        all.push(doc! { "created_at": { "$lte": at } });
        all.push(doc! { "$or": [{ "created_at": { "$lt": at } }, { "_id": { "$lt": &after.id } }] });
    }
    if let Some(text) = &query.filter.text {
        let pattern = doc! { "$regex": escaped(text), "$options": "i" };
        all.push(doc! { "$or": [{ "name": pattern.clone() }, { "data": pattern }] });
    }
    doc! { "$and": all }
}

/// A regular expression that means just this text.
fn escaped(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() * 2);
    for letter in text.chars() {
        if letter.is_ascii() && !letter.is_ascii_alphanumeric() {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escaped_text_has_no_meaning_but_itself() {
        assert_eq!(escaped("a.b*(é 1"), r"a\.b\*\(é\ 1");
    }
}
