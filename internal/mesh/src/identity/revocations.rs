//! Which sessions of one issuer ended before their tokens did, asked every 2 s from where the last answer ended.
//! Entries are forgotten when no token of theirs could be accepted any more.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use anyhow::Context;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::clock::{Clock, LEEWAY};
use crate::fetch::Fetch;

/// What was heard longer ago is not believed to be the present.
const FRESH: Duration = Duration::from_secs(5);
/// Above this the issuer counts as silent: forgetting a revocation would be worse.
const MOST_ENTRIES: usize = if cfg!(test) { 100 } else { 1_000_000 };

pub(super) struct Revocations {
    url: Url,
    fetch: Fetch,
    clock: Clock,
    /// Ended sessions and until when that matters, since 1970.
    ended: RwLock<HashMap<String, Duration>>,
    heard: watch::Sender<Heard>,
    /// Counts what was learned, for streams that wait to be ended.
    news: watch::Sender<u64>,
}

#[derive(Default)]
struct Heard {
    was_tried: bool,
    at: Option<Instant>,
}

#[derive(Deserialize)]
struct Page {
    revoked: Vec<Entry>,
    cursor: String,
    /// Whether this is not all: the rest follows behind the cursor.
    #[serde(default)]
    more: bool,
}

#[derive(Deserialize)]
struct Entry {
    session: String,
    until: DateTime<Utc>,
}

impl Revocations {
    pub(super) fn new(url: Url, fetch: Fetch, clock: Clock) -> Self {
        let (heard, news) = (watch::Sender::default(), watch::Sender::default());
        Self { url, fetch, clock, ended: RwLock::default(), heard, news }
    }

    pub(super) async fn run(&self, stop: &CancellationToken) -> anyhow::Result<()> {
        let mut cursor = None;
        loop {
            let next = Instant::now() + self.clock.pace.revocations;
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = self.ask(&mut cursor) => {}
            }
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = tokio::time::sleep_until(next) => {}
            }
        }
    }

    async fn ask(&self, cursor: &mut Option<String>) {
        let heard = self.catch_up(cursor).await;
        self.forget();
        self.heard.send_modify(|state| {
            let (was_tried, was_heard) = (state.was_tried, state.at.is_some());
            state.was_tried = true;
            match heard {
                Ok(at) => state.at = Some(at),
                Err(error) if !was_tried || was_heard => tracing::warn!("revocations were not heard: {error:#}"),
                Err(_) => {}
            }
        });
    }

    /// Reads every page there is; the result is when the last one was asked for. A page may well tell what is known.
    async fn catch_up(&self, cursor: &mut Option<String>) -> anyhow::Result<Instant> {
        loop {
            let asked = self.clock.instant();
            let page = match self.page(cursor.as_deref()).await {
                Ok(page) => page,
                Err(error) => {
                    // An issuer that was restored from a backup may not know our place any more.
                    *cursor = None;
                    return Err(error);
                }
            };
            self.learn(page.revoked)?;
            let before = cursor.replace(page.cursor);
            if !page.more {
                return Ok(asked);
            }
            anyhow::ensure!(before != *cursor, "{} says that more follows, but not where", self.url);
        }
    }

    async fn page(&self, cursor: Option<&str>) -> anyhow::Result<Page> {
        let mut url = self.url.clone();
        if let Some(cursor) = cursor {
            url.query_pairs_mut().append_pair("since", cursor);
        }
        let body = self.fetch.get(&url).await?;
        serde_json::from_slice(&body).with_context(|| format!("{} did not answer a list of revocations", self.url))
    }

    /// Tells the news also of what was learned before there was no more room.
    fn learn(&self, entries: Vec<Entry>) -> anyhow::Result<()> {
        let now = self.clock.now();
        let mut ended = self.ended.write().unwrap_or_else(PoisonError::into_inner);
        let (mut learned, mut is_full) = (0, false);
        for Entry { session, until } in entries {
            let until = Duration::from_secs(until.timestamp().try_into().unwrap_or(0)) + LEEWAY;
            if until <= now {
                continue;
            }
            is_full = ended.len() >= MOST_ENTRIES && !ended.contains_key(&session);
            if is_full {
                break;
            }
            learned += u64::from(ended.insert(session, until).is_none_or(|before| before != until));
        }
        drop(ended);
        if learned > 0 {
            self.news.send_modify(|count| *count += learned);
        }
        anyhow::ensure!(!is_full, "more than {MOST_ENTRIES} sessions are revoked at once");
        Ok(())
    }

    fn forget(&self) {
        let now = self.clock.now();
        self.ended.write().unwrap_or_else(PoisonError::into_inner).retain(|_, until| *until > now);
    }

    pub(super) fn is_fresh(&self) -> bool {
        self.heard.borrow().at.is_some_and(|at| self.clock.instant().duration_since(at) <= FRESH)
    }

    /// Waits until the issuer was asked once, whatever came of it.
    pub(super) async fn tried(&self, deadline: Instant) {
        let mut heard = self.heard.subscribe();
        let _ = tokio::time::timeout_at(deadline, heard.wait_for(|state| state.was_tried)).await;
    }

    pub(super) fn has_ended(&self, session: &str) -> bool {
        self.ended.read().unwrap_or_else(PoisonError::into_inner).contains_key(session)
    }

    /// Resolves when `session` has ended.
    pub(super) async fn ended(&self, session: &str) {
        let mut news = self.news.subscribe();
        while !self.has_ended(session) {
            if news.changed().await.is_err() {
                return;
            }
        }
    }

    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.ended.read().unwrap().len()
    }
}
