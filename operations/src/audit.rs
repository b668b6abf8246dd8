//! What operators did, for whoever looks it up later: every such thing is an event `audit.operations.*` in the outbox of
//! the transaction that did it, made as an entry of the activity log. It holds ids and numbers, and no contents.

use bus::{Event, Outbox};
use mesh::Error;
use mesh::db::Tx;
use serde::Serialize;
use serde_json::{Value, json};

use crate::letters::Filter;

const SOURCE: &str = "/operations";

/// What happened.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Audit<'a> {
    Began {
        operation: &'a str,
        kind: &'static str,
        /// Missing where the letters were named one by one.
        filter: Option<&'a Filter>,
        letters: i64,
        rate: Option<i64>,
        force: bool,
    },
    Stopped {
        operation: &'a str,
    },
    Ended {
        operation: &'a str,
        state: &'a str,
        done: i64,
        failed: i64,
        skipped: i64,
    },
    /// The ids of the letter and of its event, and of both that take their place.
    Edited {
        letter: &'a str,
        event: &'a str,
        copy: &'a str,
        new_event: &'a str,
    },
}

impl Audit<'_> {
    /// The event's kind and the entry's name.
    fn kind(&self) -> String {
        match self {
            Self::Began { kind, .. } => format!("audit.operations.{kind}"),
            Self::Stopped { .. } => "audit.operations.stopped".to_owned(),
            Self::Ended { .. } => "audit.operations.ended".to_owned(),
            Self::Edited { .. } => "audit.operations.edited".to_owned(),
        }
    }

    fn subject(&self) -> &str {
        match self {
            Self::Began { operation, .. } | Self::Stopped { operation } | Self::Ended { operation, .. } => operation,
            Self::Edited { letter, .. } => letter,
        }
    }

    /// `data` of the entry.
    fn data(&self, actor: &str) -> Value {
        match *self {
            Self::Began { operation, filter, letters, rate, force, .. } => {
                json!({ "actor": actor, "operation": operation, "filter": filter.map(Filter::noted),
                    "letters": letters, "rate": rate, "force": force })
            }
            Self::Stopped { operation } => json!({ "actor": actor, "operation": operation }),
            Self::Ended { operation, state, done, failed, skipped } => {
                json!({ "actor": actor, "operation": operation, "state": state, "done": done, "failed": failed,
                    "skipped": skipped })
            }
            Self::Edited { letter, event, copy, new_event } => {
                json!({ "actor": actor, "letter": letter, "event": event, "copy": copy, "new_event": new_event })
            }
        }
    }
}

/// A `logger.v1.WriteRequest`; its id is the event's.
#[derive(Debug, Serialize)]
struct Entry<'a> {
    name: &'a str,
    level: &'a str,
    data: String,
}

/// Puts `what` into the outbox, with what else `tx` does. `actor` is whoever asked for it.
pub(crate) async fn record(outbox: &Outbox, tx: &mut Tx, actor: &str, what: &Audit<'_>) -> Result<(), Error> {
    outbox.add(tx, &event(actor, what)?).await
}

fn event(actor: &str, what: &Audit<'_>) -> Result<Event, Error> {
    let kind = what.kind();
    let entry = Entry { name: &kind, level: "INFO", data: what.data(actor).to_string() };
    let body = serde_json::to_vec(&entry).map_err(Error::internal)?;
    Ok(Event { subject: Some(what.subject().to_owned()), ..Event::new(kind, SOURCE, body) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_an_entry_of_the_activity_log_that_tells_who_did_it() {
        let filter = Filter { kind: Some("log.INFO".to_owned()), ..Filter::default() };
        let filter = Some(&filter);
        let what = Audit::Began { operation: "7", kind: "replay", filter, letters: 3, rate: None, force: true };
        let event = event("boss", &what).unwrap();
        assert_eq!((event.kind.as_str(), event.subject.as_deref()), ("audit.operations.replay", Some("7")));
        let body: Value = serde_json::from_slice(&event.body).unwrap();
        assert_eq!((&body["name"], &body["level"]), (&json!("audit.operations.replay"), &json!("INFO")));
        let data: Value = serde_json::from_str(body["data"].as_str().unwrap()).unwrap();
        let filter = json!({"kind": "log.INFO"});
        let said =
            json!({"actor": "boss", "operation": "7", "filter": filter, "letters": 3, "rate": null, "force": true});
        assert_eq!(data, said);
    }
}
