//! The relay: a page of rows goes out at once, many confirms in flight, and is marked as a whole once they are there.
//! An engine that is away is waited for; what no queue takes, what one queue has no room for, or what can never be
//! published is marked and passed by.

use std::time::Duration;

use chrono::Utc;
use futures::future::join_all;
use mesh::shutdown::{Backoff, supervise};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::Outbox;
use super::report::Report;
use super::rows::{self, Hold, Row, Settled};
use crate::chunks::before;
use crate::{Bus, PublishError, dedupe};

/// Finds rows that another process left; one's own are heard of at their commit.
const POLL: Duration = Duration::from_secs(5);
/// How long the confirms of a page may take. On PostgreSQL a transaction is open meanwhile.
const PUBLISHING: Duration = Duration::from_secs(10);
/// What a shutdown leaves for the page in hand: one that is given up is published again by the next start.
const FINISHING: Duration = Duration::from_secs(3);

/// How long a row waits that failed while the engine works. Its queue may be full, and others are not.
const MOMENT: Duration = Duration::from_secs(2);
/// How often what is old is deleted.
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
    /// Some may have to wait, for this reason.
    More(Option<String>),
    /// All stay due, for this reason.
    Away(String),
}

async fn relay(outbox: &Outbox, bus: &Bus, shutdown: &CancellationToken) {
    let mut backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(5));
    let mut report = Report::new(outbox.service);
    while !shutdown.is_cancelled() {
        let given_up = async {
            shutdown.cancelled().await;
            tokio::time::sleep(FINISHING).await;
        };
        let round = tokio::select! {
            round = round(outbox, bus, &mut report) => round,
            () = given_up => return,
        };
        if let Round::More(Some(reason)) | Round::Away(reason) = &round {
            report.waiting(reason);
        }
        match round {
            Round::More(_) => backoff.reset(),
            Round::Idle => {
                backoff.reset();
                if gauge(outbox).await == Some(0) {
                    report.flowing();
                }
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

async fn round(outbox: &Outbox, bus: &Bus, report: &mut Report) -> Round {
    let tried = async {
        let (hold, rows) = Hold::next(&outbox.db).await?;
        if rows.is_empty() {
            return Ok(Round::Idle);
        }
        let Published { settled, away, unrouted } = publish(bus, rows).await;
        hold.settle(&settled).await?;
        count(outbox, &settled);
        report.unrouted(unrouted);
        let is_away = settled.is_empty();
        Ok(match away {
            Some(reason) if is_away => Round::Away(reason),
            away => Round::More(away),
        })
    };
    tried.await.unwrap_or_else(|error: mesh::Error| Round::Away(format!("{error}: {}", error.causes())))
}

/// What became of a page.
#[derive(Default)]
struct Published {
    settled: Settled,
    /// Why some are not confirmed, if so.
    away: Option<String>,
    /// The kinds that no queue takes.
    unrouted: Vec<String>,
}

/// All rows at once, in their order.
async fn publish(bus: &Bus, rows: Vec<Row>) -> Published {
    let (deadline, now) = (Instant::now() + PUBLISHING, Utc::now());
    let published = join_all(rows.into_iter().map(|row| async move {
        let (number, again_at) = (row.number, row.again_at(now));
        let outcome = match row.event() {
            Ok(event) => bus.publish(&event, deadline).await,
            Err(reason) => Err(PublishError::Invalid(reason)),
        };
        (number, again_at, outcome)
    }));
    let (mut all, mut failed) = (Published::default(), Vec::new());
    // A task that has used up its share is told to come again, and what was to be published next then goes last.
    for (number, again_at, outcome) in tokio::task::unconstrained(published).await {
        match outcome {
            Ok(()) => all.settled.sent.push(number),
            Err(PublishError::Unroutable { kind }) => {
                all.settled.unrouted.push((number, again_at));
                all.unrouted.push(kind);
            }
            Err(error @ (PublishError::TooLarge { .. } | PublishError::Invalid(_))) => {
                all.settled.refused.push((number, error.to_string()));
            }
            Err(error @ (PublishError::Unavailable(_) | PublishError::Timeout)) => {
                failed.push(number);
                all.away = Some(error.in_full());
            }
        }
    }
    // Where nothing goes out because the engine is away, all stay in their order; else the next ones get their turn.
    if !all.settled.is_empty() || bus.trouble().is_none() {
        let moment = (Utc::now() + MOMENT).timestamp_millis();
        all.settled.later = failed.into_iter().map(|number| (number, moment)).collect();
    }
    all
}

fn count(outbox: &Outbox, settled: &Settled) {
    let service = outbox.service;
    metrics::counter!("outbox_published_total", "service" => service).increment(settled.sent.len() as u64);
    metrics::counter!("outbox_unrouted_total", "service" => service).increment(settled.unrouted.len() as u64);
    metrics::counter!("outbox_refused_total", "service" => service).increment(settled.refused.len() as u64);
    for (_, reason) in &settled.refused {
        tracing::error!(service, "an event in the outbox can never be published: {reason}");
    }
}

/// How many events wait for the bus, where that can be told.
async fn gauge(outbox: &Outbox) -> Option<i64> {
    let pending = rows::pending(&outbox.db).await.ok()?;
    metrics::gauge!("outbox_pending", "service" => outbox.service).set(pending as f64);
    Some(pending)
}

/// Makes unrouted rows due again, once, as consumers may have come with this start, and deletes what is old, at once
/// and then every ten minutes; never returns.
async fn tidy(outbox: &Outbox) {
    let mut tick = tokio::time::interval(TIDY);
    let mut is_replayed = false;
    loop {
        tick.tick().await;
        let tidied = async {
            rows::purge(&outbox.db, before(SENT_KEPT), before(OTHERS_KEPT)).await?;
            dedupe::purge(&outbox.db, OTHERS_KEPT).await?;
            if !is_replayed {
                outbox.replay_unrouted().await?;
            }
            Ok::<_, mesh::Error>(())
        };
        match tidied.await {
            Ok(()) => is_replayed = true,
            Err(error) => {
                tracing::warn!(service = outbox.service, "old rows of the outbox stay for ten minutes more: {error}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Or a message that comes late would have its effect again.
    #[test]
    fn what_was_done_is_remembered_longer_than_any_message_is_tried() {
        let ladder: Duration = crate::RUNGS.iter().sum();
        assert!(OTHERS_KEPT > 100 * ladder, "{OTHERS_KEPT:?} against {ladder:?}");
    }
}
