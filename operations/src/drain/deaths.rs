//! A dead letter as a row: one for each event and work queue, however often it dies there. The same death delivered twice
//! changes nothing; another one makes the letter dead again, whatever had been done with it. What came under the same id
//! with another content was accepted too, and is a letter of its own.

use bus::{DeadLetter, Delivery, Event};
use chrono::{DateTime, Utc};
use mesh::Error;
use mesh::db::Tx;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::cause::cause;
use crate::door::Door;
use crate::letters::{content, search_text};

/// What the bus says of a message that was no event: a replay would make it one, and not the one that was meant.
const UNREADABLE: &str = "unreadable";

/// Keeps all of them, or none.
pub(crate) async fn keep(door: &Door, service: &str, deliveries: &[Delivery]) -> Result<(), Error> {
    let mut tx = door.db.begin().await?;
    for delivery in deliveries {
        died(&mut tx, service, delivery).await?;
    }
    tx.commit().await
}

async fn died(tx: &mut Tx, service: &str, delivery: &Delivery) -> Result<(), Error> {
    let (event, now) = (&delivery.event, Utc::now());
    let nobody_knows = || DeadLetter { reason: "unknown".to_owned(), queue: String::new(), attempts: 1, at: None };
    let dead = delivery.dead.clone().unwrap_or_else(nobody_knows);
    let (reason, subject) = (plain(&dead.reason), event.subject.as_deref().map(plain));
    let identity = event.identity.as_ref().map(serde_json::to_string).transpose().map_err(Error::internal)?;
    let id = event_id(event, &dead);
    let text = search_text(&id, subject.as_deref(), &reason, &event.body);
    let row = tx.query(DIED).bind(Uuid::now_v7().to_string()).bind(id).bind(plain(&dead.queue));
    let kind = plain(&event.kind);
    let row = row.bind(service.to_owned()).bind(kind.clone()).bind(plain(&event.source)).bind(subject);
    let row = row.bind(event.time).bind(event.trace.to_string()).bind(identity.as_deref().map(plain));
    let row = row.bind(i64::from(dead.attempts)).bind(cause(&reason)).bind(!reason.starts_with(UNREADABLE));
    let row = row.bind(reason).bind(dead.at.unwrap_or(now)).bind(now).bind(text).bind(event.body.to_vec());
    row.bind(dead.at.is_some()).bind(content(&kind, &event.body)).execute().await.map(drop)
}

/// What it is known by. A message without an id gets one of its content, the same however often it is delivered.
fn event_id(event: &Event, dead: &DeadLetter) -> String {
    if !event.id.is_empty() {
        return plain(&event.id);
    }
    let at = dead.at.as_ref().map(DateTime::timestamp_micros).unwrap_or_default();
    let mut hash = Sha256::new();
    hash.update(format!("{}\0{at}\0{}\0", dead.queue, dead.reason));
    hash.update(&event.body);
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.finalize()[..16]);
    Uuid::new_v8(bytes).to_string()
}

/// NUL is the one character that PostgreSQL has no room for.
fn plain(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// Where the time of a death is not known, a letter that is dead already most likely died of this one.
const DIED: &str = "
    INSERT INTO letters (id, event_id, queue, service, kind, source, subject, time, accepted_at, trace, identity,
        attempts, cause, readable, reason, died_at, deaths, state, changed_at, search_text, body, content)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9, $10, $11, $12, $13, $14, $15, 1, 'dead', $16, $17, $18, $20)
    ON CONFLICT (event_id, queue, content) DO UPDATE SET state = 'dead', operation = NULL, deaths = letters.deaths + 1,
        attempts = excluded.attempts, reason = excluded.reason, cause = excluded.cause, died_at = excluded.died_at,
        changed_at = excluded.changed_at, search_text = excluded.search_text
    WHERE CASE WHEN $19 THEN letters.died_at <> excluded.died_at ELSE letters.state <> 'dead' END";
