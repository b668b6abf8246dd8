//! From a reply or an error to an answer over HTTP: plain JSON or an envelope, a stream as SSE or NDJSON, an error as
//! problem+json.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::{Stream, StreamExt};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use mesh::Error;
use mesh::problem::Problem;
use routing::index::NoRoute;
use routing::table::{Auth, ReplyShape};
use routing::{Documents, Reply, Row};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::Broker;
use crate::front::Confidential;
use crate::passing;

const NDJSON: &str = "application/x-ndjson";
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// What has to be known of a request to answer it.
pub(crate) struct Answer {
    path: String,
    shape: ReplyShape,
    lines: bool,
    stopping: CancellationToken,
    started: Instant,
    /// What is told beside the answer, whatever that is: limits, attempts, where a result will be.
    pub(crate) notes: HeaderMap,
}

impl Answer {
    pub(crate) fn to(request: &Request, broker: &Broker) -> Self {
        let headers = request.headers();
        Self {
            path: request.uri().path().to_owned(),
            shape: ReplyShape::Plain,
            lines: accepts_lines(headers),
            stopping: broker.stopping.clone(),
            started: Instant::now(),
            notes: HeaderMap::new(),
        }
    }

    pub(crate) fn shaped(mut self, shape: ReplyShape) -> Self {
        self.shape = shape;
        self
    }

    /// The answer to a call over `row`.
    pub(crate) fn of(mut self, row: &Row, outcome: Result<Reply, Error>) -> Response {
        let notes = std::mem::take(&mut self.notes);
        row.observe(self.started.elapsed(), outcome.as_ref().err());
        // What stands behind a row that is for somebody, or comes with cookies, is for this caller alone: often a token.
        let is_private = row.route.cookies || !matches!(row.route.auth, Auth::Public);
        let mut response = match outcome {
            // The service's own headers say how long its answers are good for.
            Ok(Reply::Raw(response)) => return with(passing::through(response), notes),
            Ok(Reply::Json { status, body, cookies }) => {
                let configured = row.route.status.and_then(|status| StatusCode::from_u16(status).ok());
                self.json(row, configured.or(status), body, cookies)
            }
            Ok(Reply::Accepted(body)) => self.json(row, Some(StatusCode::ACCEPTED), body, Vec::new()),
            Ok(Reply::Stream(documents)) => self.stream(documents),
            Err(error) => self.error(&error),
        };
        if is_private {
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        if row.has_credentials {
            response.extensions_mut().insert(Confidential);
        }
        with(response, notes)
    }

    pub(crate) fn error(self, error: &Error) -> Response {
        error.log("answered with an error");
        let problem = Problem::of(error, Some(&self.path));
        match self.shape {
            ReplyShape::Plain => problem.into_response(),
            ReplyShape::Envelope => enveloped(&problem),
        }
    }

    /// An error before there was a row; 405 says what the path does take.
    pub(crate) fn no_route(self, none: &NoRoute, method: &Method) -> Response {
        let error = none.error(method, &self.path);
        let mut response = self.error(&error);
        if let NoRoute::Method(allowed) = none {
            let allowed: Vec<_> = allowed.iter().map(Method::as_str).collect();
            if let Ok(allowed) = HeaderValue::from_str(&allowed.join(", ")) {
                response.headers_mut().insert(header::ALLOW, allowed);
            }
        }
        response
    }

    fn json(self, row: &Row, status: Option<StatusCode>, body: Bytes, cookies: Vec<HeaderValue>) -> Response {
        let status = status.unwrap_or(StatusCode::OK);
        let body = match self.shape {
            ReplyShape::Plain => body,
            ReplyShape::Envelope => wrapped(row.route.action.as_deref(), &body),
        };
        let mut response = (status, [(header::CONTENT_TYPE, JSON)], body).into_response();
        for cookie in cookies {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        response
    }

    fn stream(self, documents: Documents) -> Response {
        let path = self.path.clone();
        let documents = documents.take_until(self.stopping.clone().cancelled_owned());
        if self.lines {
            ([(header::CONTENT_TYPE, NDJSON)], Body::from_stream(lines(documents, path))).into_response()
        } else {
            let keep_alive = KeepAlive::new().interval(Duration::from_secs(15));
            Sse::new(events(documents, path)).keep_alive(keep_alive).into_response()
        }
    }
}

/// The response with these headers, in the place of its own of the same name.
fn with(mut response: Response, notes: HeaderMap) -> Response {
    response.headers_mut().extend(notes);
    response
}

/// `POST /`: the oldest question, whether the broker is up.
pub(crate) async fn greeting() -> Response {
    axum::Json(json!({ "error": false, "message": "hit the broker" })).into_response()
}

fn accepts_lines(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|kind| {
        matches!(kind.split(';').next().unwrap_or_default().trim(), NDJSON | "application/jsonl" | "application/json")
    })
}

/// `{error, message, data}` around a body that is JSON already.
fn wrapped(action: Option<&str>, body: &[u8]) -> Bytes {
    // An action is a word of the table's grammar: nothing in it needs escaping.
    let message = action.map_or_else(|| "ok".to_owned(), |action| format!("{action} ok"));
    let mut text = format!(r#"{{"error":false,"message":"{message}","data":"#).into_bytes();
    text.extend_from_slice(body);
    text.push(b'}');
    Bytes::from(text)
}

fn enveloped(problem: &Problem) -> Response {
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = json!({ "error": true, "message": problem.detail, "data": problem });
    let mut response = (status, axum::Json(body)).into_response();
    problem.put_headers(response.headers_mut());
    response
}

fn events(
    documents: impl Stream<Item = Result<Bytes, Error>> + Send + 'static,
    path: String,
) -> impl Stream<Item = Result<Event, Infallible>> + Send + 'static {
    documents.map(move |document| {
        Ok(match document {
            Ok(text) => Event::default().data(String::from_utf8_lossy(&text)),
            Err(error) => Event::default().event("error").data(broken(&error, &path)),
        })
    })
}

fn lines(
    documents: impl Stream<Item = Result<Bytes, Error>> + Send + 'static,
    path: String,
) -> impl Stream<Item = Result<Bytes, Infallible>> + Send + 'static {
    documents.map(move |document| {
        let mut line = match document {
            Ok(text) => text.to_vec(),
            Err(error) => format!(r#"{{"error":{}}}"#, broken(&error, &path)).into_bytes(),
        };
        line.push(b'\n');
        Ok(Bytes::from(line))
    })
}

/// The status is long sent when a stream breaks: its last document is the problem.
fn broken(error: &Error, path: &str) -> String {
    error.log("a stream broke");
    serde_json::to_string(&Problem::of(error, Some(path))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_sent_to_who_asks_for_them() {
        for (accept, lines) in [("*/*", false), ("text/event-stream", false), ("application/x-ndjson; q=1", true)] {
            let headers = HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(accept))]);
            assert_eq!(accepts_lines(&headers), lines, "{accept}");
        }
    }
}
