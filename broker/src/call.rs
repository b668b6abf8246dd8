//! A request by its path: which row it is for, what its argument is, and the way of bodies that stream through.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::response::Response;
use http::uri::Authority;
use http::{Uri, header};
use http_body_util::BodyExt;
use mesh::{Error, TraceContext};
use routing::line::Ready;
use routing::line::raw::{Passage, Raw};
use routing::{Call, Reply, Row, argument};

use crate::Broker;
use crate::answer::Answer;
use crate::request;

/// Everything that is not the broker's own.
pub(crate) async fn by_path(State(broker): State<Arc<Broker>>, request: Request) -> Response {
    let table = broker.routing.current();
    let answer = Answer::to(&request, &broker);
    let host = host(&request);
    let path = request.uri().path().to_owned();
    let found = match table.index.find(request.method(), host.as_deref(), &path) {
        Ok(found) => found,
        Err(none) => return answer.no_route(&none, request.method()),
    };
    let row = &table.rows[found.row];
    let answer = answer.shaped(row.route.reply);
    let outcome = match &row.line {
        Ready::Raw(line) => raw(row, line, target(found.rest, request.uri()), request).await,
        _ => json(row, &found.fields, request).await,
    };
    answer.of(row, outcome)
}

async fn json(row: &Row, fields: &argument::PathFields<'_>, request: Request) -> Result<Reply, Error> {
    request::authorise(&row.route)?;
    let (head, body) = request.into_parts();
    let deadline = request::deadline(&row.route, &head.headers)?;
    let body = request::body(&head.headers, body, deadline).await?;
    let argument = argument::merge(fields, head.uri.query(), body, &row.route.args)?;
    row.call(Call::new(argument, deadline)).await
}

async fn raw(row: &Row, line: &Raw, target: String, request: Request) -> Result<Reply, Error> {
    request::authorise(&row.route)?;
    let deadline = request::deadline(&row.route, request.headers())?;
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|it| it.0.ip());
    let peer = peer.ok_or_else(|| Error::internal("a request without an address"))?;
    let request = request.map(|body: Body| body.map_err(Into::into).boxed_unsync());
    let trace = TraceContext::current_or_new();
    let response = line.pass(Passage { request, target, peer, deadline, trace }).await?;
    Ok(Reply::Raw(response))
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
