//! From a request to its answer: which row it is for, what its argument is, and the way of bodies that stream through.
//! One way for a request that stands alone and for one of several; `POST /handle` joins in once it knows its row.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use http::{HeaderMap, Method, Uri};
use mesh::Error;
use routing::argument::{self, PathFields};
use routing::index::{Index, NoRoute};
use routing::line::Ready;
use routing::line::raw::Passage;
use routing::policy::admit;
use routing::{Argument, Reply, Route, Row};
use serde_json::{Map, Value};
use tokio::time::Instant;

use crate::Broker;
use crate::answer::Answer;
use crate::carry::{Asked, carry};
use crate::origin::Origin;
use crate::passing::Watched;
use crate::request;

/// How a call comes in, besides what it says itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entrance {
    origin: Origin,
    /// Of one of several: until when all of them have to be answered.
    together: Option<Instant>,
}

/// What a call's argument is made of.
pub(crate) enum Content<'a> {
    /// The parts of a request; the body may still be on its way.
    Request {
        fields: &'a PathFields<'a>,
        query: Option<&'a str>,
        body: Body,
    },
    Object(Map<String, Value>),
}

/// Everything that is not the broker's own.
pub(crate) async fn by_path(State(broker): State<Arc<Broker>>, mut request: Request) -> Response {
    let origin = broker.proxies.settle(&mut request);
    answered(&broker, request, Entrance::alone(origin)).await
}

/// The answer to a request whose headers are settled.
pub(crate) async fn answered(broker: &Broker, mut request: Request, entrance: Entrance) -> Response {
    let table = broker.routing.current();
    let answer = Answer::to(&request, broker);
    let host = request::host(request.headers());
    let path = request.uri().path().to_owned();
    *request.method_mut() = method(&table.index, &request);
    let found = match table.index.find(request.method(), host.as_deref(), &path) {
        Ok(found) => found,
        Err(NoRoute::Path)
            if entrance.together.is_none()
                && let Some(file) = broker.panel.at(&request) =>
        {
            return file;
        }
        Err(none) => return answer.no_route(&none, request.method()),
    };
    let row = &table.rows[found.row];
    let mut answer = answer.shaped(row.route.reply);
    let notes = &mut answer.notes;
    let outcome = match &row.line {
        Ready::Raw(_) if entrance.together.is_none() => {
            raw(row, target(found.rest, request.uri()), request, entrance.origin, notes).await
        }
        _ => {
            let (head, body) = request.into_parts();
            let content = Content::Request { fields: &found.fields, query: head.uri.query(), body };
            carried(broker, row, content, &head.headers, entrance, notes).await
        }
    };
    answer.of(row, outcome)
}

/// From a row that was found to a reply. Who may not call is told before the body is read.
pub(crate) async fn carried(
    broker: &Broker,
    row: &Arc<Row>,
    content: Content<'_>,
    headers: &HeaderMap,
    entrance: Entrance,
    notes: &mut HeaderMap,
) -> Result<Reply, Error> {
    entrance.takes(row)?;
    let deadline = entrance.until(request::deadline(&row.route, headers)?);
    let admitted = admit(row, entrance.origin.caller(headers), deadline, notes).await?;
    let argument = content.argument(&row.route, headers, deadline).await?;
    match carry(broker, row, admitted, Asked { argument, deadline, headers }, notes).await? {
        // Whether a method streams is known once its service has told its descriptors.
        Reply::Stream(_) | Reply::Raw(_) if entrance.together.is_some() => Err(alone_only()),
        reply => Ok(reply),
    }
}

impl Entrance {
    pub(crate) fn alone(origin: Origin) -> Self {
        Self { origin, together: None }
    }

    /// One of several that are answered together.
    pub(crate) fn together(origin: Origin, deadline: Instant) -> Self {
        Self { origin, together: Some(deadline) }
    }

    fn takes(self, row: &Row) -> Result<(), Error> {
        if self.together.is_some() && row.line.is_stream() { Err(alone_only()) } else { Ok(()) }
    }

    fn until(self, deadline: Instant) -> Instant {
        self.together.map_or(deadline, |together| together.min(deadline))
    }
}

fn alone_only() -> Error {
    Error::invalid("its answer streams, so it cannot be part of a batch: call it alone")
}

impl Content<'_> {
    async fn argument(self, route: &Route, headers: &HeaderMap, deadline: Instant) -> Result<Argument, Error> {
        match self {
            Self::Request { fields, query, body } => {
                let body = request::body(headers, body, deadline).await?;
                argument::merge(fields, query, body, &route.args)
            }
            Self::Object(mut argument) => {
                argument::apply(&mut argument, &route.args)?;
                Ok(Argument::Object(argument))
            }
        }
    }
}

async fn raw(
    row: &Row,
    target: String,
    request: Request,
    origin: Origin,
    notes: &mut HeaderMap,
) -> Result<Reply, Error> {
    let deadline = request::deadline(&row.route, request.headers())?;
    let admitted = admit(row, origin.caller(request.headers()), deadline, notes).await?;
    let watched = Watched::default();
    let passage = Passage::new(request.map(|body| watched.body(body)), target, deadline);
    admitted.pass(row, passage, notes).await.map(Reply::Raw).map_err(|error| watched.blame(error))
}

/// What the service sees: the part of the path that the row's catch-all took, else the whole; the query as it came.
fn target(rest: Option<&str>, uri: &Uri) -> String {
    let path = rest.unwrap_or(uri.path()).trim_start_matches('/');
    match uri.query() {
        Some(query) => format!("/{path}?{query}"),
        None => format!("/{path}"),
    }
}

/// The method that a row is looked for by: HEAD is the GET of a path that has no HEAD. Of the answer only the head is told.
pub(crate) fn method(index: &Index, request: &Request) -> Method {
    let host = request::host(request.headers());
    let takes = |method: &Method| index.find(method, host.as_deref(), request.uri().path()).is_ok();
    let is_get = request.method() == Method::HEAD && !takes(&Method::HEAD) && takes(&Method::GET);
    if is_get { Method::GET } else { request.method().clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_sees_what_the_catch_all_took() {
        let uri: Uri = "/mine/a/b?x=1".parse().unwrap();
        assert_eq!(target(Some("a/b"), &uri), "/a/b?x=1");
        assert_eq!(target(Some(""), &uri), "/?x=1");
        assert_eq!(target(None, &uri), "/mine/a/b?x=1");
    }
}
