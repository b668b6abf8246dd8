//! JSON services over HTTP: path parameters are filled from the argument, what is left goes into the query or the body.
//! The service's own status and its problem details reach the caller.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, HOST, RETRY_AFTER, SET_COOKIE};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use mesh::problem::{Problem, challenge_in};
use mesh::{Error, trace};
use serde_json::{Map, Value};

use super::caller;
use crate::call::{Call, Reply};
use crate::table::PathPattern;
use crate::upstream::Upstream;

/// The largest answer that is read, in bytes.
const MAX_ANSWER: usize = 16 << 20;
/// What is left of a call's time, in milliseconds, as services are told it.
pub const TIMEOUT_HEADER: &str = "x-timeout-ms";

/// What passes between a caller and the service beside argument and answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Passed {
    /// The token, in.
    pub(super) token: bool,
    /// Cookies, in and out.
    pub(super) cookies: bool,
}

pub struct Http {
    upstream: Arc<Upstream>,
    client: Client<HttpConnector, Full<Bytes>>,
    method: Method,
    path: PathPattern,
    passed: Passed,
}

impl Http {
    pub(super) fn new(upstream: Arc<Upstream>, method: Method, path: PathPattern, passed: Passed) -> Self {
        Self { upstream, client: client(), method, path, passed }
    }

    pub(super) async fn call(&self, call: Call) -> Result<Reply, Error> {
        let headers = self.headers(&call)?;
        let Call { argument, deadline, .. } = call;
        let mut argument = argument.into_object()?;
        let path = self.fill(&mut argument)?;
        let (path, body) = if self.method.is_safe() || self.method == Method::DELETE {
            (with_query(path, &argument), None)
        } else {
            (path, Some(serde_json::to_vec(&argument).map_err(Error::internal)?))
        };
        let mut request = Request::builder().method(self.method.clone()).uri("/");
        if let Some(sent) = request.headers_mut() {
            *sent = headers;
            if body.is_some() {
                sent.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            }
        }
        let body = Bytes::from(body.unwrap_or_default());
        let exchange = self.exchange(request.body(Full::new(body)).map_err(Error::internal)?, &path);
        let timed = tokio::time::timeout_at(deadline, exchange).await;
        let name = self.upstream.name();
        timed.map_err(|_| Error::deadline(format!("{name} did not answer within the deadline")))?
    }

    /// What the service is told beside the argument: for how long, in which trace, and who calls.
    fn headers(&self, call: &Call) -> Result<HeaderMap, Error> {
        let value = |text: &str| HeaderValue::from_str(text).map_err(Error::internal);
        let token = call.token.as_ref().filter(|_| self.passed.token);
        let mut headers = call.headers.clone();
        headers.extend(caller::headers(call.identity.as_ref(), token, call.origin)?);
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(HOST, value(self.upstream.authority())?);
        headers.insert(trace::HEADER, value(&call.trace.child().to_string())?);
        let left = call.deadline.saturating_duration_since(tokio::time::Instant::now());
        headers.insert(TIMEOUT_HEADER, HeaderValue::from(u64::try_from(left.as_millis()).unwrap_or(u64::MAX)));
        if let Some(key) = call.key.as_deref().and_then(|key| HeaderValue::try_from(key).ok()) {
            headers.insert("idempotency-key", key);
        }
        Ok(headers)
    }

    fn fill(&self, argument: &mut Map<String, Value>) -> Result<String, Error> {
        filled(&self.path, argument)
    }

    async fn exchange(&self, request: Request<Full<Bytes>>, path: &str) -> Result<Reply, Error> {
        let response = self.send(request, path).await?;
        let status = response.status();
        let head = response.headers();
        let (retry_after, challenge) = (hint(&response), challenge_in(head));
        let cookies: Vec<_> = head.get_all(SET_COOKIE).iter().filter(|_| self.passed.cookies).cloned().collect();
        let is_problem = response.headers().get(CONTENT_TYPE).is_some_and(|it| it == mesh::problem::CONTENT_TYPE);
        let body = Limited::new(response.into_body(), MAX_ANSWER).collect().await;
        let body = body.map_err(|error| self.upstream.unavailable(&error.to_string()))?.to_bytes();
        if status.is_success() {
            return self.success(status, body, cookies);
        }
        let mut error = self.failure(status, retry_after, is_problem, &body);
        error.challenge = challenge.or(error.challenge);
        Err(error.with_cookies(cookies))
    }

    /// Connection refused means the next instance; anything later may have had an effect and is not sent again here.
    async fn send(&self, request: Request<Full<Bytes>>, path: &str) -> Result<Response<Incoming>, Error> {
        self.upstream.asked().await;
        let mut tried: Vec<SocketAddr> = Vec::new();
        let mut failure = "its name has no address".to_owned();
        while let Some(endpoint) = self.upstream.pick(&tried) {
            let mut request = request.clone();
            *request.uri_mut() = uri(endpoint.address, path)?;
            match self.client.request(request).await {
                Ok(response) => return Ok(response),
                Err(error) if error.is_connect() => failure = format!("{}: {error}", endpoint.address),
                Err(error) => return Err(self.upstream.unavailable(&format!("{}: {error}", endpoint.address))),
            }
            tried.push(endpoint.address);
        }
        Err(self.upstream.unavailable(&failure))
    }

    fn success(&self, status: StatusCode, body: Bytes, cookies: Vec<HeaderValue>) -> Result<Reply, Error> {
        let body = if body.is_empty() { Bytes::from_static(b"{}") } else { body };
        if serde_json::from_slice::<serde::de::IgnoredAny>(&body).is_err() {
            let detail = format!("{} answered something that is not JSON", self.upstream.name());
            return Err(Error::new(mesh::Code::Internal, detail).with_status(StatusCode::BAD_GATEWAY));
        }
        Ok(Reply::Json { status: Some(status), body, cookies })
    }

    fn failure(&self, status: StatusCode, retry_after: Option<Duration>, is_problem: bool, body: &[u8]) -> Error {
        let problem = if is_problem { serde_json::from_slice::<Problem>(body).ok() } else { None };
        let mut error = match problem {
            Some(problem) => problem.into_error(status),
            None if status.is_redirection() || status.is_informational() => {
                let detail = format!("{} answered {status}, which is not followed", self.upstream.name());
                return Error::new(mesh::Code::Internal, detail).with_status(StatusCode::BAD_GATEWAY);
            }
            None => {
                let detail = message_of(body).unwrap_or_else(|| format!("{} answered {status}", self.upstream.name()));
                Error::new(mesh::Code::from_http(status), detail).with_status(status)
            }
        };
        error.retry_after = retry_after.or(error.retry_after);
        error
    }
}

/// The path with its parameters taken out of the argument.
pub(crate) fn filled(path: &PathPattern, argument: &mut Map<String, Value>) -> Result<String, Error> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let filled = path.fill(|name| argument.get(name).map(text));
    let filled = filled.map_err(|name| Error::field(name, "is missing: the service's path needs it"))?;
    for name in path.params() {
        argument.remove(name);
    }
    Ok(filled)
}

/// Where a call goes; what makes it too long came from the caller.
pub(super) fn uri(address: SocketAddr, target: &str) -> Result<Uri, Error> {
    let text = format!("http://{address}{target}");
    text.parse().map_err(|_| {
        let detail = "the path and query that this call makes are too long, or not fit for a URL";
        Error::invalid(detail).with_status(StatusCode::URI_TOO_LONG)
    })
}

pub(super) fn client<B>() -> Client<HttpConnector, B>
where
    B: http_body::Body + Send,
    B::Data: Send,
{
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    connector.set_connect_timeout(Some(Duration::from_secs(1)));
    Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(Duration::from_secs(30))
        .set_host(false)
        .build(connector)
}

fn hint(response: &Response<Incoming>) -> Option<Duration> {
    let seconds = response.headers().get(RETRY_AFTER).map(HeaderValue::to_str)?.ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// The words of a JSON error in one of the usual shapes.
fn message_of(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let text = ["detail", "message", "error"].iter().find_map(|name| body.get(name)?.as_str());
    text.filter(|text| text.len() <= 500).map(str::to_owned)
}

/// What is left of the argument goes into the query.
pub(crate) fn with_query(path: String, argument: &Map<String, Value>) -> String {
    if argument.is_empty() {
        return path;
    }
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in argument {
        match value {
            Value::Null => {}
            Value::String(text) => drop(query.append_pair(name, text)),
            Value::Array(values) => {
                for value in values {
                    query.append_pair(name, &value.as_str().map_or_else(|| value.to_string(), str::to_owned));
                }
            }
            other => drop(query.append_pair(name, &other.to_string())),
        }
    }
    format!("{path}?{}", query.finish())
}
