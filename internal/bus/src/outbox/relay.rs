//! The relay: a page of rows goes out at once, many confirms in flight, and is marked as a whole once they are there.
//! An engine that is away is waited for; what no queue takes or what can never be published is marked and passed by.

use std::time::Duration;

use futures::future::join_all;
use mesh::shutdown::{Backoff, supervise};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::Outbox;
use super::rows::{self, Hold, Row, Settled};
use crate::chunks::before;
use crate::{Bus, PublishError, dedupe};

/// Finds rows that another process left; one's own are heard of at their commit.
const POLL: Duration = Duration::from_secs(5);
/// How long the confirms of a page may take. On PostgreSQL a transaction is open meanwhile.
const PUBLISHING: Duration = Duration::from_secs(10);
/// What a shutdown leaves for the page in hand: one that is given up is published again by the next start.
const FINISHING: Duration = Duration::from_secs(3);

/// How often what no queue took is tried again, as its consumer may have come since, and what is old is deleted.
const TIDY: Duration = Duration::from_secs(600);
const SENT_KEPT: Duration = Duration::from_secs(24 * 3_600);
const OTHERS_KEPT: Duration = Duration::from_secs(30 * 24 * 3_600);

pub(super) async fn run(outbox: &Outbox, bus: &Bus, shutdown: &CancellationToken) {
    let Some(_alone) = shutdown.run_until_cancelled(outbox.relaying.lock()).await else { return };
    let name = format!("outbox of {}", outbox.service);
    let relaying = supervise(&name, shutdown, || async {
        relay(outbox, bus, shutdown).await;
        Ok(())
    });
    tokio::join!(relaying, shutdown.run_until_cancelled(tidy(outbox)));
}

/// What a round found.
enum Round {
    Idle,
    More,
    /// Rows stay due, for this reason.
    Away(String),
}

async fn relay(outbox: &Outbox, bus: &Bus, shutdown: &CancellationToken) {
    let mut backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(5));
    let mut trouble = None;
    while !shutdown.is_cancelled() {
        let given_up = async {
            shutdown.cancelled().await;
            tokio::time::sleep(FINISHING).await;
        };
        let round = tokio::select! {
            round = round(outbox, bus) => round,
            () = given_up => return,
        };
        let reason = if let Round::Away(reason) = &round { Some(reason.clone()) } else { None };
        report(outbox, &mut trouble, reason);
        match round {
            Round::More => backoff.reset(),
            Round::Idle => {
                backoff.reset();
                gauge(outbox).await;
                let woken = tokio::time::timeout(POLL, outbox.wake.notified());
                shutdown.run_until_cancelled(woken).await;
            }
            Round::Away(_) => {
                gauge(outbox).await;
                shutdown.run_until_cancelled(tokio::time::sleep(backoff.next_delay())).await;
            }
        }
    }
}

/// Says once that events wait, and once that they go out again.
fn report(outbox: &Outbox, trouble: &mut Option<String>, now: Option<String>) {
    match (&trouble, &now) {
        (None, Some(reason)) => tracing::warn!(service = outbox.service, "events wait in the outbox: {reason}"),
        (Some(_), None) => tracing::info!(service = outbox.service, "events leave the outbox again"),
        _ => {}
    }
    *trouble = now;
}

async fn round(outbox: &Outbox, bus: &Bus) -> Round {
    let tried = async {
        let (hold, rows) = Hold::next(&outbox.db).await?;
        if rows.is_empty() {
            return Ok(Round::Idle);
        }
        let (settled, away) = publish(bus, rows).await;
        hold.settle(&settled).await?;
        count(outbox, &settled);
        Ok(away.map_or(Round::More, Round::Away))
    };
    tried.await.unwrap_or_else(|error: mesh::Error| Round::Away(format!("{error}: {}", error.causes())))
}

/// All rows at once, in their order; says why some stay due, if any do.
async fn publish(bus: &Bus, rows: Vec<Row>) -> (Settled, Option<String>) {
    let deadline = Instant::now() + PUBLISHING;
    let published = join_all(rows.into_iter().map(|row| async move {
        let number = row.number;
        let outcome = match row.event() {
            Ok(event) => bus.publish(&event, deadline).await,
            Err(reason) => Err(PublishError::Invalid(reason)),
        };
        (number, outcome)
    }));
    let (mut settled, mut away) = (Settled::default(), None);
    // A task that has used up its share is told to come again, and what was to be published next then goes last.
    for (number, outcome) in tokio::task::unconstrained(published).await {
        match outcome {
            Ok(()) => settled.sent.push(number),
            Err(PublishError::Unroutable { .. }) => settled.unrouted.push(number),
            Err(error @ (PublishError::TooLarge { .. } | PublishError::Invalid(_))) => {
                settled.refused.push((number, error.to_string()));
            }
            Err(error @ (PublishError::Unavailable(_) | PublishError::Timeout)) => away = Some(error.in_full()),
        }
    }
    (settled, away)
}

fn count(outbox: &Outbox, settled: &Settled) {
    let service = outbox.service;
    metrics::counter!("outbox_published_total", "service" => service).increment(settled.sent.len() as u64);
    metrics::counter!("outbox_unrouted_total", "service" => service).increment(settled.unrouted.len() as u64);
    metrics::counter!("outbox_refused_total", "service" => service).increment(settled.refused.len() as u64);
    if !settled.unrouted.is_empty() {
        tracing::info!(service, count = settled.unrouted.len(), "no queue takes these events; they can be replayed");
    }
    for (_, reason) in &settled.refused {
        tracing::error!(service, "an event in the outbox can never be published: {reason}");
    }
}

async fn gauge(outbox: &Outbox) {
    if let Ok(pending) = rows::pending(&outbox.db).await {
        metrics::gauge!("outbox_pending", "service" => outbox.service).set(pending as f64);
    }
}

/// Deletes what is old and makes unrouted rows due again, at once and then every ten minutes; never returns.
async fn tidy(outbox: &Outbox) {
    let mut tick = tokio::time::interval(TIDY);
    loop {
        tick.tick().await;
        let tidied = async {
            rows::purge(&outbox.db, before(SENT_KEPT), before(OTHERS_KEPT)).await?;
            dedupe::purge(&outbox.db, OTHERS_KEPT).await?;
            outbox.replay_unrouted().await
        };
        if let Err(error) = tidied.await {
            tracing::warn!(service = outbox.service, "old rows of the outbox stay for ten minutes more: {error}");
        }
    }
}
