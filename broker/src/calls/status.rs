//! `/v1/calls/{id}`: what became of a call that is answered later, and the end of one that has not begun. For whoever
//! made it; where nobody had to be signed in for that, for whoever knows its id.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use mesh::{Code, Error};
use routing::policy::{Preference, who};
use serde_json::json;
use tokio::time::Instant;
use uuid::Uuid;

use super::rows::Call;
use crate::Broker;
use crate::answer::Answer;

/// How long it may take to find out who asks.
const PATIENCE: Duration = Duration::from_secs(5);
/// The longest that somebody may wait for the end of a call in one request.
const LONGEST: Duration = Duration::from_secs(60);

/// `GET`: how it is, or after a wait how it has become.
pub(crate) async fn look(State(broker): State<Arc<Broker>>, Path(id): Path<String>, request: Request) -> Response {
    let answer = Answer::to(&request, &broker);
    match found(&broker, &id, request.headers()).await {
        Ok((call, notes)) => told(&call, notes),
        Err(error) => answer.error(&error),
    }
}

/// `DELETE`: as long as it has not begun.
pub(crate) async fn cancel(State(broker): State<Arc<Broker>>, Path(id): Path<String>, request: Request) -> Response {
    let answer = Answer::to(&request, &broker);
    match cancelled(&broker, &id, request.headers()).await {
        Ok(call) => told(&call, HeaderMap::new()),
        Err(error) => answer.error(&error),
    }
}

async fn found(broker: &Broker, id: &str, headers: &HeaderMap) -> Result<(Call, HeaderMap), Error> {
    let (call, preference, mut notes) = (own(broker, id, headers).await?, Preference::of(headers), HeaderMap::new());
    let Some(wait) = preference.wait() else { return Ok((call, notes)) };
    Preference { is_async: false, ..preference }.applied(&mut notes);
    Ok((broker.calls.wait(call, Instant::now() + wait.min(LONGEST)).await, notes))
}

async fn cancelled(broker: &Broker, id: &str, headers: &HeaderMap) -> Result<Call, Error> {
    let call = own(broker, id, headers).await?;
    let rows = broker.calls.rows()?;
    let is_cancelled = rows.cancel(&call.id).await?;
    let call = rows.find(&call.id).await?.ok_or_else(unknown)?;
    if is_cancelled {
        rows.waiting.remove(&call.route, 0);
        broker.calls.tell_ended(&call.id);
        return Ok(call);
    }
    let detail = format!("the call is {} and cannot be cancelled any more", call.state);
    Err(Error::new(Code::FailedPrecondition, detail).with_status(StatusCode::CONFLICT))
}

/// The call, if it is the asker's. That there is one of somebody else is not told.
async fn own(broker: &Broker, id: &str, headers: &HeaderMap) -> Result<Call, Error> {
    let who = who(&broker.routing.current(), headers, Instant::now() + PATIENCE).await?;
    let id = Uuid::parse_str(id).map_err(|_| unknown())?;
    let call = broker.calls.rows()?.find(&id.to_string()).await?;
    let is_own = |call: &Call| call.owner.is_none() || call.owner.as_deref() == who.as_ref().map(|it| &*it.subject);
    call.filter(is_own).ok_or_else(unknown)
}

fn unknown() -> Error {
    Error::not_found("there is no call with this id, or it is somebody else's, or its time is over")
}

fn told(call: &Call, notes: HeaderMap) -> Response {
    let text = match call.text() {
        Ok(text) => text,
        Err(error) => return error.into_response(),
    };
    let kind = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    let mut response = (kind, text).into_response();
    response.headers_mut().extend(notes);
    if !call.is_over() {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(1));
    }
    response
}

impl Call {
    /// What is told of it, as JSON.
    pub(super) fn text(&self) -> Result<Vec<u8>, Error> {
        let mut head = json!({
            "id": self.id, "state": self.state, "route": self.route, "attempts": self.attempts,
            "accepted_at": self.accepted_at, "started_at": self.started_at, "finished_at": self.finished_at,
            "status": self.status,
        });
        if let Some(error) = &self.error {
            head["error"] = serde_json::from_str(error).map_err(Error::internal)?;
        }
        let mut text = serde_json::to_vec(&head).map_err(Error::internal)?;
        if let Some(body) = &self.body {
            // JSON already, and as the service wrote it.
            text.pop();
            text.extend_from_slice(br#","result":"#);
            text.extend_from_slice(body);
            text.push(b'}');
        }
        Ok(text)
    }
}
