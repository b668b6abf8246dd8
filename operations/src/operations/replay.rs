//! One batch of a replay: letters are claimed and committed, each goes to its queue under the id that it had, and is
//! marked once the queue has confirmed it. An instance that dies in between leaves letters that are sent again by the
//! next one: the queue may get them twice, their effect comes once.

use std::time::Duration;

use bus::PublishError;
use chrono::Utc;
use futures::future::join_all;
use mesh::Error;
use tokio::time::Instant;

use super::batch::{Item, Settled, next};
use super::letters::{self, Claimed};
use super::rows::Taken;
use super::worker::Step;
use crate::door::Door;

/// How long a queue may take to confirm.
const CONFIRM: Duration = Duration::from_secs(4);
/// Bodies of one batch, in bytes; a single letter may have more.
const MOST_BYTES: i64 = 16 << 20;

pub(super) async fn step(door: &Door, taken: &Taken, most: i64) -> Result<Step, Error> {
    let Some((items, claimed)) = claim(door, taken, most).await? else { return Ok(Step::Over) };
    let tried = claimed.len();
    let sending = claimed.into_iter().map(|letter| send(door, letter));
    let sent = join_all(sending).await;
    let mut marks = Marks::default();
    let mut waits = None;
    for (id, outcome) in sent {
        let Some(item) = items.iter().find(|item| item.letter == id) else { continue };
        match outcome {
            Ok(()) => {
                marks.replayed.push(id);
                marks.settled.done.push(item.number);
            }
            // It may have arrived. It stays in hand and is sent again, under its id, after those that can go.
            Err(Failure::Away(reason)) => {
                marks.settled.behind.push(item.number);
                waits = Some(reason);
            }
            Err(Failure::Refused(reason)) => {
                marks.still_dead.push(id);
                marks.settled.failed.push((item.number, reason));
            }
        }
    }
    marks.write(door, taken).await?;
    Ok(match waits {
        Some(reason) if marks.settled.behind.len() == tried => Step::Waits(reason),
        waits => Step::Went(tried, waits),
    })
}

/// The next letters and those among them that are now in hand; nothing where none is left.
async fn claim(door: &Door, taken: &Taken, most: i64) -> Result<Option<(Vec<Item>, Vec<Claimed>)>, Error> {
    let mut tx = door.db.begin().await?;
    let items = next(&mut tx, taken, most).await?;
    if items.is_empty() {
        return Ok(None);
    }
    let (mut settled, mut ids, mut bytes, now) = (Settled::default(), Vec::new(), 0, Utc::now());
    for item in &items {
        if let Some(obstacle) = item.obstacle(taken, now) {
            settled.skipped.push((item.number, obstacle));
            continue;
        }
        bytes += item.size.unwrap_or_default();
        if bytes > MOST_BYTES && !ids.is_empty() {
            break;
        }
        ids.push(item.letter.as_str());
    }
    let claimed = letters::claim(&mut tx, taken, &ids).await?;
    settled.note(&mut tx, taken).await?;
    tx.commit().await?;
    Ok(Some((items, claimed)))
}

enum Failure {
    /// The queue cannot be reached, or did not say in time.
    Away(String),
    /// It never will be taken.
    Refused(String),
}

async fn send(door: &Door, letter: Claimed) -> (String, Result<(), Failure>) {
    let (id, queue) = (letter.id.clone(), letter.queue.clone());
    let event = match letter.event() {
        Ok(event) => event,
        Err(reason) => return (id, Err(Failure::Refused(reason))),
    };
    let sent = door.bus.requeue(&event, &queue, Instant::now() + CONFIRM).await;
    let failure = |error: PublishError| match error {
        PublishError::Unavailable(_) | PublishError::Timeout => Failure::Away(error.to_string()),
        PublishError::Unroutable { .. } => Failure::Refused(format!("there is no queue '{queue}' any more")),
        PublishError::TooLarge { .. } | PublishError::Invalid(_) => Failure::Refused(error.to_string()),
    };
    (id, sent.map_err(failure))
}

/// What is written after a batch, in one transaction.
#[derive(Default)]
struct Marks {
    replayed: Vec<String>,
    still_dead: Vec<String>,
    settled: Settled,
}

impl Marks {
    async fn write(&self, door: &Door, taken: &Taken) -> Result<(), Error> {
        let mut tx = door.db.begin().await?;
        letters::replayed(&mut tx, taken, &self.replayed).await?;
        letters::still_dead(&mut tx, taken, &self.still_dead).await?;
        self.settled.note(&mut tx, taken).await?;
        tx.commit().await
    }
}
