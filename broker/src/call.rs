//! A request by its path: which row it is for, what its argument is, and the way of bodies that stream through.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use http::uri::Authority;
use http::{HeaderMap, Uri, header};
use http_body_util::BodyExt;
use mesh::Error;
use routing::argument::{self, PathFields};
use routing::line::Ready;
use routing::line::raw::Passage;
use routing::policy::admit;
use routing::{Reply, Row};

use crate::Broker;
use crate::answer::Answer;
use crate::carry::{Asked, carry};
use crate::origin::Origin;
use crate::request;

/// Everything that is not the broker's own.
pub(crate) async fn by_path(State(broker): State<Arc<Broker>>, mut request: Request) -> Response {
    let origin = broker.proxies.settle(&mut request);
    let table = broker.routing.current();
    let answer = Answer::to(&request, &broker);
    let host = host(&request);
    let path = request.uri().path().to_owned();
    let found = match table.index.find(request.method(), host.as_deref(), &path) {
        Ok(found) => found,
        Err(none) => return answer.no_route(&none, request.method()),
    };
    let row = &table.rows[found.row];
    let mut answer = answer.shaped(row.route.reply);
    let notes = &mut answer.notes;
    let outcome = match &row.line {
        Ready::Raw(_) => raw(row, target(found.rest, request.uri()), request, origin, notes).await,
        _ => json(&broker, row, &found.fields, request, origin, notes).await,
    };
    answer.of(row, outcome)
}

async fn json(
    broker: &Broker,
    row: &Arc<Row>,
    fields: &PathFields<'_>,
    request: Request,
    origin: Origin,
    notes: &mut HeaderMap,
) -> Result<Reply, Error> {
    let (head, body) = request.into_parts();
    let deadline = request::deadline(&row.route, &head.headers)?;
    let admitted = admit(row, origin.caller(&head.headers), deadline, notes).await?;
    let body = request::body(&head.headers, body, deadline).await?;
    let argument = argument::merge(fields, head.uri.query(), body, &row.route.args)?;
    carry(broker, row, admitted, Asked { argument, deadline, headers: &head.headers }, notes).await
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
    let request = request.map(|body: Body| body.map_err(Into::into).boxed_unsync());
    let passage = Passage::new(request, target, deadline);
    admitted.pass(row, passage).await.map(Reply::Raw)
}

/// What the service sees: the part of the path that the row's catch-all took, else the whole; the query as it came.
fn target(rest: Option<&str>, uri: &Uri) -> String {
    let path = rest.unwrap_or(uri.path()).trim_start_matches('/');
    match uri.query() {
        Some(query) => format!("/{path}?{query}"),
        None => format!("/{path}"),
    }
}

/// The host that was asked for, in small letters: HTTP/2 has it in the URI, HTTP/1.1 in a header.
fn host(request: &Request) -> Option<String> {
    let header =
        || request.headers().get(header::HOST).and_then(|value| value.to_str().ok()?.parse::<Authority>().ok());
    let host = request.uri().host().map(str::to_owned).or_else(|| header().map(|it| it.host().to_owned()))?;
    Some(host.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_is_found_wherever_it_stands() {
        let with = |uri: &str, header: Option<&str>| {
            let mut request = Request::builder().uri(uri);
            if let Some(header) = header {
                request = request.header("host", header);
            }
            host(&request.body(Body::empty()).unwrap())
        };
        assert_eq!(with("/x", Some("Example.org:8080")).as_deref(), Some("example.org"));
        assert_eq!(with("/x", Some("[::1]:8080")).as_deref(), Some("[::1]"));
        assert_eq!(with("http://Example.org/x", None).as_deref(), Some("example.org"));
        assert_eq!(with("/x", None), None);
    }

    #[test]
    fn a_service_sees_what_the_catch_all_took() {
        let uri: Uri = "/mine/a/b?x=1".parse().unwrap();
        assert_eq!(target(Some("a/b"), &uri), "/a/b?x=1");
        assert_eq!(target(Some(""), &uri), "/?x=1");
        assert_eq!(target(None, &uri), "/mine/a/b?x=1");
    }
}
