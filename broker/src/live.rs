//! `GET /v1/live`: what rows answer and what streams bring, watched over one connection as server-sent events. Every look
//! at a row is a call like any other, under its policy; here they are only repeated, gathered and told.

mod backlog;
mod frames;
mod seats;
mod topic;
mod watch;

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use mesh::{Code, Error};
use routing::policy::{Standing, standing};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::Broker;
use crate::answer::Answer;
use crate::origin::Origin;
use backlog::Backlog;
use frames::Frames;
pub(crate) use seats::Seats;
use topic::{Cursors, Topic};
use watch::Watch;

/// How long it may take to tell who calls.
const KNOWING: Duration = Duration::from_secs(5);
/// nginx would wait for more to send on.
const UNBUFFERED: HeaderName = HeaderName::from_static("x-accel-buffering");
/// What a request says of itself alone, and calls that are made because of it do not.
const OWN: [&str; 9] = [
    "content-length",
    "content-type",
    "expect",
    "idempotency-key",
    "if-none-match",
    "last-event-id",
    "prefer",
    "transfer-encoding",
    "x-timeout-ms",
];

pub(crate) async fn watch(State(broker): State<Arc<Broker>>, mut request: Request) -> Response {
    let origin = broker.proxies.settle(&mut request);
    let answer = Answer::to(&request, &broker);
    let (head, _) = request.into_parts();
    match open(&broker, &head, origin).await {
        Ok(body) => {
            let headers = [
                (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
                (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
                (UNBUFFERED, HeaderValue::from_static("no")),
            ];
            (headers, body).into_response()
        }
        Err(error) => answer.error(&error),
    }
}

/// What is wrong with the whole is told before anything is watched.
async fn open(broker: &Arc<Broker>, head: &Parts, origin: Origin) -> Result<Body, Error> {
    let topics = topic::read(head.uri.query())?;
    let cursors = Cursors::of(head)?;
    let headers = common(&head.headers);
    let (standings, refusals) = standings(broker, &topics, origin, &headers).await?;
    let who = who(&standings, origin);
    let seat = broker.seats.take(&who)?;
    let backlog = Arc::new(Backlog::new(topics.len()));
    let mut tasks = JoinSet::new();
    for (index, topic) in topics.iter().enumerate() {
        let cursor = cursors.of_topic(&topic.text);
        if let Some(cursor) = &cursor {
            backlog.went_on(index, cursor);
        }
        if let Some(error) = &refusals[index] {
            backlog.failed(index, error, None, true);
            continue;
        }
        let (broker, headers) = (Arc::clone(broker), headers.clone());
        let watch = Watch { broker, topic: topic.clone(), index, origin, headers, backlog: Arc::clone(&backlog) };
        tasks.spawn(watch.run(cursor));
    }
    let texts = topics.into_iter().map(|topic| topic.text).collect();
    Ok(Frames::new(texts, backlog, standings, broker.stopping.clone(), tasks, seat).into_body())
}

/// Of each topic that may be watched the caller's standing, of the others why not. An error where none may be.
async fn standings(
    broker: &Broker,
    topics: &[Topic],
    origin: Origin,
    headers: &HeaderMap,
) -> Result<(Vec<Standing>, Vec<Option<Error>>), Error> {
    let table = broker.routing.current();
    let deadline = Instant::now() + KNOWING;
    let (mut let_in, mut refused) = (Vec::new(), Vec::new());
    for topic in topics {
        let row = topic.row(&table, headers);
        let judged = match row {
            Ok(row) => standing(row, origin.caller(headers), deadline).await,
            Err(error) => Err(error),
        };
        refused.push(judged.map(|standing| let_in.push(standing)).err());
    }
    if let_in.is_empty() {
        // What a caller can do most about goes first: sign in, be somebody else, ask for something else.
        let rank = |error: &Error| match error.code {
            Code::Unauthenticated => 0,
            Code::PermissionDenied => 1,
            _ => 2,
        };
        let worst = refused.into_iter().flatten().min_by_key(rank);
        return Err(worst.unwrap_or_else(|| Error::internal("no topic and no refusal")));
    }
    // What cannot be told yet is found out by the first look.
    let is_final = |error: &Error| watch::is_final(error);
    Ok((let_in, refused.into_iter().map(|error| error.filter(is_final)).collect()))
}

/// By whom streams are counted: the subject, else the address.
fn who(standings: &[Standing], origin: Origin) -> String {
    let known = standings.iter().find_map(Standing::identity);
    match (known, origin.address) {
        (Some(identity), _) => format!("user {}", identity.subject),
        (None, Some(address)) => format!("address {address}"),
        (None, None) => "nobody".to_owned(),
    }
}

fn common(headers: &HeaderMap) -> HeaderMap {
    let mut headers = headers.clone();
    for name in OWN {
        headers.remove(name);
    }
    headers
}
