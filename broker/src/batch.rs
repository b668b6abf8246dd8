//! `POST /v1/batch`: several calls in one, side by side and each under the whole policy of its row. Values from earlier
//! answers order them; what goes wrong with one of them is its own answer.

mod answers;
mod ask;
mod order;
mod reference;
mod target;
mod template;

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Uri};
use mesh::{Error, TraceContext};
use routing::argument;
use serde_json::Map;
use tokio::time::Instant;

use crate::Broker;
use crate::answer::Answer;
use crate::call::{self, Entrance};
use crate::handle;
use crate::origin::Origin;
use crate::request;
use answers::{Answered, Room};
use ask::{Batch, Filled};
use target::FilledTarget;
use template::Filling;

/// How long a batch may take in all, unless its caller waits for less.
const TIMEOUT: Duration = Duration::from_secs(30);
/// How many calls of one batch are under way at once: a small request is not to become a burst.
const AT_ONCE: usize = 16;
/// Makes room for the index behind the longest key.
const LONGEST_KEY: usize = 252;
const KEY: &str = "idempotency-key";

/// What the calls of a batch have in common.
struct Together<'a> {
    broker: &'a Broker,
    entrance: Entrance,
    deadline: Instant,
    /// Who calls, and to which host.
    headers: HeaderMap,
    key: Option<String>,
    room: Room,
}

pub(crate) async fn together(State(broker): State<Arc<Broker>>, mut request: Request) -> Response {
    let origin = broker.proxies.settle(&mut request);
    let answer = Answer::to(&request, &broker);
    let (head, body) = request.into_parts();
    match read(&broker, &head, body, origin).await {
        Ok((together, batch)) => together.answer(batch).await,
        Err(error) => answer.error(&error),
    }
}

/// Everything that can be wrong with the batch as a whole is told before any call is made.
async fn read<'a>(
    broker: &'a Broker,
    head: &Parts,
    body: Body,
    origin: Origin,
) -> Result<(Together<'a>, Batch), Error> {
    let deadline = request::within(TIMEOUT, &head.headers)?;
    let key = key(&head.headers)?;
    let body = request::body(&head.headers, body, deadline).await?;
    let batch = Batch::read(&body)?;
    let entrance = Entrance::together(origin, deadline);
    let (headers, room) = (common(head), Room::default());
    Ok((Together { broker, entrance, deadline, headers, key, room }, batch))
}

fn key(headers: &HeaderMap) -> Result<Option<String>, Error> {
    let sent: Vec<_> = headers.get_all(KEY).iter().collect();
    let is_key = |text: &&str| (1..=LONGEST_KEY).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
    match sent[..] {
        [] => Ok(None),
        [one] => one.to_str().ok().filter(is_key).map(|text| Some(text.to_owned())).ok_or_else(wrong_key),
        _ => Err(wrong_key()),
    }
}

fn wrong_key() -> Error {
    let detail = format!("must be sent once with a batch, as 1 to {LONGEST_KEY} visible ASCII characters");
    Error::field("Idempotency-Key", detail)
}

/// What each call says as the batch has said it.
fn common(head: &Parts) -> HeaderMap {
    let mut headers = head.headers.clone();
    let own: Vec<_> = headers.keys().filter(|name| ask::is_own(name)).cloned().collect();
    for name in own {
        headers.remove(name);
    }
    headers
}

impl Together<'_> {
    async fn answer(&self, batch: Batch) -> Response {
        let Batch { calls, mut order, sources } = batch;
        let mut answers: Vec<Option<Answered>> = calls.iter().map(|_| None).collect();
        let (mut running, mut known) = (FuturesUnordered::new(), BTreeMap::new());
        loop {
            while running.len() < AT_ONCE
                && let Some(index) = order.next()
            {
                let filled = calls[index].filled(Filling::new(&known));
                let path = &calls[index].path;
                running.push(async move { (index, self.one(index, filled, path).await) });
            }
            let Some((index, answered)) = running.next().await else { break };
            if sources.contains(&index) {
                known.insert(calls[index].id.clone(), answered.source());
            }
            order.answered(index);
            answers[index] = Some(answered);
        }
        let ids: Vec<_> = calls.iter().map(|call| call.id.as_str()).collect();
        answers::response(&ids, &answers.into_iter().flatten().collect::<Vec<_>>())
    }

    /// One call as if it had come alone, in a span of its own.
    async fn one(&self, index: usize, filled: Result<Filled, Error>, path: &str) -> Answered {
        let call = async {
            let late = || Error::deadline("the batch's deadline passed before this call was begun");
            let filled = filled.and_then(|call| if Instant::now() < self.deadline { Ok(call) } else { Err(late()) });
            match filled {
                Ok(filled) => self.made(index, filled, path).await,
                Err(error) => Answered::refused(&error, path),
            }
        };
        TraceContext::current_or_new().child().scope(unharmed(call, path)).await
    }

    async fn made(&self, index: usize, filled: Filled, path: &str) -> Answered {
        let Filled { target, headers, body } = filled;
        let headers = self.headers(index, headers);
        match target {
            FilledTarget::Path(method, uri) => {
                let path = uri.path().to_owned();
                let request = request_of(&method, uri, headers, Body::from(body));
                Answered::of(
                    Box::pin(call::answered(self.broker, request, self.entrance)).await,
                    &method,
                    &path,
                    &self.room,
                )
                .await
            }
            FilledTarget::Action(action) => {
                let argument = if body.is_empty() { Ok(Map::new()) } else { argument::parse(&body) };
                let argument = match argument {
                    Ok(argument) => argument,
                    Err(error) => return Answered::refused(&error, path),
                };
                let request = request_of(&Method::POST, Uri::from_static("/handle"), headers, Body::empty());
                let response = handle::named(self.broker, &action, argument, request, self.entrance).await;
                Answered::of(response, &Method::POST, path, &self.room).await
            }
        }
    }

    /// The batch's own headers below those of the call; its key is the batch's and the call's place in it.
    fn headers(&self, index: usize, own: HeaderMap) -> HeaderMap {
        let mut headers = self.headers.clone();
        let key = self.key.as_ref().and_then(|key| HeaderValue::try_from(format!("{key}:{index}")).ok());
        headers.extend(key.map(|key| (http::HeaderName::from_static(KEY), key)));
        headers.extend(own);
        headers
    }
}

/// A call that panics costs its own answer, and the others of its batch nothing.
async fn unharmed(call: impl Future<Output = Answered>, path: &str) -> Answered {
    AssertUnwindSafe(call).catch_unwind().await.unwrap_or_else(|_| {
        tracing::error!(path, "a call of a batch panicked");
        Answered::refused(&Error::internal("panic"), path)
    })
}

fn request_of(method: &Method, uri: Uri, headers: HeaderMap, body: Body) -> Request {
    let mut request = Request::new(body);
    (*request.method_mut(), *request.uri_mut(), *request.headers_mut()) = (method.clone(), uri, headers);
    request
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(sent: &[(&'static str, &str)]) -> HeaderMap {
        let header = |(name, value): &(&'static str, &str)| {
            (http::HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())
        };
        sent.iter().map(header).collect()
    }

    #[test]
    fn a_key_leaves_room_for_an_index() {
        assert_eq!(key(&headers(&[(KEY, &"k".repeat(252))])).unwrap().unwrap().len(), 252);
        assert_eq!(key(&headers(&[])).unwrap(), None);
        for wrong in ["", "a b", &"k".repeat(253)] {
            assert_eq!(key(&headers(&[(KEY, wrong)])).unwrap_err().fields[0].field, "Idempotency-Key");
        }
    }

    #[tokio::test]
    async fn a_call_that_panics_is_a_500_of_its_own() {
        let answered = unharmed(async { panic!("as it should") }, "/x").await;
        assert_eq!(answered.status(), 500);
    }

    #[test]
    fn calls_say_who_calls_and_not_what_the_batch_said_of_itself() {
        let mut head = Request::new(()).into_parts().0;
        head.headers = headers(&[
            ("host", "front:80"),
            ("authorization", "Bearer x"),
            ("user-agent", "t"),
            ("cookie", "a=1"),
            ("x-timeout-ms", "5"),
            ("prefer", "respond-async"),
            (KEY, "k"),
            ("content-length", "7"),
        ]);
        let common = common(&head);
        let mut names: Vec<_> = common.keys().map(http::HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["authorization", "host", "user-agent"]);
    }
}
