//! How a call comes into the rows: under its key only once, unless who came first has ended without an answer to keep.
//! One statement decides, so that of any number who ask at once one is let through.

use bus::dedupe::Fingerprint;
use chrono::{DateTime, Utc};
use mesh::Error;
use routing::Route;
use uuid::Uuid;

use super::rows::{Call, Rows};

/// A call that is to be kept.
pub(super) struct New<'a> {
    pub(super) effect_id: Option<&'a str>,
    pub(super) route: &'a Route,
    pub(super) print: &'a Fingerprint,
    pub(super) how: How<'a>,
}

pub(super) enum How<'a> {
    /// Made at once; who repeats it after this has to think that nobody makes it any more.
    Now { until: DateTime<Utc> },
    /// Made by the workers.
    Later { owner: Option<&'a str>, caller: String, argument: Vec<u8> },
}

/// What a caller finds under its key.
pub(super) enum Begun {
    /// Nothing: the call is now kept.
    Mine(Mine),
    /// The same call, with an answer or with one to come later.
    Known(Box<Call>),
    /// The same call, which is being made.
    InFlight,
    /// Another call.
    Conflict,
}

/// The right to write what becomes of a call.
#[derive(Debug, Clone)]
pub(super) struct Mine {
    pub(super) id: String,
    pub(super) lease: String,
    /// When it was taken.
    pub(super) at: DateTime<Utc>,
}

impl Rows {
    pub(super) async fn begin(&self, new: &New<'_>) -> Result<Begun, Error> {
        if let Err(full) = self.has_room(new) {
            // What is known already is told all the same.
            return self.known(new).await?.ok_or(full);
        }
        let mine = Mine { id: Uuid::new_v4().to_string(), lease: Uuid::new_v4().to_string(), at: Utc::now() };
        if self.insert(new, &mine).await? == 1 {
            if let How::Later { argument, .. } = &new.how {
                self.waiting.add(&new.route.name, argument.len());
            }
            return Ok(Begun::Mine(mine));
        }
        // Swept between the two statements: whoever asks again finds the key free.
        Ok(self.known(new).await?.unwrap_or(Begun::InFlight))
    }

    fn has_room(&self, new: &New<'_>) -> Result<(), Error> {
        match &new.how {
            How::Now { .. } => Ok(()),
            How::Later { argument, .. } => self.waiting.has_room(&new.route.name, argument.len()),
        }
    }

    /// What is kept under the key; nothing where the key is free for the same call.
    async fn known(&self, new: &New<'_>) -> Result<Option<Begun>, Error> {
        let Some(effect_id) = new.effect_id else { return Ok(None) };
        let Some(known) = self.under_key(effect_id).await? else { return Ok(None) };
        Ok(if known.fingerprint != new.print.as_str() {
            Some(Begun::Conflict)
        } else if known.later || known.is_over() {
            Some(Begun::Known(Box::new(known)))
        } else {
            (known.state == "running").then_some(Begun::InFlight)
        })
    }

    async fn insert(&self, new: &New<'_>, mine: &Mine) -> Result<u64, Error> {
        let now = mine.at;
        let (state, due_at, started_at) = match new.how {
            How::Now { until } => ("running", until, Some(now)),
            How::Later { .. } => ("queued", now, None),
        };
        let (owner, caller, argument) = match &new.how {
            How::Now { .. } => (None, None, None),
            How::Later { owner, caller, argument } => (*owner, Some(caller.clone()), Some(argument.clone())),
        };
        let query = self.db.query(INSERT).bind(mine.id.clone()).bind(new.effect_id.map(str::to_owned));
        let query = query.bind(new.route.name.clone()).bind(new.route.host.clone()).bind(owner.map(str::to_owned));
        let query = query.bind(caller).bind(new.print.as_str().to_owned()).bind(argument);
        let query = query.bind(matches!(new.how, How::Later { .. })).bind(state).bind(due_at);
        query.bind(mine.lease.clone()).bind(now).bind(started_at).bind(now + self.kept).execute().await
    }
}

/// Takes the place of what nobody asks for any more, and of the same call where nobody makes it and no answer is kept.
const INSERT: &str = "
    INSERT INTO calls (id, effect_id, route, host, owner, caller, fingerprint, argument, later, state, attempts, tries,
        due_at, lease, accepted_at, started_at, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, 0, $11, $12, $13, $14, $15)
    ON CONFLICT (effect_id) DO UPDATE SET
        id = excluded.id, owner = excluded.owner, caller = excluded.caller, fingerprint = excluded.fingerprint,
        argument = excluded.argument, later = excluded.later, state = excluded.state, attempts = 0, tries = 0,
        due_at = excluded.due_at, lease = excluded.lease, status = NULL, body = NULL, error = NULL,
        accepted_at = excluded.accepted_at, started_at = excluded.started_at, finished_at = NULL,
        expires_at = excluded.expires_at
    WHERE (calls.expires_at <= $13
            AND (calls.state NOT IN ('queued', 'running') OR (NOT calls.later AND calls.due_at <= $13)))
        OR (NOT calls.later AND calls.fingerprint = excluded.fingerprint
            AND (calls.state = 'open' OR (calls.state = 'running' AND calls.due_at <= $13)))";
