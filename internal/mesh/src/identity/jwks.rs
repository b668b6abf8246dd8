//! The keys of one issuer, fetched now and then by a task of their own. A token with a key id that nobody knows may
//! have that task look again, but not more than once a minute: such ids cost a stranger nothing to make up.

use std::sync::Arc;

use anyhow::Context;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::clock::Clock;
use super::keys::{self, Key, KeySet};
use super::refused;
use crate::error::Error;
use crate::fetch::Fetch;

pub(super) struct Jwks {
    url: Url,
    ed25519_only: bool,
    fetch: Fetch,
    clock: Clock,
    state: watch::Sender<State>,
    wake: Notify,
}

#[derive(Default)]
struct State {
    keys: Option<Arc<KeySet>>,
    was_tried: bool,
    /// Whether the last try went well.
    answers: bool,
    /// When an unknown key id last caused a try, and whether that try is still to come.
    hinted: Option<Instant>,
    is_wanted: bool,
}

impl Jwks {
    pub(super) fn new(url: Url, ed25519_only: bool, fetch: Fetch, clock: Clock) -> Self {
        Self { url, ed25519_only, fetch, clock, state: watch::Sender::default(), wake: Notify::new() }
    }

    pub(super) async fn run(&self, stop: &CancellationToken) -> anyhow::Result<()> {
        loop {
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = self.refresh() => {}
            }
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = self.wake.notified() => {}
                () = tokio::time::sleep(self.pause()) => {}
            }
        }
    }

    async fn refresh(&self) {
        let fetched = self.fetch.get(&self.url).await;
        let fetched = fetched.and_then(|body| keys::read(&body, self.ed25519_only).context(self.url.to_string()));
        self.state.send_modify(|state| {
            if let Err(error) = &fetched
                && (state.answers || !state.was_tried)
            {
                tracing::warn!("keys of an issuer cannot be had, trying again: {error:#}");
            }
            (state.was_tried, state.answers, state.is_wanted) = (true, fetched.is_ok(), false);
            state.keys = fetched.ok().map(Arc::new).or(state.keys.take());
        });
    }

    fn pause(&self) -> std::time::Duration {
        let (state, pace) = (self.state.borrow(), &self.clock.pace);
        match (state.answers, &state.keys) {
            (true, _) => pace.keys,
            (false, None) => pace.first_keys,
            (false, Some(_)) => pace.lost_keys,
        }
    }

    pub(super) fn answers(&self) -> bool {
        self.state.borrow().answers
    }

    /// Whether `key` still is what the issuer publishes under `id`.
    pub(super) fn still_has(&self, id: &str, key: &Key) -> bool {
        self.held(id).is_some_and(|held| *held == *key)
    }

    /// The key with this id. Errors: 401 if the issuer has no such key, 503 if it cannot be asked.
    pub(super) async fn key(&self, id: &str, deadline: Instant) -> Result<Arc<Key>, Error> {
        let was_heard = self.wait(deadline, |state| state.was_tried).await && self.state.borrow().keys.is_some();
        if !was_heard {
            return Err(silent());
        }
        if let Some(key) = self.held(id) {
            return Ok(key);
        }
        if self.want_again() && !self.wait(deadline, |state| !state.is_wanted).await {
            return Err(silent());
        }
        match self.held(id) {
            Some(key) => Ok(key),
            None if self.answers() => Err(refused("signed with a key that its issuer does not have")),
            None => Err(silent()),
        }
    }

    fn held(&self, id: &str) -> Option<Arc<Key>> {
        self.state.borrow().keys.as_ref()?.get(id).cloned()
    }

    async fn wait(&self, deadline: Instant, until: impl FnMut(&State) -> bool) -> bool {
        let mut states = self.state.subscribe();
        matches!(tokio::time::timeout_at(deadline, states.wait_for(until)).await, Ok(Ok(_)))
    }

    /// Whether a try is under way now; many callers share one.
    fn want_again(&self) -> bool {
        let now = self.clock.instant();
        let mut is_wanted = false;
        self.state.send_if_modified(|state| {
            let may_ask = state.hinted.is_none_or(|at| now.duration_since(at) >= self.clock.pace.unknown_key);
            if !state.is_wanted && may_ask {
                (state.hinted, state.is_wanted) = (Some(now), true);
                self.wake.notify_one();
            }
            is_wanted = state.is_wanted;
            false
        });
        is_wanted
    }
}

fn silent() -> Error {
    Error::unavailable("tokens cannot be verified now: the keys of their issuer could not be had")
}
