//! JSON services over HTTP: path parameters are filled from the argument, what is left goes into the query or the body.
//! The service's own status and its problem details reach the caller.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, HOST, SET_COOKIE};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Collected, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper_util::client::legacy;
use mesh::problem::{Problem, challenge_in, retry_after};
use mesh::{Error, trace};
use serde_json::{Map, Value};
use tokio::time::Instant;

use super::caller;
use crate::argument::by_query;
use crate::call::{Call, RawBody, Reply};
use crate::table::PathPattern;
use crate::trail::Trail;
use crate::upstream::{InFlight, Upstream, Wait};

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
    method: Method,
    path: PathPattern,
    passed: Passed,
    timeout: Duration,
}

impl Http {
    pub(super) fn new(
        upstream: Arc<Upstream>,
        method: Method,
        path: PathPattern,
        passed: Passed,
        timeout: Duration,
    ) -> Self {
        Self { upstream, method, path, passed, timeout }
    }

    pub(super) async fn call(&self, call: Call) -> Result<Reply, Error> {
        let headers = self.headers(&call)?;
        let Call { argument, deadline, trail, .. } = call;
        let mut argument = argument.into_object()?;
        let path = self.fill(&mut argument)?;
        let (path, body) = if by_query(&self.method) {
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
        let body = Full::new(Bytes::from(body.unwrap_or_default()));
        let wait = Wait { deadline, timeout: self.timeout };
        self.exchange(request.body(body).map_err(Error::internal)?, &path, &trail, wait).await
    }

    /// What the service is told beside the argument: in which trace, and who calls.
    fn headers(&self, call: &Call) -> Result<HeaderMap, Error> {
        let value = |text: &str| HeaderValue::from_str(text).map_err(Error::internal);
        let token = call.token.as_ref().filter(|_| self.passed.token);
        let mut headers = call.headers.clone();
        headers.extend(caller::headers(call.identity.as_ref(), token, call.origin)?);
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(HOST, value(self.upstream.authority())?);
        headers.insert(trace::HEADER, value(&call.trace.child().to_string())?);
        if let Some(key) = call.key.as_deref().and_then(|key| HeaderValue::try_from(key).ok()) {
            headers.insert("idempotency-key", key);
        }
        Ok(headers)
    }

    fn fill(&self, argument: &mut Map<String, Value>) -> Result<String, Error> {
        filled(&self.path, argument)
    }

    async fn exchange(
        &self,
        request: Request<Full<Bytes>>,
        path: &str,
        trail: &Trail,
        wait: Wait,
    ) -> Result<Reply, Error> {
        let (response, mut instance) = self.send(request, path, trail, wait).await?;
        let status = response.status();
        let head = response.headers();
        let (hint, challenge) = (retry_after(head), challenge_in(head));
        let cookies: Vec<_> = head.get_all(SET_COOKIE).iter().filter(|_| self.passed.cookies).cloned().collect();
        let is_problem = response.headers().get(CONTENT_TYPE).is_some_and(|it| it == mesh::problem::CONTENT_TYPE);
        let body = self.whole(response.into_body(), &mut instance, trail).await?;
        match is_fault(status) {
            true => instance.erred(),
            false => instance.answered(),
        }
        if status.is_success() {
            return self.success(status, body, cookies);
        }
        let mut error = self.failure(status, hint, is_problem, &body);
        error.challenge = challenge.or(error.challenge);
        Err(error.with_cookies(cookies))
    }

    async fn whole(&self, body: Incoming, instance: &mut InFlight, trail: &Trail) -> Result<Bytes, Error> {
        let read = Limited::new(body, MAX_ANSWER).collect().await;
        read.map(Collected::to_bytes).map_err(|error| {
            if error.is::<LengthLimitError>() {
                instance.erred();
                let detail = format!("{} answered more than {MAX_ANSWER} bytes", self.upstream.name());
                return Error::new(mesh::Code::Internal, detail).with_status(StatusCode::BAD_GATEWAY);
            }
            let cause = format!("{}: the answer broke off: {error}", instance.address);
            instance.failed(&cause);
            trail.broke();
            self.upstream.unavailable(&cause)
        })
    }

    /// Connection refused means the next instance; anything later may have had an effect and is not sent again here.
    async fn send(
        &self,
        request: Request<Full<Bytes>>,
        path: &str,
        trail: &Trail,
        wait: Wait,
    ) -> Result<(Response<Incoming>, InFlight), Error> {
        let mut search = self.upstream.search(Some(trail), Some(wait)).await;
        while let Some(mut instance) = search.next() {
            let mut request = request.clone().map(|body| body.map_err(|never| match never {}).boxed_unsync());
            *request.uri_mut() = uri(instance.address, path)?;
            request.headers_mut().insert(TIMEOUT_HEADER, left(wait.deadline));
            match ask(&self.upstream, request, &mut instance).await {
                Ok(response) => return Ok((response, instance)),
                Err(Unsent::Refused(why)) => search.refused(instance, why),
                Err(Unsent::Broken(error)) => {
                    trail.broke();
                    return Err(error);
                }
            }
        }
        Err(search.exhausted())
    }

    fn success(&self, status: StatusCode, body: Bytes, cookies: Vec<HeaderValue>) -> Result<Reply, Error> {
        let body = if body.is_empty() { Bytes::from_static(b"{}") } else { body };
        if serde_json::from_slice::<serde::de::IgnoredAny>(&body).is_err() {
            let detail = format!("{} answered something that is not JSON", self.upstream.name());
            return Err(Error::new(mesh::Code::Internal, detail).with_status(StatusCode::BAD_GATEWAY));
        }
        Ok(Reply::Json { status: Some(status), body, cookies })
    }

    fn failure(&self, status: StatusCode, hint: Option<Duration>, is_problem: bool, body: &[u8]) -> Error {
        let problem = if is_problem { serde_json::from_slice::<Problem>(body).ok() } else { None };
        let error = match problem {
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
        match hint {
            Some(hint) => error.with_retry_after(hint),
            None => error,
        }
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

/// Why there is no answer.
pub(super) enum Unsent {
    /// There was no connection, so nothing has gone.
    Refused(String),
    Broken(Error),
}

/// What is left until the deadline, as an instance is told it.
pub(super) fn left(deadline: Instant) -> HeaderValue {
    let left = deadline.saturating_duration_since(Instant::now()).as_millis();
    HeaderValue::from(u64::try_from(left).unwrap_or(u64::MAX))
}

/// Asks one instance, and notes what is wrong with it; that it did well is for the line to say, once it knows.
pub(super) async fn ask(
    upstream: &Upstream,
    request: Request<RawBody>,
    instance: &mut InFlight,
) -> Result<Response<Incoming>, Unsent> {
    match upstream.http().request(request).await {
        Ok(response) => {
            judge(&response, instance);
            Ok(response)
        }
        Err(error) => {
            let cause = format!("{}: {}", instance.address, causes(&error));
            if error.is_connect() {
                return Err(Unsent::Refused(cause));
            }
            match is_of_caller(&error) || instance.waits_for_caller() {
                true => instance.excused(),
                false => instance.failed(&cause),
            }
            Err(Unsent::Broken(upstream.unavailable(&cause)))
        }
    }
}

/// What is wrong with an instance, by the head of its answer.
fn judge(response: &Response<Incoming>, instance: &mut InFlight) {
    match response.status() {
        status @ StatusCode::GATEWAY_TIMEOUT => instance.ran_out_of_time(&format!("answered {status}")),
        status @ (StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE) => {
            instance.failed(&format!("answered {status}"));
            if let Some(pause) = retry_after(response.headers()) {
                instance.rests(pause);
            }
        }
        _ => {}
    }
}

/// Whether an answer shows that the service has trouble of some kind, so that how quickly it came says nothing.
pub(super) fn is_fault(status: StatusCode) -> bool {
    status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS
}

/// Whether it was the caller's body that broke off, and not the instance.
fn is_of_caller(error: &legacy::Error) -> bool {
    let source = std::error::Error::source(error).and_then(|it| it.downcast_ref::<hyper::Error>());
    source.is_some_and(hyper::Error::is_user)
}

/// The client's own words say little without what is below them.
fn causes(error: &legacy::Error) -> String {
    let below = std::iter::successors(std::error::Error::source(error), |it| it.source());
    below.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// Where a call goes; what makes it too long came from the caller.
pub(super) fn uri(address: SocketAddr, target: &str) -> Result<Uri, Error> {
    let text = format!("http://{address}{target}");
    text.parse().map_err(|_| {
        let detail = "the path and query that this call makes are too long, or not fit for a URL";
        Error::invalid(detail).with_status(StatusCode::URI_TOO_LONG)
    })
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
