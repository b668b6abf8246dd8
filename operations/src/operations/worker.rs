//! The worker: a bounded number of operations in hand, each under a lease, each gone through batch by batch. What is in
//! hand when the process stops is let go after its batch, for another instance or the next start.

use std::sync::Arc;
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use mesh::Error;
use mesh::shutdown::Backoff;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::batch::{Item, Settled, next};
use super::rows::{self, Taken};
use super::{Kind, letters, replay};
use crate::door::Door;

/// Batches at once.
const MOST: usize = 8;
/// Operations in hand at once. One that rests because of its rate keeps nobody from a batch.
const MOST_IN_HAND: usize = 64;
/// Letters in one batch, and batches a second where there is a rate.
const BATCH: i64 = 100;
const STEPS: i64 = 5;
/// How often the rows are looked at, for operations that other instances left.
const POLL: Duration = Duration::from_secs(1);

/// How long an operation waits while its queue is away, and others go on in its place.
const MOMENT: TimeDelta = TimeDelta::seconds(1);

/// What one batch came to.
pub(super) enum Step {
    /// So many letters were changed or sent, some of which may have to wait for this reason.
    Went(usize, Option<String>),
    /// Nothing goes on for this reason.
    Waits(String),
    /// No letter is left.
    Over,
}

pub(crate) async fn run(door: &Door, stop: &CancellationToken) -> anyhow::Result<()> {
    let (mut in_hand, places) = (JoinSet::new(), Arc::new(Semaphore::new(MOST)));
    while !stop.is_cancelled() {
        while in_hand.try_join_next().is_some() {}
        let room = places.available_permits().min(MOST_IN_HAND - in_hand.len());
        // Rows that are away are told of by health.
        let taken = if room > 0 { rows::take(door, room).await.unwrap_or_default() } else { Vec::new() };
        for taken in taken {
            let (door, places, stop) = (door.clone(), places.clone(), stop.clone());
            in_hand.spawn(async move { work(&door, &taken, &places, &stop).await });
        }
        tokio::select! {
            Some(_) = in_hand.join_next() => {}
            () = door.asked.notified() => {}
            () = tokio::time::sleep(POLL) => {}
            () = stop.cancelled() => {}
        }
    }
    while in_hand.join_next().await.is_some() {}
    Ok(())
}

async fn work(door: &Door, taken: &Taken, places: &Semaphore, stop: &CancellationToken) {
    let mut backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(2));
    let mut told = taken.error.clone();
    while let Some(place) = stop.run_until_cancelled(places.acquire()).await {
        let began = Instant::now();
        let pause = match batch(door, taken).await {
            Ok(None) => return,
            Ok(Some(Step::Waits(reason))) => {
                say(door, taken, &mut told, Some(reason)).await;
                // Its place is not to be lost for those that could go on. Where this fails, it waits for the lease.
                let _ = taken.postpone(door, Utc::now() + MOMENT).await;
                return;
            }
            Ok(Some(Step::Went(count, waits))) => {
                say(door, taken, &mut told, waits).await;
                backoff.reset();
                until_next(began, taken.rate, count)
            }
            Ok(Some(Step::Over)) => return,
            Err(error) => {
                error.log("an operation does not go on");
                say(door, taken, &mut told, Some(error.detail)).await;
                backoff.next_delay()
            }
        };
        drop(place);
        stop.run_until_cancelled(tokio::time::sleep(pause)).await;
    }
    // Whoever takes it next would only have to wait for the lease.
    let _ = taken.release(door).await;
}

/// Nothing where the operation is over, was stopped, or is somebody else's by now.
async fn batch(door: &Door, taken: &Taken) -> Result<Option<Step>, Error> {
    if !taken.renew(door).await? {
        taken.release(door).await?;
        return Ok(None);
    }
    let most = taken.rate.map_or(BATCH, |rate| (rate / STEPS).clamp(1, BATCH));
    let step = match taken.kind {
        Kind::Replay => replay::step(door, taken, most).await?,
        Kind::Discard | Kind::Purge => set_aside(door, taken, most).await?,
    };
    if matches!(step, Step::Over) {
        taken.end(door).await?;
        return Ok(None);
    }
    Ok(Some(step))
}

/// One batch of a discard or a purge, which is a matter of our rows alone.
async fn set_aside(door: &Door, taken: &Taken, most: i64) -> Result<Step, Error> {
    let mut tx = door.db.begin().await?;
    let items = next(&mut tx, taken, most).await?;
    if items.is_empty() {
        return Ok(Step::Over);
    }
    let (mut settled, mut fit, now) = (Settled::default(), Vec::new(), Utc::now());
    for item in &items {
        match item.obstacle(taken, now) {
            Some(obstacle) => settled.skipped.push((item.number, obstacle)),
            None => fit.push(item.letter.as_str()),
        }
    }
    let changed = match taken.kind {
        Kind::Discard => letters::discard(&mut tx, &fit).await?,
        Kind::Purge | Kind::Replay => letters::purge(&mut tx, taken, &fit).await?,
    };
    let was_changed = |item: &&Item| changed.iter().any(|(id,)| *id == item.letter);
    settled.done = items.iter().filter(was_changed).map(|item| item.number).collect();
    settled.note(&mut tx, taken).await?;
    tx.commit().await?;
    Ok(Step::Went(settled.done.len(), None))
}

/// Says what is waited for, or that it goes on, where that is new.
async fn say(door: &Door, taken: &Taken, told: &mut Option<String>, reason: Option<String>) {
    if *told != reason && taken.tell(door, reason.as_deref()).await.is_ok() {
        *told = reason;
    }
}

/// What is left of the time that these letters are to take.
fn until_next(began: Instant, rate: Option<i64>, count: usize) -> Duration {
    let Some(rate) = rate else { return Duration::ZERO };
    let due = began + Duration::from_secs(1).mul_f64(count as f64 / rate.max(1) as f64);
    due.saturating_duration_since(Instant::now())
}
