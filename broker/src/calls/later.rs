//! A call that is answered later: 202 with a place to ask for the result, once the call is in the rows and not before.
//! Whoever would rather wait does so, for as long as it says and the row allows.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use http::{HeaderMap, HeaderValue, header};
use mesh::Error;
use routing::policy::{Admitted, Preference};
use routing::{Reply, Row};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::Instant;

use super::Calls;
use super::begin::{Begun, How, Mine, New};
use super::once::{conflict, in_flight, late, replayed};
use super::rows::Call;
use crate::carry::Asked;

/// How often somebody who waits looks at the rows, for ends that another process has brought about.
const LOOK: Duration = Duration::from_secs(1);

pub(crate) async fn later(
    calls: &Calls,
    row: &Arc<Row>,
    admitted: Admitted,
    asked: Asked<'_>,
    preference: Preference,
    notes: &mut HeaderMap,
) -> Result<Reply, Error> {
    let caller = Accepted::of(&admitted)?;
    let begun = tokio::time::timeout_at(asked.deadline, kept(calls, row, &caller, &asked)).await;
    let call = match begun.map_err(|_| late())?? {
        Begun::Mine(mine) => Call::queued(mine, row, caller.owner),
        Begun::Known(call) => {
            replayed(notes);
            *call
        }
        Begun::InFlight => return Err(in_flight()),
        Begun::Conflict => return Err(conflict()),
    };
    if !call.later || call.is_over() {
        return call.answer();
    }
    let Some(wait) = preference.wait() else { return accepted(&call, preference, notes) };
    let call = calls.wait(call, asked.deadline.min(Instant::now() + wait)).await;
    if call.is_over() {
        Preference { is_async: false, ..preference }.applied(notes);
        return call.answer();
    }
    accepted(&call, preference, notes)
}

/// What of its caller goes into the rows with a call.
struct Accepted {
    effect_id: Option<String>,
    owner: Option<String>,
    caller: String,
}

impl Accepted {
    fn of(admitted: &Admitted) -> Result<Self, Error> {
        let caller = serde_json::to_string(&admitted.kept()).map_err(Error::internal)?;
        let (effect_id, owner) = (admitted.effect_id().map(str::to_owned), admitted.owner().map(str::to_owned));
        Ok(Self { effect_id, owner, caller })
    }
}

async fn kept(calls: &Calls, row: &Row, caller: &Accepted, asked: &Asked<'_>) -> Result<Begun, Error> {
    let rows = calls.rows()?;
    let print = rows.fingerprint(&row.route, asked.argument.clone())?;
    let argument = asked.argument.clone().into_text()?.to_vec();
    let Accepted { effect_id, owner, caller } = caller;
    let how = How::Later { owner: owner.as_deref(), caller: caller.clone(), argument };
    let new = New { effect_id: effect_id.as_deref(), route: &row.route, print: &print, how };
    let begun = rows.begin(&new).await?;
    if matches!(begun, Begun::Mine(_)) {
        calls.inner.queued.notify_one();
    }
    Ok(begun)
}

/// 202: where to ask, and when.
pub(super) fn accepted(call: &Call, preference: Preference, notes: &mut HeaderMap) -> Result<Reply, Error> {
    let place = HeaderValue::try_from(format!("/v1/calls/{}", call.id)).map_err(Error::internal)?;
    notes.insert(header::LOCATION, place);
    notes.insert(header::RETRY_AFTER, HeaderValue::from(1));
    notes.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    preference.applied(notes);
    Ok(Reply::Accepted(Bytes::from(call.text()?)))
}

impl Call {
    /// As it was just put into the rows.
    fn queued(mine: Mine, row: &Row, owner: Option<String>) -> Self {
        Self {
            id: mine.id,
            route: row.route.name.clone(),
            owner,
            fingerprint: String::new(),
            later: true,
            state: "queued".to_owned(),
            attempts: 0,
            status: None,
            body: None,
            error: None,
            accepted_at: mine.at,
            started_at: None,
            finished_at: None,
        }
    }
}

impl Calls {
    /// The call once it is over, else as it is then; also where the rows go away meanwhile, as it is in them.
    pub(super) async fn wait(&self, mut call: Call, until: Instant) -> Call {
        let mut ended = self.inner.ended.subscribe();
        while let Ok(Some(found)) = self.look(&call.id).await {
            call = found;
            if call.is_over() || Instant::now() >= until || self.inner.stopping.is_cancelled() {
                break;
            }
            tokio::select! {
                () = heard(&mut ended, &call.id) => {}
                () = tokio::time::sleep_until(until.min(Instant::now() + LOOK)) => {}
                () = self.inner.stopping.cancelled() => {}
            }
        }
        call
    }

    async fn look(&self, id: &str) -> Result<Option<Call>, Error> {
        self.rows()?.find(id).await
    }
}

/// Comes when this call has ended in this process, or when that may have been missed.
async fn heard(ended: &mut Receiver<Arc<str>>, id: &str) {
    loop {
        match ended.recv().await {
            Ok(other) if *other != *id => {}
            Ok(_) | Err(RecvError::Lagged(_)) => return,
            Err(RecvError::Closed) => return std::future::pending().await,
        }
    }
}
